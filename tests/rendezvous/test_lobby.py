"""From a code to a session, over the real service in memory: stages, failures, and the service that comes and goes."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from gamenet.rendezvous import messages as m
from gamenet.rendezvous.clients import Chair
from gamenet.rendezvous.limits import Limits
from gamenet.rendezvous.lobby import DESCRIBE_EVERY, ENTRY_PATIENCE, MEMBER_PATIENCE, PART_AFTER, Entry, Paths
from gamenet.rendezvous.service import Service
from gamenet.session import sentences
from gamenet.session.events import PeerJoined, PeerLeft
from gamenet.session.listing import Listing
from gamenet.session.node import Node
from gamenet.session.states import WAY, State
from gamenet.session.transports import Failed, Farewell, Opened
from gamenet.session.transports.cards import address_of
from gamenet.sockets import TurnServer
from tests.rendezvous.town import SERVICE, MemoryPaths, Town
from tests.rendezvous.world import Issuer


@pytest.fixture
def town() -> Town:
    return Town()


def names(node: Node) -> list[str]:
    return [peer.name for peer in next(iter(node.rooms.values())).members]


# Getting in


def test_a_host_plays_at_once_and_has_its_code_a_little_later(town: Town) -> None:
    host = town.host()
    assert host.state is State.JOINED and host.standing().code == ""
    assert town.until(lambda: host.standing().code) < 0.3
    assert host.standing().problem == host.standing().stage == ""


@pytest.mark.parametrize("link", ["perfect", "good", "fair", "poor"])
def test_who_has_the_code_gets_in(link: str) -> None:
    town = Town(link, seed=4)
    host = town.hosted()
    ada = town.joined(host)
    town.until(lambda: town.linked(host, ada) and town.linked(ada, host))
    assert names(host) == names(ada) == ["Hilda", "Ada"] and ada.standing().code == host.standing().code
    assert town.paths[ada].certificate == b"request for str:ada" and ada.host._route == "direct"


def test_a_code_is_taken_as_people_write_it(town: Town) -> None:
    host = town.hosted()
    ada = town.join(host.standing().code.lower().replace("-", " "))
    town.until(lambda: ada.state is State.JOINED)


def test_every_member_links_with_every_other(town: Town) -> None:
    host = town.hosted()
    members = [host, *(town.joined(host, name) for name in ("Ada", "Bob", "Cleo"))]
    town.until(lambda: all(town.linked(a, b) for a, b in itertools.permutations(members, 2)))


def test_members_that_come_at_the_same_moment_link_too() -> None:
    town = Town("fair", seed=9)
    host = town.hosted()
    joiners = [town.join(host.standing().code, name) for name in ("Ada", "Bob", "Cleo", "Dora")]
    town.until(lambda: all(node.state is State.JOINED for node in joiners))
    town.until(lambda: all(town.linked(a, b) for a, b in itertools.permutations([host, *joiners], 2)))


def test_host_and_joiner_may_be_one_process(town: Town) -> None:
    host = town.hosted("Hilda", port=0)
    hilda_too = town.join(host.standing().code, "Hilda", port=2)
    town.until(lambda: hilda_too.state is State.JOINED)
    assert names(host) == ["Hilda", "Hilda 2"]
    assert len({address_of(town.paths[node].card) for node in town.nodes}) == 2


def test_the_way_is_told_stage_by_stage_and_only_as_the_table_has_it() -> None:
    town = Town("good")
    host = town.hosted()
    ada = town.joined(host)
    assert town.stages[host] == ["service", "identity", "room", ""]
    assert town.stages[ada] == ["service", "identity", "room", "signals", "direct", "version", ""]
    steps = {(str(here), str(there)) for (here, _), there in WAY.items()}
    steps.add(("signals", "direct"))  # candidates were told between two frames
    for stages in town.stages.values():
        assert set(itertools.pairwise(stages)) <= steps


def test_the_services_servers_are_used_and_one_without_a_host_is_on_the_services_own(
    town: Town,
) -> None:
    relay = m.Relay("turn:192.0.2.1:3478", "user", "secret")
    welcome_through(town, m.Welcome("root", b"c", 1e5, (":3478", "192.0.2.7:1"), (relay,)))
    assert town.paths[town.nodes[0]].given == (["service:3478", "192.0.2.7:1"], [TurnServer(*relay)])


def test_servers_that_cannot_be_are_left_out_and_the_game_goes_on(town: Town) -> None:
    welcome_through(town, m.Welcome("root", b"c", 1e5, (), (m.Relay("turn:192.0.2.1", "a,b", "x"),)))
    assert town.paths[town.nodes[0]].given == ([], []) and town.paths[town.nodes[0]].certificate == b"c"


def welcome_through(town: Town, welcome: m.Welcome) -> None:
    """A host's lobby hears that welcome."""
    host = town.host()
    lobby = town.lobbies[host]
    assert lobby._client is not None
    lobby._client.server = "service"
    lobby._hear(welcome)


# What a player reads when it does not work


def test_a_wrong_code_is_told_with_what_to_check(town: Town) -> None:
    town.hosted()
    ada = town.refused("K7QX-3MNP")
    assert "There is no game with the code K7QX-3MNP" in ada.problem and ada.standing().stage == "room"


def test_a_code_is_gone_when_its_host_is(town: Town) -> None:
    host = town.hosted()
    code = host.standing().code
    host.close(town.now)
    town.run(1)
    assert f"no game with the code {code}" in town.refused(code).problem


def test_a_full_room_is_told(town: Town) -> None:
    host = town.hosted(max_peers=2)
    town.joined(host)
    bob = town.refused(host.standing().code, "Bob")
    assert bob.problem.startswith("The room is full") and bob.standing().stage == "room"
    assert names(host) == ["Hilda", "Ada"]


def test_nine_joiners_for_three_seats_are_exactly_three(town: Town) -> None:
    host = town.hosted(max_peers=4)
    joiners = [town.join(host.standing().code, f"J{number}") for number in range(9)]
    town.until(lambda: all(node.state in (State.JOINED, State.CLOSED) for node in joiners))
    assert [node.state for node in joiners].count(State.JOINED) == 3 and len(names(host)) == 4
    assert all(node.problem.startswith("The room is full") for node in joiners if node.state is State.CLOSED)


def test_a_password_that_is_missing_is_told_before_anything_is_connected(town: Town) -> None:
    host = town.hosted(password="swordfish", locked=True)
    ada = town.refused(host.standing().code)
    assert ada.problem == "This game asks for a password." and ada.standing().stage == "room"


def test_a_wrong_password_is_told_by_the_host_and_frees_the_seat(town: Town) -> None:
    host = town.hosted(password="swordfish", locked=True, max_peers=2)
    ada = town.refused(host.standing().code, password="catfish")
    assert ada.problem == "The password is wrong." and ada.standing().stage == "version"
    town.until(lambda: town.seats(host) == ["Hilda"])
    bob = town.join(host.standing().code, "Bob", password="swordfish")
    town.until(lambda: bob.state is State.JOINED)


def test_another_version_of_the_game_is_told_by_the_host(town: Town) -> None:
    host = town.hosted(game="pong/2")
    ada = town.refused(host.standing().code, game="pong/1")
    assert "The host runs version 2 of pong, you run version 1" in ada.problem


def test_guessing_is_put_an_end_to(town: Town) -> None:
    eve = [town.join(f"AAAA-AAA{number % 8 + 2}", "Eve", port=2 * number) for number in range(15)]
    town.until(lambda: all(node.state is State.CLOSED for node in eve))
    assert [node.problem for node in eve if "Too many wrong codes" in node.problem] != []
    ada = town.joined(town.hosted())
    assert ada.state is State.JOINED


def test_no_service_there_is_told_after_some_seconds() -> None:
    town = Town(service=False)
    ada = town.join("K7QX-3MNP")
    took = town.until(lambda: ada.state is State.CLOSED)
    assert took < ENTRY_PATIENCE + 1 and f"service at {SERVICE} does not answer" in ada.problem
    assert ada.standing().stage == "service"


def test_a_services_name_that_means_nothing_is_told_at_once(town: Town) -> None:
    town.network.machines.discard("service")
    ada = town.join("K7QX-3MNP")
    assert town.until(lambda: ada.state is State.CLOSED) < 0.2
    assert 'no machine called "service"' in ada.problem and ada.standing().stage == "name"


def test_another_authority_than_the_processs_is_told_and_no_seat_is_taken(town: Town) -> None:
    host = town.hosted()
    ada = town.join(host.standing().code)
    town.paths[ada].bad_roots = {"root"}
    town.until(lambda: ada.state is State.CLOSED)
    assert "another authority is trusted already" in ada.problem and ada.standing().stage == "identity"
    assert town.seats(host) == ["Hilda"]


def test_a_host_that_does_not_answer_is_told_by_the_paths(town: Town) -> None:
    host = town.hosted()
    town.paths[host].deaf = True
    ada = town.join(host.standing().code)
    town.until(lambda: ada.state is State.CLOSED, 60)
    assert ada.problem == "The host does not answer through the service." and ada.standing().stage == "signals"


def test_who_loses_its_seat_while_it_connects_is_told_at_once(town: Town) -> None:
    host = town.hosted()
    town.paths[host].deaf = True
    ada = town.join(host.standing().code)
    town.until(lambda: ada.standing().stage == "signals")
    host.close(town.now)
    assert town.until(lambda: ada.state is State.CLOSED) < 0.5
    assert "seat" in ada.problem


def test_a_service_that_is_busy_is_asked_again_until_it_is_not(town: Town) -> None:
    town.stop_service()
    town.start_service(limits=Limits(clients=0))
    ada = town.join("K7QX-3MNP")
    town.until(lambda: ada.standing().problem)
    assert ada.state is State.CONNECTING
    town.stop_service()
    town.start_service()
    town.until(lambda: ada.state is State.CLOSED)
    assert "no game with the code" in ada.problem


# Members only


def test_a_connection_of_who_is_not_in_the_room_never_opens(town: Town) -> None:
    host = town.hosted()
    town.paths[host].gullible = True
    stranger = town.network.transport("str:eve/0")
    stranger.connect(f"{address_of(town.paths[host].card)}:1")
    lost: list[Any] = []
    town.until(lambda: lost.extend(each for each in stranger.poll(town.now) if not isinstance(each, Opened)) or lost)
    assert (lost[0].farewell, lost[0].reason) == (Farewell.REFUSED, sentences.NOT_IN_THE_ROOM)
    assert not host._guests


def test_who_was_removed_has_no_seat_and_cannot_connect_any_more(town: Town) -> None:
    host = town.hosted(max_peers=2)
    ada = town.joined(host)
    address = address_of(town.paths[ada].card)
    peer = next(peer for peer in host.peers.values() if peer.name == "Ada")
    host.kick(town.now, peer, "cheating")
    town.until(lambda: ada.state is State.CLOSED)
    assert ada.problem == "The host removed you: cheating"
    town.until(lambda: town.seats(host) == ["Hilda"])
    town.run(PART_AFTER + 0.5)
    assert address not in town.paths[host].met
    town.joined(host, "Bob")


def test_who_leaves_frees_its_seat_and_is_parted_from(town: Town) -> None:
    host = town.hosted(max_peers=3)
    ada, bob = town.joined(host, "Ada"), town.joined(host, "Bob")
    ada.close(town.now)
    town.until(lambda: town.seats(bob) == town.seats(host) == ["Hilda", "Bob"])
    assert [event.reason for event in town.heard(bob, PeerLeft)] == ["left the game"]
    town.run(PART_AFTER + 0.5)
    for node in (host, bob):
        assert address_of(town.paths[ada].card) not in town.paths[node].met


def test_who_vanishes_frees_its_seat(town: Town) -> None:
    host = town.hosted(max_peers=2)
    ada = town.joined(host)
    town.vanish(ada)
    town.until(lambda: town.heard(host, PeerLeft))
    town.until(lambda: town.seats(host) == ["Hilda"], 40)
    town.joined(host, "Bob")


def test_connecting_to_a_member_waits_for_its_card_and_not_forever(town: Town) -> None:
    host = town.hosted()
    ada = town.joined(host)
    lobby = town.lobbies[ada]
    attempt = lobby.connect("str:bob/0")
    bob = town.joined(host, "Bob")
    assert town.paths[bob].card.identity == "str:bob"
    town.until(lambda: attempt not in lobby._waiting)
    nobody = lobby.connect("str:nobody/0")
    failed: list[Any] = []
    while not failed:
        town.now += 0.1
        failed = [each for each in lobby.poll(town.now) if isinstance(each, Failed) and each.attempt == nobody]
    assert f"within {MEMBER_PATIENCE:g} seconds" in failed[0].reason


def test_the_host_frees_the_seat_of_who_will_not_come_back(town: Town) -> None:
    """Also when its program goes on talking with the service."""
    host = town.hosted(max_peers=2)
    ada = town.joined(host)
    client = town.lobbies[ada]._client
    assert client is not None
    client.close = lambda *_: None  # type: ignore[method-assign]
    host.kick(town.now, next(peer for peer in host.peers.values() if peer.name == "Ada"), "cheating")
    town.until(lambda: town.seats(host) == ["Hilda"], 3)


def test_a_connection_that_is_replaced_by_another_frees_no_seat(town: Town) -> None:
    host = town.hosted()
    town.joined(host)
    lobby = town.lobbies[host]
    (connection,) = lobby._open
    lobby.close(connection, Farewell.DIALLING_AGAIN)
    town.run(1)
    assert town.seats(host) == ["Hilda", "Ada"]


def test_as_long_as_it_is_connected_nobody_is_parted_from(town: Town) -> None:
    """The service may be wrong about who has left."""
    host = town.hosted()
    ada = town.joined(host)
    assert town.service is not None and town.lobbies[ada]._client is not None
    town.service._desk._free(Chair(host.standing().code.replace("-", ""), 2), "lost the connection")
    town.run(PART_AFTER + 0.2)
    assert address_of(town.paths[ada].card) in town.paths[host].met and town.linked(host, ada)


def test_a_second_service_with_an_authority_of_its_own_is_not_for_the_same_process(town: Town) -> None:
    town.joined(town.hosted())
    other = Issuer()
    other.root = "another"  # type: ignore[misc]
    elsewhere = Service(town.network.transport("elsewhere"), ":27020", authority=other)  # type: ignore[arg-type]
    ada = town.join("K7QX-3MNP", "Ada", port=2, service="elsewhere:27020")

    def refused() -> bool:
        elsewhere.pump(town.now)
        return ada.state is State.CLOSED

    town.until(refused)
    assert ada.problem == sentences.OTHER_AUTHORITY and ada.standing().stage == "identity"


def test_when_the_first_services_games_are_over_the_process_may_go_to_another(town: Town) -> None:
    host = town.hosted("Ina")
    host.close(town.now)
    town.run(0.2)
    other = Issuer()
    other.root = "another"  # type: ignore[misc]
    elsewhere = Service(town.network.transport("elsewhere"), ":27020", authority=other)  # type: ignore[arg-type]
    ina = town.join("K7QX-3MNP", "Ina", port=2, service="elsewhere:27020")

    def closed() -> bool:
        elsewhere.pump(town.now)
        return ina.state is State.CLOSED

    town.until(closed)
    assert "There is no game with the code" in ina.problem


def test_a_service_that_comes_back_with_another_key_certifies_its_players_anew(town: Town) -> None:
    host = town.hosted()
    code = host.standing().code
    town.authority.root = "another"  # type: ignore[misc]
    town.stop_service()
    town.start_service()
    town.until(lambda: town.service is not None and town.service._desk._store.count() == 1)
    ada = town.join(code, "Ada", port=2)
    town.until(lambda: ada.state is State.JOINED)
    assert host.standing() == (code, "", "")


def test_a_signal_that_is_too_long_is_not_sent(town: Town) -> None:
    host = town.hosted()
    ada = town.joined(host)
    heard: list[bytes] = []
    town.paths[host].receive_signal = lambda sender, data: heard.append(data)  # type: ignore[method-assign]
    for data in (b"x" * (m.MOST_SIGNAL + 1), b"short"):
        town.paths[ada]._out.append((address_of(town.paths[host].card), data))
    town.run(0.5)
    assert heard == [b"short"] and town.seats(ada) == ["Hilda", "Ada"]


# The service goes and comes


def test_without_a_service_a_host_plays_and_says_why_there_is_no_code() -> None:
    town = Town(service=False)
    host = town.host()
    town.until(lambda: host.standing().problem)
    assert host.state is State.JOINED and "does not answer" in host.standing().problem
    assert host.problem == "" and host.standing().stage == "service"
    town.start_service()
    town.until(lambda: host.standing().code, 60)
    assert host.standing().problem == ""
    town.joined(host)


def test_a_game_goes_on_without_its_service_and_the_code_is_the_same_when_it_is_back() -> None:
    town = Town("good")
    host = town.hosted()
    ada = town.joined(host)
    code = host.standing().code
    town.stop_service()
    town.until(lambda: host.standing().problem)
    town.run(20)
    town.say(ada, host, b"still here")
    town.run(0.5)
    assert [each.body for each in town.messages[host]] == [b"still here"]
    assert host.standing().code == code and ada.standing().problem == ada.problem == ""
    town.start_service()
    town.until(lambda: not host.standing().problem and town.seats(host) == ["Hilda", "Ada"], 60)
    assert host.standing().code == code
    bob = town.joined(host, "Bob")
    town.until(lambda: town.linked(ada, bob) and town.linked(bob, ada), 60)
    assert not town.heard(host, PeerLeft) and [e.peer.name for e in town.heard(ada, PeerJoined)][-1] == "Bob"


def test_a_path_that_breaks_is_found_again_with_signals(town: Town) -> None:
    host = town.hosted()
    ada = town.joined(host)
    machine = address_of(town.paths[ada].card)
    town.network.cut(machine)
    town.run(5)
    town.network.mend(machine)
    town.until(lambda: town.linked(ada, host) and town.linked(host, ada))
    assert ada.standing().stage == "" and not town.heard(host, PeerLeft)


def test_a_host_whose_service_forgets_its_room_opens_it_again(town: Town) -> None:
    host = town.hosted()
    code = host.standing().code
    assert town.service is not None
    town.service._desk.end(code.replace("-", ""), "forgotten")
    town.until(lambda: host.standing().problem)
    town.until(lambda: not host.standing().problem)
    assert host.standing().code == code
    town.joined(host)


# The end


def test_the_last_signals_and_the_leaving_are_still_said(town: Town) -> None:
    host = town.hosted()
    ada = town.joined(host)
    heard: list[tuple[str, bytes]] = []
    town.paths[host].receive_signal = lambda sender, data: heard.append((sender, data))  # type: ignore[method-assign]
    ada.close(town.now)
    town.until(lambda: town.seats(host) == ["Hilda"])
    assert heard == [("str:ada/0", b"answer 0")]


def listed(town: Town) -> list[tuple[str, dict[str, str]]]:
    """What the service's lists show."""
    assert town.service is not None
    found = town.service._desk._store.search("", 0, 10).rooms
    return [(room.about.title, dict(room.about.data)) for room in found]


def test_a_host_changes_what_others_read_of_its_game_and_who_finds_it(town: Town) -> None:
    listing = Listing("invite", {"map": "moon"})
    town.hosted(listing=listing)
    assert listed(town) == []
    listing.change("public", None)
    town.run(0.5)
    assert listed(town) == [("", {"map": "moon"})]
    for number in range(50):
        listing.change(None, {"map": f"mars {number}"})
        town.run(0.02)
    town.run(DESCRIBE_EVERY)
    assert listed(town) == [("", {"map": "mars 49"})]
    listing.change("lan", None)
    town.run(DESCRIBE_EVERY)
    assert listed(town) == []


def test_what_was_changed_while_the_service_was_away_is_told_when_it_is_back(town: Town) -> None:
    listing = Listing("public", {})
    town.hosted(listing=listing)
    town.stop_service()
    town.run(1)
    listing.change(None, {"state": "playing"})
    town.run(1)
    town.start_service()
    town.until(lambda: listed(town) == [("", {"state": "playing"})])


def test_a_host_that_leaves_ends_the_room_with_its_reason(town: Town) -> None:
    host = town.hosted()
    ada = town.joined(host)
    host.close(town.now, "Good night.")
    town.until(lambda: ada.state is State.CLOSED)
    assert ada.problem == "Good night." and ada.standing().problem == ""


def test_a_shutdown_may_come_before_anything_and_twice(town: Town) -> None:
    lobby = town.transport("Ada", Entry("Ada", False))[0]
    lobby.shutdown()
    lobby.shutdown()
    assert lobby.poll(town.now) == []


def test_the_standin_is_held_to_the_words_that_the_lobby_needs(town: Town) -> None:
    paths: Paths = MemoryPaths(town.network, "str:x")
    assert paths.card.identity == "str:x"


def test_a_card_that_changes_is_met_anew(town: Town) -> None:
    host = town.hosted()
    ada = town.joined(host)
    client = town.lobbies[host]._client
    assert client is not None
    seat = next(seat for seat in client.members if seat.name == "Ada")
    moved = seat.card._replace(local=4001)
    assert client.members.hear(m.Came(seat._replace(card=moved))) == ""
    town.run(0.1)
    assert town.paths[host].met[address_of(moved)] == moved and town.linked(host, ada)
