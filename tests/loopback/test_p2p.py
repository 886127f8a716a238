"""Peer to peer with the real library: two processes and a post between them that carries their signals."""

from __future__ import annotations

import random
import re
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.loopback.machine import ADDRESS, namespace
from tests.loopback.p2p import (
    ALICE,
    BOB,
    PATIENCE,
    PLAIN,
    SYMMETRIC,
    Peer,
    Post,
    Refusal,
    Signal,
    Weather,
    connected,
    say_hello,
    until,
)

MOST_WAITING = 512
CAROL = "str:carol"
PAIRS = 200


@pytest.fixture
def alice(post: Post) -> Peer:
    return post.peer(ALICE)


@pytest.fixture
def bob(post: Post) -> Peer:
    return post.peer(BOB)


# --- One connects, one listens --------------------------------------------------------------------------------------


def test_a_peer_is_reached_by_who_they_are_and_messages_go_both_ways(alice: Peer, bob: Peer) -> None:
    ours, theirs = connected(alice, bob, port=7)
    say_hello(alice, ours, bob, theirs)
    told = [told.state for told in alice.told if told.connection == ours]
    assert told == ["CONNECTING", "FINDING_ROUTE", "CONNECTED"]
    state, identity, address, description, relayed = alice.ask("describe", connection=ours)
    assert (state, identity, relayed) == ("CONNECTED", BOB, False)
    assert address and "P2P ICE str:bob vport 7" in description
    assert bob.ask("describe", connection=theirs)[1] == ALICE


def test_the_other_side_learns_why_it_was_left(alice: Peer, bob: Peer) -> None:
    ours, theirs = connected(alice, bob)
    assert alice.ask("close", connection=ours, reason=1042, debug="had enough") is True
    told = bob.expect(theirs, "CLOSED_BY_PEER")
    assert (told.reason, told.debug) == (1042, "had enough")


def test_the_goodbye_is_a_signal_and_needs_nobody_to_stay(alice: Peer, bob: Peer, post: Post) -> None:
    ours, theirs = connected(alice, bob, options={**PLAIN, "TimeoutConnected": 3000})
    before = len(post.seen)
    assert alice.ask("close", connection=ours, reason=1042, debug="had enough") is True
    until(lambda: post.seen[before:], "the goodbye")
    alice.process.kill()
    told = bob.expect(theirs, "CLOSED_BY_PEER")
    assert (told.reason, told.debug) == (1042, "had enough")
    assert bob.ask("close", connection=theirs) is True
    assert all(signal.sender == ALICE or b"had" not in signal.data for signal in post.seen)


def test_who_is_refused_learns_it_with_the_reason(alice: Peer, bob: Peer) -> None:
    bob.ask("accepting", yes=False)
    bob.ask("listen", port=0, options=PLAIN)
    ours = alice.ask("connect", to=BOB, port=0, options=PLAIN)
    assert bob.ask("close", connection=bob.came_in(), reason=1001, debug="the room is full") is True
    told = alice.expect(ours, "CLOSED_BY_PEER")
    assert (told.reason, told.debug) == (1001, "the room is full")


def test_who_is_neither_accepted_nor_refused_gives_up_with_a_reason(alice: Peer, bob: Peer) -> None:
    bob.ask("accepting", yes=False)
    bob.ask("listen", port=0, options={**PLAIN, "TimeoutInitial": 1500})
    ours = alice.ask("connect", to=BOB, port=0, options={**PLAIN, "TimeoutInitial": 1000})
    told = alice.expect(ours, "PROBLEM_DETECTED_LOCALLY")
    assert (told.reason, told.debug) == (5003, "Timed out attempting to connect")
    bob.expect(bob.came_in(), "CLOSED_BY_PEER")  # Alice says so in a signal


def test_who_connects_where_nobody_listens_gets_no_answer_and_gives_up(alice: Peer, bob: Peer, post: Post) -> None:
    bob.ask("listen", port=1, options=PLAIN)
    ours = alice.ask("connect", to=BOB, port=2, options={**PLAIN, "TimeoutInitial": 1200})
    assert alice.expect(ours, "PROBLEM_DETECTED_LOCALLY").reason == 5003
    assert not bob.told
    assert {signal.sender for signal in post.seen} == {ALICE}


def test_a_listen_socket_that_closes_takes_its_connections_with_it(alice: Peer, bob: Peer) -> None:
    _, theirs = connected(alice, bob)
    bob.ask("deafen", port=0)
    assert bob.ask("state", connection=theirs) == "NONE"
    bob.ask("listen", port=0, options=PLAIN)  # the port is free again at once


@pytest.mark.parametrize("sooner", ["connected", "finding a route"])
def test_a_process_that_is_killed_is_lost_after_the_timeout_with_a_reason(
    alice: Peer, bob: Peer, post: Post, sooner: str
) -> None:
    brief = {**PLAIN, "TimeoutConnected": 800, "TimeoutInitial": 2500}
    if sooner == "connected":
        ours, _ = connected(alice, bob, options=brief)
    else:  # they know of each other, and Bob does not learn Alice's address
        post.carries = lambda signal: signal.sender == BOB or not post.seen[1:]
        bob.ask("listen", port=0, options=brief)
        ours = alice.ask("connect", to=BOB, port=0, options=brief)
        alice.expect(ours, "FINDING_ROUTE")
    bob.process.kill()
    told = alice.expect(ours, "PROBLEM_DETECTED_LOCALLY")
    assert 4000 <= told.reason < 6000
    assert told.debug


# --- Symmetric ------------------------------------------------------------------------------------------------------


def both_connect(alice: Peer, bob: Peer, ports: range, options: dict[str, Any] = SYMMETRIC) -> None:
    """Both listen and both connect on all ports, as nearly at the same moment as two processes can."""
    listening = [peer.order("listen", port=port, options=options) for port in ports for peer in (alice, bob)]
    assert all(answer.result(60) for answer in listening)
    for port in ports:
        alice.order("connect", to=BOB, port=port, options=options)
        bob.order("connect", to=ALICE, port=port, options=options)


def pairs_of(alice: Peer, bob: Peer, ports: range) -> list[tuple[int, int]]:
    """The two ends on each port, once all are connected; fails when a port has more or fewer."""

    def ends(peer: Peer) -> dict[int, int]:
        up = {told.connection for told in peer.told if told.state == "CONNECTED"}
        described = {end: peer.order("describe", connection=end) for end in up}
        found = {int(re.findall(r"vport (\d+)", answer.result(60)[3])[0]): end for end, answer in described.items()}
        assert len(found) == len(up)
        return found

    for peer in (alice, bob):
        until(lambda peer=peer: sum(told.state == "CONNECTED" for told in peer.told) >= len(ports), "all ports")
    one, other = ends(alice), ends(bob)
    assert set(one) == set(other) == set(ports)
    return [(one[port], other[port]) for port in ports]


def test_two_hundred_times_connecting_to_each_other_at_once_gives_one_connection_each_time(
    alice: Peer, bob: Peer
) -> None:
    both_connect(alice, bob, range(PAIRS))
    pairs = pairs_of(alice, bob, range(PAIRS))
    for ours, theirs in pairs:
        alice.order("send", connection=ours, data=f"to {theirs}")
        bob.order("send", connection=theirs, data=f"to {ours}")
    until(lambda: len(alice.messages) >= PAIRS and len(bob.messages) >= PAIRS, "all messages")
    assert sorted(alice.messages) == sorted((ours, f"to {ours}".encode()) for ours, _ in pairs)
    assert sorted(bob.messages) == sorted((theirs, f"to {theirs}".encode()) for _, theirs in pairs)
    assert alice.open_connections() == {ours for ours, _ in pairs}
    assert bob.open_connections() == {theirs for _, theirs in pairs}
    assert all(told.state != "PROBLEM_DETECTED_LOCALLY" for told in alice.told + bob.told)


@pytest.mark.parametrize("seed", [1, 2])
def test_signals_may_be_lost_doubled_and_late_and_still_each_pair_has_one_connection(
    where: list[str], seed: int
) -> None:
    patient, ports = {**SYMMETRIC, "TimeoutInitial": 60_000}, range(20)
    with Post(where, Weather(loss=0.3, double=0.5, late=0.3), seed) as post:
        alice, bob = post.peer(ALICE), post.peer(BOB)
        both_connect(alice, bob, ports, patient)
        pairs = pairs_of(alice, bob, ports)
        say_hello(alice, pairs[0][0], bob, pairs[0][1])
        assert alice.open_connections() == {ours for ours, _ in pairs}
        assert bob.open_connections() == {theirs for _, theirs in pairs}


def test_one_side_may_only_listen(alice: Peer, bob: Peer) -> None:
    ours, theirs = connected(alice, bob, options=SYMMETRIC)
    say_hello(alice, ours, bob, theirs)


def test_connecting_to_who_is_waiting_to_be_accepted_accepts_them(alice: Peer, bob: Peer) -> None:
    bob.ask("accepting", yes=False)
    bob.ask("listen", port=0, options=SYMMETRIC)
    ours = alice.ask("connect", to=BOB, port=0, options=SYMMETRIC)
    waiting = bob.came_in()
    assert bob.ask("connect", to=ALICE, port=0, options=SYMMETRIC) == waiting
    assert bob.ask("accept", connection=waiting) == "DUPLICATE_REQUEST"
    alice.expect(ours, "CONNECTED")
    say_hello(alice, ours, bob, waiting)
    assert bob.open_connections() == {waiting}
    bob.ask("deafen", port=0)  # it came in there, whoever accepted it
    assert bob.ask("state", connection=waiting) == "NONE"


def test_a_local_virtual_port_lets_both_ends_of_a_symmetric_connection_have_their_own(alice: Peer, bob: Peer) -> None:
    alice.ask("listen", port=11, options=SYMMETRIC)
    bob.ask("listen", port=12, options=SYMMETRIC)
    connecting = alice.order("connect", to=BOB, port=12, options={**SYMMETRIC, "LocalVirtualPort": 11})
    bob.order("connect", to=ALICE, port=11, options={**SYMMETRIC, "LocalVirtualPort": 12})
    ours = connecting.result(20)
    alice.expect(ours, "CONNECTED")
    (theirs,) = until(lambda: [told.connection for told in bob.told if told.state == "CONNECTED"])
    say_hello(alice, ours, bob, theirs)
    assert (alice.open_connections(), bob.open_connections()) == ({ours}, {theirs})


def test_a_second_symmetric_connection_is_refused_by_name_and_welcome_on_another_port(alice: Peer, bob: Peer) -> None:
    ours, theirs = connected(alice, bob, port=4, options=SYMMETRIC)
    for peer, end, other in ((alice, ours, BOB), (bob, theirs, ALICE)):
        with pytest.raises(Refusal, match=f"connection {end} to {other} on virtual port 4 is there already") as refused:
            peer.ask("connect", to=other, port=4, options=SYMMETRIC)
        assert (refused.value.kind, refused.value.connection) == ("AlreadyConnected", end)
    second, their_second = connected(alice, bob, port=5, options=SYMMETRIC)
    say_hello(alice, second, bob, their_second)
    say_hello(alice, ours, bob, theirs)


CONNECT_REQUEST, CONNECT_OK, FROM_CONNECTION, FIRST_MESSAGE, MESSAGES = 4, 5, 9, 12, 13
"""Fields of Valve's `CMsgSteamNetworkingP2PRendezvous`."""


class Part(NamedTuple):
    """A field of a signal, its number or its length, and how it stands there."""

    field: int
    number: int
    raw: bytes


def parts(signal: bytes) -> Iterator[Part]:
    """What a signal is made of (protobuf's wire format)."""

    def varint(at: int) -> tuple[int, int]:
        value = shift = 0
        while signal[at] >= 0x80:
            value, shift, at = value | (signal[at] & 0x7F) << shift, shift + 7, at + 1
        return value | signal[at] << shift, at + 1

    at = 0
    while at < len(signal):
        start, (tag, at) = at, varint(at)
        if tag & 7 == 5:
            number, at = int.from_bytes(signal[at : at + 4], "little"), at + 4
        else:
            number, at = varint(at)
            at += number if tag & 7 == 2 else 0
        yield Part(tag >> 3, number, signal[start:at])


def who_accepts(one: Signal, other: Signal) -> str:
    """Whose request gives way when two cross each other, by the library's rule."""
    a, b = (next(part.number for part in parts(each.data) if part.field == FROM_CONNECTION) for each in (one, other))
    return other.sender if (a < b) is not bool((a ^ b) & 1) else one.sender


def test_an_old_request_that_comes_late_does_not_spoil_the_way(alice: Peer, bob: Peer, post: Post) -> None:
    requests: dict[str, Signal] = {}
    answers: list[Signal] = []
    opened = threading.Event()

    def carries(signal: Signal) -> bool:
        has = {part.field for part in parts(signal.data)}
        if CONNECT_REQUEST in has:
            requests.setdefault(signal.sender, signal)
            return len(requests) == 2 and signal.sender != who_accepts(*requests.values())
        if CONNECT_OK in has:
            answers.append(signal)
        return opened.is_set() or CONNECT_OK not in has

    def delivered(signal: Signal) -> bool:
        answer = post.deliver(signal)
        return answer is not None and answer.result(20)

    post.carries = carries
    both_connect(alice, bob, range(1), {**SYMMETRIC, "TimeoutInitial": 10_000})
    until(lambda: answers, "who accepts to say so")
    lost = {CONNECT_OK, FIRST_MESSAGE, MESSAGES}  # of the answer only this much arrives: who it is from, and for whom
    rest = b"".join(part.raw for part in parts(answers[0].data) if part.field not in lost)
    assert delivered(answers[0]._replace(data=rest))
    accepting = post.peers[who_accepts(*requests.values())]
    assert delivered(requests[accepting.identity])
    until(lambda: accepting.ask("describe", connection=accepting.told[0].connection)[2], "a way, seen from there")
    opened.set()
    ((ours, theirs),) = pairs_of(alice, bob, range(1))
    say_hello(alice, ours, bob, theirs)


# --- Signals that should not be -------------------------------------------------------------------------------------


def test_signals_that_come_when_all_is_over_do_nothing(alice: Peer, bob: Peer, post: Post) -> None:
    ours, theirs = connected(alice, bob)
    assert alice.ask("close", connection=ours) is True
    bob.expect(theirs, "CLOSED_BY_PEER")
    assert bob.ask("close", connection=theirs) is True
    told, old = (len(alice.told), len(bob.told)), list(post.seen)
    post.carries = lambda signal: False
    for signal in old * 3:
        answer = post.deliver(signal)
        assert answer is not None and isinstance(answer.result(20), bool)
    assert alice.open_connections() == bob.open_connections() == set()
    assert {told.state for told in alice.told[told[0] :] + bob.told[told[1] :]} <= {"NONE"}  # of the closing itself


def test_a_signal_that_says_it_is_from_somebody_else_is_refused(alice: Peer, bob: Peer, post: Post) -> None:
    post.carries = lambda signal: False
    bob.ask("listen", port=0, options=PLAIN)
    alice.ask("connect", to=BOB, port=0, options=PLAIN)
    request = until(lambda: post.seen)[0]
    assert bob.ask("receive", data=request.data.hex(), sender="str:mallory") is False
    assert "it came from str:mallory and says that it is from str:alice" in bob.expect_log("refused")
    assert bob.ask("receive", data=request.data.hex(), sender="steamid:76561197960287930") is False
    assert alice.ask("receive", data=request.data.hex(), sender=ALICE) is False
    assert "it is from str:alice for str:bob, and this is str:alice" in alice.expect_log("refused")
    assert not bob.told
    assert bob.ask("receive", data=request.data.hex(), sender=ALICE) is True
    bob.came_in()


def spoiled(dice: random.Random, good: list[bytes]) -> bytes:
    """Something that is nearly a signal, or not at all."""
    data = bytearray(dice.choice(good))
    match dice.randrange(5):
        case 0:
            return dice.randbytes(dice.randrange(200))
        case 1:
            return bytes(data[: dice.randrange(len(data))])
        case 2:
            for _ in range(dice.randint(1, 8)):
                data[dice.randrange(len(data))] ^= 1 << dice.randrange(8)
            return bytes(data)
        case 3:
            start = dice.randrange(len(data))
            data[start:start] = dice.randbytes(dice.randint(1, 40))
            return bytes(data)
        case _:
            other = dice.choice(good)
            return bytes(data[: dice.randrange(len(data))]) + other[dice.randrange(len(other)) :]


def test_thousands_of_spoiled_signals_break_nothing(alice: Peer, bob: Peer, post: Post) -> None:
    bob.ask("listen", port=9, options={**PLAIN, "TimeoutInitial": 1000})
    _, theirs = connected(alice, bob, port=3)  # what still reads as a signal may end this one
    good = [signal.data for signal in post.seen if signal.to == BOB]
    post.carries = lambda signal: False  # what Bob answers to them is for nobody
    dice = random.Random(20)
    for _ in range(50):
        answers = [bob.order("receive", data=spoiled(dice, good).hex()) for _ in range(100)]
        assert all(answer.result(60) in (True, False) for answer in answers)
    assert bob.ask("receive", data=bytes(1 << 17).hex()) is False
    bob.expect_log("it has 131072 bytes, and 65536 are the most")
    assert bob.ask("receive", data="") is False
    post.carries = lambda signal: True
    for told in list(bob.told):
        if told.port == 3 and told.connection != theirs:
            bob.ask("close", connection=told.connection)
    again, their_again = connected(alice, bob, port=8)
    say_hello(alice, again, bob, their_again)


def another_request(request: bytes, number: int) -> bytes:
    """The request as from another connection of its sender: the library takes the last of a field that is repeated."""
    return request + b"\x4d" + number.to_bytes(4, "little")


def test_a_flood_of_requests_from_one_sender_leaves_room_for_others_and_for_itself_afterwards(
    alice: Peer, bob: Peer, post: Post
) -> None:
    post.carries = lambda signal: False
    bob.ask("accepting", yes=False)
    bob.ask("listen", port=0, options=PLAIN)
    alice.ask("connect", to=BOB, port=0, options=PLAIN)
    request = until(lambda: post.seen)[0].data
    answers = [bob.order("receive", data=another_request(request, 1 + n).hex(), sender=ALICE) for n in range(1000)]
    assert sum(answer.result(60) for answer in answers) == MOST_WAITING // 2
    assert bob.ask("receive", data=another_request(request, 2000).hex(), sender=ALICE) is False
    assert bob.ask("receive", data=another_request(request, 2001).hex()) is True  # nobody said who it came from

    post.peer(CAROL).ask("connect", to=BOB, port=0, options=PLAIN)
    other = until(lambda: [signal for signal in post.seen if signal.sender == CAROL])[0].data
    assert bob.ask("receive", data=other.hex(), sender=CAROL) is True

    def counted() -> list[int]:
        line = re.compile(rf"\d+ P2P requests were not answered, too many wait to be accepted: (\d+) of {ALICE}")
        return [int(found[1]) for _, text in bob.logs if (found := line.fullmatch(text))]

    until(lambda: sum(counted()) == 1001 - MOST_WAITING // 2)
    assert len(counted()) < 100
    until(lambda: len({told.connection for told in bob.told}) == MOST_WAITING // 2 + 2)
    waiting = {told.connection for told in bob.told}
    for connection in waiting:
        assert bob.ask("close", connection=connection) is True
    assert bob.ask("receive", data=another_request(request, 5000).hex(), sender=ALICE) is True
    until(lambda: {told.connection for told in bob.told} - waiting)


def test_a_request_that_makes_no_sense_is_turned_down_so_that_its_sender_knows(
    alice: Peer, bob: Peer, post: Post
) -> None:
    post.carries = lambda signal: False
    bob.ask("listen", port=0, options=PLAIN)
    ours = alice.ask("connect", to=BOB, port=0, options=PLAIN)
    request = until(lambda: post.seen)[0].data
    certificate = request.index(ALICE.encode())  # its first mention is inside the certificate
    forged = request[:certificate] + b"str:malet" + request[certificate + len(ALICE) :]
    assert bob.ask("receive", data=forged.hex(), sender=ALICE) is False
    (rejection,) = until(lambda: [signal for signal in post.seen if signal.sender == BOB])
    assert (rejection.connection, rejection.to) == (0, ALICE)
    assert alice.ask("receive", data=rejection.data.hex(), sender=BOB) is True
    told = alice.expect(ours, "CLOSED_BY_PEER")
    assert told.reason == 5001
    assert "Internal error accepting connection" in told.debug


# --- What the page shows ---------------------------------------------------------------------------------------------


def free_ports() -> list[str]:
    """Two UDP ports on loopback."""
    with socket.socket(type=socket.SOCK_DGRAM) as one, socket.socket(type=socket.SOCK_DGRAM) as other:
        for each in (one, other):
            each.bind(("127.0.0.1", 0))
        return [str(each.getsockname()[1]) for each in (one, other)]


def test_the_program_of_the_page_says_hello_both_ways(where: list[str], tmp_path: Path) -> None:
    page = (Path(__file__).parents[2] / "docs" / "sockets" / "p2p.md").read_text(encoding="utf-8")
    found = re.search(r"<!-- the program: .*? -->\n```python\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    assert found is not None
    (tmp_path / "peer.py").write_text(found[1], encoding="utf-8")

    def started(me: str, my_port: str, other: str, other_port: str) -> subprocess.Popen[str]:
        words = [*where, sys.executable, str(tmp_path / "peer.py"), me, my_port, other, other_port]
        return subprocess.Popen(words, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2])

    one, two = free_ports()
    with started("alice", one, "bob", two) as alice, started("bob", two, "alice", one) as bob:
        try:
            said = [process.communicate(timeout=PATIENCE)[0] for process in (alice, bob)]
        finally:
            alice.kill()
            bob.kill()
    assert (alice.returncode, bob.returncode) == (0, 0)
    assert "hello from bob" in said[0] and "hello from alice" in said[1]


# --- Ways and servers -----------------------------------------------------------------------------------------------


def test_a_machine_that_has_only_loopback_has_no_way_to_offer() -> None:
    with namespace(only_loopback=True) as words:
        if words is None:
            pytest.skip("the system has no network namespace to give")
        with Post(words) as post:
            alice, bob = post.peer(ALICE), post.peer(BOB)
            brief = {**PLAIN, "TimeoutInitial": 1500}
            bob.ask("listen", port=0, options=brief)
            ours = alice.ask("connect", to=BOB, port=0, options=brief)
            alice.expect(ours, "FINDING_ROUTE")
            until(lambda: alice.now(ours).reason)
            assert alice.now(ours).reason == 5008


def test_the_stun_servers_of_the_list_are_asked(alice: Peer, bob: Peer, post: Post) -> None:
    if not post.where:
        pytest.skip("the STUN server needs the address of a network namespace")
    program = Path(__file__).with_name("stun_responder.py")
    words = [*post.where, sys.executable, str(program), ADDRESS, "10.77.0.9"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as stun:
        try:
            assert stun.stdout is not None
            port = stun.stdout.readline().strip()
            alice.ask("ask_servers", stun=[f"stun:{ADDRESS}:{port}"], turn=[])
            ours, theirs = connected(alice, bob)
            assert stun.stdout.readline().startswith(f"{ADDRESS}:")
            say_hello(alice, ours, bob, theirs)
        finally:
            stun.kill()
    told = b"".join(signal.data for signal in post.seen if signal.sender == ALICE)
    assert re.search(rb"10\.77\.0\.9 \d+ typ srflx", told)


def test_signals_of_a_pair_are_few_and_short(alice: Peer, bob: Peer, post: Post) -> None:
    connected(alice, bob)
    signals: list[Signal] = list(post.seen)
    assert len(signals) <= 12
    assert max(len(signal.data) for signal in signals) < 2000
