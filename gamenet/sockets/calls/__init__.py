"""The calls of the reference, one class for each topic; `Sockets` is all of them together."""

from __future__ import annotations

from .authentication import AuthenticationCalls
from .connections import ConnectionCalls
from .listening import ListeningCalls
from .options import OptionCalls
from .p2p import P2PCalls
from .receiving import ReceivingCalls
from .sending import SendingCalls
from .status import StatusCalls

__all__ = [
    "AuthenticationCalls",
    "ConnectionCalls",
    "ListeningCalls",
    "OptionCalls",
    "P2PCalls",
    "ReceivingCalls",
    "SendingCalls",
    "StatusCalls",
]
