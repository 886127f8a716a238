"""The service for a crowd from one address: `gamenet rendezvous` with limits that let it in.

It prints its address; each line on standard input gets a line of JSON: seconds of CPU time so far (all threads) and
bytes of resident memory. It ends when its input does.
"""

from __future__ import annotations

import json
import os
import queue
import sys
import threading
import time

from gamenet.rendezvous.limits import Limits, Rate
from gamenet.rendezvous.service import Service
from gamenet.session.transports.gns import GnsTransport
from gamenet.tools.rendezvous import _OPTIONS, BUSY, IDLE

MANY = 1_000_000
LIMITS = Limits(
    clients=MANY,
    all_clients=MANY,
    rooms_of_address=MANY,
    all_rooms=MANY,
    knocks=Rate(MANY, 1e-6),
    joins=Rate(MANY, 1e-6),
)


def resident() -> int:
    with open("/proc/self/statm", encoding="ascii") as told:
        return int(told.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def main() -> None:
    asked: queue.SimpleQueue[str] = queue.SimpleQueue()

    def read() -> None:
        for line in sys.stdin:
            asked.put(line)
        asked.put("")

    threading.Thread(target=read, daemon=True).start()
    transport = GnsTransport(_OPTIONS)
    service = Service(transport, "127.0.0.1:0", limits=LIMITS, ping=transport.ping)
    say(service.address)
    while True:
        time.sleep(BUSY if service.pump(time.monotonic()) else IDLE)
        for _ in range(asked.qsize()):
            if not asked.get():
                service.stop(time.monotonic())
                return
            say(json.dumps({"cpu": time.process_time(), "resident": resident(), "clients": len(service.clients.lines)}))


def say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
