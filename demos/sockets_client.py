"""The reference's example of a client, line by line: connects, thanks for the greeting, and ends.

python -m demos.sockets_client [ADDRESS] [--authority FILE]      # 127.0.0.1:55556
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
    Options,
    SendFlags,
    Sockets,
    describe_end,
)

tell = partial(print, flush=True)  # also when a file or a pipe listens
PROVEN = Options(ip_allow_without_auth=0)  # as on Steam, where it is the default


def main() -> None:
    where = arguments(__doc__ or "", "127.0.0.1:55556")
    connection: Connection | None = None
    run = True
    msg_rec = False

    net = Sockets(identity="str:client")

    def on_connection_changed(data: ConnectionChange) -> None:
        nonlocal run
        tell("Connection changed", data.connection, data.state.name, data.old_state.name, data.end_reason, data.debug)
        if data.state in (ConnectionState.CLOSED_BY_PEER, ConnectionState.PROBLEM_DETECTED_LOCALLY):
            tell(describe_end(data.end_reason))
            run = False

    def on_authentication_status(data: AuthenticationChange) -> None:
        nonlocal connection
        if data.status is AuthenticationStatus.CURRENT and not connection:
            connection = net.connect_by_ip_address(where.address, PROVEN)

    net.on_connection_changed = on_connection_changed
    net.on_authentication_status = on_authentication_status

    net.init_authentication()
    certify(net, where.authority)  # Steam's own library does this by itself

    while run:
        net.run_callbacks()

        if connection:
            messages = net.receive_messages_on_connection(connection)
            for j, message in enumerate(messages, 1):
                tell("received message", j, message.data.decode(), "from connection", connection)
                thanks = b"Hello server! This is the client! Thank you!"
                net.send_message_to_connection(connection, thanks, SendFlags.RELIABLE)
                msg_rec = True

        if msg_rec and connection:  # the reference counts to 10,000 here; this asks whether the answer has arrived
            status = net.get_connection_real_time_status(connection)
            run = run and status.pending_reliable + status.sent_unacked_reliable > 0
        time.sleep(0.01)

    if connection:
        net.close_connection(connection)
    net.close()


if __name__ == "__main__":
    main()
