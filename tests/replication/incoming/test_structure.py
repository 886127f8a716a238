"""What the host and peers say, right and wrong: nothing forged has an effect, nothing broken ends a frame."""

from __future__ import annotations

import logging
import random
from typing import Any

import msgpack
import pytest

import gamenet as gn
from gamenet.ids import HOST
from gamenet.replication import operations as op
from gamenet.replication.incoming import structure
from gamenet.replication.model.values import structure_of
from tests.replication.arena import (
    Arena,
    Keepsake,
    Rock,
    Ship,
    lab,
    peer,
    replica,
    rows_for,
    smuggle,
    smuggle_bytes,
    world,
)


def number(net: gn.Session[Any], kind: type[Any]) -> int:
    return world(net).classes.number(kind.__gamenet__)


# ------------------------------------------------------------------------------------------------ forged by a client


def test_another_s_entity_cannot_be_dropped_or_renamed_and_the_attempt_is_counted() -> None:
    with lab(2) as it:
        victim, cheat = it.clients
        ship = victim.spawn(Ship(name="honest"))
        it.until(lambda: cheat.all(Ship))
        id = ship.id or 0
        smuggle(cheat, op.Drop(id), op.Write(id, 0, "pwned"), op.Write(0, 0, "pwned"))
        it.run(1)
        assert [net.get(ship) and net.get(ship).name for net in it.sessions] == ["honest"] * 3  # type: ignore[union-attr]
        assert [net.room.topic for net in it.sessions] == [""] * 3
        assert it.host.stats.forged == 3
        assert cheat.state == "joined"


def test_a_host_s_text_on_one_s_own_entity_cannot_be_written_and_is_put_right() -> None:
    with lab(2) as it:
        cheat, other = it.clients
        ship = cheat.spawn(Ship(name="s"))
        it.until(lambda: other.all(Ship))
        it.host.all(Ship)[0].rank = "cadet"
        it.until(lambda: ship.rank == "cadet")
        names = [field.name for field in Ship.__gamenet__.structural]
        ship.__dict__["rank"] = "admiral"
        smuggle(cheat, op.Write(ship.id or 0, names.index("rank"), "admiral"))
        it.until(lambda: it.host.stats.forged == 1)
        it.run(0.5)
        assert [net.get(ship).rank for net in it.sessions] == ["cadet"] * 3  # type: ignore[union-attr]


def test_what_the_host_decides_of_an_owner_s_entity_begins_at_its_default() -> None:
    with lab(2) as it:
        cheat = it.clients[0]
        ship = cheat.spawn(Ship(x=4, name="s", hull=1, rank="admiral"))
        it.until(lambda: all(net.all(Ship) for net in it.sessions) and ship.id is not None)
        it.run(0.5)
        for net in it.sessions:
            its = net.all(Ship)[0]
            assert (its.x, its.name, its.hull, its.rank) == (4.0, "s", 100, "")


@pytest.mark.parametrize(
    "forged",
    [
        lambda net: op.Spawn(900, number(net, Rock), [], [], HOST),
        lambda net: op.Despawn(1),
        lambda net: op.Own(1, net.me.id, 1, []),
        lambda net: op.Ready(5),
        lambda net: op.Unwanted(1, "no"),
        lambda net: op.Want(1, 999, [], []),
        lambda net: op.Want(1, number(net, Ship), [], []),
        lambda net: op.Want(1, number(net, Ship), rows_for(Ship())[:1], ["", ""]),
        lambda net: op.Want(1, number(net, Ship), rows_for(Ship()), [""]),
        lambda net: op.Want(1, number(net, Ship), rows_for(Ship()), ["x" * 17, ""]),
        lambda net: op.Want(1, number(net, Ship), [row + b"\0" for row in rows_for(Ship())], ["", ""]),
        lambda net: op.Want(1, number(net, Ship), [row[:-1] for row in rows_for(Ship())], ["", ""]),
        lambda net: op.Want(1, number(net, Ship), [b"\xff" * len(row) for row in rows_for(Ship())], ["", ""]),
        lambda net: op.Write(1, 77, "no such field"),
        lambda net: op.Change(1, 77, 0, []),
        lambda net: op.Invoke(0, HOST, 0, 0, 0, 0.0, None, []),
        lambda net: op.Invoke(0, net.me.id, 0, 999, 0, 0.0, None, []),
        lambda net: op.Invoke(1, net.me.id, 0, 0, 0, 0.0, None, ["too", "many", "arguments", "by", "far"]),
        lambda net: op.Answer(1, False, 7),
    ],
)
def test_who_says_what_no_honest_client_says_is_removed_and_the_game_goes_on(forged: Any) -> None:
    with lab(2) as it:
        cheat, other = it.clients
        it.host.spawn(Ship(name="host's"))
        it.until(lambda: all(net.all(Ship) for net in it.sessions))
        other.room.say.send("before")
        smuggle(cheat, forged(cheat))
        it.until(lambda: cheat.state == "closed")
        assert "cannot be read" in cheat.problem
        other.room.say.send("after")
        it.until(lambda: it.host.room.notes == [("client 2", "before"), ("client 2", "after")])
        assert [ship.name for ship in it.host.all(Ship)] == ["host's"]
        assert other.state == "joined"


@pytest.mark.parametrize(
    "body", [b"", b"\xc1", b"\x92\xc3\x91\x92\x02", b"\x92\xc3\xdd\x7f\xff\xff\xff", b"\x91" * 900]
)
def test_garbage_removes_its_sender_and_the_rest_of_the_frame_goes_on(body: bytes) -> None:
    with lab(2) as it:
        cheat, other = it.clients
        other.room.say.send("still here")
        smuggle_bytes(cheat, body)
        it.until(lambda: cheat.state == "closed")
        it.until(lambda: it.host.room.notes)
        assert [p.name for p in it.host.peers] == ["host", "client 2"]


def test_any_tampered_message_of_a_client_leaves_the_host_s_frame_whole() -> None:
    dice = random.Random(11)
    with lab(1) as it:
        honest = it.clients[0]
        it.host.spawn(Rock(x=1))
        own = honest.spawn(Ship(name="mine"))
        it.until(lambda: own.id is not None)
        for _ in range(40):
            cheat = it.add_client()
            it.until(lambda: cheat.state == "joined", seconds=30)  # noqa: B023
            wants: list[op.Operation] = [
                op.Want(
                    dice.randrange(9),
                    dice.randrange(9),
                    [dice.randbytes(dice.randrange(9)) for _ in range(2)],
                    ["a", "b"],
                ),
                op.Invoke(
                    dice.randrange(9),
                    cheat.me.id,
                    dice.randrange(3),
                    dice.randrange(12),
                    1,
                    1.0,
                    [0],
                    [dice.randrange(99)],
                ),
                op.Write(own.id or 0, 0, "x"),
                op.Answer(dice.choice([1, 1 << 31]), True, [None]),
            ]
            body = bytearray(op.join([op.pack(dice.choice(wants)) for _ in range(3)])[0])
            for _ in range(dice.randrange(4)):
                body[dice.randrange(len(body))] = dice.randrange(256)
            smuggle_bytes(cheat, bytes(body))
            it.run(0.2)
            cheat.close()
            it.run(0.1)
            it.clients.remove(cheat)
        assert own in honest.all(Ship)
        assert it.host.get(own).name == "mine"  # type: ignore[union-attr]
        late = it.add_client()
        it.until(lambda: late.state == "joined", seconds=30)


def test_values_far_out_of_range_are_in_range_wherever_they_come_to() -> None:
    seen: list[Any] = []
    with lab(1) as it:
        it.host.on("spawned", Ship)(lambda ship: seen.append((ship.x, ship.y, ship.angle)))
        ship = it.clients[0].spawn(Ship(x=1e308, y=-1e308, angle=1e300))
        it.until(lambda: seen)
        x, y, angle = seen[0]
        assert (x, y) == (4096.0, -4096.0)
        assert 0 <= angle < 360
        it.run(0.5)
        assert (it.host.all(Ship)[0].x, ship.x) == (4096.0, 4096.0)


def test_an_unfinished_tick_that_goes_on_for_ever_removes_its_sender(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(structure, "MOST_PENDING", 64 * 10_000)
    with lab(2) as it:
        cheat = it.clients[0]
        unfinished = msgpack.packb([False, [[4, 1, 0, "x" * 900]] * 8])
        smuggle_bytes(cheat, unfinished)
        it.run(0.5)
        assert cheat.state == "joined"
        smuggle_bytes(cheat, unfinished)
        it.until(lambda: cheat.state == "closed")
        assert not replica(it.host)._reader._pending


def test_a_flood_of_wishes_removes_its_sender(caplog: pytest.LogCaptureFixture) -> None:
    with lab(1) as it:
        smuggle(it.clients[0], *[op.Drop(999)] * (int(structure.WISHES) + 10))
        it.until(lambda: it.clients[0].state == "closed")
        assert "a second" in caplog.text


# ---------------------------------------------------------------------------------------------------- a host gone wrong


@pytest.mark.parametrize(
    "wrong",
    [
        lambda net: op.Spawn(1, number(net, Rock), [], []),
        lambda net: op.Spawn(77, number(net, Rock), [], []),
        lambda net: op.Spawn(77, 999, [], []),
        lambda net: op.Spawn(77, number(net, Arena), rows_for(Arena()), structure_of(Arena())),
        lambda net: op.Spawn(1, number(net, Ship), rows_for(Ship()), ["", ""]),
        lambda net: op.Spawn(0, number(net, Rock), [], []),
        lambda net: op.Own(1, 0, 1, [b""]),
        lambda net: op.Write(1, 9, "no such field"),
        lambda net: op.Write(1, 0, "x" * 41),
        lambda net: op.Write(1, 0, 7),
        lambda net: op.Change(1, 9, 0, []),
        lambda net: op.Change(1, 0, 0, [[0, 0, ["a text takes no edits"]]]),
        lambda net: op.Want(1, 0, [], []),
        lambda net: op.Drop(1),
        lambda net: op.Invoke(0, 0, 0, 999, 0, 0.0, None, []),
        lambda net: op.Answer(1, False, None),
    ],
)
def test_a_client_reports_a_host_s_broken_message_and_goes_on(wrong: Any, caplog: pytest.LogCaptureFixture) -> None:
    with lab(1) as it:
        rock = it.host.spawn(Rock(label="one"))
        it.until(lambda: it.clients[0].all(Rock))
        smuggle(it.host, wrong(it.host))
        it.run(0.5)
        rock.label = "two"
        it.until(lambda: it.clients[0].all(Rock)[0].label == "two")
        assert it.clients[0].state == "joined"
        assert [r.message for r in caplog.records if r.levelno == logging.WARNING and "cannot be read" in r.message]


def test_an_origin_that_is_another_class_or_nobody_s_names_nothing_of_mine() -> None:
    with lab(1) as it:
        client = it.clients[0]
        it.step()
        smuggle(it.host, op.Spawn(500, number(client, Keepsake), rows_for(Keepsake()), [], client.me.id, 0, 1))
        ship = client.spawn(Ship(name="mine"))  # its origin is 1
        it.run(1)
        assert ship in client.all(Ship)
        assert len(client.all(Keepsake)) == 1


def test_skipped_without_a_word_is_what_an_honest_peer_may_say_too_late() -> None:
    with lab(2) as it:
        first = it.clients[0]
        smuggle(it.host, op.Despawn(999), op.Own(999, 0, 1, []), op.Write(999, 0, "x"), op.Unwanted(999, "no"))
        smuggle(first, op.Drop(999), op.Write(999, 0, "x"))
        it.run(0.5)
        assert [net.state for net in it.sessions] == ["joined"] * 3
        assert it.host.stats.forged == 0


def test_texts_go_both_ways_and_a_room_s_go_down() -> None:
    with lab(2) as it:
        first, second = it.clients
        ship = first.spawn(Ship(name="a"))
        ship.name = "b"  # before it was asked for
        it.step()
        ship.name = "c"  # asked for, and not yet named
        it.until(lambda: ship.id is not None)
        it.until(lambda: [net.get(ship).name for net in (it.host, second)] == ["c", "c"])  # type: ignore[union-attr]
        ship.name, it.host.get(ship).rank = "d", "captain"  # type: ignore[union-attr]
        it.host.room.topic = "welcome"
        it.until(lambda: all((s.get(ship).name, s.get(ship).rank) == ("d", "captain") for s in it.sessions))  # type: ignore[union-attr]
        it.until(lambda: all(net.room.topic == "welcome" for net in it.sessions))


def test_an_owner_s_text_that_crosses_the_end_of_its_ownership_is_put_right_everywhere() -> None:
    with lab(2) as it:
        first, second = it.clients
        ship = first.spawn(Ship(name="a"))
        it.until(lambda: second.all(Ship))
        twin = it.host.get(ship)
        assert twin is not None
        twin.owner = None
        twin.name = "host's"
        ship.name = "too late"
        it.run(1)
        assert [net.get(ship).name for net in it.sessions] == ["host's"] * 3  # type: ignore[union-attr]


def test_the_peer_s_object_is_the_same_in_all_it_owns() -> None:
    with lab(2) as it:
        ship = it.clients[0].spawn(Ship())
        it.until(lambda: it.clients[1].all(Ship))
        assert it.clients[1].get(ship).owner is peer(it.clients[1], it.clients[0])  # type: ignore[union-attr]


def test_what_its_owner_lets_go_while_it_is_handed_on_is_shown_to_it_again() -> None:
    with lab(2, link="fair") as it:
        ada, bob = it.clients
        ship = ada.spawn(Ship(x=5, name="ark"))
        it.until(lambda: it.host.get(ship) and bob.get(ship))
        its_id = ship.id
        handed = it.host.get(ship)
        assert handed is not None and its_id is not None
        handed.owner = next(peer for peer in it.host.peers if peer.name == bob.me.name)
        ada.despawn(ship)
        it.run(2)
        again = ada.get(its_id)
        assert isinstance(again, Ship) and again.name == "ark" and again.owner is not None
        assert again.owner.name == bob.me.name
        assert bob.get(its_id) is not None and it.host.stats.forged == 0
