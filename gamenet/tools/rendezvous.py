"""`python -m gamenet rendezvous`: one rendezvous service, with its STUN answers, in this process.

It prints one line when it is ready. Its log goes to stderr; it ends by Ctrl-C or SIGTERM, and tells everybody before.
"""

from __future__ import annotations

import argparse
import logging
import os
import signal
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final

from gamenet.clock import RealClock, wall
from gamenet.errors import GamenetError
from gamenet.rendezvous.limits import Limits
from gamenet.rendezvous.messages import MOST_REQUEST
from gamenet.rendezvous.service import Service
from gamenet.rendezvous.store import Store
from gamenet.rendezvous.store.memory import Memory
from gamenet.rendezvous.stun import Responder
from gamenet.rendezvous.turn import Turn, Watch
from gamenet.session.transports.gns import OPTIONS, GnsTransport
from gamenet.sockets import Authority
from gamenet.sockets.options import named

PORT: Final = 27020
SECRET: Final = "GAMENET_TURN_SECRET"
"""The environment variable that may hold the TURN servers' secret."""

STORES: Final = {"memory": Memory}

BUSY: Final = 0.001
"""Seconds of sleep after a pump that had something to do, in which the next messages gather."""
IDLE: Final = 0.005
"""And after one that had nothing."""

_OPTIONS: Final = {**named(OPTIONS), "RecvMaxMessageSize": MOST_REQUEST, "RecvBufferSize": 64 * 1024}
"""What strangers may fill of our memory: a message, and some of them in a row, for each connection."""


def main(arguments: Sequence[str], environment: Mapping[str, str] = os.environ) -> int:
    """Runs until it is told to stop.

    Returns:
        The exit status: 0 when it was told to stop, 1 when it could not begin, 2 when the command line makes no sense.
    """
    try:
        wanted = _parser().parse_args(arguments)
    except SystemExit as end:
        return int(end.code or 0)
    logging.basicConfig(format="%(asctime)s %(levelname)s %(message)s", level=logging.INFO)
    try:
        with ExitStack() as opened:
            return _serve(wanted, environment, opened)
    except (GamenetError, OSError, ValueError) as problem:
        print(f"gamenet rendezvous: {problem}", file=sys.stderr)
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m gamenet rendezvous", description="Lets players find each other.")
    parser.add_argument("--listen", default=f"[::]:{PORT}", metavar="ADDRESS:PORT", help="UDP; port 0 is any free one")
    parser.add_argument("--stun", metavar="PORT|off", help="where it answers STUN; by default the next port")
    parser.add_argument(
        "--turn", action="append", default=[], metavar="turn:HOST:PORT", help="a relay; may be repeated"
    )
    parser.add_argument("--turn-secret-file", type=Path, metavar="FILE", help=f"what it shares with them; or ${SECRET}")
    parser.add_argument("--key", type=Path, metavar="FILE", help="its authority's, made there when missing")
    parser.add_argument("--store", choices=sorted(STORES), default="memory", help="where rooms are kept")
    parser.add_argument(
        "--limit",
        action="append",
        default=[],
        type=_limit,
        metavar="NAME=NUMBER",
        help=f"one of {', '.join(_NUMBERS)}; may be repeated",
    )
    return parser


_NUMBERS: Final = {name: value for name, value in Limits()._asdict().items() if type(value) is int}


def _limit(text: str) -> tuple[str, int]:
    name, _, number = text.partition("=")
    if name not in _NUMBERS or not (number.isascii() and number.isdigit()):
        raise argparse.ArgumentTypeError(f"{text!r} is no NAME=NUMBER with one of {', '.join(_NUMBERS)}")
    return name, int(number)


def _serve(wanted: argparse.Namespace, environment: Mapping[str, str], opened: ExitStack) -> int:
    stopping = opened.enter_context(_told_to_stop())
    transport = GnsTransport(_OPTIONS)
    opened.callback(transport.shutdown)
    store: Store = STORES[wanted.store]()
    service = Service(
        transport,
        _with_port(wanted.listen),
        store,
        authority=_authority(wanted.key),
        turn=_turn(wanted, environment, opened),
        limits=Limits(**dict(wanted.limit)),
        ping=transport.ping,
    )
    stun = _stun(wanted.stun, service.address, opened)
    service.stun = (f":{stun}",) if stun else ()
    where = f"port {stun}" if stun else "no port"
    print(f"gamenet rendezvous: listening on {service.address}, STUN on {where}", flush=True)
    _run(service, stopping)
    return 0


def _run(service: Service, stopping: threading.Event) -> None:
    clock = RealClock()
    while not stopping.is_set():
        stopping.wait(BUSY if service.pump(clock.now()) else IDLE)
    service.stop(clock.now())


@contextmanager
def _told_to_stop() -> Iterator[threading.Event]:
    """Set by the first Ctrl-C or SIGTERM; a second one ends the process as usual."""
    event = threading.Event()
    signals = (signal.SIGINT, signal.SIGTERM)
    before = {number: signal.getsignal(number) for number in signals}

    def stop(number: int, frame: object) -> None:
        event.set()
        restore()

    def restore() -> None:
        for number, handler in before.items():
            signal.signal(number, handler)

    for number in signals:
        signal.signal(number, stop)
    try:
        yield event
    finally:
        restore()


def _with_port(address: str) -> str:
    """ "host:port"; without a port it is the service's usual one."""
    return address if ":" in address.rpartition("]")[2] else f"{address}:{PORT}"


def _stun(wanted: str | None, address: str, opened: ExitStack) -> int:
    """Open the STUN port on the host of `address`. Returns it; 0 for none."""
    host, _, port = address.rpartition(":")
    if wanted == "off":
        return 0
    if wanted is not None and not (wanted.isascii() and wanted.isdigit() and int(wanted) < 65536):
        raise ValueError(f"--stun takes a port from 0 to 65535, or off, not {wanted!r}")
    responder = Responder(f"{host}:{int(port) + 1 if wanted is None else int(wanted)}")
    opened.callback(responder.close)
    return responder.port


def _turn(wanted: argparse.Namespace, environment: Mapping[str, str], opened: ExitStack) -> Turn | None:
    if not wanted.turn:
        return None
    file: Path | None = wanted.turn_secret_file
    secret = file.read_text(encoding="utf-8").strip() if file is not None else environment.get(SECRET, "")
    watch = Watch(wanted.turn)
    opened.callback(watch.close)
    return Turn(wanted.turn, secret, wall, watch.works)


def _authority(path: Path | None) -> Authority:
    """The one whose key is there, or a new one, whose key is there from now on. Without a path it ends with us."""
    if path is None:
        return Authority.generate()
    try:
        return Authority.load(path)
    except FileNotFoundError:
        authority = Authority.generate()
        authority.save(path)
        return authority
