"""GameNetworkingSockets, one to one: Valve's message transport over UDP, usable alone.

>>> from gamenet.sockets import Sockets
>>> with Sockets() as net:
...     listen = net.create_listen_socket_ip("127.0.0.1:0")
...     connection = net.connect_by_ip_address(listen.address)
...     net.run_callbacks()
"""

from __future__ import annotations

from .address import Identity
from .authority import Authority
from .catalogue import OptionInfo, OptionValue
from .ends import EndReason, describe_end
from .enums import AuthenticationStatus, ConnectionState, Result, SendFlags
from .fake import FakeNetwork
from .handles import Connection, ListenSocket, PollGroup
from .ice import IceCandidates, TurnServer, ice_options
from .info import AuthenticationChange, ConnectionChange, ConnectionInfo, LaneStatus, RealTimeStatus
from .library import MAX_MESSAGE, MAX_UNRELIABLE, MAX_UNSPLIT, MAX_WAITING, RECEIVE_LIMITS, Sockets, simulate
from .messages import Message, MessageView, Outgoing, ReceivedBatch
from .options import AnyOptions, Options
from .signals import Signal

__all__ = [
    "MAX_MESSAGE",
    "MAX_UNRELIABLE",
    "MAX_UNSPLIT",
    "MAX_WAITING",
    "RECEIVE_LIMITS",
    "AnyOptions",
    "AuthenticationChange",
    "AuthenticationStatus",
    "Authority",
    "Connection",
    "ConnectionChange",
    "ConnectionInfo",
    "ConnectionState",
    "EndReason",
    "FakeNetwork",
    "IceCandidates",
    "Identity",
    "LaneStatus",
    "ListenSocket",
    "Message",
    "MessageView",
    "OptionInfo",
    "OptionValue",
    "Options",
    "Outgoing",
    "PollGroup",
    "RealTimeStatus",
    "ReceivedBatch",
    "Result",
    "SendFlags",
    "Signal",
    "Sockets",
    "TurnServer",
    "describe_end",
    "ice_options",
    "simulate",
]
