"""The other process of the tests in test_session.py: `python session_process.py WORD …`.

`host ADDRESS [MAX_PEERS]` hosts, prints where, and does what calls say: `hang 3.5` sleeps, `leave` closes the session,
`exit` ends the process without closing it, anything else is sent back.
`join ADDRESS NAME` joins, prints its name, then a line for each peer that left, and goes on until it is killed.
`garbage ADDRESS` is a raw client: it sends what nobody should and prints how each connection ended.
"""

from __future__ import annotations

import random
import sys
import time

from gamenet.channels import Channel
from gamenet.session.contact import Outgoing
from gamenet.session.events import PeerLeft
from gamenet.session.hosting import Hosting
from gamenet.session.joining import Joining
from gamenet.session.node import Arrivals, Node
from gamenet.session.settings import Settings
from gamenet.session.states import State
from gamenet.session.transports.gns import GnsTransport
from gamenet.sockets import ConnectionChange, ConnectionState, Sockets


def say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def frame(node: Node, outgoing: list[Outgoing]) -> Arrivals:
    now = time.monotonic()
    arrivals = node.receive(now)
    node.send(now, outgoing)
    time.sleep(0.004)
    return arrivals


def host(address: str, max_peers: str = "16") -> None:
    node = Hosting(GnsTransport(), address, Settings(name="Hilda", max_peers=int(max_peers)))
    say(node.address)
    outgoing: list[Outgoing] = []
    while node.state is not State.CLOSED:
        arrivals, outgoing = frame(node, outgoing), []
        for message in arrivals.messages:
            if message.body.startswith(b"hang "):
                time.sleep(float(message.body[5:]))
            elif message.body == b"leave":
                node.close(time.monotonic(), "The server restarts.")
            elif message.body == b"exit":
                sys.exit()
            elif message.channel is Channel.CALL:
                outgoing.append(Outgoing(message.peer, message.room, Channel.CALL, 1, message.body))


def join(address: str, name: str) -> None:
    node = Joining(GnsTransport(), address, "", Settings(name=name))
    while node.state is not State.JOINED:
        frame(node, [])
    say(node.me.name)
    while True:
        for event in frame(node, []).events:
            if isinstance(event, PeerLeft):
                say(f"{event.peer.name} {event.reason}")


def garbage(address: str) -> None:
    chance = random.Random(1)
    loads = [b"", b"x", b"\x07" + bytes(15), chance.randbytes(40), chance.randbytes(5000), b"\x07" * 500_000]
    with Sockets() as net:
        for load in loads:
            say(how_it_ends(net, address, load))


def how_it_ends(net: Sockets, address: str, load: bytes) -> str:
    changes: list[ConnectionChange] = []
    net.on_connection_changed = changes.append
    connection = net.connect_by_ip_address(address)
    net.send_message_to_connection(connection, load)
    while not any(
        change.state in (ConnectionState.CLOSED_BY_PEER, ConnectionState.PROBLEM_DETECTED_LOCALLY) for change in changes
    ):
        net.run_callbacks()
        time.sleep(0.002)
    net.close_connection(connection)
    return f"{changes[-1].end_reason} {changes[-1].debug}"


if __name__ == "__main__":
    {"host": host, "join": join, "garbage": garbage}[sys.argv[1]](*sys.argv[2:])
