"""One peer of the tests in test_p2p.py: `python p2p_process.py IDENTITY`, told what to do in lines of JSON.

Each line in has `do` and arguments; each gets one line out with `answer` (or `error`: kind and words). In between come
lines with `signal`, `told` (a change), `message` and `log`. It ends when its input does.
"""

from __future__ import annotations

import json
import logging
import queue
import sys
import threading
import time
from typing import Any

from gamenet.errors import GamenetError
from gamenet.sockets import Connection, ConnectionChange, ConnectionState, ListenSocket, Sockets, TurnServer

ORDERS_A_PUMP = 20  # the library complains when a hundred changes wait


def say(**what: Any) -> None:
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


class Logged(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        say(log=[record.levelname, record.getMessage()])


class Peer:
    """What a test can ask for: the methods without an underscore."""

    def __init__(self, net: Sockets) -> None:
        self._net = net
        self._group = net.create_poll_group()
        self._listening: dict[int, ListenSocket] = {}
        self._accepts = True
        self._told = True
        net.on_connection_changed = self._changed

    def _changed(self, change: ConnectionChange) -> None:
        port = change.listen_socket.virtual_port if change.listen_socket else None
        say(
            told=[
                change.connection,
                change.state.name,
                change.end_reason,
                change.debug,
                port,
                str(change.info.identity),
            ]
        )
        if self._accepts and change.state is ConnectionState.CONNECTING and port is not None:
            self.accept(change.connection)

    def _pump(self) -> None:
        if self._told:
            self._net.run_callbacks()
        for connection, to, data in self._net.signals():
            say(signal=[connection, str(to), data.hex()])
        for message in self._net.receive_batch(self._group):
            say(message=[message.connection, message.data.hex()])

    def accepting(self, yes: bool) -> None:
        self._accepts = yes

    def accept(self, connection: Connection) -> str:
        self._net.set_connection_poll_group(connection, self._group)
        return self._net.accept_connection(connection).name

    def listen(self, port: int, options: dict[str, Any]) -> int:
        made = self._net.create_listen_socket_p2p(port, options)
        self._listening[port] = made
        return made.handle

    def deafen(self, port: int) -> None:
        self._listening.pop(port).destroy()

    def connect(self, to: str, port: int, options: dict[str, Any]) -> Connection:
        connection = self._net.connect_p2p(to, port, options)
        self._net.set_connection_poll_group(connection, self._group)
        return connection

    def close(self, connection: Connection, reason: int = 1000, debug: str = "") -> bool:
        return self._net.close_connection(connection, reason=reason, debug=debug)

    def send(self, connection: Connection, data: str, flags: int = 9) -> str:
        return self._net.send_message_to_connection(connection, data.encode(), flags).name

    def receive(self, data: str, sender: str | None = None) -> bool:
        return self._net.receive_signal(bytes.fromhex(data), sender)

    def state(self, connection: Connection) -> str:
        return self._net.get_connection_real_time_status(connection).state.name

    def describe(self, connection: Connection) -> list[Any]:
        info = self._net.get_connection_info(connection)
        return [info.state.name, str(info.identity), info.address, info.description, info.relayed]

    def hear(self, told: bool) -> None:
        """Whether callbacks are run; messages and signals are taken all the same."""
        self._told = told

    def trust(self, root: str) -> None:
        self._net.trust(root)

    def request(self) -> str:
        return self._net.certificate_request().hex()

    def certify(self, certificate: str) -> None:
        self._net.set_certificate(bytes.fromhex(certificate))

    def proven(self, connection: Connection) -> bool:
        return self._net.get_connection_info(connection).authenticated

    def unacknowledged(self, connection: Connection) -> int:
        status = self._net.get_connection_real_time_status(connection)
        return status.pending_reliable + status.sent_unacked_reliable

    def ask_servers(self, stun: list[str], turn: list[list[str]]) -> None:
        self._net.set_ice_servers(stun=stun, turn=[TurnServer(*each) for each in turn])

    def _answer(self, order: dict[str, Any]) -> None:
        try:
            say(answer=getattr(self, order.pop("do"))(**order))
        except (GamenetError, ValueError, TypeError) as error:
            say(error=[type(error).__name__, str(error), getattr(error, "connection", 0)])

    def run(self, orders: queue.SimpleQueue[str]) -> None:
        while True:
            self._pump()
            for _ in range(min(orders.qsize(), ORDERS_A_PUMP)):
                line = orders.get()
                if not line:
                    return
                self._answer(json.loads(line))
            time.sleep(0.001)


def main() -> None:
    logging.getLogger("gamenet.sockets").addHandler(Logged())
    logging.getLogger("gamenet.sockets").propagate = False
    orders: queue.SimpleQueue[str] = queue.SimpleQueue()

    def read() -> None:
        for line in sys.stdin:
            orders.put(line)
        orders.put("")

    threading.Thread(target=read, daemon=True).start()
    with Sockets(identity=sys.argv[1]) as net:
        peer = Peer(net)
        say(answer="open")
        peer.run(orders)


if __name__ == "__main__":
    main()
