"""Why connections end: Valve's numbers (`ESteamNetConnectionEnd`) under Python names, in words.

The thousands say whose doing it was: 1 the program's, as usual; 2 the program's, out of the ordinary; 3 this machine or
its network; 4 the other side or something on the way; 5 something else.
"""

from __future__ import annotations

import enum
from typing import Final, NamedTuple


class EndReason(enum.IntEnum):
    """Why a connection ended. A program's own numbers (1000–2999) and what Valve adds later are plain ints."""

    NONE = 0
    APP = 1000
    APP_UNUSUAL = 2000
    UNPROVEN = 2401
    """gamenet's own: `IP_AllowWithoutAuth` is 0, and the other side did not prove who it is."""
    CROWDED = 2402
    """gamenet's own: too many connections wait to be accepted at that listen socket (`MAX_WAITING`)."""
    CUT_SHORT = 2999
    """The library's own: the other side lingered, and its program closed the library before all was delivered."""
    LOCAL_OFFLINE = 3001
    LOCAL_MANY_RELAYS = 3002
    LOCAL_HOSTED_SERVER_RELAY = 3003
    LOCAL_NETWORK_CONFIG = 3004
    LOCAL_RIGHTS = 3005
    LOCAL_ICE_NO_PUBLIC_ADDRESS = 3006
    REMOTE_TIMEOUT = 4001
    REMOTE_BAD_CRYPT = 4002
    REMOTE_BAD_CERTIFICATE = 4003
    REMOTE_BAD_PROTOCOL_VERSION = 4006
    REMOTE_ICE_NO_PUBLIC_ADDRESS = 4007
    GENERIC = 5001
    INTERNAL_ERROR = 5002
    TIMEOUT = 5003
    STEAM_CONNECTIVITY = 5005
    NO_RELAY_SESSIONS = 5006
    P2P_RENDEZVOUS = 5008
    P2P_NAT_FIREWALL = 5009
    PEER_SENT_NO_CONNECTION = 5010


class End(NamedTuple):
    """What an end reason means, and what can be done about it."""

    means: str
    advice: str
    steam: bool = False
    """Comes up on the Steam network alone."""


_STEAM: Final = "Look whether Steam is running, logged in and reachable."
_BOTH_ENDS: Final = "Look at both ends' `debug` text; set the loggers `gamenet.sockets` to INFO to see it happen."

ENDS: Final[dict[EndReason, End]] = {
    EndReason.NONE: End("The connection has not ended.", "Nothing."),
    EndReason.APP: End(
        "The program at one end closed the connection, as usual.",
        "Nothing: this is what `close_connection` says unless it is given another reason. 1001 to 1999 are free for a "
        "program's own.",
    ),
    EndReason.APP_UNUSUAL: End(
        "The program at one end closed the connection because something was out of the ordinary.",
        "The `debug` text is that program's. 2001 to 2998 but 2401 and 2402 are free for a program's own.",
    ),
    EndReason.UNPROVEN: End(
        "One end demands a proof of identity, and the other has none that is good there.",
        "The `debug` text says what is wrong with its certificate. Give both programs the authority's root (`trust`) "
        "and each its own certificate (`set_certificate`); look at both clocks.",
    ),
    EndReason.CROWDED: End(
        "Too many connections wait to be accepted at the other side.",
        "Try again later. The server: accept or close what comes in soon; strangers may be flooding it.",
    ),
    EndReason.CUT_SHORT: End(
        "The other side had closed with `linger`, and its program closed the library before all was delivered.",
        "What it sent last may be lost; the `debug` text is that of its close. There: let the library stay open until "
        "the connection is gone, or let this side confirm what came before that one closes.",
    ),
    EndReason.LOCAL_OFFLINE: End("Steam is in offline mode here.", "Go online in Steam.", steam=True),
    EndReason.LOCAL_MANY_RELAYS: End(
        "This machine reaches few or none of Steam's relays, so its own line is the likely cause.",
        "Look at this machine's connection and firewall.",
        steam=True,
    ),
    EndReason.LOCAL_HOSTED_SERVER_RELAY: End(
        "This hosted server has lost the relay that the client came through.",
        "Look at the server's own line; the client may try again.",
        steam=True,
    ),
    EndReason.LOCAL_NETWORK_CONFIG: End(
        "This machine could not get the map of Steam's network.",
        "Look at this machine's line and firewall.",
        steam=True,
    ),
    EndReason.LOCAL_RIGHTS: End("Steam does not allow this to this account or program.", _STEAM, steam=True),
    EndReason.LOCAL_ICE_NO_PUBLIC_ADDRESS: End(
        "This machine could not find out its own public address, so the other side had nothing to connect to.",
        "Look whether `P2P_STUN_ServerList` names servers that answer and whether UDP may leave here; a TURN server "
        "carries what cannot go directly.",
    ),
    EndReason.REMOTE_TIMEOUT: End(
        "The other side fell silent while this machine's own line seemed well.",
        "The other program ended without closing, or its line is down: connect again.",
        steam=True,
    ),
    EndReason.REMOTE_BAD_CRYPT: End(
        "The two ends could not agree on encryption.",
        "One side requires `Unencrypted=3` and the other forbids it, or what came is damaged: give both the same.",
    ),
    EndReason.REMOTE_BAD_CERTIFICATE: End(
        "A certificate is missing, out of date, for somebody else, or signed by an authority that is not trusted.",
        "Give both programs the authority's root (`trust`) and each its own certificate (`set_certificate`); look at "
        "both clocks.",
    ),
    EndReason.REMOTE_BAD_PROTOCOL_VERSION: End(
        "The other side's version of GameNetworkingSockets is too old or too new for this one.",
        "Bring both programs to one version.",
    ),
    EndReason.REMOTE_ICE_NO_PUBLIC_ADDRESS: End(
        "The other side never told a public address to connect to.",
        "Look whether its `P2P_STUN_ServerList` names servers that answer and whether all signals arrive; a TURN "
        "server carries what cannot go directly.",
    ),
    EndReason.GENERIC: End("Something rare went wrong; the `debug` text says what.", _BOTH_ENDS),
    EndReason.INTERNAL_ERROR: End(
        "Something went wrong that should not: a message longer than the receiver's `RecvMaxMessageSize`, damaged "
        "packets, or a bug.",
        _BOTH_ENDS,
    ),
    EndReason.TIMEOUT: End(
        "The other side has not answered for too long.",
        "It never did (`timeout_initial`): look whether the address and port are right, the other program runs, calls "
        "`run_callbacks` and accepts what comes in, and UDP gets through both firewalls. It did (`timeout_connected`): "
        "its program ended without a goodbye, also if it runs again by now, or the line is down. Connect again.",
    ),
    EndReason.STEAM_CONNECTIVITY: End("Something is wrong between here and Steam.", _STEAM, steam=True),
    EndReason.NO_RELAY_SESSIONS: End(
        "The server had no relay left through which to answer the client.", "The client may try again.", steam=True
    ),
    EndReason.P2P_RENDEZVOUS: End(
        "The two ends did not find to each other in time, and nothing more is known.",
        "Look whether signals are carried both ways, soon and complete; and whether both machines have an address in a "
        "network: loopback is no way (see peer to peer).",
    ),
    EndReason.P2P_NAT_FIREWALL: End(
        "Both ends know each other's addresses, but no packet gets through their routers or firewalls.",
        "A TURN server carries what cannot go directly.",
    ),
    EndReason.PEER_SENT_NO_CONNECTION: End(
        "The other side knows nothing of this connection (any more).",
        "It gave up before this side noticed: connect again. A program that was killed and started again does not say "
        "this: its old connections end with 5003.",
    ),
}

NOT_THE_PROGRAMS: Final = (EndReason.UNPROVEN, EndReason.CROWDED, EndReason.CUT_SHORT)
"""Those from 1000 to 2999 that no program gives: they would be taken for what they say."""

_RANGES: Final = {
    1: "The program at one end closed the connection, as usual, for a reason of its own ({}).",
    2: "The program at one end closed the connection for an unusual reason of its own ({}).",
    3: "Something is wrong with this machine or its connection to the network ({}).",
    4: "Something is wrong at the other side or on the way to it ({}).",
    5: "The connection failed for another reason ({}).",
}


def describe_end(reason: int) -> str:
    """What an end reason means, in a sentence for players and programmers.

    Raises:
        TypeError: it is no int.
    """
    if not isinstance(reason, int):
        raise TypeError(f"reason must be an int, as in `ConnectionInfo.end_reason`, not {type(reason).__name__}")
    if (known := ENDS.get(reason)) is not None:  # type: ignore[call-overload]
        return str(known.means)
    return _RANGES.get(reason // 1000, "The connection ended for an unknown reason ({}).").format(int(reason))
