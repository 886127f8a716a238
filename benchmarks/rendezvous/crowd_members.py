"""Members of many rooms in one process: `python crowd_members.py NAME SERVICE ROOMS SEATS AT_ONCE`.

Each is a connection of its own with an identity of its own: it says hello, asks for a certificate and for a room or a
seat, and from then on says every ten seconds that it is there, as `rendezvous.client` does. It comes in as fast as the
service takes it, so many at once. It prints a line of JSON when all have their seats, and one for each line on standard
input; it ends when that does.
"""

from __future__ import annotations

import json
import os
import queue
import sys
import threading
import time
from collections import Counter, deque

from gamenet.channels import Channel
from gamenet.rendezvous import messages as m
from gamenet.rendezvous.client import ALIVE_EVERY
from gamenet.session.transports import Failed, Lost, Opened, Parcel
from gamenet.session.transports.cards import Card
from gamenet.session.transports.gns import GnsTransport
from gamenet.sockets import Sockets

PUMP_EVERY = 0.005
ALIVE = m.FROM_CLIENT.encode(m.Alive())


class Member:
    def __init__(self, identity: str, room: int, code: str) -> None:
        self.identity, self.room, self.code = identity, room, code
        """The room's number here; its code, or "" for who opens it."""

    def says(self, request: bytes) -> list[bytes]:
        card, key = Card(self.identity, 0, bytes(16), 0), os.urandom(m.KEY_SIZE)
        hello = m.Hello(m.WIRE, self.identity, os.urandom(m.TOKEN_SIZE), request)
        join = m.Join(self.code, key, self.identity[4:], False, card)
        create = m.Create("", key, "bench/1", "", self.identity[4:], 16, m.INVITE, False, {}, card)
        return [m.FROM_CLIENT.encode(hello), m.FROM_CLIENT.encode(join if self.code else create)]


class Crowd:
    def __init__(self, name: str, service: str, rooms: int, seats: int, at_once: int) -> None:
        self.name, self.service, self.seats, self.at_once = name, service, seats, at_once
        self.waiting = deque(Member(f"str:{name}r{room}s0", room, "") for room in range(rooms))
        self.all = rooms * seats
        self.calling: dict[int, Member] = {}
        self.asking: dict[int, Member] = {}
        self.seated: dict[int, float] = {}
        """When each says again that it is there."""
        self.counts: Counter[str] = Counter()
        self.link = GnsTransport()
        with Sockets() as nobody:
            self.request = nobody.certificate_request()

    def pump(self, now: float) -> None:
        while self.waiting and len(self.calling) + len(self.asking) < self.at_once:
            self.calling[self.link.connect(self.service)] = self.waiting.popleft()
        batch: list[Parcel] = []
        for happening in self.link.poll(now):
            if isinstance(happening, Opened):
                member = self.calling.pop(happening.attempt)
                self.asking[happening.connection] = member
                said = member.says(self.request)
                batch += [Parcel(happening.connection, Channel.CONTROL, data) for data in said]
            elif isinstance(happening, Failed):
                self.waiting.append(self.calling.pop(happening.attempt))
                self.counts["failed"] += 1
            elif isinstance(happening, Lost):
                self.counts["lost"] += 1
                self.asking.pop(happening.connection, None)
                self.seated.pop(happening.connection, None)
        for received in self.link.receive(0):
            self._hear(received.connection, m.FROM_SERVICE.decode(received.data), now)
        for connection, due in self.seated.items():
            if now >= due:
                batch.append(Parcel(connection, Channel.CONTROL, ALIVE))
                self.seated[connection] = now + ALIVE_EVERY
        if batch:
            self.counts["unsent"] += len(self.link.send(now, batch))
            self.link.flush([parcel.connection for parcel in batch])

    def _hear(self, connection: int, said: object, now: float) -> None:
        self.counts[type(said).__name__] += 1
        if isinstance(said, m.Refused):
            self.counts[said.reason] += 1
        elif isinstance(said, m.Entered):
            member = self.asking.pop(connection)
            self.seated[connection] = now + ALIVE_EVERY
            if not member.code:
                names = (f"str:{self.name}r{member.room}s{seat}" for seat in range(1, self.seats))
                self.waiting.extend(Member(identity, member.room, said.code) for identity in names)


def main() -> None:
    name, service, *numbers = sys.argv[1:]
    crowd = Crowd(name, service, *map(int, numbers))
    asked: queue.SimpleQueue[str] = queue.SimpleQueue()

    def read() -> None:
        for line in sys.stdin:
            asked.put(line)
        asked.put("")

    def say() -> None:
        sys.stdout.write(json.dumps({"seated": len(crowd.seated), "counts": crowd.counts}) + "\n")
        sys.stdout.flush()

    say()
    asked_to_begin = sys.stdin.readline()
    threading.Thread(target=read, daemon=True).start()
    told = not asked_to_begin
    while True:
        crowd.pump(time.monotonic())
        if not told and len(crowd.seated) == crowd.all:
            told = True
            say()
        for _ in range(asked.qsize()):
            if not asked.get():
                crowd.link.shutdown()
                return
            say()
        time.sleep(PUMP_EVERY)


if __name__ == "__main__":
    main()
