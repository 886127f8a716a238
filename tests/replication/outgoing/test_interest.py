"""Who sees what, in whole sessions: views, what enters and leaves them, newcomers, owners, the host's own word."""

from __future__ import annotations

import random
from array import array
from collections.abc import Callable, Iterable
from typing import Any

import pytest

import gamenet as gn
from gamenet._bridge import counting
from gamenet.replication.codec import Kind, Lost, NumericField, Order, OutgoingRows, Place, Range, Reach, Rows, Table
from gamenet.replication.codec.native import NativeEncoder
from gamenet.replication.outgoing.interest import MOST_NEW
from gamenet.testing import Lab

Session = gn.Session[Any]


class Field(gn.Room):
    @gn.rpc(to="others", caller="host", rate=10_000)
    def hear(self, caller: gn.Caller, text: str) -> None: ...


class Thing(gn.Entity):
    x: float = gn.coord(0)
    y: float = gn.coord(0)
    name: str = ""


class Sheep(Thing, sight=gn.nearest(5)):
    heard: list[str] = gn.local(factory=list)

    @gn.rpc(to="everyone", caller="host", rate=10_000)
    def bleat(self, caller: gn.Caller, text: str) -> None:
        self.heard.append(text)

    @gn.rpc(to="owner", caller="anyone", rate=10_000)
    def ask(self, caller: gn.Caller) -> str:
        return "meh"


class Lamb(Sheep):
    age: int = 0


class Tree(Thing, sight=gn.within(100), lost="freeze"):
    """Stays as it was seen last."""


class Hill(Thing, sight=gn.grid(100), lost="keep"):
    """Is seen for ever once it was seen."""


class Note(gn.Entity, sight=gn.group):
    text: str = ""
    size: int = 0


class Player(gn.Entity):
    x: float = gn.coord(0)
    y: float = gn.coord(0)


class Car(gn.Entity, authority="owner", sight=gn.within(50)):
    x: float = gn.coord(0)
    y: float = gn.coord(0)
    label: str = ""


def lab(**keywords: Any) -> Lab:
    return Lab(**{"clients": 1, "room": Field, "link": "good", "seed": 5, **keywords})


def seen(net: Session, kind: type[Any]) -> set[Any]:
    return {entity.id for entity in net.all(kind)}


def nearest(things: Iterable[Any], x: float, y: float, count: int) -> set[Any]:
    return {one.id for one in sorted(things, key=lambda one: (one.x - x) ** 2 + (one.y - y) ** 2)[:count]}


def peer_of(lab: Lab, client: Session) -> gn.Peer:
    return next(peer for peer in lab.host.peers if peer.id == client.me.id)


def test_everybody_sees_the_nearest_and_what_it_sees_is_true_whatever_gets_lost() -> None:
    dice = random.Random(3)
    with lab(clients=2, link="poor") as lab_:
        host = lab_.host
        flock = [host.spawn((Sheep, Lamb)[i % 2](x=i * 40, y=i % 7, name=f"sheep {i}")) for i in range(40)]
        players = [host.spawn(Player(x=400 * (i + 1)), owner=peer_of(lab_, c)) for i, c in enumerate(lab_.clients)]

        def wander(net: Session) -> None:
            if net is host:
                for one in (*flock, *players):
                    one.x += dice.uniform(-9, 9)
                    one.y += dice.uniform(-9, 9)
                if dice.random() < 0.1:
                    flock[dice.randrange(40)].name = f"sheep {dice.random()}"
                if dice.random() < 0.05:
                    at = dice.randrange(40)
                    host.despawn(flock[at])
                    flock[at] = host.spawn(Sheep(x=dice.uniform(0, 1600)))

        for _ in range(6):
            lab_.run(2, each_frame=wander)
            for client in lab_.clients:
                assert len(client.all(Sheep)) == pytest.approx(5, abs=2)
        for one in flock:  # far enough apart that "some 5 % nearer" does not matter
            one.teleport(x=flock.index(one) * 100, y=0)
        for at, player in enumerate(players):
            player.teleport(x=1000 * (at + 1) + 20, y=0)
        lab_.run(3)
        for client, player in zip(lab_.clients, players, strict=True):
            assert seen(client, Sheep) == nearest(flock, player.x, player.y, 5)
            for one in client.all(Sheep):
                true = host.get(one)
                assert true and (one.x, one.y, one.name) == (true.x, true.y, true.name)


def test_what_goes_out_of_sight_goes_and_comes_again_as_the_same_object() -> None:
    with lab() as lab_:
        sheep = [lab_.host.spawn(Sheep(x=i * 100, name=str(i))) for i in range(12)]
        lab_.host.view(peer_of(lab_, lab_.clients[0]), x=0, y=0)
        client = lab_.clients[0]
        went: list[Any] = []
        client.on("despawned", Sheep)(went.append)
        lab_.until(lambda: seen(client, Sheep) == {one.id for one in sheep[:5]})
        first = client.get(sheep[0])
        lab_.host.view(peer_of(lab_, client), x=1100, y=0)
        lab_.until(lambda: seen(client, Sheep) == {one.id for one in sheep[7:]})
        assert first in went and len(went) == 5
        sheep[0].name, sheep[0].x = "changed meanwhile", 3
        lab_.host.view(peer_of(lab_, client), x=0, y=0)
        lab_.until(lambda: seen(client, Sheep) == {one.id for one in sheep[:5]})
        assert client.get(sheep[0]) is first and (first.name, first.x) == ("changed meanwhile", 3)


def test_what_freezes_stays_as_it_was_and_goes_on_when_it_is_seen_again() -> None:
    with lab() as lab_:
        host, client = lab_.host, lab_.clients[0]
        player = host.spawn(Player(), owner=peer_of(lab_, client))
        tree = host.spawn(Tree(x=30, name="young"))
        lab_.until(lambda: client.get(tree) is not None)
        mine = client.get(tree)
        player.x = 1000
        lab_.run(1)
        tree.x, tree.name = 60, "old"
        lab_.run(1)
        assert client.get(tree) is mine and mine and (mine.x, mine.name) == (30, "young")
        player.x = 0
        lab_.until(lambda: mine is not None and (mine.x, mine.name) == (60, "old"))
        tree.x = 70
        lab_.until(lambda: mine is not None and mine.x == 70)
        player.x = 1000
        lab_.run(1)
        host.despawn(tree)  # also who only remembers it hears of its end
        lab_.until(lambda: client.get(tree) is None)


def test_what_is_kept_stays_seen() -> None:
    with lab() as lab_:
        host, client = lab_.host, lab_.clients[0]
        player = host.spawn(Player(), owner=peer_of(lab_, client))
        near, far = host.spawn(Hill(x=-99, y=199)), host.spawn(Hill(x=200))
        lab_.until(lambda: client.get(near) is not None)
        lab_.run(0.5)
        assert client.get(far) is None  # the second cell to the right
        player.x = 100
        lab_.until(lambda: client.get(far) is not None)
        player.x = 9000
        lab_.run(0.5)
        near.y = 150
        lab_.until(lambda: (copy := client.get(near)) is not None and copy.y == 150)


def test_groups_see_what_the_host_says_and_owners_what_is_theirs() -> None:
    with lab(clients=3) as lab_:
        host, (ada, bob, cyd) = lab_.host, lab_.clients
        note = host.spawn(Note(text="psst"), owner=peer_of(lab_, cyd))
        lab_.until(lambda: cyd.get(note) is not None)
        host.group(note, {peer_of(lab_, ada)})
        lab_.until(lambda: ada.get(note) is not None)
        assert bob.get(note) is None
        note.text = "louder"
        lab_.until(lambda: all((n := c.get(note)) is not None and n.text == "louder" for c in (ada, cyd)))
        host.group(note, [peer_of(lab_, bob)])
        lab_.until(lambda: ada.get(note) is None and bob.get(note) is not None)
        assert cyd.get(note) is not None
        note.owner = peer_of(lab_, bob)
        lab_.until(lambda: cyd.get(note) is None)
        note.owner = peer_of(lab_, ada)
        lab_.until(lambda: (copy := ada.get(note)) is not None and copy.mine)
        late = lab_.add_client()
        lab_.until(lambda: late.state == "joined")
        assert late.get(note) is None
        fresh = host.spawn(Note(text="to two"))
        host.group(fresh, [peer_of(lab_, ada), peer_of(lab_, late)])
        lab_.until(lambda: ada.get(fresh) is not None and late.get(fresh) is not None)
        lab_.run(0.3)
        assert bob.get(fresh) is None


def test_the_hosts_own_rule_decides_for_a_class_and_those_that_inherit_it() -> None:
    with lab(clients=2) as lab_:
        host, (ada, bob) = lab_.host, lab_.clients
        things = [host.spawn(Thing(name=str(i))) for i in range(6)]
        lab_.until(lambda: len(bob.all(Thing)) == 6)
        asked: list[gn.Peer] = []

        def rule(peer: gn.Peer) -> Iterable[Any]:
            asked.append(peer)
            return things[:2] if peer.name == ada.me.name else [things[5].id]

        host.sight(Thing, rule, every=0.5)
        lab_.until(lambda: seen(ada, Thing) == {things[0].id, things[1].id} and seen(bob, Thing) == {things[5].id})
        asked.clear()
        lab_.run(5)
        assert 18 <= len(asked) <= 22
        things.reverse()
        lab_.until(lambda: seen(ada, Thing) == {things[0].id, things[1].id} and seen(bob, Thing) == {things[5].id})
        sheep = host.spawn(Sheep())
        lab_.run(1)
        assert ada.get(sheep) is None  # a Thing, too
        host.despawn(things[0])
        lab_.until(lambda: len(ada.all(Thing)) == 1)
        late = lab_.add_client()
        lab_.until(lambda: seen(late, Thing) == {things[5].id})


def test_calls_reach_those_who_see_and_others_are_answered() -> None:
    with lab(clients=2) as lab_:
        host, (ada, bob) = lab_.host, lab_.clients
        host.view(peer_of(lab_, ada), x=0, y=0)
        host.view(peer_of(lab_, bob), x=5000, y=0)
        flock = [host.spawn(Sheep(x=i)) for i in range(5)]
        for i in range(5):
            host.spawn(Sheep(x=5000 + i))
        lab_.until(lambda: ada.get(flock[0]) is not None and len(bob.all(Sheep)) == 5)
        flock[0].bleat.send("one")
        call = flock[0].bleat.to([peer_of(lab_, bob)]).call("two")
        lab_.run(0.5)
        copy = ada.get(flock[0])
        assert copy and copy.heard == ["one"] and bob.get(flock[0]) is None
        assert call.done and "does not see" in call.error


def test_a_new_owner_knows_what_it_owns_before_it_is_called() -> None:
    with lab(clients=2) as lab_:
        host, (ada, bob) = lab_.host, lab_.clients
        for i in range(5):
            host.spawn(Sheep(x=i))
        sheep = host.spawn(Sheep(x=9999), owner=peer_of(lab_, ada))
        early = sheep.ask.call()
        lab_.until(lambda: early.done)
        assert early.value == "meh" and bob.get(sheep) is None
        with host.frame(1 / 60):
            sheep.owner = peer_of(lab_, bob)
            call = sheep.ask.call()
        lab_.until(lambda: call.done)
        assert call.value == "meh"
        lab_.until(lambda: ada.get(sheep) is None)


def test_what_a_peer_spawns_out_of_others_sight_is_named_and_may_go_at_once() -> None:
    with lab(clients=2) as lab_:
        host, (ada, bob) = lab_.host, lab_.clients
        car = ada.spawn(Car(x=1000, label="red"))
        far = bob.spawn(Car(x=5000))
        lab_.until(lambda: car.id is not None and far.id is not None)
        lab_.run(0.5)
        assert bob.get(car) is None and ada.get(far) is None and len(host.all(Car)) == 2

        def drive(net: Session) -> None:
            for mine in net.all(Car):
                if mine.mine and net is bob:
                    mine.x = max(1010, mine.x - 100)

        lab_.run(1.5, each_frame=drive)
        copy = bob.get(car)
        assert copy and copy.label == "red" and (copy.x, copy.owner and copy.owner.id) == (1000, ada.me.id)

        host.on("spawned", Car)(host.despawn)  # the host lets none live
        short = ada.spawn(Car(x=7))
        lab_.until(lambda: short not in ada.all(Car))


def test_a_newcomer_sees_the_nearest_first_while_play_goes_on() -> None:
    with lab() as lab_:
        host = lab_.host
        things = [host.spawn(Thing(x=(i * 7919) % 1000, y=0, name=str(i))) for i in range(3 * MOST_NEW)]
        late = lab_.add_client()
        orders: list[float] = []
        late.on("spawned", Thing)(lambda thing: orders.append(thing.x))
        joined: list[int] = []
        late.on("joined")(lambda: joined.append(len(late.all(Thing))))
        moved = things[0]

        def play(net: Session) -> None:
            if net is host:
                moved.x = (moved.x + 1) % 1000
                things.append(host.spawn(Thing(x=1, name="new")))

        lab_.run(0.6, each_frame=play)
        lab_.until(lambda: len(late.all(Thing)) == len(things))
        assert late.state == "joined" and joined and joined[0] >= 3 * MOST_NEW
        old = [x for x in orders if x != 1][: 3 * MOST_NEW]
        assert sum(old[:MOST_NEW]) < sum(old[MOST_NEW : 2 * MOST_NEW]) < sum(old[2 * MOST_NEW :])
        for thing in late.all(Thing):
            true = host.get(thing)
            assert true and thing.name == true.name


def test_a_room_begun_anew_and_a_checkpoint_keep_the_rules() -> None:
    with lab() as lab_:
        host, client = lab_.host, lab_.clients[0]
        host.view(peer_of(lab_, client), x=1000, y=0)
        for i in range(12):
            host.spawn(Sheep(x=i * 100))
        lab_.until(lambda: len(client.all(Sheep)) == 5)
        data = host.room.save()
        host.room.reset()
        lab_.until(lambda: not client.all(Sheep))
        host.room.load(data)
        lab_.until(lambda: len(client.all(Sheep)) == 5)
        assert {one.x for one in client.all(Sheep)} == {800, 900, 1000, 1100, 700}


def test_who_lost_its_link_sees_the_same_again() -> None:
    with lab(clients=2) as lab_:
        host, client = lab_.host, lab_.clients[0]
        sheep = [host.spawn(Sheep(x=i * 10)) for i in range(9)]
        mine = host.spawn(Sheep(x=9000), owner=peer_of(lab_, client))
        note = host.spawn(Note(text="x"))
        host.group(note, [peer_of(lab_, client)])
        lab_.until(lambda: client.get(note) is not None and client.get(mine) is not None)
        stage = host._conductor.current
        stage.replica.restart_peer(peer_of(lab_, client))
        client._conductor.current.replica.begin_generation()
        client._conductor._introduce_again(client._conductor.current)
        lab_.until(lambda: client.get(note) is not None and client.get(mine) is not None)
        lab_.until(lambda: len(client.all(Sheep)) == 5)
        assert sheep


def test_in_a_mesh_ranges_hold_for_what_the_host_computes() -> None:
    with Lab(mesh=3, room=Field, link="good", seed=2) as lab_:
        host, others = lab_.host, [net for net in lab_.sessions if net is not lab_.host]
        sheep = [host.spawn(Sheep(x=i * 100)) for i in range(12)]
        cars = [net.spawn(Car(x=1000 * (i + 1))) for i, net in enumerate(others)]
        lab_.until(lambda: all(len(net.all(Car)) == len(cars) and len(net.all(Sheep)) == 5 for net in others))
        for net, car in zip(others, cars, strict=True):
            lab_.run(0.5)
            assert seen(net, Sheep) == nearest(sheep, car.x, car.y, 5)


def frames(entities: int, peers: int) -> Any:
    with Lab(clients=peers, room=Field, link="perfect", max_peers=peers + 1) as lab_:
        host = lab_.host
        for i in range(entities):
            host.spawn(Sheep(x=i * 3))
        for net in lab_.clients:
            host.spawn(Player(), owner=peer_of(lab_, net))
        lab_.run(1)
        crossings: Any = None
        for tick in range(30):
            lab_.clock.advance(1 / 60)
            with counting() as counted, host.frame(1 / 60):
                for at, player in enumerate(host.all(Player)):
                    player.x += 30 * (at + 1)
                for sheep in host.all(Sheep):
                    sheep.name = f"{tick}"
            crossings = counted if crossings is None else crossings + counted
            for net in lab_.clients:
                net.pump(1 / 60)
        return crossings


def test_looking_crosses_as_often_for_many_as_for_few() -> None:
    few = frames(10, 1)
    assert 0 < few["gn_codec_look"] <= 10
    many = frames(400, 12)
    assert max(few.pop("gn_codec_arrange"), many.pop("gn_codec_arrange")) <= 10  # where somebody sees something new
    assert many == few


def test_misuse_is_told_in_the_callers_line() -> None:
    with lab() as lab_:
        host, client = lab_.host, lab_.clients[0]
        peer, thing = peer_of(lab_, client), host.spawn(Thing())
        mistakes: list[tuple[type[Exception], str, Callable[[], object]]] = [
            (gn.NotAuthoritative, "only the host", lambda: client.view(client.me, x=0, y=0)),
            (gn.NotAuthoritative, "only the host", lambda: client.sight(Thing, lambda peer: [])),
            (gn.BadArgument, "a peer of this room", lambda: host.view(client.me, x=0, y=0)),
            (gn.BadArgument, "two finite numbers", lambda: host.view(peer, x=1)),
            (gn.BadArgument, "two finite numbers", lambda: host.view(peer, x=float("nan"), y=0)),
            (gn.BadArgument, "sight=gn.group", lambda: host.group(thing, [peer])),
            (gn.BadArgument, "an entity of this room", lambda: host.group(Note(), [peer])),
            (gn.BadArgument, "peers of this room", lambda: host.group(host.spawn(Note()), [client.me])),
            (gn.BadArgument, "an entity class", lambda: host.sight(Field, lambda peer: [])),  # type: ignore[type-var]
            (gn.BadArgument, "seconds", lambda: host.sight(Thing, lambda peer: [], every=-1)),
        ]
        for error, words, make in mistakes:
            with pytest.raises(error, match=words):
                make()


def rows(tick: int, count: int) -> list[OutgoingRows]:
    ids = array("I", range(1, count + 1))
    xs = array("d", [value for i in range(count) for value in (float(i * 100), float(tick))])
    return [OutgoingRows(Rows(0, ids, xs, array("q")), array("H", [0] * count), array("B", [0] * count))]


def place(lost: Lost = Lost.REMOVE, group: int | None = None) -> Place:
    return Place(0, 0, 1, group, lost)


def encoder_of(count: int, **sights: Any) -> NativeEncoder:
    columns = tuple(NumericField(name, Kind.RANGED, 0, 65_535, 1) for name in "xy")
    encoder = NativeEncoder([Table("Thing", columns)])
    encoder.sights(sights.get("ranges", ()), sights.get("places", [place()]), sights.get("weights", ()))
    encoder.add_peer(7)
    encoder.show([7], range(1, count + 1))
    return encoder


def sent(encoder: NativeEncoder, count: int, budget: int, ticks: int) -> list[int]:
    """How often each row's change went out, read from what a receiver takes."""
    from gamenet.replication.codec.native import NativeDecoder

    columns = tuple(NumericField(name, Kind.RANGED, 0, 65_535, 1) for name in "xy")
    decoder = NativeDecoder([Table("Thing", columns)])
    decoder.know([(id, 0, 0, 0) for id in range(1, count + 1)])
    taken = [0] * count
    for tick in range(1, ticks + 1):
        encoder.collect(tick, rows(tick, count))
        messages = encoder.send(tick, [(7, budget)], [], 1000)
        decoder.receive([message._replace(peer=0) for message in messages])
        for part in decoder.newest():
            for id in part.ids:
                taken[id - 1] += 1
    return taken


def test_when_not_all_fits_what_is_near_goes_more_often_and_nothing_starves() -> None:
    encoder = encoder_of(60)
    encoder.view({7: (0.0, 0.0)})
    taken = sent(encoder, 60, 80, 200)
    assert min(taken) >= 3
    assert sum(taken[:20]) > 1.5 * sum(taken[40:])


def test_orders_say_what_changed_and_a_pin_holds() -> None:
    encoder = encoder_of(0)
    encoder.collect(1, rows(1, 3))
    assert encoder.arrange([(7, 1, Order.PIN), (7, 1, Order.SHOW), (7, 2, Order.SHOW), (9, 2, Order.SHOW)]) == [
        (7, 1, True),
        (7, 2, True),
    ]
    assert encoder.arrange([(7, 1, Order.HIDE), (7, 2, Order.FREEZE)]) == [(7, 2, False)]
    assert encoder.viewers([1, 2, 3]) == [(1, 7, False), (2, 7, True)]
    assert encoder.arrange([(7, 1, Order.UNPIN), (7, 1, Order.HIDE)]) == [(7, 1, False)]
    encoder.forget([2])
    assert encoder.viewers([1, 2, 3]) == []


def test_native_rules_are_checked() -> None:
    encoder = encoder_of(0)
    for ranges, places, weights in [
        ([], [Place(4, 0, 1, None, Lost.REMOVE)], []),
        ([], [Place(0, 0, 9, None, Lost.REMOVE)], []),
        ([], [place(group=0)], []),
        ([Range(Reach.WITHIN, float("nan"))], [], []),
        ([], [], [1.0, 1.0]),
        ([], [], [-1.0]),
    ]:
        with pytest.raises(gn.GamenetError):
            encoder.sights(ranges, places, weights)
    with pytest.raises(gn.GamenetError):
        encoder.view({9: 1})


def test_a_range_shows_the_nearest_first_and_at_most_so_many() -> None:
    encoder = encoder_of(0, ranges=[Range(Reach.NEAREST, 6)], places=[place(group=0)])
    encoder.view({7: (0.0, 0.0)})
    encoder.collect(1, rows(1, 20))
    assert encoder.look(4) == [(7, id, True) for id in (1, 2, 3, 4)]
    assert encoder.look(4) == [(7, id, True) for id in (5, 6)]
    assert encoder.look(4) == []
    encoder.view({7: 20})
    changes = encoder.look(100)
    assert {id for _, id, sees in changes if sees} == set(range(15, 21))
    assert {id for _, id, sees in changes if not sees} == set(range(1, 7))


def at(places: dict[int, float]) -> list[OutgoingRows]:
    ids, count = array("I", places), len(places)
    xs = array("d", [value for x in places.values() for value in (x, 0.0)])
    return [OutgoingRows(Rows(0, ids, xs, array("q")), array("H", [0] * count), array("B", [0] * count))]


def test_what_is_new_or_teleports_is_seen_at_once_and_what_walks_in_in_turns() -> None:
    encoder = encoder_of(0, ranges=[Range(Reach.WITHIN, 500)], places=[place(group=0)])
    peers = list(range(7, 15))
    for peer in peers[1:]:
        encoder.add_peer(peer)
    places = {1: 0.0, 2: 400.0, 3: 900.0, 4: 900.0}
    encoder.collect(1, at(places))
    assert sorted(encoder.look(9)) == [(peer, id, True) for peer in peers for id in (1, 2)]
    encoder.collect(2, at({**places, 5: 60.0}))
    assert sorted(encoder.look(9)) == [(peer, 5, True) for peer in peers]
    encoder.collect(3, at({**places, 3: 100.0, 5: 60.0}), cuts=[3])
    assert sorted(encoder.look(9)) == [(peer, 3, True) for peer in peers]
    saw: list[tuple[int, int, bool]] = []
    for tick in range(4, 8):
        encoder.collect(tick, at({**places, 3: 100.0, 4: 120.0, 5: 60.0}))
        now = encoder.look(9)
        assert len(now) == 2
        saw += now
    assert sorted(saw) == [(peer, 4, True) for peer in peers]


def test_many_that_come_at_once_are_not_more_than_a_range_counts() -> None:
    encoder = encoder_of(0, ranges=[Range(Reach.NEAREST, 6)], places=[place(group=0)])
    encoder.add_peer(8)
    encoder.collect(1, at({1: 5.0}))
    assert sorted(encoder.look(100)) == [(7, 1, True), (8, 1, True)]
    encoder.collect(2, at({id: id * 10.0 for id in range(1, 50)}))
    assert {(peer, id) for peer, id, sees in encoder.look(100) if sees} == {(p, i) for p in (7, 8) for i in range(2, 7)}


class Scout(Thing, sight=gn.group, lost="keep"):
    """Who saw one once goes on seeing it."""


def test_who_owned_what_is_kept_goes_on_seeing_it() -> None:
    with lab(clients=2) as lab_:
        host, (ada, bob) = lab_.host, lab_.clients
        scout = host.spawn(Scout(), owner=peer_of(lab_, ada))
        lab_.until(lambda: ada.get(scout) is not None)
        scout.owner = peer_of(lab_, bob)
        lab_.until(lambda: bob.get(scout) is not None)
        scout.x, scout.name = 70, "seen"
        lab_.until(lambda: (copy := ada.get(scout)) is not None and (copy.x, copy.name) == (70, "seen"))
