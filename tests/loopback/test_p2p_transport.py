"""P2PTransport between processes, each with an identity of its own, on a machine that has only the two of them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gamenet.sockets import Authority
from tests.loopback.machine import machine
from tests.loopback.p2p import Peer, Post, until

PROGRAM = Path(__file__).with_name("member_process.py")
ELSEWHERE = "00" * 16
"""The number of another machine."""


class Member(Peer):
    """A process with a P2PTransport."""

    def __init__(self, post: Post) -> None:
        self.happened: list[list[Any]] = []
        super().__init__("member", post.where, post._take, PROGRAM)
        self.identity = self.ask("address")
        post.peers[self.identity] = self

    def _on_happened(self, what: list[Any]) -> None:
        self.happened.append(what)

    def certify(self, authority: Authority) -> None:
        request = bytes.fromhex(self.ask("request"))
        certificate = authority.issue(request, identity=self.identity.partition("/")[0])
        self.ask("certify", root=authority.root, certificate=certificate.hex())

    def all_of(self, kind: str) -> list[list[Any]]:
        return [what[1:] for what in list(self.happened) if what[0] == kind]

    def opened(self, count: int = 1) -> tuple[int, int]:
        """The last of so many: connection and attempt."""
        connection, attempt, _ = until(
            lambda: self.all_of("Opened")[count - 1 : count], f"{count} connections; {self.happened}"
        )[0]
        return connection, attempt

    def lost(self, connection: int) -> list[Any]:
        return until(lambda: [each[1:] for each in self.all_of("Lost") if each[0] == connection], "the end")[0]


class Two:
    """Two members who have met, and who carries between them."""

    def __init__(self, where: list[str], *, apart: bool) -> None:
        self.post = Post(where)
        self.authority = Authority.generate()
        both = sorted([Member(self.post), Member(self.post)], key=lambda member: member.identity)
        self.caller, self.other = both
        for member in both:
            member.certify(self.authority)
        self.caller.ask("meet", card=self.card(self.other, apart))
        self.other.ask("meet", card=self.card(self.caller, apart))

    @staticmethod
    def card(member: Member, apart: bool) -> list[Any]:
        identity, port, number, local = member.ask("card")
        return [identity, port, ELSEWHERE if apart else number, local]

    @property
    def both(self) -> tuple[Member, Member]:
        return self.caller, self.other


@pytest.fixture(scope="module")
def where() -> Iterator[list[str]]:
    with machine() as words:
        yield words


@pytest.fixture
def together(where: list[str]) -> Iterator[Two]:
    """They know that they share a machine."""
    two = Two(where, apart=False)
    with two.post:
        yield two


@pytest.fixture
def apart(where: list[str]) -> Iterator[Two]:
    """They believe to be on two machines of one network."""
    two = Two(where, apart=True)
    with two.post:
        yield two


def talk(two: Two, ours: int, theirs: int) -> None:
    """A message each way."""
    for sender, end, receiver, other_end in (
        (two.caller, ours, two.other, theirs),
        (two.other, theirs, two.caller, ours),
    ):
        assert sender.ask("send", connection=end, data=f"through {end}") == []
        receiver.expect_message(other_end, f"through {end}".encode())


@pytest.mark.parametrize("wants", ["caller", "other"])
def test_on_one_machine_they_meet_over_loopback(together: Two, wants: str) -> None:
    here, there = together.both if wants == "caller" else together.both[::-1]
    attempt = here.ask("connect", to=there.identity)
    (near, number), (far, nobody) = here.opened(), there.opened()
    assert (number, nobody) == (attempt, 0)
    assert here.ask("route", connection=near) == there.ask("route", connection=far) == "local"
    talk(together, *((near, far) if wants == "caller" else (far, near)))


@pytest.mark.parametrize("wants", ["caller", "other"])
def test_on_one_network_they_meet_there(apart: Two, wants: str) -> None:
    here, there = apart.both if wants == "caller" else apart.both[::-1]
    attempt = here.ask("connect", to=there.identity)
    (near, number), (far, nobody) = here.opened(), there.opened()
    assert (number, nobody) == (attempt, 0)
    assert here.ask("route", connection=near) == there.ask("route", connection=far) == "lan"
    talk(apart, *((near, far) if wants == "caller" else (far, near)))
