"""Calls from outside: checked before the game sees anything, then run.

    IncomingCall ──admit──► Admitted ──run──► Reply
                     └────► Reply with an error

The host admits every call, also those that it passes on (`rate` and `caller` are its to check); a receiver admits what
the host passed on. Nothing here raises: a wrong call is a sentence for its caller, a mistake in the game's function is
logged where it happened.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from ...errors import Refused
from ...ids import PeerId
from ...peer import Peer
from .declare import Caller, RpcDeclaration
from .limits import Limits
from .types import Plain, Scope, Unfit

if TYPE_CHECKING:
    from ..model.entity import Replicated

log = logging.getLogger("gamenet.rpc")

FAILED: Final = "failed"
"""All that a caller learns of an exception in the game's function."""


class IncomingCall(NamedTuple):
    """A call as it was read from a message; only `caller` and `target` are known to be what they say."""

    caller: Peer
    target: Replicated
    method: int
    arguments: Plain
    tick: int
    seen: float
    wants_answer: bool


class Admitted(NamedTuple):
    """A call that may run: every argument is what its annotation says."""

    caller: Caller
    target: Replicated
    rpc: RpcDeclaration
    arguments: list[Any]
    wants_answer: bool


class Reply(NamedTuple):
    """What becomes of a call: a plain value, or a sentence."""

    value: Plain = None
    error: str = ""
    broken: bool = False  # no honest peer calls like this


class Dispatcher:
    """The door for calls into one room, as one peer sees it."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope
        self._limits = Limits()

    def admit(self, call: IncomingCall, now: float, *, passed_on: bool = False) -> Admitted | Reply:
        """Check a call.

        Args:
            now: seconds, the session's clock.
            passed_on: whether the host, which is to be trusted, has checked caller and rate already.
        """
        methods = call.target.__gamenet__.methods
        if not 0 <= call.method < len(methods):
            return Reply(error=f"there is no RPC number {call.method}", broken=True)
        rpc = methods[call.method]
        if not passed_on and (why := self._why_not(call, rpc, now)):
            return Reply(error=why)
        try:
            arguments = rpc.signature.decode(call.arguments, self._scope)
        except Unfit as unfit:
            return Reply(error=f"{rpc.name}: {unfit.reason}", broken=unfit.broken)
        return Admitted(Caller(call.caller, call.tick, call.seen), call.target, rpc, arguments, call.wants_answer)

    def _why_not(self, call: IncomingCall, rpc: RpcDeclaration, now: float) -> str:
        if why := rpc.why_not(call.target, call.caller):
            return why
        key = call.caller.id, call.target.__gamenet__.name, rpc.name
        if not call.caller.is_host and not self._limits.allows(key, rpc.rate, now):
            return f"{rpc.name}: more than {rpc.rate:g} calls a second"
        return ""

    def run(self, call: Admitted) -> Reply:
        """Run the game's function."""
        where = f"{type(call.target).__name__}.{call.rpc.name}"
        signature = call.rpc.signature
        try:
            value = signature.run(call.rpc.function, call.target, call.caller, call.arguments)
        except Refused as refused:
            return Reply(error=refused.reason or "refused")
        except Exception:
            log.exception("%s, called by %s, failed", where, call.caller.peer.name)
            return Reply(error=FAILED)
        if not call.wants_answer:
            return Reply()
        try:
            return Reply(signature.encode_result(value, self._scope))
        except Unfit as unfit:
            log.error("%s: what it returned %s", where, unfit.reason)
            return Reply(error=FAILED)

    def forget(self, peer: PeerId) -> None:
        """A peer left: its rates are no longer counted."""
        self._limits.forget(lambda key: isinstance(key, tuple) and key[0] == peer)
