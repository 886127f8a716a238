"""The other process of the tests in test_sockets.py: `python sockets_peer.py WORD ADDRESS`.

`echo` listens on ADDRESS, prints where, sends everything back as it came and ends when its connection does.
`linger` connects to ADDRESS, sends 200 numbered reliable messages, closes with linger
and pumps until its standard input ends.
`cut` connects to ADDRESS, sends more than goes at once, closes with linger, and at once the library.
`silent` connects, says `here`, and then does nothing at all until it is killed.
"""

from __future__ import annotations

import sys
import threading
import time

from gamenet.sockets import Connection, ConnectionChange, ConnectionState, Options, SendFlags, Sockets


def say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def echo(net: Sockets, address: str) -> None:
    group, ended = net.create_poll_group(), []

    def changed(change: ConnectionChange) -> None:
        if change.state is ConnectionState.CONNECTING:
            net.accept_connection(change.connection)
            net.set_connection_poll_group(change.connection, group)
        elif change.state in (ConnectionState.CLOSED_BY_PEER, ConnectionState.PROBLEM_DETECTED_LOCALLY):
            say(f"{change.state.name} {change.end_reason} {change.debug}")
            ended.append(net.close_connection(change.connection))

    net.on_connection_changed = changed
    say(net.create_listen_socket_ip(address).address)
    while not ended:
        net.run_callbacks()
        came = net.receive_messages_on_poll_group(group, 65536)
        net.send_messages([(m.connection, m.data, 9 if m.reliable else 1) for m in came])
        time.sleep(0.0005)


def connected(net: Sockets, address: str) -> Connection:
    up: list[bool] = []
    net.on_connection_changed = lambda change: up.append(change.state is ConnectionState.CONNECTED)
    connection = net.connect_by_ip_address(address, Options(nagle_time=0))
    while not any(up):
        net.run_callbacks()
        time.sleep(0.0005)
    return connection


def linger(net: Sockets, address: str) -> None:
    connection = connected(net, address)
    net.send_messages([(connection, b"%d" % i + b" " * 1000, SendFlags.RELIABLE) for i in range(200)])
    net.close_connection(connection, linger=True, reason=1234, debug="all was sent")
    net.on_connection_changed = None
    stop = threading.Thread(target=sys.stdin.readline, daemon=True)
    stop.start()
    while stop.is_alive():
        net.run_callbacks()
        time.sleep(0.001)


def cut(net: Sockets, address: str) -> None:
    connection = connected(net, address)
    net.send_message_to_connection(connection, bytes(500_000))
    net.close_connection(connection, linger=True, reason=1234, debug="all was sent")


def silent(net: Sockets, address: str) -> None:
    net.send_message_to_connection(connected(net, address), b"here", SendFlags.RELIABLE_NO_NAGLE)
    sys.stdin.readline()


if __name__ == "__main__":
    with Sockets() as sockets:
        {"echo": echo, "linger": linger, "cut": cut, "silent": silent}[sys.argv[1]](sockets, sys.argv[2])
