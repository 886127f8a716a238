"""Connections: opening, accepting, closing, naming them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from gamenet._bridge import check, ffi
from gamenet.errors import InvalidAddress

from .. import info as _info
from .. import messages as _messages
from .. import options as _options
from ..address import Identity, identity_bytes, parse_address
from ..arguments import cut, several, truth
from ..ends import NOT_THE_PROGRAMS, EndReason
from ..enums import Result
from ..handles import Connection, handle
from ..options import AnyOptions
from .base import Calls

MAX_LANES: Final = 255
"""What Valve's library is built for."""


class ConnectionCalls(Calls):
    def connect_by_ip_address(self, address: str, options: AnyOptions = None) -> Connection:
        """Begins to connect to `address`, as in `"192.0.2.1:27015"`; a `ConnectionChange` tells what becomes of it.

        Nobody there is `PROBLEM_DETECTED_LOCALLY` after `timeout_initial`. Close the connection in any case.

        Raises:
            InvalidAddress: it cannot be parsed, or its port is 0.
            UnknownOption, TypeError, ValueError: options that do not exist or do not fit.
            NotAuthenticated: a proof of identity is demanded that cannot be checked or given yet.
        """
        target = parse_address(address)
        if target.endswith(":0"):
            raise InvalidAddress(f"{address!r}: nobody can be connected to on port 0")
        native = _options.settings(options, self._options(), by_address=True)
        return Connection(check(self._lib.gn_sockets_connect(target.encode(), native.array, native.length)))

    def accept_connection(self, connection: Connection) -> Result:
        """Accepts what came in: `CONNECTING`, with a listen socket.

        Returns:
            `OK`; `INVALID_PARAM` when there is no such connection (any more), `INVALID_STATE` when it does not wait to
            be accepted, `DUPLICATE_REQUEST` or `HANDSHAKE_FAILED` as `Result` says.
        """
        return Result(check(self._lib.gn_sockets_accept(handle(connection, "connection"))))

    def close_connection(
        self, connection: Connection, linger: bool = False, reason: int = 1000, debug: str = ""
    ) -> bool:
        """Closes; the other side gets `reason` and `debug` with `CLOSED_BY_PEER`. What was not received is discarded.

        Args:
            linger: what was sent is still delivered in the background, as long as the library stays open; nothing tells
                when that is done, and if it closes before, the other side gets `EndReason.CUT_SHORT` with `debug`.
                What to do before `close()` instead: docs/sockets/connections.md.
            reason: 1000–1999 for a usual end, 2000–2998 but 2401 and 2402 for an unusual one; see `EndReason`.
            debug: for people who look for causes; at most 127 bytes of UTF-8 are sent.

        Returns:
            False when there is no such connection (any more).

        Raises:
            ValueError: a reason that is not the program's to give.
        """
        if not isinstance(reason, int) or not isinstance(debug, str):
            raise TypeError(
                f"reason must be an int and debug a str, not {type(reason).__name__} and {type(debug).__name__}"
            )
        if not 1000 <= reason < 3000:
            raise ValueError(f"reason must be from 1000 to 2999 (the library's own are higher), not {reason}")
        if reason in NOT_THE_PROGRAMS:
            raise ValueError(
                f"reason {reason} is EndReason.{EndReason(reason).name}, which the other side would take for that: "
                "give a number of your own, from 2001 to 2998 but 2401 and 2402"
            )
        number, words = handle(connection, "connection"), cut(debug, 127)
        return bool(check(self._lib.gn_sockets_close_connection(number, reason, words, truth(linger, "linger"))))

    def create_socket_pair(
        self, *, through_network: bool = False, peer_identities: tuple[str | Identity, str | Identity] = ("", "")
    ) -> tuple[Connection, Connection]:
        """Two connections to each other, through buffers of this process or through its network.

        They are connected from the start, so no change is told.

        Args:
            peer_identities: whom the first connection and whom the second sees at the other end, as in
                `("str:bob", "str:alice")`; "" for an address of this machine.

        Raises:
            InvalidAddress: no such identity.
        """
        if not isinstance(peer_identities, tuple) or len(peer_identities) != 2:
            raise TypeError(
                f'peer_identities must be a pair as in ("str:bob", "str:alice"), not {peer_identities!r:.60}'
            )
        first, second = (identity_bytes(each, f"peer_identities[{i}]") for i, each in enumerate(peer_identities))
        pair, network = ffi.new("uint32_t[2]"), truth(through_network, "through_network")
        check(self._lib.gn_sockets_pair(network, first, second, pair))
        return Connection(pair[0]), Connection(pair[1])

    def set_connection_user_data(self, connection: Connection, data: int) -> None:
        """Gives a connection a number of the program's own (64 bits), which its `ConnectionInfo` carries.

        To have it from the start, also in the first change, give the option `ConnectionUserData` when connecting.

        Raises:
            InvalidHandle: there is no such connection (any more).
        """
        if not isinstance(data, int):
            raise TypeError(f"data must be an int, not {type(data).__name__}")
        if not -(2**63) <= data < 2**63:
            raise ValueError(f"data must fit 64 bits, from {-(2**63)} to {2**63 - 1}, not {data}")
        check(self._lib.gn_sockets_set_user_data(handle(connection, "connection"), data))

    def get_connection_user_data(self, connection: Connection) -> int:
        """The number that `set_connection_user_data` gave it; -1 until then.

        Raises:
            InvalidHandle: there is no such connection (any more).
        """
        data = ffi.new("int64_t *")
        check(self._lib.gn_sockets_user_data(handle(connection, "connection"), data))
        return int(data[0])

    def set_connection_name(self, connection: Connection, name: str) -> None:
        """Names a connection for log lines and descriptions; at most 31 bytes of UTF-8 are kept.

        Raises:
            InvalidHandle: there is no such connection (any more).
        """
        if not isinstance(name, str):
            raise TypeError(f"name must be a str, not {type(name).__name__}")
        check(self._lib.gn_sockets_set_name(handle(connection, "connection"), cut(name, 31)))

    def get_connection_name(self, connection: Connection) -> str:
        """The name that `set_connection_name` gave it, "" without.

        Raises:
            InvalidHandle: there is no such connection (any more).
        """
        buffer = ffi.new("char[]", 256)
        check(self._lib.gn_sockets_name(handle(connection, "connection"), buffer, 256))
        return _info.text(buffer)

    def configure_connection_lanes(
        self, connection: Connection, priorities: Sequence[int], weights: Sequence[int] | None = None
    ) -> Result:
        """Splits what this side sends into as many lanes as there are priorities; each has its own reliable order.

        More can be added later, but none taken away, and the lane that goes first must go on to.

        Args:
            priorities: one for each lane, at most 255; a lower number goes first, always.
            weights: how lanes of one priority share the line, from 1 to 65535; equally without.

        Returns:
            `OK`; `NO_CONNECTION` when there is no such connection (any more), `INVALID_STATE` when it has ended, `FAIL`
            when the other side's version is too old for lanes.

        Raises:
            ValueError: priorities or weights out of range, not as many of both, or fewer lanes than there are already.
            InvalidArgument: the lane that goes first until now is missing or would not go first any more (looked at
                before the number of lanes), which Valve's library does not survive.
        """
        given = several(priorities, "priorities")
        if not 1 <= len(given) <= MAX_LANES:
            raise ValueError(f"priorities must be those of 1 to {MAX_LANES} lanes, not of {len(given)}")
        shares = [1] * len(given) if weights is None else several(weights, "weights")
        if len(shares) != len(given):
            raise ValueError(f"{len(given)} priorities and {len(shares)} weights: each lane has one of each")
        ranks = [_messages.number(priority, f"priorities[{i}]", 31) for i, priority in enumerate(given)]
        parts = [_messages.number(share, f"weights[{i}]", 16, lowest=1) for i, share in enumerate(shares)]
        number = handle(connection, "connection")
        native = ffi.new("int32_t[]", ranks), ffi.new("uint16_t[]", parts)
        result = Result(check(self._lib.gn_sockets_configure_lanes(number, *native, len(ranks))))
        if result is Result.INVALID_PARAM:  # the one thing that is left, and that only the library knows
            raise ValueError(
                f"priorities are those of {len(ranks)} lanes, but connection {number} has more already, and none can "
                "be taken away: give all of them, and send nothing on those that are not needed any more"
            )
        return result
