"""The reference's example of a server, line by line: greets who connects, and ends with the first answer.

python -m demos.sockets_server [ADDRESS] [--authority FILE]      # [::]:55556
"""

from __future__ import annotations

import time
from functools import partial

from demos.sockets_authority import arguments, certify
from gamenet.sockets import (
    AuthenticationChange,
    AuthenticationStatus,
    Connection,
    ConnectionChange,
    ConnectionState,
    ListenSocket,
    Options,
    SendFlags,
    Sockets,
)

tell = partial(print, flush=True)  # also when a file or a pipe listens
PROVEN = Options(ip_allow_without_auth=0)  # as on Steam, where it is the default


def main() -> None:
    where = arguments(__doc__ or "", "[::]:55556")
    connections: set[Connection] = set()
    ended: set[Connection] = set()
    server: ListenSocket | None = None

    net = Sockets(identity="str:server")

    def on_connection_changed(data: ConnectionChange) -> None:
        tell("Connection changed", data.connection, data.state.name, data.old_state.name, data.end_reason, data.debug)
        if data.state is ConnectionState.CONNECTING:
            net.accept_connection(data.connection)
        if data.state is ConnectionState.CONNECTED:
            connections.add(data.connection)
            hello = b"Hello client! This is the server! Welcome!"
            net.send_message_to_connection(data.connection, hello, SendFlags.RELIABLE)
        if data.state in (ConnectionState.CLOSED_BY_PEER, ConnectionState.PROBLEM_DETECTED_LOCALLY):
            tell(data.connection, data.state.name, data.end_reason, data.debug)
            ended.add(data.connection)

    def on_authentication_status(data: AuthenticationChange) -> None:
        nonlocal server
        if data.status is AuthenticationStatus.CURRENT and not server:
            server = net.create_listen_socket_ip(where.address, PROVEN)
            tell(f"Listening on port {server.port}")

    net.on_connection_changed = on_connection_changed
    net.on_authentication_status = on_authentication_status

    net.init_authentication()
    certify(net, where.authority)  # Steam's own library does this by itself

    run = True
    while run:
        net.run_callbacks()
        for connection in connections:
            messages = net.receive_messages_on_connection(connection)
            for j, message in enumerate(messages, 1):
                tell("received message", j, message.data.decode(), "from connection", connection)
                run = False
        while ended:  # only now: what came before the end was still to be received
            connections.discard(connection := ended.pop())
            net.close_connection(connection)
        time.sleep(0.01)

    for connection in connections:
        net.close_connection(connection)
    if server:
        server.destroy()
    net.close()


if __name__ == "__main__":
    main()
