"""The way of an RPC: caller → host → receivers, and of its answer back.

    at the caller   submit ──► an operation to the host, or on the host one to each receiver
    at the host     invoked: admitted, passed on in the host's one order, or run here
    at a receiver   invoked: run
    back            Answer to the host, who hands it to whoever asked

A call's number is its caller's; when the host passes a call on that wants an answer, it gives it a number of its own
with `PASSED_ON` set, and keeps whose it was.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from ...ids import HOST
from ...peer import Peer
from .. import operations as op
from ..happenings import Requested
from ..model.world import Told
from ..operations import Malformed
from .calls import Due, OpenCalls
from .declare import CallRequest, RpcDeclaration
from .dispatch import Admitted, Dispatcher, IncomingCall, Reply

if TYPE_CHECKING:
    from ..model.entity import Replicated
    from ..model.world import World

PASSED_ON: Final = 0x8000_0000
FORGOTTEN_AFTER: Final = 300.0
"""Seconds after which the host no longer knows who asked for an answer that it passed on."""


class _Asked(NamedTuple):
    caller: Peer
    number: int
    receiver: Peer
    at: float


class Router:
    """Every call of one room that begins, ends or passes here."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._open = OpenCalls()
        self._dispatcher = Dispatcher(world)
        self._passed_on: dict[int, _Asked] = {}
        self._unnamed: dict[Replicated, list[CallRequest]] = {}
        self.now = 0.0
        """The moment of this frame, seconds."""
        self._last = 0
        self.forged = 0
        world.router = self

    # --------------------------------------------------------------------------------------------------- in my own line

    def submit(self, request: CallRequest) -> None:
        """A checked call of this peer. One on an entity that the host has not named yet waits for its name."""
        target = request.target
        if target._id is None:
            self._unnamed.setdefault(target, []).append(request)
            return
        receivers = self._receivers(target, request.rpc, self._world.me, request.receivers)
        me = self._world.me
        if me in receivers and not request.call:
            self._run_here(request, 0)
        others = [peer for peer in receivers if peer is not me]
        if request.call is not None:
            self._ask(request, receivers)
        elif self._world.is_host:
            self._tell(request, 0, others)
        elif others:
            self._tell(request, 0, [self._world.host])

    def _ask(self, request: CallRequest, receivers: list[Peer]) -> None:
        """A call that wants an answer: it has one receiver, or none any more."""
        assert request.call is not None
        receiver = receivers[0] if receivers else self._world.me
        number = self._open.add(request.call, receiver, self.now)
        if not receivers:
            self._open.refused(number, "there is nobody to answer: its owner left, or it has none")
        elif receiver is self._world.me:
            self._run_here(request, number)
        else:
            self._tell(request, number, [receiver if self._world.is_host else self._world.host])

    def named(self, entity: Replicated) -> None:
        """The host named an entity of mine: what waited for it goes out."""
        for request in self._unnamed.pop(entity, ()):
            self.submit(request)

    def dropped(self, entity: Replicated, why: str) -> None:
        """It goes before it had a name: what waited for that is answered with a reason."""
        for request in self._unnamed.pop(entity, ()):
            if request.call is not None:
                self._open.refused(self._open.add(request.call, self._world.me, self.now), why)

    def _receivers(
        self, target: Replicated, rpc: RpcDeclaration, caller: Peer, chosen: Iterable[Peer] | None
    ) -> list[Peer]:
        """Who runs it: never somebody who left, in the order of joining."""
        world = self._world
        match rpc.to:
            case "host":
                return [world.host]
            case "owner":
                owner = target._owner if target._owner is not None else world.host
                return [owner] if owner.id in world.peers else []
        everyone = list(world.peers.values())
        if chosen is not None:
            chosen = set(chosen)
            return [peer for peer in everyone if peer in chosen]
        return everyone if rpc.to == "everyone" else [peer for peer in everyone if peer is not caller]

    def _tell(self, request: CallRequest, number: int, to: list[Peer]) -> None:
        world, target = self._world, request.target
        chosen: list[int] | None = None if request.receivers is None else [peer.id for peer in request.receivers]
        assert target._id is not None
        invoke = op.Invoke(
            number, HOST, target._id, request.rpc.number, world.tick, world.seen, chosen, request.arguments
        )  # who I am is known when it is sent: before, the host may not have given me a number
        if to:
            receivers = frozenset(peer.id for peer in to)
            world.told.append(Told(lambda: invoke._replace(caller=world.me.id), receivers, target))

    def _run_here(self, request: CallRequest, number: int) -> None:
        """My own part of a call: with the arguments as they would have travelled, at the start of my next frame."""
        world = self._world
        call = IncomingCall(
            world.me, request.target, request.rpc.number, request.arguments, world.tick, world.seen, number != 0
        )
        self._admit(call, number, world.me, passed_on=True)

    # ----------------------------------------------------------------------------------------------------- from outside

    def invoked(self, peer: Peer, invoke: op.Invoke) -> None:
        """A call arrived.

        Raises:
            Malformed: no honest peer calls like that.
        """
        world = self._world
        if world.is_host and invoke.caller != peer.id:
            raise Malformed("a call in somebody else's name")
        caller, target = world.peer(invoke.caller), world.entity(invoke.id)
        if caller is None or target is None:
            self._reply(peer, invoke.number, Reply(error="what it was called on is gone"))
            return
        call = IncomingCall(caller, target, invoke.method, invoke.args, invoke.tick, invoke.seen, invoke.number != 0)
        if world.is_host:
            self._pass_on(call, invoke)
        else:
            self._admit(call, invoke.number, peer, passed_on=True)

    def _pass_on(self, call: IncomingCall, invoke: op.Invoke) -> None:
        """host: check once, then run here or hand on, or both."""
        admitted = self._dispatcher.admit(call, self.now)
        if isinstance(admitted, Reply):
            self._refuse(call, call.caller, invoke.number, admitted)
            return
        world = self._world
        chosen = None if invoke.to is None else [p for p in map(world.peer, invoke.to) if p is not None]
        receivers = self._receivers(call.target, admitted.rpc, call.caller, chosen)
        others = [peer for peer in receivers if peer is not world.me and peer is not call.caller]
        if invoke.number and len(receivers) != 1:
            self._reply(call.caller, invoke.number, Reply(error="there is nobody to answer"))
            return
        if world.me in receivers:
            self._request(admitted, invoke.number, call.caller)
        if others:
            number = self._renumber(call.caller, invoke.number, others[0])
            world.tell(invoke._replace(number=number, to=None), others, call.target)

    def _renumber(self, caller: Peer, number: int, receiver: Peer) -> int:
        if not number:
            return 0
        self._last = (self._last + 1) % PASSED_ON
        self._passed_on[self._last | PASSED_ON] = _Asked(caller, number, receiver, self.now)
        return self._last | PASSED_ON

    def _admit(self, call: IncomingCall, number: int, reply_to: Peer, *, passed_on: bool) -> None:
        admitted = self._dispatcher.admit(call, self.now, passed_on=passed_on)
        if isinstance(admitted, Reply):
            self._refuse(call, reply_to, number, admitted)
        else:
            self._request(admitted, number, reply_to)

    def _request(self, admitted: Admitted, number: int, reply_to: Peer) -> None:
        self._world.happened.append(Requested(admitted, number, reply_to))

    def _refuse(self, call: IncomingCall, reply_to: Peer, number: int, reply: Reply) -> None:
        if reply.broken and reply_to is not self._world.me:
            raise Malformed(reply.error)
        if not number:  # nobody waits for the sentence
            kind = call.target.__gamenet__.name
            sentence = f"{call.caller.name} called {kind} in vain: {reply.error}"
            self._world.warn_once(kind, f"call {call.method}", sentence)
        self._reply(reply_to, number, reply)

    def run(self, requested: Requested) -> None:
        """In the frame, after the structure that came before it: run the game's function and answer."""
        if requested.call.target._home is not self._world:
            reply = Reply(error="what it was called on is gone")
        else:
            reply = self._dispatcher.run(requested.call)
        self._reply(requested.reply_to, requested.number, reply)

    def _reply(self, to: Peer, number: int, reply: Reply) -> None:
        """Nobody waits for number 0."""
        if not number:
            return
        if to is self._world.me:
            self._finish(number, not reply.error, reply.error or reply.value)
        else:
            answer = op.Answer(number, not reply.error, reply.error or reply.value)
            self._world.tell(answer, [to])

    def answered(self, peer: Peer, answer: op.Answer) -> None:
        """An answer arrived: mine, or one that I pass on.

        Raises:
            Malformed: an error that is no sentence.
        """
        if not answer.good and not isinstance(answer.value, str):
            raise Malformed("an error that is no sentence")
        if answer.number & PASSED_ON and self._world.is_host:
            self._pass_back(peer, answer)
        elif self._world.is_host and self._open.receiver(answer.number) not in (peer, None):
            self.count_forged(peer)
        else:
            self._finish(answer.number, answer.good, answer.value)

    def unseen(self, invoke: op.Invoke) -> None:
        """host: a call did not go out, because who should run it does not see what it is called on."""
        sentence = "its receiver does not see what it is called on"
        if not invoke.number & PASSED_ON:
            self._open.refused(invoke.number, sentence)
        elif (asked := self._passed_on.pop(invoke.number, None)) is not None:
            self._reply(asked.caller, asked.number, Reply(error=sentence))

    def _pass_back(self, peer: Peer, answer: op.Answer) -> None:
        asked = self._passed_on.get(answer.number)
        if asked is None:
            return  # its caller left, or too long ago
        if asked.receiver is not peer:
            self.count_forged(peer)
            return
        del self._passed_on[answer.number]
        if asked.caller.id in self._world.peers:
            self._world.tell(answer._replace(number=asked.number), [asked.caller])

    def _finish(self, number: int, good: bool, value: Any) -> None:
        if good:
            self._open.answered(number, value, self._world)
        else:
            self._open.refused(number, value)

    def count_forged(self, peer: Peer) -> None:
        """Somebody said what is not theirs to say; ignored."""
        self.forged += 1

    # ------------------------------------------------------------------------------------------------------------- ends

    def expire(self, now: float) -> None:
        """The moment of this frame; calls whose time is over end."""
        self.now = now
        self._open.expired(now)
        while self._passed_on:
            oldest = next(iter(self._passed_on))
            if now - self._passed_on[oldest].at <= FORGOTTEN_AFTER:
                return
            del self._passed_on[oldest]

    def peer_left(self, peer: Peer) -> None:
        """Nobody waits for an answer from, or has one for, a peer that left."""
        self._open.left(peer)
        self._dispatcher.forget(peer.id)
        for number, asked in list(self._passed_on.items()):
            if asked.receiver is peer or asked.caller is peer:
                del self._passed_on[number]
                if asked.caller is not peer:
                    self._reply(asked.caller, asked.number, Reply(error=f"{peer.name} left"))

    def end_all(self, reason: str) -> None:
        """Every open call ends: "moved", "lost", "closed"."""
        for entity in list(self._unnamed):
            self.dropped(entity, reason)
        self._passed_on.clear()
        self._open.end_all(reason)

    def take_due(self) -> list[Due]:
        """Functions that the game gave to `then`, to be called in this frame."""
        return self._open.take_due()
