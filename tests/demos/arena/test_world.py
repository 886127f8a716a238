"""The arena over the network: complete peers in one process, virtual time, bad weather."""

from __future__ import annotations

from typing import Any

import pytest

import gamenet as gn
from demos.arena import rules
from demos.arena.bots import Bot
from demos.arena.player import Player
from demos.arena.rules import Controls, Kind
from demos.arena.world import Arena, Phase, Pickup, Ship, Shot, census, setup
from gamenet.testing import Lab

Net = gn.Session[Arena]


def arena(net: Net) -> None:
    """The game with the same chance in every run."""
    setup(net)
    net.room.rng.seed(1)


def ship_of(net: Net, owner: Net) -> Ship:
    """That player's ship as `net` knows it."""
    mine = owner.mine(Ship)
    assert mine is not None
    found = net.get(mine)
    assert found is not None
    return found


def all_have_ships(lab: Lab[Arena], count: int) -> bool:
    return all(len(net.all(Ship)) == count and net.mine(Ship) is not None for net in [lab.host, *lab.clients])


def agreed(lab: Lab[Arena]) -> bool:
    """Whether everybody counts the same world; asked within frames."""
    counted: list[Any] = []
    lab.run(seconds=0.05, each_frame=lambda net: counted.append((net, census(net))))
    latest = dict(counted)
    return all(found == latest[lab.host] for found in latest.values())


def test_everybody_gets_a_ship_with_name_and_colour_from_the_host() -> None:
    with Lab(clients=3, room=Arena, setup=arena, seed=1) as lab:
        lab.until(lambda: all_have_ships(lab, 4))
        ships = lab.host.all(Ship)
        assert [ship.name for ship in ships] == [peer.name for peer in lab.host.peers]
        assert len({ship.color for ship in ships}) == 4


def test_a_ship_obeys_its_owner_at_once_and_moves_on_every_screen() -> None:
    with Lab(clients=2, room=Arena, setup=arena, link="fair", seed=2) as lab:
        lab.until(lambda: all_have_ships(lab, 3))
        pilot, watcher = lab.clients
        mine, seen = ship_of(pilot, pilot), ship_of(watcher, pilot)
        player, before = Player(pilot), (seen.x, seen.y)

        def thrust(net: Net) -> None:
            if net is pilot:
                at = mine.x, mine.y
                player.fly(Controls(thrust=True), 1 / 60)
                assert (mine.x, mine.y) != at

        lab.run(seconds=2, each_frame=thrust)
        assert abs(seen.x - before[0]) + abs(seen.y - before[1]) > 50


def test_who_writes_what_the_host_decides_is_told_so() -> None:
    with Lab(clients=1, room=Arena, setup=arena, seed=3) as lab:
        lab.until(lambda: all_have_ships(lab, 2))
        mine = ship_of(lab.clients[0], lab.clients[0])
        with pytest.raises(gn.NotAuthoritative):
            mine.score = 1000


def test_a_shot_is_the_hosts_and_a_hit_costs_hp_and_scores() -> None:
    with Lab(clients=2, room=Arena, setup=arena, seed=4) as lab:
        lab.until(lambda: all_have_ships(lab, 3))
        shooter, target = lab.clients
        gun, victim = ship_of(shooter, shooter), ship_of(target, target)
        stand(lab, shooter, 300, 200, angle=0)
        stand(lab, target, 500, 200)
        stand(lab, lab.host, 900, 600)
        lab.until(lambda: all(ship.shield == 0 for ship in lab.host.all(Ship)))
        call = gun.fire.call(1, gun.x, gun.y, gun.angle)
        lab.until(lambda: bool(shooter.all(Shot)) and bool(target.all(Shot)))
        assert call.done and call.value is True
        lab.until(lambda: victim.hp == rules.HP - rules.DAMAGE and gun.score == rules.POINTS_HIT)
        lab.until(lambda: not any(net.all(Shot) for net in (lab.host, *lab.clients)))


def stand(lab: Lab[Arena], owner: Net, x: float, y: float, angle: float = 0) -> None:
    """Puts a ship somewhere, as its owner may."""
    mine = ship_of(owner, owner)

    def place(net: Net) -> None:
        if net is owner:
            rules.place(mine, rules.Place(x, y, angle))

    lab.run(seconds=0.3, each_frame=place)
    assert abs(ship_of(lab.host, owner).x - x) < 1


def test_a_shot_from_somewhere_else_is_refused_in_words() -> None:
    with Lab(clients=1, room=Arena, setup=arena, seed=5) as lab:
        lab.until(lambda: all_have_ships(lab, 2))
        lab.until(lambda: all(ship.shield == 0 for ship in lab.host.all(Ship)))
        client = lab.clients[0]
        stand(lab, client, 300, 200)
        call = ship_of(client, client).fire.call(1, 900.0, 600.0, 0.0)
        lab.until(lambda: call.done)
        assert call.error == "your ship is somewhere else" and not lab.host.all(Shot)


def test_a_destroyed_ship_begins_again_where_the_host_says() -> None:
    with Lab(clients=1, room=Arena, setup=arena, link="fair", seed=6) as lab:
        lab.until(lambda: all_have_ships(lab, 2))
        client = lab.clients[0]
        mine, hosts = ship_of(client, client), ship_of(lab.host, client)

        def destroy(net: Net) -> None:
            if net is lab.host:
                hosts.shield = 0
                while hosts.hp:
                    rules.hurt(hosts, None)

        lab.run(seconds=0.02, each_frame=destroy)
        lab.until(lambda: mine.hp == 0)
        lab.until(lambda: mine.hp == rules.HP and hosts.placed is not None and abs(mine.x - hosts.placed.x) < 1)


def test_a_pickup_goes_to_who_touches_it() -> None:
    with Lab(clients=1, room=Arena, setup=arena, seed=7) as lab:
        lab.until(lambda: all_have_ships(lab, 2))
        client = lab.clients[0]
        stand(lab, client, 300, 200)
        lying = lab.host.spawn(Pickup(x=300, y=205, kind=Kind.STAR))
        lab.until(lambda: ship_of(client, client).score == rules.POINTS_STAR)
        lab.until(lambda: client.get(lying) is None)


def test_chat_reaches_everybody_once_and_in_one_order_and_empty_lines_nobody() -> None:
    with Lab(clients=3, room=Arena, setup=arena, link="poor", seed=8) as lab:
        lab.until(lambda: all_have_ships(lab, 4))
        players = [Player(net) for net in (lab.host, *lab.clients)]
        for round in range(3):
            for player in players:
                player.say(f"  line {round}   of {player.net.me.name} ")
            lab.run(seconds=0.5)
        players[1].say("   ")
        lab.until(lambda: all(player.said.answered == player.said.made for player in players), seconds=30)
        assert players[1].said.errors == ["say something"]

        def spoken(net: Net) -> list[tuple[str, str]]:
            return [line for line in net.room.chat if line[0]]

        lab.until(lambda: all(len(spoken(player.net)) == 12 for player in players))
        assert all(spoken(player.net) == spoken(lab.host) for player in players)
        assert sorted(spoken(lab.host)) == sorted(
            (player.net.me.name, f"line {round} of {player.net.me.name}") for player in players for round in range(3)
        )


def test_a_ship_goes_with_its_player() -> None:
    with Lab(clients=2, room=Arena, setup=arena, seed=9) as lab:
        lab.until(lambda: all_have_ships(lab, 3))
        leaver, stays = lab.clients
        name = leaver.me.name
        leaver.close()
        lab.until(lambda: len(stays.all(Ship)) == 2 and len(lab.host.all(Ship)) == 2)
        lab.until(lambda: ("", f"{name} left") in stays.room.chat)


def test_a_round_ends_for_all_and_another_begins_with_scores_of_nought() -> None:
    with Lab(clients=2, room=Arena, setup=arena, seed=10) as lab:
        lab.until(lambda: all_have_ships(lab, 3))
        client = lab.clients[0]

        def nearly_over(net: Net) -> None:
            if net is lab.host:
                ship_of(lab.host, client).score = 7
                net.room.left = 0.5

        lab.run(seconds=0.02, each_frame=nearly_over)
        lab.until(lambda: client.room.phase is Phase.OVER)
        assert ship_of(client, client).score == 7
        lab.until(lambda: ("", f"{client.me.name} wins round 1") in client.room.chat)
        lab.until(lambda: client.room.phase is Phase.FLYING and client.room.round == 2, seconds=20)
        lab.until(lambda: ship_of(client, client).score == 0)


@pytest.mark.parametrize("link", ["good", "poor"])
def test_after_a_round_of_bots_all_worlds_are_equal_and_no_call_was_lost_or_doubled(link: Any) -> None:
    bots: dict[Net, Bot] = {}

    def with_bot(net: Net) -> None:
        arena(net)
        bots[net] = Bot(net, seed=len(bots))

    with Lab(clients=4, room=Arena, setup=with_bot, link=link, seed=11) as lab:
        lab.host.room.rounds = 1

        def short(net: Net) -> None:
            if net is lab.host:
                net.room.left = 20

        lab.run(seconds=0.02, each_frame=short)
        lab.until(lambda: all(net.room.phase is Phase.OVER for net in bots), seconds=60)
        lab.until(lambda: all(p.fired.answered == p.fired.made for p in (bot.player for bot in bots.values())))
        lab.until(lambda: agreed(lab))
        for net, bot in bots.items():
            fired, said = bot.player.fired, bot.player.said
            shots = ship_of(lab.host, net).shots
            assert fired.answered == fired.made and fired.errors == []
            assert shots.complete and shots.count == shots.last == fired.made
            assert said.answered == said.made and said.errors == []
            assert net.room.heard_lines.complete and net.room.heard_lines.last == lab.host.room.lines
        assert sum(bot.player.fired.made for bot in bots.values()) > 5
        assert max(ship.score for ship in lab.host.all(Ship)) > 0
