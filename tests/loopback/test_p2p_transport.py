"""P2PTransport between processes, each with an identity of its own, on a machine that has only the two of them."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gamenet.session import sentences
from gamenet.sockets import Authority
from tests.loopback.machine import machine
from tests.loopback.p2p import Peer, Post, Weather, until

PROGRAM = Path(__file__).with_name("member_process.py")
ELSEWHERE = "00" * 16
"""The number of another machine."""


class Member(Peer):
    """A process with a P2PTransport."""

    def __init__(self, post: Post, attempt: float = 20.0) -> None:
        self.happened: list[list[Any]] = []
        self.by_address: list[list[Any]] = []
        super().__init__("member", post.where, post._take, PROGRAM, str(round(attempt * 1000)))
        self.identity = self.ask("address")
        post.peers[self.identity] = self

    def _on_happened(self, what: list[Any]) -> None:
        self.happened.append(what)

    def _on_by_address(self, what: list[Any]) -> None:
        self.by_address.append(what)

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

    def __init__(
        self, where: list[str], *, apart: bool, attempt: float = 20.0, elsewhere: list[str] | None = None
    ) -> None:
        self.post = Post(where)
        self.authority = Authority.generate()
        both = [Member(self.post, attempt)]
        self.post.where = elsewhere or where
        both.append(Member(self.post, attempt))
        both.sort(key=lambda member: member.identity)
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


def test_where_loopback_leads_nowhere_they_go_on_without(where: list[str]) -> None:
    """As with two machines that take themselves for one: nobody listens there."""
    two = Two(where, apart=False)
    with two.post:
        identity, port, number, _ = two.other.ask("card")
        two.caller.ask("meet", card=[identity, port, number, 9])
        two.caller.ask("connect", to=two.other.identity)
        near, _ = two.caller.opened()
        assert two.caller.ask("route", connection=near) == "lan"
        talk(two, near, two.other.opened()[0])


def test_when_both_connect_at_once_it_is_one_connection_200_times(apart: Two) -> None:
    for round in range(1, 201):
        orders = [member.order("connect", to=peer.identity) for member, peer in (apart.both, apart.both[::-1])]
        ends = [member.opened(round) for member in apart.both]
        assert [attempt for _, attempt in ends] == [order.result(5) for order in orders]
        if round % 50 == 0:
            talk(apart, ends[0][0], ends[1][0])
        closer, other = apart.both if round % 2 else apart.both[::-1]
        closer.ask("close", connection=ends[apart.both.index(closer)][0])
        other.lost(ends[apart.both.index(other)][0])
    assert [len(member.all_of("Opened")) for member in apart.both] == [200, 200]
    assert [member.all_of("Failed") for member in apart.both] == [[], []]


@pytest.mark.parametrize("seed", range(5))
def test_they_connect_though_a_third_of_the_signals_is_lost_and_half_is_doubled(apart: Two, seed: int) -> None:
    apart.post.weather = Weather(loss=0.3, double=0.5, late=0.1)
    apart.post._dice.seed(seed)
    for member, peer in (apart.both, apart.both[::-1]):
        member.ask("connect", to=peer.identity)
    (near, _), (far, _) = apart.caller.opened(), apart.other.opened()
    talk(apart, near, far)
    assert [len(member.all_of("Opened")) for member in apart.both] == [1, 1]


def test_a_second_connection_beside_a_living_one_takes_the_other_port_and_the_first_goes_on(apart: Two) -> None:
    for round, (member, peer) in enumerate((apart.both, apart.both[::-1]), 1):
        member.ask("connect", to=peer.identity)
        for each in apart.both:
            each.opened(round)
    (near, far), (near_2, far_2) = ((apart.caller.opened(n)[0], apart.other.opened(n)[0]) for n in (1, 2))
    talk(apart, near, far)
    talk(apart, near_2, far_2)
    apart.caller.ask("close", connection=near, why="moved")
    assert apart.other.lost(far) == [1000, "moved"]
    apart.other.ask("connect", to=apart.caller.identity)
    talk(apart, apart.caller.opened(3)[0], apart.other.opened(3)[0])
    talk(apart, near_2, far_2)
    assert [member.all_of("Failed") for member in apart.both] == [[], []]


def test_with_linger_what_was_sent_arrives_before_the_farewell(apart: Two) -> None:
    apart.caller.ask("connect", to=apart.other.identity)
    near, far = apart.caller.opened()[0], apart.other.opened()[0]
    apart.caller.ask("send", connection=near, data="x" * 300_000)
    apart.caller.ask("close", connection=near, why="that was all", linger=True)
    assert apart.other.lost(far) == [1000, "that was all"]
    assert (far, b"x" * 300_000) in apart.other.messages


def test_who_shuts_down_says_goodbye_by_signals(apart: Two) -> None:
    apart.caller.ask("connect", to=apart.other.identity)
    far = apart.other.opened()[0]
    apart.caller.opened()
    apart.caller.ask("shutdown")
    assert apart.other.lost(far)[0] == 1000


@pytest.mark.parametrize("together_", [True, False])
def test_who_was_not_introduced_is_closed_before_a_word(where: list[str], together_: bool) -> None:
    two = Two(where, apart=not together_)
    with two.post:
        two.other.ask("part", card=two.other.ask("card") and Two.card(two.caller, False))
        two.caller.ask("connect", to=two.other.identity)
        counted = "stranger" if together_ else "signals of strangers"
        until(lambda: two.other.ask("counted").get(counted))
        assert two.other.happened == [] and two.caller.all_of("Opened") == []
        two.other.ask("meet", card=Two.card(two.caller, not together_))
        talk(two, two.caller.opened()[0], two.other.opened()[0])


@pytest.mark.parametrize("apart_", [True, False])
@pytest.mark.parametrize("liar", [0, 1])
def test_a_certificate_of_another_authority_opens_nothing(where: list[str], apart_: bool, liar: int) -> None:
    two = Two(where, apart=apart_, attempt=3)
    with two.post:
        two.both[liar].certify(Authority.generate())
        for member, peer in (two.both, two.both[::-1]):
            member.ask("connect", to=peer.identity)
        two.both[1 - liar].expect_log("proof")
        for member in two.both:
            until(lambda member=member: member.all_of("Failed"))  # type: ignore[misc]
        assert two.caller.all_of("Opened") == two.other.all_of("Opened") == []


def test_without_any_signal_it_fails_with_the_first_stage(where: list[str]) -> None:
    two = Two(where, apart=True, attempt=3)
    with two.post:
        two.post.carries = lambda signal: False
        attempts = [member.ask("connect", to=peer.identity) for member, peer in (two.both, two.both[::-1])]
        assert [m.ask("how", attempt=a) for m, a in zip(two.both, attempts, strict=True)] == ["signals"] * 2
        for member, attempt in zip(two.both, attempts, strict=True):
            failed = until(lambda member=member: member.all_of("Failed"))  # type: ignore[misc]
            assert failed == [[attempt, sentences.NO_SIGNALS]]
            assert member.ask("how", attempt=attempt) == ""


def test_without_a_way_between_them_the_reason_is_the_stage_that_servers_could_have_helped() -> None:
    """Two machines without any network between them; signals are carried all the same."""
    with machine() as here, machine() as there:
        if not here or not there:
            pytest.skip("two machines are two network namespaces, which this system does not make")
        for stun, problem in (([], sentences.NO_DIRECT_WAY), (["10.77.0.1:9"], sentences.NO_CANDIDATES)):
            two = Two(here, apart=True, attempt=4, elsewhere=there)
            with two.post:
                for member, peer in (two.both, two.both[::-1]):
                    member.ask("servers", stun=stun, turn=[])
                    member.ask("connect", to=peer.identity)
                for member in two.both:
                    failed = until(lambda member=member: member.all_of("Failed"))  # type: ignore[misc]
                    assert failed[0][1] == problem


def test_who_is_certified_plays_by_plain_address_with_who_is_not(where: list[str]) -> None:
    """By address nobody asks for a proof: a certificate, or one of somebody else's authority, is not in the way."""
    two = Two(where, apart=False)
    with two.post:
        two.other.certify(Authority.generate())
        plain = Member(two.post)
        for host, guest in itertools.permutations((two.caller, two.other, plain), 2):
            guest.ask("connect_by_address", to=host.ask("listen_by_address"))
            for member in (host, guest):
                assert until(lambda member=member: member.by_address)[0][0] == "Opened"  # type: ignore[misc]
            for member in (host, guest):
                member.ask("close_by_address")
                member.by_address.clear()
