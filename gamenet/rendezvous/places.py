"""Where a game with a code is: the code, and the service that knows it."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from ..errors import InvalidAddress

SERVICE_PORT: Final = 27020
"""Of services, where none is given."""

_CODE: Final = re.compile(r"[A-Za-z0-9]{4}[- ]?[A-Za-z0-9]{4}")


class Place(NamedTuple):
    """A code, and its service as "host[:port]"; "" where it was not said."""

    code: str
    service: str


def parse(where: str) -> Place | None:
    """What a player typed, when it names a code and a service or looks like a code alone; None for an address.

    A code alone is eight letters and digits with a dash or a digit among them: "k7qx3mnp" is one, "starfish" may be a
    machine's name.
    """
    text = where.strip()
    code, at, service = text.partition("@")
    if at:
        return Place(code.strip(), service.strip())
    return Place(text, "") if _CODE.fullmatch(text) and not text.isalpha() else None


def service_address(service: str) -> str:
    """ "host:port" of "host[:port]"; an IPv6 address has its brackets then.

    Raises:
        InvalidAddress: it cannot be one.
    """
    from ..session.transports.gns import split_address  # the native part is loaded by those who need it

    bare = service.strip()
    if bare.count(":") > 1 and not bare.startswith("["):
        bare = f"[{bare}]"
    named = ":" in bare.rpartition("]")[2]
    try:
        host, port = split_address(bare if named else f"{bare}:{SERVICE_PORT}")
    except InvalidAddress:
        raise InvalidAddress(
            f'{service!r} is no rendezvous service\'s address: write "play.example.org", "198.51.100.7:{SERVICE_PORT}" '
            'or "[2001:db8::7]"'
        ) from None
    return f"{host}:{port}"
