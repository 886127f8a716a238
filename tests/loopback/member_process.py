"""One participant of the tests in test_p2p_transport.py: a P2PTransport, told what to do in lines of JSON.

As p2p_process.py: each line in has `do` and arguments and gets one line out with `answer` or `error`; in between come
lines with `signal`, `happened`, `message` and `log`. A second argument is an attempt's time in milliseconds.
"""

from __future__ import annotations

import json
import logging
import queue
import sys
import threading
import time
from collections.abc import Sequence
from typing import Any

from gamenet.channels import Channel
from gamenet.errors import GamenetError
from gamenet.session.transports import Farewell, Parcel
from gamenet.session.transports.cards import Card
from gamenet.session.transports.gns import GnsTransport
from gamenet.session.transports.p2p import P2PTransport
from gamenet.sockets import TurnServer


def say(**what: Any) -> None:
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


def read_card(words: Sequence[Any]) -> Card:
    identity, port, machine, local = words
    return Card(identity, port, bytes.fromhex(machine), local)


class Member:
    """What a test can ask for: the methods without an underscore."""

    def __init__(self) -> None:
        self._transport = P2PTransport({"TimeoutInitial": int(sys.argv[2])} if sys.argv[2:] else {})

        self._plain = GnsTransport()

    def _pump(self) -> None:
        transport = self._transport
        for happening in self._plain.poll(time.monotonic()):
            say(by_address=[type(happening).__name__, *happening])
        for happening in transport.poll(time.monotonic()):
            say(happened=[type(happening).__name__, *happening])
        for message in transport.receive(0):
            say(message=[message.connection, message.data.hex()])
        for to, data in transport.signals():
            say(signal=[0, to, data.hex()])

    def address(self) -> str:
        return self._transport.address

    def card(self) -> list[Any]:
        identity, port, machine, local = self._transport.card
        return [identity, port, machine.hex(), local]

    def request(self) -> str:
        return self._transport.certificate_request().hex()

    def certify(self, root: str, certificate: str) -> None:
        self._transport.certify(root, bytes.fromhex(certificate))

    def meet(self, card: list[Any]) -> None:
        self._transport.meet(read_card(card))

    def part(self, card: list[Any]) -> None:
        self._transport.part(read_card(card))

    def servers(self, stun: list[str], turn: list[list[str]]) -> None:
        self._transport.servers(stun, [TurnServer(*each) for each in turn])

    def connect(self, to: str) -> int:
        return self._transport.connect(to)

    def how(self, attempt: int) -> str:
        return self._transport.how(attempt)

    def route(self, connection: int) -> str:
        return self._transport.route(connection)

    def counted(self) -> dict[str, int]:
        return dict(self._transport.counters)

    def send(self, connection: int, data: str) -> list[int]:
        return self._transport.send(time.monotonic(), [Parcel(connection, Channel.CALL, data.encode())])

    def close(self, connection: int, why: str = "", linger: bool = False) -> None:
        self._transport.close(connection, Farewell.GOODBYE, why, linger=linger)

    def receive(self, data: str, sender: str) -> None:
        self._transport.receive_signal(sender, bytes.fromhex(data))

    def listen_by_address(self) -> str:
        return self._plain.listen("127.0.0.1:0")

    def connect_by_address(self, to: str) -> int:
        return self._plain.connect(to)

    def close_by_address(self) -> None:
        self._plain.shutdown()
        self._plain = GnsTransport()

    def shutdown(self) -> None:
        self._transport.shutdown()
        for to, data in self._transport.signals():
            say(signal=[0, to, data.hex()])

    def _answer(self, order: dict[str, Any]) -> None:
        try:
            say(answer=getattr(self, order.pop("do"))(**order))
        except (GamenetError, ValueError, TypeError) as error:
            say(error=[type(error).__name__, str(error), 0])

    def run(self, orders: queue.SimpleQueue[str]) -> None:
        while True:
            self._pump()
            for _ in range(orders.qsize()):
                line = orders.get()
                if not line:
                    self._plain.shutdown()
                    self._transport.shutdown()
                    return
                self._answer(json.loads(line))
            time.sleep(0.002)


class Logged(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        say(log=[record.levelname, record.getMessage()])


def main() -> None:
    for name in ("gamenet.sockets", "gamenet.session"):
        logging.getLogger(name).addHandler(Logged())
        logging.getLogger(name).propagate = False
    orders: queue.SimpleQueue[str] = queue.SimpleQueue()

    def read() -> None:
        for line in sys.stdin:
            orders.put(line)
        orders.put("")

    threading.Thread(target=read, daemon=True).start()
    member = Member()
    say(answer="open")
    member.run(orders)


if __name__ == "__main__":
    main()
