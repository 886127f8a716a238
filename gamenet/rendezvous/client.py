"""A client's conversation with a rendezvous service, over any transport; time is handed in.

    poll(now)   takes what came and returns what the service said, checked, and what went wrong (`Trouble`)
    send(now)   gives the transport what is to be said

The states are the table in `conversation.py`. Whatever interrupts the conversation, it is begun again: after about 1 s,
2 s … 16 s, as the same client (identity and token), for the same seat (key) and code, until it is closed or refused for
good. What was asked for stands right behind the hello then, so that coming back costs one way there and back.
"""

from __future__ import annotations

import dataclasses
import logging
from typing import Final, NamedTuple

from ..channels import Channel
from ..session import sentences
from ..session.states import Stage, step
from ..session.transports import Failed, Farewell, Lost, Opened, Parcel, Transport
from ..session.transports.cards import address_of
from . import messages as m
from .conversation import CONVERSATION, STAGES, Talk
from .members import Members

log = logging.getLogger("gamenet.rendezvous")

ALIVE_EVERY: Final = 10.0
"""Seconds after which a client that has nothing to say says so."""
ANSWER_PATIENCE: Final = 10.0
"""Seconds within which the service must answer a hello, and what was asked for."""
LEAST_RENEWAL: Final = 10.0
"""Seconds from one certificate to asking for the next, at least, whatever the service says of how long it is good."""
LONGEST_WAIT: Final = 16.0
MOST_UNSENT: Final = 256
"""Messages for the service that wait for a slow connection to it; signals beyond that are dropped."""

AGAIN: Final = frozenset({"busy", "stopping", "clients", "joins", "requests"})
"""Refusals that may be none a little later."""
AGAIN_FOR_MEMBERS: Final = AGAIN | {"code", "full", "guesses", "rooms"}
"""Also for who was in the room before: the service began anew, and the room is not there again yet."""


class Trouble(NamedTuple):
    """The conversation was interrupted, or is over."""

    stage: Stage
    """Where."""
    why: str
    """A sentence for the player."""
    final: bool
    """It is not tried again."""


class Signalled(NamedTuple):
    """A member of my room said something on its way to me."""

    sender: str
    """Its address."""
    data: bytes


News = m.Welcome | m.Entered | m.Came | m.Went | m.Hosted | m.Ended | m.Found | Signalled | Trouble


class Client:
    """One seat at one service, or somebody who looks for rooms there."""

    def __init__(self, link: Transport, service: str, identity: str, token: bytes, request: bytes = b"") -> None:
        """Nothing is said before the first `poll`.

        Args:
            link: to reach the service; nobody else's, and shut down by `close`.
            service: the address that `link` connects to.
            identity, token: who I am, the same for all clients of a process, and what proves it to the service.
            request: for a certificate, what `Sockets.certificate_request` gave; b"" from who only searches.
        """
        self.talk = Talk.AWAY
        self.members = Members()
        self.server = ""
        """The service's host as it was really reached, in numbers; IPv6 in brackets."""
        self._link, self._service, self._identity, self._token, self._request = link, service, identity, token, request
        self._wish: m.Create | m.Join | None = None
        self._asked = self._been_in = self._renewing = False
        self._attempt = self._connection = self._calls = 0
        self._call_at = self._alive_at = self._renew_at = self._answer_by = self._now = 0.0
        self._outgoing: list[bytes] = []
        self._news: list[News] = []

    @property
    def stage(self) -> Stage:
        """Where the conversation is."""
        looking_up = self.talk is Talk.CALLING and self._link.standing().stage == Stage.NAME
        return Stage.NAME if looking_up else STAGES[self.talk]

    @property
    def wants(self) -> bool:
        """Whether a room or a seat was asked for."""
        return self._wish is not None

    # What is wanted

    def ask(self, wish: m.Create | m.Join) -> None:
        """From now on I want that room or seat, also after an interruption."""
        self._wish, self._asked, self._been_in = wish, False, False
        if self.talk is Talk.WELCOME:
            self._ask()

    def say(self, *records: m.Update | m.Release | m.Claim | m.Search | m.Signal) -> None:
        """Tell the service; while there is no conversation, nobody hears it."""
        if self.talk in (Talk.WELCOME, Talk.ASKING, Talk.SEATED):
            self._outgoing += [m.FROM_CLIENT.encode(record) for record in records]

    def close(self, now: float, why: str = "") -> None:
        """Leave, and end the conversation; what was said before is still delivered. A second time does nothing."""
        if self.talk is Talk.OVER:
            return
        if self._asked or self.talk is Talk.SEATED:
            self._outgoing.append(m.FROM_CLIENT.encode(m.Leave(why)))
        self._over("closed here", now)

    # The frame

    def poll(self, now: float) -> list[News]:
        """What the service said, and what went wrong, in order."""
        self._now = now
        if self.talk is Talk.OVER:
            return []
        happenings = self._link.poll(now)
        for happening in happenings:
            if isinstance(happening, Opened) and happening.attempt == self._attempt:
                self._answered(happening)
            elif isinstance(happening, Failed) and happening.attempt == self._attempt:
                self._unreachable(happening)
        for received in self._link.receive(0):
            if received.connection == self._connection:
                self._hear(received.data)
        for happening in happenings:
            if isinstance(happening, Lost) and happening.connection == self._connection:
                self._lost(happening)
        self._tend(now)
        news, self._news = self._news, []
        return news

    def send(self, now: float) -> None:
        """Give the transport what is to be said."""
        if not self._outgoing or not self._connection:
            return
        batch = [Parcel(self._connection, Channel.CONTROL, data) for data in self._outgoing]
        refused = set(self._link.send(now, batch))
        self._outgoing = [data for index, data in enumerate(self._outgoing) if index in refused][:MOST_UNSENT]
        self._link.flush([self._connection])
        self._alive_at = now + ALIVE_EVERY

    def _tend(self, now: float) -> None:
        if self.talk is Talk.AWAY and now >= self._call_at:
            self.talk = step(CONVERSATION, self.talk, "time to call")
            self._attempt = self._link.connect(self._service)
        elif self.talk in (Talk.GREETING, Talk.ASKING) and now >= self._answer_by:
            self._interrupt(STAGES[self.talk], sentences.not_a_service(self._service))
        elif self._connection and now >= self._alive_at:
            self._outgoing.append(m.FROM_CLIENT.encode(m.Alive()))
            self._alive_at = now + ALIVE_EVERY
        if self.talk in (Talk.WELCOME, Talk.SEATED) and self._request and now >= self._renew_at:
            self._renewing = True
            self._renew_at = now + LEAST_RENEWAL
            self._outgoing.append(m.FROM_CLIENT.encode(m.Renew(self._request)))

    # The connection

    def _answered(self, opened: Opened) -> None:
        self.talk = step(CONVERSATION, self.talk, "answered")
        self._attempt, self._connection = 0, opened.connection
        self.server = opened.address.rpartition(":")[0] or opened.address
        self._answer_by, self._alive_at = self._now + ANSWER_PATIENCE, self._now + ALIVE_EVERY
        self._outgoing = [m.FROM_CLIENT.encode(m.Hello(m.WIRE, self._identity, self._token, self._request))]
        if self._wish is not None:
            self._asked = True
            self._outgoing.append(m.FROM_CLIENT.encode(self._wish))

    def _unreachable(self, failed: Failed) -> None:
        host = self._service.rpartition(":")[0]
        if failed.reason == sentences.no_such_machine(host):
            self._interrupt(Stage.NAME, sentences.no_such_service(host))
        elif failed.reason == sentences.cannot_look_up(host):
            self._interrupt(Stage.NAME, failed.reason)
        else:
            self._interrupt(Stage.SERVICE, sentences.service_silent(self._service))

    def _lost(self, lost: Lost) -> None:
        self._connection = 0
        self._interrupt(Stage.SERVICE, sentences.service_lost(self._service))

    def _interrupt(self, stage: Stage, why: str, farewell: Farewell = Farewell.GOODBYE) -> None:
        """Away; called again after a while, later each time."""
        self.talk = step(CONVERSATION, self.talk, "interrupted")
        self._drop(farewell)
        self._call_at = self._now + self._wait()
        self._news.append(Trouble(stage, why, final=False))

    def _wait(self) -> float:
        """Clients that were all interrupted at once do not all come back at once."""
        self._calls += 1
        spread = 0.5 + self._token[self._calls % len(self._token)] / 512
        return spread * min(2.0 ** (self._calls - 1), LONGEST_WAIT)

    def _drop(self, farewell: Farewell, *, linger: bool = False) -> None:
        if self._connection:
            self._link.close(self._connection, farewell, linger=linger)
        self._connection, self._asked, self._renewing = 0, False, False
        self._outgoing.clear()

    def _over(self, cause: str, now: float) -> None:
        self.talk = step(CONVERSATION, self.talk, cause)
        self.send(now)
        self._drop(Farewell.GOODBYE, linger=True)
        self._link.shutdown()

    # What the service says

    def _hear(self, data: bytes) -> None:
        record = m.FROM_SERVICE.decode(data)
        problem = record if isinstance(record, str) else self._take(record)
        if problem:
            log.warning("the rendezvous service at %s sent %s", self._service, problem)
            self._interrupt(STAGES[self.talk] or Stage.ROOM, sentences.not_a_service(self._service), Farewell.BROKEN)

    def _take(self, record: m.FromService) -> str:
        """Returns what is wrong with it, or ""."""
        if isinstance(record, m.Refused):
            self._refused(record)
            return ""
        if isinstance(record, m.Stopping):
            self._interrupt(Stage.SERVICE, sentences.service_stopping(self._service))
            return ""
        if isinstance(record, m.Welcome):
            problem = self._welcomed(record)
        elif isinstance(record, m.Entered):
            problem = self._entered(record)
        elif isinstance(record, m.Found):
            problem = "an answer to nothing" if self.talk is Talk.GREETING else ""
        elif self.talk is not Talk.SEATED:
            return f"a {type(record).__name__.lower()} for who has no seat"
        elif isinstance(record, m.Signal):
            self._signalled(record)
            return ""
        else:
            problem = self.members.hear(record)
        if not problem:
            self._news.append(record)
        if isinstance(record, m.Ended) and not problem:
            self._interrupt(Stage.ROOM, sentences.room_ended(record.why))
        return problem

    def _signalled(self, signal: m.Signal) -> None:
        """From a seat that is there; one that has just gone may still be heard, and nobody needs it."""
        seat = self.members.seat(signal.seat)
        if seat is not None and seat.id != self.members.mine:
            self._news.append(Signalled(address_of(seat.card), signal.data))

    def _welcomed(self, welcome: m.Welcome) -> str:
        if self.talk is Talk.GREETING:
            self.talk = step(CONVERSATION, self.talk, "welcomed")
            self._calls = 0 if self._wish is None else self._calls
            self._ask()
        elif not self._renewing:
            return "a welcome out of place"
        self._renewing = False
        self._renew_at = self._now + max(welcome.good_for / 2, LEAST_RENEWAL)
        return ""

    def _ask(self) -> None:
        """Say what I want, if I want something and did not say it with the hello."""
        if self._wish is None:
            return
        self.talk = step(CONVERSATION, self.talk, "asked")
        self._answer_by = self._now + ANSWER_PATIENCE
        if not self._asked:
            self._asked = True
            self._outgoing.append(m.FROM_CLIENT.encode(self._wish))

    def _entered(self, entered: m.Entered) -> str:
        if self.talk is not Talk.ASKING or self._wish is None:
            return "an answer to nothing"
        problem = self.members.enter(entered, self._wish.card)
        if not problem:
            self.talk = step(CONVERSATION, self.talk, "seated")
            self._wish = dataclasses.replace(self._wish, code=entered.code)
            self._been_in, self._calls = True, 0
        return problem

    def _refused(self, refused: m.Refused) -> None:
        """The conversation ends where it stands, or is put off; who has a seat keeps it."""
        if self.talk is Talk.SEATED:
            log.warning("the rendezvous service at %s refused: %s (%s)", self._service, refused.why, refused.reason)
            return
        stage = STAGES[self.talk]
        code = self._wish.code if self._wish is not None else ""
        why = sentences.service_refused(refused.reason, refused.why, code)
        if refused.reason in (AGAIN_FOR_MEMBERS if self._been_in else AGAIN):
            self._interrupt(stage, why)
        else:
            self._over("refused", self._now)
            self._news.append(Trouble(stage, why, final=True))
