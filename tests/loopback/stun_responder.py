"""A STUN server that can say just one thing (RFC 5389): `python stun_responder.py ADDRESS SEEN`.

It prints its port, then who asked, a line for each binding request. Like one beyond a NAT that leaves ports alone,
it tells everybody that they come from the address SEEN.
"""

from __future__ import annotations

import ipaddress
import socket
import struct
import sys

COOKIE = 0x2112A442
BINDING_REQUEST, BINDING_RESPONSE, XOR_MAPPED_ADDRESS = 0x001, 0x101, 0x0020


def answer(request: bytes, host: str, port: int) -> bytes | None:
    """What to say to `request` from an IPv4 address; None when it is no binding request."""
    if len(request) < 20:
        return None
    kind, length, cookie = struct.unpack("!HHI", request[:8])
    if (kind, cookie, length) != (BINDING_REQUEST, COOKIE, len(request) - 20):
        return None
    address = int(ipaddress.IPv4Address(host)) ^ COOKIE
    body = struct.pack("!HHBBHI", XOR_MAPPED_ADDRESS, 8, 0, 1, port ^ (COOKIE >> 16), address)
    return struct.pack("!HHI", BINDING_RESPONSE, len(body), COOKIE) + request[8:20] + body


def main(host: str, seen: str) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind((host, 0))
        sys.stdout.write(f"{server.getsockname()[1]}\n")
        sys.stdout.flush()
        while True:
            request, asker = server.recvfrom(2048)
            if (response := answer(request, seen, asker[1])) is not None:
                server.sendto(response, asker)
                sys.stdout.write(f"{asker[0]}:{asker[1]}\n")
                sys.stdout.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
