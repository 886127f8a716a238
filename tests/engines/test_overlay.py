"""What an overlay says, whatever the engine."""

from __future__ import annotations

from typing import Any

import pytest

import gamenet as gn
from gamenet.engines.overlay import (
    COLUMNS,
    EVERY,
    MOST_PEERS,
    WIDTH,
    Rates,
    Readout,
    Row,
    Tone,
    amount,
    describe,
    lines,
    span,
    widths,
)
from gamenet.session.transports import Standing
from gamenet.testing import Lab


class Ship(gn.Entity):
    x: float = 0.0


def said(net: gn.Session[Any], rates: Rates | None = None) -> list[str]:
    return lines(list(describe(net, rates)))


def test_a_client_reads_state_peers_traffic_and_how_fresh_its_world_is() -> None:
    with Lab(clients=2, link="perfect", name="Ada") as lab:
        lab.run(3)
        client = lab.clients[0]
        client.host._ping, client.host._loss = 0.042, 0.125
        head, columns, *peers, traffic, fresh = describe(client, Rates(12_400, 310))
    assert head == Row(Tone.GOOD, ("joined",))
    assert columns.cells == COLUMNS
    assert {row.cells for row in peers} == {
        ("Ada (host)", "42 ms", "12.5%", "local"),
        ("client 1 (me)", "", "", ""),
        ("client 2", "", "", ""),
    }
    assert traffic.cells == ("in 12 kB/s, out 310 B/s",)
    assert fresh.cells[0].startswith("snapshot ") and fresh.cells[0].endswith(" behind")


def test_a_host_reads_nothing_about_snapshots() -> None:
    with Lab(clients=1) as lab:
        assert not [line for line in said(lab.host) if "snapshot" in line]


def test_code_stage_and_trouble_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    net = gn.solo()
    net.pump(0)
    trouble = "The service does not answer: nobody else can join by code until it does; the game goes on."
    monkeypatch.setattr(net._node, "standing", lambda: Standing("K7QX-3MNP", "service", trouble))
    head, *rest = describe(net, None)
    assert head == Row(Tone.GOOD, ("joined · service · K7QX-3MNP",))
    problem = [row for row in rest if row.tone is Tone.BUSY]
    assert " ".join(row.cells[0] for row in problem) == trouble
    assert max(len(row.cells[0]) for row in problem) <= WIDTH < len(trouble)


def test_a_closed_session_tells_why_and_no_more_figures() -> None:
    with Lab(clients=1) as lab:
        lab.host.close()
        lab.run(3)
        rows = list(describe(lab.clients[0], Rates(1, 1)))
    assert rows[0] == Row(Tone.BAD, ("closed",)) and rows[1].tone is Tone.BAD
    assert not [row for row in rows if "snapshot" in row.cells[0] or "/s" in row.cells[0]]


def test_before_it_is_in_a_session_says_so() -> None:
    with Lab(clients=0) as lab:
        client = lab.add_client()
        assert next(iter(describe(client, None))) == Row(Tone.BUSY, ("connecting",))


def test_a_dedicated_server_stands_before_its_players_and_sees_all_rooms() -> None:
    with Lab(clients=2, dedicated=True, name="Server") as lab:
        moved = lab.host.peers[0]
        lab.host.move(moved, lab.host.open_room("other"))
        lab.run(2)
        assert said(lab.clients[1])[2].startswith("Server (host)")
        server = [line.split("  ")[0] for line in said(lab.host)]
        assert {"client 1", "client 2"} <= set(server)


def test_many_players_are_counted() -> None:
    class Room:
        peers = tuple(gn.Peer(number, f"player {number}") for number in range(MOST_PEERS + 3))

    class Net:
        state, stage, code, problem, is_host, rooms = "joined", "", "", "", True, {"": Room}

    rows = list(describe(Net(), None))  # type: ignore[arg-type]
    assert len(rows) == 2 + MOST_PEERS + 1 and rows[-1].cells == ("and 3 more",)


def test_a_long_name_is_cut() -> None:
    net = gn.solo(name="Bartholomew the Second")
    net.pump(0)
    assert said(net)[2] == "Bartholomew the S… (me, host)"


def test_rows_are_made_anew_twice_a_second_and_traffic_is_what_came_since() -> None:
    with Lab(clients=1, link="perfect") as lab:
        ship, readout = lab.host.spawn(Ship()), Readout(lab.clients[0])

        def sail(net: gn.Session[Any]) -> None:
            if net is lab.host:
                ship.x += 1

        first = readout.rows()
        lab.run(EVERY / 2, each_frame=sail)
        assert readout.rows() is first
        before, start = lab.clients[0].stats.wire_in, lab.clock.now()
        lab.run(2, each_frame=sail)
        second = readout.rows()
        lab.run(2, each_frame=sail)
        third = readout.rows()
        rate = (lab.clients[0].stats.wire_in - before) / (lab.clock.now() - start)
        assert second is not first and third is not second
        assert not [row for row in first if "/s" in row.cells[0]]
        (traffic,) = [row.cells[0] for row in third if "/s" in row.cells[0]]
        told = float(traffic.split()[1]) * (1000 if "kB" in traffic.split()[2] else 1)
        assert told == pytest.approx(rate, rel=0.15)


def test_it_is_shown_unless_the_game_says_otherwise() -> None:
    net = gn.solo()
    assert Readout(net).visible
    readout = Readout(net, visible=False)
    readout.toggle()
    assert readout.visible


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (0, "0 B"),
        (999.4, "999 B"),
        (999.6, "1.0 kB"),
        (9_940, "9.9 kB"),
        (9_960, "10 kB"),
        (999_400, "999 kB"),
        (999_600, "1.0 MB"),
    ],
)
def test_amounts_have_three_digits_at_most(count: float, text: str) -> None:
    assert amount(count) == text


@pytest.mark.parametrize(("seconds", "text"), [(0, "0 ms"), (0.0424, "42 ms"), (0.9994, "999 ms"), (0.9996, "1.0 s")])
def test_times_are_in_milliseconds_and_then_seconds(seconds: float, text: str) -> None:
    assert span(seconds) == text


def test_columns_are_as_wide_as_their_widest_cell() -> None:
    rows = [Row(Tone.PLAIN, ("a", "bbb")), Row(Tone.PLAIN, ("aa", "b")), Row(Tone.PLAIN, ("a whole sentence",))]
    assert widths(rows, len) == [2, 3]
    assert lines(rows) == ["a   bbb", "aa    b", "a whole sentence"]
