"""A stranger who floods a listener, for test_floods.py: `python flooder.py WORD ADDRESS [COUNT]`.

`knock` comes in COUNT times without the library, each time from another address of this machine: it asks for a
challenge and answers it with the request of a genuine client, as anybody can who has seen one. It prints how many
requests it sent, and for each line on its standard input how many of them have been closed with `END_CROWDED` so far.
`messages` connects and sends as much as it can, reliably and not, until its standard input ends. It prints `connected`,
and `many` once it has sent ten times what a listener keeps.
"""

from __future__ import annotations

import contextlib
import random
import resource
import selectors
import socket
import struct
import subprocess
import sys
import threading
import time

from gamenet.sockets import Connection, ConnectionState, EndReason, Options, Result, SendFlags, Sockets

CHALLENGE_REQUEST, CHALLENGE_REPLY, CONNECT_REQUEST, CONNECTION_CLOSED = 32, 33, 34, 36
AT_ONCE = 100
MANY = 20_000
PATIENCE = 5.0
"""Seconds until an answer is given up, and the question asked anew from elsewhere."""

GENUINE = """
import sys, time
from gamenet.sockets import Sockets
with Sockets() as net:
    net.connect_by_ip_address(sys.argv[1])
    while True:
        net.run_callbacks()
        time.sleep(0.01)
"""


def say(text: object) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def genuine_request(server: tuple[str, int]) -> bytes:
    """The request to connect of a real client, who is told what `server` says until then."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as between:
        between.bind(("127.0.0.1", 0))
        between.settimeout(20)
        client = subprocess.Popen([sys.executable, "-c", GENUINE, f"127.0.0.1:{between.getsockname()[1]}"])
        try:
            at: tuple[str, int] = server
            while True:
                data, sender = between.recvfrom(2000)
                if sender == server:
                    between.sendto(data, at)
                elif data[0] == CONNECT_REQUEST:
                    return data
                else:
                    at = sender
                    between.sendto(data, server)
        finally:
            client.kill()
            client.wait()


def challenge_request(number: int) -> bytes:
    """Valve's `CMsgSteamSockets_UDP_ChallengeRequest` (connection, time, version), padded as it has to be."""
    body = struct.pack("<BIBQBB", 0x0D, number, 0x19, 1, 0x20, 13)
    return (bytes([CHALLENGE_REQUEST]) + struct.pack("<H", len(body)) + body).ljust(512, b"\0")


def answered(request: bytes, number: int, reply: bytes) -> bytes:
    """The request with our number and the challenge of the reply: of a field that is repeated, the last one counts."""
    return request + struct.pack("<BIB", 0x0D, number, 0x11) + reply[7:15]


def ask(server: tuple[str, int]) -> tuple[socket.socket, int]:
    """Asks for a challenge from an address of its own."""
    knocker = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    number = random.randrange(1, 1 << 32)
    knocker.bind((f"127.{random.randrange(1, 255)}.{random.randrange(256)}.{random.randrange(1, 255)}", 0))
    knocker.connect(server)
    knocker.send(challenge_request(number))
    return knocker, number


def knock_some(server: tuple[str, int], request: bytes, count: int) -> list[socket.socket]:
    asked, came = dict(ask(server) for _ in range(count)), []
    deadline = time.monotonic() + PATIENCE
    with selectors.DefaultSelector() as ready:
        for knocker in asked:
            ready.register(knocker, selectors.EVENT_READ, knocker)
        while asked and time.monotonic() < deadline:
            for knocker in [key.data for key, _ in ready.select(0.1)]:
                reply = knocker.recv(2000)
                if reply[0] == CHALLENGE_REPLY:
                    knocker.send(answered(request, asked.pop(knocker), reply))
                    ready.unregister(knocker)
                    came.append(knocker)
    for knocker in asked:
        knocker.close()
    return came


def knock(address: str, count: int) -> None:
    host, port = address.split(":")
    server = host, int(port)
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    request, came = genuine_request(server), list[socket.socket]()
    while len(came) < count:
        came += knock_some(server, request, min(AT_ONCE, count - len(came)))
    say(len(came))
    reason, closed = b"\x18" + bytes([EndReason.CROWDED & 127 | 128, EndReason.CROWDED >> 7]), set[socket.socket]()
    for _ in sys.stdin:
        for knocker in came:
            with contextlib.suppress(BlockingIOError):
                while reply := knocker.recv(2000, socket.MSG_DONTWAIT):
                    if reply[0] == CONNECTION_CLOSED and reason in reply:
                        closed.add(knocker)
        say(len(closed))


def flood(net: Sockets, connection: Connection) -> None:
    kinds, sent = (SendFlags.RELIABLE_NO_NAGLE, SendFlags.UNRELIABLE_NO_NAGLE), 0
    while True:
        net.run_callbacks()
        results = net.send_messages([(connection, b"x" * 1000, kinds[i % 2]) for i in range(100)])
        before, sent = sent, sent + results.count(Result.OK)
        if before < MANY <= sent:
            say("many")
        time.sleep(0.0005)


def messages(address: str) -> None:
    wide = Options(send_buffer_size=8 << 20, send_rate_min=200_000_000, send_rate_max=200_000_000)
    stop = threading.Thread(target=sys.stdin.read, daemon=True)
    stop.start()
    with Sockets() as net:
        up: list[bool] = []
        net.on_connection_changed = lambda change: up.append(change.state is ConnectionState.CONNECTED)
        connection = net.connect_by_ip_address(address, wide)
        while not any(up):
            net.run_callbacks()
            time.sleep(0.001)
        say("connected")
        threading.Thread(target=flood, args=(net, connection), daemon=True).start()
        stop.join()


if __name__ == "__main__":
    if sys.argv[1] == "knock":
        knock(sys.argv[2], int(sys.argv[3]))
    else:
        messages(sys.argv[2])
