"""Bad weather on purpose, made by the library itself below the sockets."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields
from typing import Final

from .arguments import advising


@advising(TypeError)
@dataclass(frozen=True, kw_only=True, slots=True)
class FakeNetwork:
    """What happens to every packet of this process, going out and coming in alike. All zero: nothing.

    Both ways means: a process with `lag_ms=50` adds 100 ms to a round trip, whoever is on the other side.
    """

    loss: float = 0.0
    """Percent of the packets that vanish."""
    lag_ms: float = 0.0
    """Milliseconds that each packet is held, at most 5,000."""
    jitter_ms: float = 0.0
    """Milliseconds that each packet may be held beyond, never more; exponentially distributed around half of it."""
    reorder: float = 0.0
    """Percent of the packets that are held `reorder_ms` so that others overtake them."""
    reorder_ms: float = 15.0
    """Milliseconds that those are held, at most 5,000."""
    duplicate: float = 0.0
    """Percent of the packets that arrive twice."""
    rate: int = 0
    """0: no limit; none can be made, as the library's own begins with 2 GB to spare. `gamenet.testing.Link` has it."""

    def __post_init__(self) -> None:
        for field in fields(self):
            _check(field.name, getattr(self, field.name))


_NO_RATE: Final = (
    "rate must be 0, not {}: GameNetworkingSockets limits nothing before 2 GB have gone through. Hold back what is "
    "sent with Options(send_rate_max=…), play over gamenet.testing's Link(rate=…), or narrow the system's (tc on Linux)"
)

_MOST: Final[dict[str, tuple[int, str]]] = {
    "loss": (100, "percent"),
    "reorder": (100, "percent"),
    "duplicate": (100, "percent"),
}


def _check(name: str, value: object) -> None:
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        raise TypeError(f"{name} must be a number, not {type(value).__name__}")
    if name == "rate" and value:
        raise ValueError(_NO_RATE.format(value))
    most, unit = _MOST.get(name, (5000, "milliseconds"))
    if not (math.isfinite(value) and 0 <= value <= most):
        raise ValueError(f"{name} must be from 0 to {most} {unit}, not {value}")


def global_options(fake: FakeNetwork) -> dict[str, int | float]:
    """The library's global options that make this weather."""
    one_way: dict[str, int | float] = {
        "FakePacketLoss": float(fake.loss),
        "FakePacketLag": round(fake.lag_ms),
        "FakePacketReorder": float(fake.reorder),
        "FakePacketDup": float(fake.duplicate),
    }
    jitter = {"Avg": fake.jitter_ms / 2, "Max": float(fake.jitter_ms), "Pct": 100.0 if fake.jitter_ms else 0.0}
    both = ("Send", "Recv")
    return {
        **{f"{name}_{way}": value for name, value in one_way.items() for way in both},
        **{f"FakePacketJitter_{way}_{name}": float(value) for name, value in jitter.items() for way in both},
        "FakePacketReorder_Time": round(fake.reorder_ms),
    }
