"""What Steam does for its own players, for the two programs sockets_server.py and sockets_client.py: says who is who.

Both read the same key here, as programs of one developer on one machine. In a real game only the login server has it:
players send it their request, and get the certificate back.
"""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from contextlib import suppress
from pathlib import Path

from gamenet.sockets import Authority, Sockets


def arguments(doc: str, address: str) -> Namespace:
    """`address` and `authority` from the command line."""
    parser = ArgumentParser(description=doc)
    parser.add_argument("address", nargs="?", default=address)
    parser.add_argument("--authority", metavar="FILE", type=Path, default="sockets.authority")
    return parser.parse_args()


def certify(net: Sockets, path: Path) -> None:
    """Has `net` certified by the authority in that file; who comes first makes it, and only its owner may read it."""
    if not path.exists():
        with suppress(FileExistsError):  # the other program was quicker
            Authority.generate().save(path)
    authority = Authority.load(path)
    net.trust(authority.root)
    net.set_certificate(authority.issue(net.certificate_request(), days=1))
