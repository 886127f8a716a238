"""The laboratory is what it says it is: each router behaves as named, and nothing is left behind."""

from __future__ import annotations

import os
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from tests.nat.laboratory import Laboratory, stop
from tests.nat.plan import SERVER, SERVER_6
from tests.nat.routers import SERVER_PORTS, SERVICE_PORT, STUN_PORT

PORT = 40_000
ROOT = Path(__file__).parents[2]
PATIENCE = 10.0
Address = tuple[str, int]


@contextmanager
def sockets(lab: Laboratory, *places: tuple[str, int], ipv6: bool = False) -> Iterator[list[socket.socket]]:
    family = socket.AF_INET6 if ipv6 else socket.AF_INET
    with ExitStack() as ended:
        made = [ended.enter_context(lab.socket(place, port, family)) for place, port in places]
        for each in made:
            each.settimeout(PATIENCE)
        yield made


def heard(at: socket.socket) -> Address:
    """Who sent what arrives next."""
    sender: Address = at.recvfrom(99)[1][:2]
    return sender


def nothing_waits(at: socket.socket) -> bool:
    return not select.select([at], [], [], 0)[0]


# --- Each router behaves as named -------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["none", "fullcone", "cone", "symmetric"])
def test_a_symmetric_router_gives_each_destination_another_port_and_all_others_keep_the_inner_one(kind: str) -> None:
    with (
        Laboratory(kind, "none") as lab,
        sockets(lab, ("a", PORT), ("server", SERVICE_PORT), ("server", STUN_PORT)) as (inner, one, other),
    ):
        inner.sendto(b"", (SERVER, SERVICE_PORT))
        inner.sendto(b"", (SERVER, STUN_PORT))
        (host, first), (_, second) = heard(one), heard(other)
    assert host == lab.plan.outer_address("a")
    assert first != second if kind == "symmetric" else first == second == PORT


@pytest.mark.parametrize("kind", ["none", "fullcone", "cone", "symmetric"])
def test_only_who_was_spoken_to_may_answer_through_a_cone_or_a_symmetric_router(kind: str) -> None:
    with (
        Laboratory(kind, "none") as lab,
        sockets(lab, ("a", PORT), ("server", SERVICE_PORT), ("server", STUN_PORT), ("b", PORT)) as made,
    ):
        inner, spoken_to, other_port, other_host = made
        inner.sendto(b"", (SERVER, SERVICE_PORT))
        outer = heard(spoken_to)
        for each in (other_port, other_host, spoken_to):
            each.sendto(b"", outer)
        passed = [heard(inner)]
        while passed[-1] != (SERVER, SERVICE_PORT):
            passed.append(heard(inner))
    assert len(passed) == (3 if kind in ("none", "fullcone") else 1)


def test_who_speaks_first_is_let_through_two_cones_once_the_other_side_has_spoken_too() -> None:
    with Laboratory("cone", "cone") as lab, sockets(lab, ("a", PORT), ("b", PORT)) as (a, b):
        a.sendto(b"too early", (lab.plan.outer_address("b"), PORT))
        b.sendto(b"", (lab.plan.outer_address("a"), PORT))
        assert heard(a) == (lab.plan.outer_address("b"), PORT)
        assert nothing_waits(b)
        a.sendto(b"", (lab.plan.outer_address("b"), PORT))
        assert heard(b) == (lab.plan.outer_address("a"), PORT)


def test_a_blocked_home_reaches_the_servers_own_ports_and_nothing_else() -> None:
    elsewhere = SERVICE_PORT + 10
    with Laboratory("blocked", "none") as lab:
        places = [("server", port) for port in (*SERVER_PORTS, elsewhere)]
        with sockets(lab, ("a", PORT), ("b", SERVICE_PORT), *places) as (inner, b, *server):
            inner.sendto(b"", (lab.plan.outer_address("b"), SERVICE_PORT))
            inner.sendto(b"", (SERVER, elsewhere))
            for port, at in zip(SERVER_PORTS, server, strict=False):
                inner.sendto(b"", (SERVER, port))
                assert heard(at) == (lab.plan.outer_address("a"), PORT)
            assert nothing_waits(b) and nothing_waits(server[-1])


def test_from_a_home_without_udp_not_even_the_server_is_reached() -> None:
    with (
        Laboratory("noudp", "none") as lab,
        sockets(lab, ("a", PORT), ("b", PORT), ("server", SERVICE_PORT)) as (inner, b, server),
    ):
        inner.sendto(b"", (SERVER, SERVICE_PORT))
        b.sendto(b"", (SERVER, SERVICE_PORT))
        assert heard(server) == (lab.plan.outer_address("b"), PORT)
        assert nothing_waits(server)


def test_with_ipv6_nothing_is_translated_and_who_was_not_spoken_to_stays_outside() -> None:
    with (
        Laboratory("cone", "symmetric", ipv6=True) as lab,
        sockets(lab, ("a", PORT), ("b", PORT), ("server", SERVICE_PORT), ipv6=True) as (a, b, server),
    ):
        b.sendto(b"", (lab.plan.address6("a"), PORT))
        a.sendto(b"", (SERVER_6, SERVICE_PORT))
        assert heard(server) == (lab.plan.address6("a"), PORT)
        server.sendto(b"", (lab.plan.address6("a"), PORT))
        assert heard(a) == (SERVER_6, SERVICE_PORT)
        assert nothing_waits(a)


def test_in_one_home_both_have_the_same_outer_address_and_reach_each_other_inside() -> None:
    with (
        Laboratory("cone", one_home=True) as lab,
        sockets(lab, ("a", PORT), ("b", PORT + 1), ("server", SERVICE_PORT)) as (a, b, server),
    ):
        a.sendto(b"", (lab.plan.address("b"), PORT + 1))
        assert heard(b) == (lab.plan.address("a"), PORT)
        for each in (a, b):
            each.sendto(b"", (SERVER, SERVICE_PORT))
        assert heard(server)[0] == heard(server)[0] == lab.plan.outer_address("b")


# --- What goes wrong in it --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["direct", "server"])
def test_a_cut_way_carries_nothing_until_it_is_healed_and_the_other_one_goes_on(name: str) -> None:
    with (
        Laboratory("none", "none") as lab,
        sockets(lab, ("a", PORT), ("b", PORT), ("server", PORT)) as (a, b, server),
    ):
        lab.cut_direct() if name == "direct" else lab.cut_server()
        ways = [(b, lab.plan.outer_address("b")), (server, SERVER)]
        cut, open_ = ways if name == "direct" else reversed(ways)
        a.sendto(b"", (cut[1], PORT))
        a.sendto(b"", (open_[1], PORT))
        heard(open_[0])
        assert nothing_waits(cut[0])
        lab.heal(name)
        a.sendto(b"", (cut[1], PORT))
        heard(cut[0])


def test_whose_tests_are_killed_leaves_nothing_behind() -> None:
    with subprocess.Popen(
        [sys.executable, __file__],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        text=True,
    ) as tests:
        assert tests.stdout is not None
        inside = [int(pid) for pid in tests.stdout.readline().split()]
        assert len(inside) == 2 and all(map(lives, inside))
        tests.send_signal(signal.SIGKILL)
    deadline = time.monotonic() + PATIENCE
    while any(map(lives, inside)):
        assert time.monotonic() < deadline, [pid for pid in inside if lives(pid)]


def lives(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_what_is_stopped_has_ended() -> None:
    with Laboratory("none", "none") as lab:
        child = lab.serve("server", "sh", "-c", "trap 'echo goodbye; exit' TERM; echo up; while :; do sleep 0.05; done")
        assert child.stdout is not None and child.stdout.readline() == "up\n"
        child.terminate()
        assert child.stdout.readline() == "goodbye\n"
        stop(child)
        assert child.poll() is not None


def killed_at_any_moment() -> None:
    """What the test of that starts: a laboratory in which something runs."""
    with Laboratory("cone", "cone") as lab:
        program = lab.serve("server", "sh", "-c", "trap '' TERM; echo up; sleep 1000")
        assert program.stdout is not None and program.stdout.readline()
        sys.stdout.write(f"{lab._holder} {program.pid}\n")
        sys.stdout.flush()
        signal.pause()


if __name__ == "__main__":
    killed_at_any_moment()
