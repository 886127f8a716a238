"""Two processes with a P2PTransport each that both connect, in one network; what carries their signals may be bad.

Each is pumped every 2 ms. From the moment when both were told to connect until both have the connection; then one of
them closes it, and they go on to the next.
"""

from __future__ import annotations

import time
from concurrent.futures import Future
from typing import Any

from tests.loopback.machine import namespace
from tests.loopback.p2p import Weather
from tests.loopback.test_p2p_transport import Two

from .figures import Result, spread


def both_at_once(times: int, weather: Weather | None = None) -> Result:
    """
    Raises:
        RuntimeError: there was another number of connections than one each time.
    """
    with namespace() as where:
        two = Two(where or [], apart=True)
        with two.post:
            two.post.weather = weather or Weather()
            seconds = [once(two, number) for number in range(1, times + 1)]
            opened, failed = ([len(member.all_of(kind)) for member in two.both] for kind in ("Opened", "Failed"))
    if opened != [times, times] or failed != [0, 0]:
        raise RuntimeError(f"of {times} connections each opened {opened}, and {failed} attempts failed")
    return {**spread(seconds), "connections": opened, "signals": len(two.post.seen)}


def once(two: Two, number: int) -> float:
    began = time.perf_counter()
    orders: list[Future[Any]] = [
        member.order("connect", to=peer.identity) for member, peer in (two.both, two.both[::-1])
    ]
    ends = [member.opened(number) for member in two.both]
    seconds = time.perf_counter() - began
    if [attempt for _, attempt in ends] != [order.result(5) for order in orders]:
        raise RuntimeError(f"connection {number} is none of the attempts': {ends}")
    closer = number % 2
    two.both[closer].ask("close", connection=ends[closer][0])
    two.both[1 - closer].lost(ends[1 - closer][0])
    return seconds
