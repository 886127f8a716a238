"""The other process of the tests in test_authentication.py: `python authentication_peer.py IDENTITY DEMAND [listen]`.

It reads lines: the root that it trusts, or `-`; then the certificate that answers the request which it has printed, in
hexadecimal, or `-`. With `listen` it listens where the system lets it, with `IP_AllowWithoutAuth` as DEMAND says, and
prints where; else it reads an address, connects there and sends `from IDENTITY` at once. Every change is printed
as `STATE reason proven sentence` and every message as `got DATA`. A line `send TEXT` sends that to whoever is
connected. It ends with its input.
"""

from __future__ import annotations

import queue
import sys
import threading
import time

from gamenet.sockets import Connection, ConnectionChange, ConnectionState, Options, SendFlags, Sockets


def say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def hear() -> str:
    return sys.stdin.readline().strip()


def prove(net: Sockets) -> None:
    if (root := hear()) != "-":
        net.trust(root)
    say(net.certificate_request().hex())
    if (certificate := hear()) != "-":
        net.set_certificate(bytes.fromhex(certificate))


def main(identity: str, demand: str, listens: bool) -> None:
    options = Options(ip_allow_without_auth=int(demand), nagle_time=0)
    with Sockets(identity=identity) as net:
        group, connected = net.create_poll_group(), list[Connection]()

        def changed(change: ConnectionChange) -> None:
            if change.listen_socket is not None and change.state is ConnectionState.CONNECTING:
                net.accept_connection(change.connection)
            if change.state is ConnectionState.CONNECTED:
                net.set_connection_poll_group(change.connection, group)
                connected.append(change.connection)
            say(f"{change.state.name} {change.end_reason} {int(change.info.authenticated)} {change.debug}")

        prove(net)
        net.on_connection_changed = changed
        if listens:
            say(net.create_listen_socket_ip("127.0.0.1:0", options).address)
        else:
            mine = net.connect_by_ip_address(hear(), options)
            net.send_message_to_connection(mine, f"from {identity}".encode(), SendFlags.RELIABLE)
        lines: queue.Queue[str] = queue.Queue()
        threading.Thread(target=lambda: [*map(lines.put, sys.stdin), lines.put("")], daemon=True).start()
        line = " "
        while line:
            net.run_callbacks()
            for message in net.receive_messages_on_poll_group(group):
                say(f"got {message.data.decode()}")
            if line.startswith("send "):
                net.send_messages([(each, line[5:].strip().encode(), SendFlags.RELIABLE) for each in connected])
            line = lines.get_nowait() if not lines.empty() else " "
            time.sleep(0.0005)


if __name__ == "__main__":
    main(sys.argv[1].strip("-"), sys.argv[2], "listen" in sys.argv)
