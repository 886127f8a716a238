"""Who meets whom, and how: two kinds of home against each other, with what a service has to offer.

docs/nat.md shows this table; test_matrix.py holds both to what really happens.
"""

from __future__ import annotations

from typing import Final, NamedTuple

KINDS: Final = ("none", "cone", "symmetric", "blocked")
STUN, TURN = "STUN", "STUN and TURN"
SERVERS: Final = (STUN, TURN)
DIRECT, RELAYED, NOWAY = "direct", "relayed", "no way"


class Cell(NamedTuple):
    host: str
    """The kind of router in front of the host."""
    joiner: str
    servers: str

    def __str__(self) -> str:
        return f"{self.host} and {self.joiner} with {self.servers}"

    @property
    def meets_directly(self) -> bool:
        """Somebody's port is known beforehand, or needs not to be: the other's may be anything."""
        kinds = {self.host, self.joiner}
        return "blocked" not in kinds and kinds not in ({"symmetric"}, {"cone", "symmetric"})

    @property
    def way(self) -> str:
        if self.meets_directly:
            return DIRECT
        return RELAYED if self.servers == TURN else NOWAY


def cells() -> list[Cell]:
    """All of them; those that wait in vain come first, as that takes longest."""
    every = [Cell(host, joiner, servers) for servers in SERVERS for host in KINDS for joiner in KINDS]
    return sorted(every, key=lambda cell: cell.way != NOWAY)
