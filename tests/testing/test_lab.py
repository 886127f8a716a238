"""The Lab: complete peers in one process, on virtual time, the same on every run of a seed."""

from __future__ import annotations

from typing import Any

import pytest

import gamenet as gn
from gamenet.testing import Lab, Link


class Table(gn.Room):
    score: int = 0
    title: str = gn.text("", longest=20)

    @gn.rpc(to="host", rate=1000)
    def hit(self, caller: gn.Caller, how: float) -> int:
        self.score += 1
        return self.score


class Ship(gn.Entity["Table"], authority="owner"):
    x: float = gn.coord(0, low=-4096, high=4096)
    y: float = 0.0


class Rock(gn.Entity["Table"]):
    x: float = 0.0


def play(net: gn.Session[Table]) -> None:
    """A bit of everything, in one frame."""
    ship = net.mine(Ship)
    if ship is None:
        net.spawn(Ship(x=float(net.me.id)))
        return
    ship.x += 1
    ship.y = ship.x * 2
    if net.tick % 40 == 0:
        net.room.hit.send(0.5)


def story(seed: int, link: str | Link = "poor") -> list[str]:
    """Everything that happened to everybody in some seconds, with what each saw in the end."""
    log: list[str] = []

    def setup(net: gn.Session[Table]) -> None:
        def note(what: str) -> Any:
            return lambda *args: log.append(f"{lab.clock.now():.4f} {net.me.name} {what} {args}")

        net.on("joined")(note("joined"))
        net.on("peer_joined")(note("peer_joined"))
        net.on("peer_left")(note("peer_left"))
        net.on("spawned")(note("spawned"))
        net.on("despawned")(note("despawned"))

    lab = Lab(clients=3, room=Table, link=link, seed=seed, setup=setup)
    with lab:
        lab.run(2, play)
        lab.clients[1].close()
        lab.add_client(name="Late")
        lab.run(2, play)
        for net in lab.sessions:
            log.append(f"{net.tick} {net.stats} {[(ship.id, ship.x, ship.y) for ship in net.all(Ship)]}")
    return log


def test_the_same_seed_gives_the_same_run_to_the_last_bit() -> None:
    assert story(7) == story(7)


def test_another_seed_gives_another_run() -> None:
    assert story(7) != story(8)


def test_time_is_virtual_and_as_long_as_was_said() -> None:
    with Lab(clients=1, room=Table) as lab:
        before = lab.clock.now()
        lab.run(30)
        assert lab.clock.now() - before == pytest.approx(30)


def test_the_contracts_own_example_holds() -> None:
    ruled: list[object] = []
    with Lab(clients=2, link="poor", seed=7, room=Table, setup=ruled.append) as lab:
        ship = lab.host.spawn(Ship(x=1))
        lab.run(seconds=2)
        twin = lab.clients[0].get(ship)
        assert twin and twin.x == ship.x
        call = lab.clients[0].room.hit.call(1.0)
        lab.until(lambda: call.done)
        assert ruled == lab.sessions


def test_inside_with_everybody_has_joined_whatever_the_weather() -> None:
    for link in ("perfect", "good", "fair", "poor", "terrible"):
        with Lab(clients=3, room=Table, link=link) as lab:
            assert [net.state for net in lab.sessions] == ["joined"] * 4
            assert lab.host.is_host and not any(net.is_host for net in lab.clients)


def test_setup_runs_for_late_ones_too_before_their_first_frame() -> None:
    states: list[tuple[str, int]] = []
    with Lab(clients=1, room=Table, setup=lambda net: states.append((net.state, net.stats.frames))) as lab:
        lab.add_client(name="Late")
        assert states == [("joined", 0), ("connecting", 0), ("connecting", 0)]


def test_each_frame_is_called_inside_every_sessions_frame() -> None:
    with Lab(clients=1, room=Table, fps=30) as lab:
        seen: list[gn.Session[Table]] = []

        def inside(net: gn.Session[Table]) -> None:
            seen.append(net)
            with pytest.raises(gn.BadArgument):
                net.pump(0)

        lab.run(1, inside)
        assert seen == lab.sessions * 30


def test_until_stops_at_once_when_it_holds_and_raises_with_everybodys_state_when_it_does_not() -> None:
    with Lab(clients=1, room=Table) as lab:
        before = lab.clock.now()
        lab.until(lambda: True)
        assert lab.clock.now() == before
        with pytest.raises(AssertionError, match=r"not within 10 s of virtual time \(host: joined, client 1: joined\)"):
            lab.until(lambda: False)
        assert lab.clock.now() - before == pytest.approx(10, abs=0.1)


def test_a_lab_that_nobody_can_join_says_why() -> None:
    with pytest.raises(AssertionError, match="full"), Lab(clients=2, room=Table, max_peers=2):
        raise AssertionError("the block ran")


def test_a_cut_session_is_mended_and_goes_on() -> None:
    with Lab(clients=2, room=Table) as lab:
        net = lab.clients[0]
        lab.cut(net)
        lab.host.room.score = 5
        lab.run(3)
        assert net.room.score == 0 and lab.clients[1].room.score == 5
        lab.mend(net)
        lab.until(lambda: net.room.score == 5)
        assert net.state == "joined"


def test_a_closed_session_says_goodbye_and_a_cut_one_does_not() -> None:
    with Lab(clients=2, room=Table) as lab:
        left: list[str] = []
        lab.host.on("peer_left")(lambda peer, reason: left.append(peer.name))
        lab.cut(lab.clients[0])
        lab.clients[1].close()
        lab.run(1)
        assert left == [lab.clients[1].me.name]


def test_at_the_end_all_are_closed_also_when_the_block_raised() -> None:
    with pytest.raises(KeyError), Lab(clients=2, room=Table) as lab:
        raise KeyError
    assert {net.state for net in lab.sessions} == {"closing"}


def test_it_is_strict_unless_said_otherwise() -> None:
    with Lab(clients=1, room=Table) as lab:
        rock = lab.host.spawn(Rock())
        lab.until(lambda: lab.clients[0].get(rock))
        twin = lab.clients[0].get(rock)
        assert twin is not None
        with pytest.raises(gn.NotAuthoritative, match="Rock"):
            twin.x = 3.0
    with Lab(clients=1, room=Table, strict=False) as lab:
        rock = lab.host.spawn(Rock(x=1.0))
        lab.until(lambda: lab.clients[0].get(rock))
        twin = lab.clients[0].get(rock)
        assert twin is not None
        twin.x = 3.0
        lab.run(0.5)
        assert twin.x == 1.0


def test_a_mesh_of_three_sees_what_each_of_them_computes() -> None:
    with Lab(mesh=3, room=Table, link="fair") as lab:
        assert len(lab.sessions) == 3
        ships = [net.spawn(Ship(x=float(number))) for number, net in enumerate(lab.sessions)]
        lab.until(lambda: all(net.get(ship) for net in lab.sessions for ship in ships))
        lab.run(1, lambda net: [setattr(ship, "x", ship.x + 1) for ship in net.all(Ship) if ship.mine])
        lab.run(2)
        for net in lab.sessions:
            twins = [net.get(ship) for ship in ships]
            assert [twin.x if twin else None for twin in twins] == [60.0, 61.0, 62.0]
        call = lab.clients[0].room.hit.call(1.0)
        lab.until(lambda: call.done)
        assert call.value == 1


def test_in_a_mesh_values_go_the_short_way() -> None:
    """Two neighbours far from the host see each other sooner than a star could tell them."""

    def near(source: str, target: str) -> Link:
        return Link(lag_ms=300) if "host" in (source, target) else Link(lag_ms=1)

    with Lab(mesh=3, room=Table, link=near) as lab:  # type: ignore[arg-type]
        one, other = lab.clients
        ship = one.spawn(Ship())
        lab.until(lambda: other.get(ship))
        lab.run(2)
        twin = other.get(ship)
        assert twin is not None
        ship.x = 50.0
        lab.run(0.3)
        assert twin.simulated.x == 50.0
        host_twin = lab.host.get(ship)
        assert host_twin is not None and host_twin.simulated.x == 0.0


def test_a_server_in_the_lab_is_no_player() -> None:
    with Lab(clients=1, room=Table, dedicated=True) as lab:
        assert lab.host.peers == (lab.host.peers[0],) and not lab.host.peers[0].is_me


def test_the_classes_are_those_that_the_tests_module_sees() -> None:
    with Lab(clients=1) as lab:
        rock = lab.host.spawn(Rock())
        lab.until(lambda: lab.clients[0].get(rock))


def test_an_unknown_link_or_keyword_is_told_with_those_that_exist() -> None:
    with pytest.raises(gn.BadArgument, match="perfect, good, fair"):
        Lab(link="foul")
    with pytest.raises(gn.BadArgument, match="tick_rate"):
        Lab(tickrate=30)  # type: ignore[call-arg]
