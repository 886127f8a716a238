"""What a participant brings to a session."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field


def _anything(description: bytes) -> str:
    return ""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """See `gamenet.host` and `gamenet.join` for what these mean to a player."""

    game: str = ""
    """Name and version, as "asteroids/1.2"; both ends must have the same."""
    name: str = ""
    """What I call myself; "" becomes "player"."""
    title: str = ""
    max_peers: int = 16
    """Players in a room, the host's included."""
    password: str = ""
    protocol: bytes = b""
    """The replicated classes, described; opaque here."""
    judge: Callable[[bytes], str] = _anything
    """A joiner's description → "", or why it does not fit, in words. Pure, and total: it reads what strangers wrote."""
    agreed: bytes = b""
    """What a host tells those who fit of its own protocol; opaque here."""
    tick_rate: int = 60
    send_rate: int = 20
    dedicated: bool = False
    """The host is no player, and in no room."""
    data: Mapping[str, str] = field(default_factory=dict)
    watch: bool = False
