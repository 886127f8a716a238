"""References: never dangling, hidden ones read None, one id one object."""

from __future__ import annotations

from typing import Any, Optional

import pytest

import gamenet as gn
from gamenet.replication.model.reference import later, referred
from gamenet.replication.operations import Malformed, Write
from gamenet.testing import Lab
from tests.replication.arena import smuggle, world


class Target(gn.Entity["Range"]):
    x: float = gn.coord(0)
    y: float = gn.coord(0)


class Shy(gn.Entity["Range"], sight=gn.group):
    """Who sees it is said."""

    friend: Shy | None = gn.ref()


class Gun(gn.Entity["Range"], authority="owner"):
    """Its owner aims it, and the host says who repairs it."""

    target: Target | None = gn.ref()
    shy: Optional[Shy] = None  # noqa: UP045
    mechanic: Gun | None = gn.ref(authority="host")
    late: Tracer | None = None
    seen: list[Any] = gn.local(factory=list)

    @gn.changed("target")
    def aimed(self, old: Any, new: Any) -> None:
        self.seen.append((old and old.id, new and new.id))


class Tracer(gn.Entity["Range"], authority="owner"):
    gun: Gun | None = gn.ref()


class Range(gn.Room):
    best: Gun | None = gn.ref()


def lab(clients: int = 2, **said: Any) -> Lab[Range]:
    return Lab(clients, room=Range, **{"link": "good", **said})


def everywhere(it: Lab[Range], entity: Any, name: str) -> list[Any]:
    """What the field of each copy reads, as ids."""
    read = [getattr(net.get(entity), name) for net in it.sessions if net.get(entity) is not None]
    return [one and one.id for one in read]


# ------------------------------------------------------------------------------------------------------- declarations


def test_annotations_that_are_references() -> None:
    assert referred(Target | None) is Target
    assert referred(Optional[Target]) is Target  # noqa: UP045
    assert referred(None | gn.Entity["Range"]) is gn.Entity  # type: ignore[operator]
    assert [referred(kind) for kind in (Target, int | None, Range | None, Target | Gun, Target | Gun | None)] == [
        None
    ] * 5


@pytest.mark.parametrize(
    "text",
    ["Ship | None", "None|Ship", "Optional[Ship]", "typing.Optional['Ship']", 'Optional["game.Ship"]', "'Ship' | None"],
)
def test_a_class_that_is_not_there_yet_is_named(text: str) -> None:
    found = later(text)
    assert found is not None and found.name == "Ship"
    later_too = later(Optional["Ship"])  # type: ignore[name-defined]  # noqa: F821
    assert later_too is not None and later_too.name == "Ship"


@pytest.mark.parametrize("text", ["Ship", "list[Ship]", "Ship | Rock | None", "dict[str, Ship] | None", ""])
def test_other_annotations_name_none(text: str) -> None:
    assert later(text) is None


def test_a_class_that_never_comes_is_told_when_the_protocol_is_made() -> None:
    class Aimless(gn.Entity):
        target: "Tarket | None" = gn.ref()  # type: ignore[name-defined]  # noqa: F821, UP037

    with pytest.raises(gn.BadDeclaration, match=r"Aimless.target: there is no entity class 'Tarket'.*'Target'"):
        gn.Protocol([Range, Target, Aimless])
    assert "reference to Tarket" in Aimless.wire()


def test_the_table_says_to_what_and_that_it_is_told_on_change() -> None:
    assert "target    reference to Target" in Gun.wire()
    assert "late      reference to Tracer" in Gun.wire()


# ------------------------------------------------------------------------------------------------ the game's own side


@pytest.mark.parametrize("wrong", [5, "Target 1", Gun(), Target])
def test_what_is_no_such_entity_is_refused_where_it_is_assigned(wrong: Any) -> None:
    gun = Gun()
    with pytest.raises(gn.BadArgument, match=r"target is .*, not a Target or None"):
        gun.target = wrong
    with pytest.raises(gn.BadArgument, match=r"target is .*, not a Target or None"):
        Gun(target=wrong)
    assert gun.target is None


def test_before_it_is_spawned_an_entity_refers_to_what_it_was_given() -> None:
    target = Target()
    gun = Gun(target=target)
    assert gun.target is target
    assert gn.hidden(gun, "target") is None


def test_what_is_in_no_room_or_another_one_is_refused_with_advice() -> None:
    with lab(1) as it:
        mine = it.host.spawn(Gun())
        with pytest.raises(gn.BadArgument, match="target is <Target>, which is in no room yet: spawn it first"):
            it.host.spawn(Gun(target=Target()))
        with pytest.raises(gn.BadArgument, match="no room yet: spawn it first"):
            mine.target = Target()
        target = it.host.spawn(Target())
        it.until(lambda: it.clients[0].all(Target))
        with pytest.raises(gn.BadArgument, match=r"another room: \.get"):
            mine.target = it.clients[0].all(Target)[0]
        mine.target = target
        it.host.despawn(target)
        mine.target = target  # it went a moment ago: no mistake
        assert mine.target is None


@pytest.mark.parametrize(("entity", "field"), [(Gun(), "seen"), (Gun(), "targte"), (5, "target"), (Range(), "score")])
def test_hidden_takes_an_entity_and_its_reference(entity: Any, field: str) -> None:
    with pytest.raises(gn.BadArgument, match="reference"):
        gn.hidden(entity, field)


# ---------------------------------------------------------------------------------------------------------- on the wire


@pytest.mark.parametrize("plain", ["1", 0, -1, 1 << 32, True, 1.0, [1], b"1"])
def test_what_is_no_id_is_malformed(plain: Any) -> None:
    field = next(field for field in Gun.__gamenet__.structural if field.name == "target")
    with pytest.raises(Malformed, match="target"):
        field.read(plain)
    assert field.read(None) is None and field.read(7) == 7


def test_it_reads_the_same_entity_on_every_peer_and_none_where_that_has_gone() -> None:
    with lab() as it:
        target, gun = it.host.spawn(Target()), it.host.spawn(Gun())
        it.until(lambda: all(net.all(Gun) for net in it.sessions))
        gun.target, it.host.room.best = target, gun
        it.until(lambda: everywhere(it, gun, "target") == [target.id] * 3)
        it.until(lambda: [net.room.best is net.get(gun) for net in it.sessions] == [True] * 3)
        assert all(net.get(gun).target is net.get(target) for net in it.sessions)  # type: ignore[union-attr]
        it.host.despawn(target)
        it.run(0.5)
        assert everywhere(it, gun, "target") == [None] * 3
        assert [net.get(gun).seen for net in it.sessions] == [[(None, target.id), (target.id, None)]] * 3  # type: ignore[union-attr]
        assert [gn.hidden(net.get(gun), "target") for net in it.sessions] == [None] * 3  # type: ignore[arg-type]


def test_an_owner_refers_to_what_the_host_has_not_named_yet() -> None:
    with lab(link="fair") as it:
        owner = it.clients[0]
        gun = owner.spawn(Gun())
        tracer = owner.spawn(Tracer(gun=gun))
        gun.late = tracer
        assert gun.late is tracer and tracer.gun is gun
        it.until(lambda: tracer.id is not None)
        it.until(lambda: everywhere(it, gun, "late") == [tracer.id] * 3)
        it.until(lambda: everywhere(it, tracer, "gun") == [gun.id] * 3)
        owner.despawn(tracer)
        it.until(lambda: everywhere(it, gun, "late") == [None] * 3)


def test_what_the_host_decides_an_owner_cannot_say() -> None:
    with lab(strict=False) as it:
        gun = it.clients[0].spawn(Gun())
        it.until(lambda: all(net.all(Gun) for net in it.sessions))
        gun.mechanic = gun
        it.run(0.5)
        assert everywhere(it, gun, "mechanic") == [None] * 3
        hosts = it.host.get(gun)
        assert hosts is not None
        hosts.mechanic = hosts
        it.until(lambda: everywhere(it, gun, "mechanic") == [gun.id] * 3)


def test_who_does_not_see_it_reads_none_and_can_ask_what_is_meant() -> None:
    with lab() as it:
        seer, blind = it.clients
        gun, shy = it.host.spawn(Gun()), it.host.spawn(Shy())
        gun.shy = shy
        it.host.group(shy, [next(peer for peer in it.host.peers if peer.id == seer.me.id)])
        it.until(lambda: [net.get(gun) and net.get(gun).shy is not None for net in it.sessions] == [True, True, False])  # type: ignore[union-attr]
        it.run(0.3)
        here = blind.get(gun)
        assert here is not None and here.shy is None
        assert gn.hidden(here, "shy") == shy.id
        it.host.group(shy, it.host.peers)
        it.until(lambda: here.shy is not None)
        assert here.shy is blind.all(Shy)[0] and gn.hidden(here, "shy") is None
        first = here.shy
        it.host.group(shy, [])
        it.until(lambda: here.shy is None)
        assert gn.hidden(here, "shy") == shy.id
        it.host.group(shy, it.host.peers)
        it.until(lambda: here.shy is not None)
        assert here.shy is first
        it.host.group(shy, [])
        it.until(lambda: here.shy is None)
        it.host.despawn(shy)
        it.until(lambda: gn.hidden(here, "shy") is None)


def test_an_owner_who_loses_sight_of_what_it_means_has_not_changed_its_mind() -> None:
    with lab() as it:
        owner = it.clients[0]
        gun, shy = owner.spawn(Gun()), it.host.spawn(Shy())
        it.host.group(shy, it.host.peers)
        it.until(lambda: owner.all(Shy) and it.host.all(Gun))
        gun.shy = owner.all(Shy)[0]
        it.until(lambda: it.host.all(Gun)[0].shy is shy)
        it.host.group(shy, [])
        it.until(lambda: gun.shy is None)
        it.run(0.5)
        assert it.host.all(Gun)[0].shy is shy
        assert gn.hidden(gun, "shy") == shy.id


def test_a_latecomer_is_told_and_nothing_of_what_has_gone() -> None:
    with lab(1) as it:
        target, gun = it.host.spawn(Target()), it.clients[0].spawn(Gun())
        it.until(lambda: it.clients[0].all(Target) and it.host.all(Gun))
        gun.target = it.clients[0].all(Target)[0]
        it.until(lambda: it.host.all(Gun)[0].target is target)
        late = it.add_client()
        it.until(lambda: late.all(Gun) and late.all(Gun)[0].target is late.all(Target)[0])
        it.host.despawn(target)
        it.until(lambda: late.all(Gun)[0].target is None)
        later_still = it.add_client()
        it.until(lambda: later_still.all(Gun))
        assert gn.hidden(later_still.all(Gun)[0], "target") is None


def test_an_id_of_another_class_or_of_nothing_reads_none() -> None:
    with lab(1) as it:
        cheat = it.clients[0]
        gun, target = cheat.spawn(Gun()), it.host.spawn(Target())
        it.until(lambda: gun.id is not None and cheat.all(Target))
        number = next(field.number for field in Gun.__gamenet__.structural if field.name == "target")
        for id in (gun.id, 4_000_000_000):
            smuggle(cheat, Write(gun.id or 0, number, id))
            it.run(0.3)
            assert it.host.all(Gun)[0].target is None
        smuggle(cheat, Write(gun.id or 0, number, target.id))
        it.until(lambda: it.host.all(Gun)[0].target is target)
        assert cheat.state == "joined"


def test_references_survive_a_checkpoint_and_not_a_reset() -> None:
    with lab() as it:
        target, gun = it.host.spawn(Target()), it.host.spawn(Gun())
        gun.target, it.host.room.best = target, gun
        it.until(lambda: everywhere(it, gun, "target") == [target.id] * 3)
        data = it.host.room.save()
        it.host.room.reset()
        it.until(lambda: [net.room.best for net in it.sessions] == [None] * 3)
        it.host.room.load(data)
        it.until(lambda: [bool(net.all(Gun) and net.all(Gun)[0].target) for net in it.sessions] == [True] * 3)
        it.until(lambda: [net.room.best and net.room.best.id for net in it.sessions] == [gun.id] * 3)


def test_in_a_mesh_references_go_through_the_host() -> None:
    with lab(0, mesh=4) as it:
        a, b = it.sessions[1], it.sessions[2]
        gun, tracer = a.spawn(Gun()), b.spawn(Tracer())
        it.until(lambda: all(net.all(Gun) and net.all(Tracer) for net in it.sessions))
        tracer.gun = b.all(Gun)[0]
        gun.late = a.all(Tracer)[0]
        it.until(lambda: everywhere(it, tracer, "gun") == [gun.id] * 4)
        it.until(lambda: everywhere(it, gun, "late") == [tracer.id] * 4)


def test_nothing_is_kept_of_who_referred_to_what_went() -> None:
    with lab(0) as it:
        host = it.host
        for _ in range(30):
            target, gun = host.spawn(Target()), host.spawn(Gun())
            gun.target = target
            it.run(0.05)
            gun.target = None
            it.run(0.05)
            gun.target = target
            it.run(0.05)
            host.despawn(target)
            host.despawn(gun)
        it.run(0.1)
        changes = next(one for one in world(host)._watchers if type(one).__name__ == "Changes")
        assert changes._referrers == {} and list(changes._records) == [host.room]  # type: ignore[attr-defined]
