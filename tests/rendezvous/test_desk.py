"""Rooms and seats: who may what, and when a seat or a room ends."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gamenet.rendezvous import codes, refusals
from gamenet.rendezvous import messages as m
from gamenet.rendezvous.limits import Limits, Rate
from gamenet.session import sentences
from tests.rendezvous.world import Caller, World


def seat(id: int, caller: Caller) -> m.Seat:
    return m.Seat(id, caller.name, caller.card)


# Entering


def test_who_creates_a_room_gets_a_code_and_the_first_seat() -> None:
    ada = World().host("ada")
    entered = ada.the(m.Entered)
    assert entered == m.Entered(ada.code, "Friday", 0, 1, 1, (seat(1, ada),))
    assert codes.show(codes.fold(entered.code)) == entered.code


def test_who_joins_hears_of_all_and_all_hear_of_it() -> None:
    world = World()
    ada = world.host("ada")
    bob = world.member(ada, "bob")
    cid = world.member(ada, "cid")
    assert cid.the(m.Entered) == m.Entered(ada.code, "Friday", 0, 3, 1, (seat(1, ada), seat(2, bob), seat(3, cid)))
    assert ada.all(m.Came) == [m.Came(seat(2, bob)), m.Came(seat(3, cid))]
    assert bob.all(m.Came) == [m.Came(seat(3, cid))]
    assert not cid.all(m.Came)


def test_a_code_is_the_same_however_it_is_typed() -> None:
    world = World()
    ada = world.host("ada")
    typed = f" {ada.code.lower().replace('-', ' ')} "
    assert isinstance(
        world.caller("bob").ask(ada.join(typed, key=bytes(16), card=m.Card("str:bob", 4, b"", 0))), m.Entered
    )


def test_a_code_that_nobody_has_is_refused_and_so_is_one_that_has_expired() -> None:
    world = World()
    ada, bob = world.host("ada"), world.caller("bob")
    bob.ask(bob.join("2222-2222"))
    ada.say(m.Leave(""))
    world.run()
    bob.say(bob.join(ada.code))
    world.run()
    assert bob.reasons == ["code", "code"]


def test_a_card_of_somebody_else_is_refused() -> None:
    world = World()
    ada, eve = world.host("ada"), world.caller("eve")
    eve.ask(eve.join(ada.code, card=ada.card))
    assert eve.reasons == ["identity"]
    eve.ask(eve.create(card=ada.card))
    assert eve.reasons == ["identity"]
    assert not ada.all(m.Came)


def test_a_locked_room_asks_for_a_password_which_the_host_checks() -> None:
    world = World()
    ada, bob = world.host("ada", locked=True), world.caller("bob")
    bob.ask(bob.join(ada.code))
    assert bob.reasons == ["password"]
    assert isinstance(bob.ask(bob.join(ada.code, password=True)), m.Entered)


def test_nine_joiners_for_three_seats_are_exactly_three_also_in_one_pump() -> None:
    world = World()
    ada = world.host("ada", max_peers=4)
    nine = [world.caller(f"j{number}") for number in range(9)]
    for each in nine:
        each.heard.clear()
        each.say(each.join(ada.code))
    world.run()
    assert len([each for each in nine if each.all(m.Entered)]) == 3
    assert [each.reasons for each in nine if not each.all(m.Entered)] == [["full"]] * 6
    assert len(ada.all(m.Came)) == 3


def test_a_connection_is_in_one_room() -> None:
    world = World()
    ada, bob = world.host("ada"), world.host("bob")
    bob.ask(bob.join(ada.code))
    assert bob.reasons == ["request"]
    bob.ask(bob.create(key=bytes(16)))
    assert bob.reasons == ["request"]


def test_a_second_seat_for_a_connection_in_its_room_is_refused() -> None:
    world = World()
    ada = world.host("ada")
    bob = world.member(ada, "bob")
    bob.ask(bob.join(ada.code, key=bytes(16)))
    assert bob.reasons == ["request"]


# Coming back


def test_the_same_key_gets_the_same_seat_and_nobody_hears_of_it() -> None:
    world = World()
    ada = world.host("ada", max_peers=2)
    bob = world.member(ada, "bob")
    bob.cut()
    world.run(12)
    ada.heard.clear()
    again = world.caller("bob")
    assert again.ask(again.join(ada.code)) == bob.the(m.Entered)
    world.run(20)
    assert not ada.heard


def test_who_comes_back_with_another_card_is_told_of_anew() -> None:
    world = World()
    ada = world.host("ada")
    world.member(ada, "bob").cut()
    again = world.caller("bob")
    again.card = again.card._replace(port=6)
    again.ask(again.join(ada.code))
    assert ada.all(m.Came)[-1] == m.Came(seat(2, again))


def test_a_connection_that_comes_back_takes_over_from_the_old_one() -> None:
    world = World()
    ada = world.host("ada")
    bob = world.member(ada, "bob")
    again = world.caller("bob")
    assert isinstance(again.ask(again.join(ada.code)), m.Entered)
    assert bob.lost is not None and bob.lost.reason == refusals.TAKEN_OVER
    world.run(20)
    assert not ada.all(m.Went)


def test_a_key_shown_by_somebody_else_gets_no_seat() -> None:
    world = World()
    ada = world.host("ada")
    bob = world.member(ada, "bob")
    eve = world.caller("eve")
    eve.ask(eve.join(ada.code, key=bob.key))
    eve.say(eve.create(key=ada.key))
    world.run()
    assert eve.reasons == ["identity", "identity"]


def test_a_host_comes_back_to_its_room() -> None:
    world = World()
    ada = world.host("ada")
    bob = world.member(ada, "bob")
    ada.cut()
    world.run(40)
    again = world.caller("ada")
    entered = again.ask(again.create(title="Saturday"))
    assert isinstance(entered, m.Entered)
    assert (entered.code, entered.seat, entered.title) == (ada.code, 1, "Friday")
    world.run(60)
    assert not bob.all(m.Ended)


def test_after_a_restart_a_host_gets_its_code_again() -> None:
    world = World()
    ada = world.host("ada")
    world.service.stop(world.now)
    world.run()
    world.begin()
    again = world.caller("ada")
    again.ask(again.create(ada.code))
    assert again.code == ada.code


def test_a_code_that_another_room_has_now_is_not_given_twice() -> None:
    world = World()
    ada, bob = world.host("ada"), world.caller("bob")
    bob.ask(bob.create(ada.code))
    assert bob.code and bob.code != ada.code


# Leaving


def test_who_leaves_is_gone_at_once() -> None:
    world = World()
    ada = world.host("ada", max_peers=2)
    bob = world.member(ada, "bob")
    bob.say(m.Leave("must sleep"))
    world.run()
    assert ada.the(m.Went) == m.Went(2, "must sleep")
    cid = world.member(ada, "cid")
    assert cid.seat == 3, "a seat's number is never used again"


def test_a_member_that_vanished_keeps_its_seat_for_a_while() -> None:
    world = World()
    ada = world.host("ada")
    world.member(ada, "bob").cut()
    world.run(10 + 14)
    assert not ada.all(m.Went)
    world.run(3)
    assert ada.the(m.Went) == m.Went(2, sentences.LOST)


def test_a_room_ends_with_its_host() -> None:
    world = World()
    ada = world.host("ada")
    bob = world.member(ada, "bob")
    ada.say(m.Leave(""))
    world.run()
    assert bob.the(m.Ended) == m.Ended(refusals.HOST_ENDED)
    assert not ada.all(m.Ended)
    assert isinstance(bob.ask(bob.create()), m.Entered)


def test_a_room_waits_a_minute_for_its_host() -> None:
    world = World()
    ada = world.host("ada")
    bob = world.member(ada, "bob")
    ada.cut()
    world.run(10 + 59)
    assert not bob.all(m.Ended)
    world.run(3)
    assert bob.the(m.Ended) == m.Ended(refusals.HOST_GONE)
    assert bob.ask(bob.join(ada.code)) == refusals.refused("code")


def test_the_host_frees_a_seat() -> None:
    world = World()
    ada = world.host("ada")
    bob, cid = world.member(ada, "bob"), world.member(ada, "cid")
    ada.say(m.Release(2, "was removed"))
    world.run()
    assert bob.the(m.Ended) == m.Ended("was removed")
    assert cid.the(m.Went) == ada.the(m.Went) == m.Went(2, "was removed")
    assert isinstance(bob.ask(bob.create()), m.Entered)


def test_nobody_else_frees_a_seat_and_the_host_not_its_own() -> None:
    world = World()
    ada = world.host("ada")
    bob = world.member(ada, "bob")
    bob.ask(m.Release(1, ""))
    ada.ask(m.Release(1, ""))
    assert (bob.reasons, ada.reasons) == (["request"], ["request"])
    assert ada.ask(m.Search("", 0)).rooms[0].players == 2  # type: ignore[union-attr]


# Cards


def test_a_card_that_cannot_be_gets_no_seat_so_that_nobody_makes_a_room_unreadable() -> None:
    world = World()
    ada = world.host("ada")
    bob = world.caller("bob")
    bob.say(bob.join(ada.code, card=bob.card._replace(port=3)))
    bob.ask(bob.create(card=bob.card._replace(port=2000)))
    assert bob.reasons == ["identity", "identity"] and not ada.all(m.Came)


def test_one_participant_has_one_seat_at_an_address_whatever_keys_it_shows() -> None:
    world = World()
    ada = world.host("ada")
    bob, again = world.member(ada, "bob"), world.caller("bob")
    again.ask(again.join(ada.code, key=bytes(16)))
    assert again.reasons == ["identity"]
    again.ask(again.join(ada.code, key=bytes(16), card=bob.card._replace(port=8)))
    assert again.the(m.Entered).seat == 3
    again.ask(again.join(ada.code, key=bytes(16)))
    assert again.reasons == ["identity"]


# Epochs


def test_one_member_gets_the_next_epoch() -> None:
    world = World()
    ada = world.host("ada")
    bob, cid, dan = (world.member(ada, name) for name in ("bob", "cid", "dan"))
    ada.cut()
    world.run(12)
    bob.say(m.Claim(1))
    cid.say(m.Claim(1))
    world.run()
    assert dan.the(m.Hosted) == bob.the(m.Hosted) == cid.the(m.Hosted) == m.Hosted(1, 2)
    assert cid.reasons == ["epoch"]


def test_a_host_that_is_here_is_not_replaced_behind_its_back() -> None:
    world = World()
    ada = world.host("ada")
    bob = world.member(ada, "bob")
    bob.ask(m.Claim(1))
    assert bob.reasons == ["epoch"] and not ada.all(m.Hosted)
    assert world.member(ada, "cid").the(m.Entered).host == 1


def test_a_former_host_that_is_away_has_a_member_s_patience_and_the_room_goes_on() -> None:
    world = World()
    ada = world.host("ada")
    bob = world.member(ada, "bob")
    ada.cut()
    world.run(12)
    bob.ask(m.Claim(1))
    world.run(14)
    assert not bob.all(m.Went)
    world.run(2)
    assert bob.the(m.Went) == m.Went(1, sentences.LOST)
    world.run(90)
    assert not bob.all(m.Ended)


def test_who_is_in_no_room_claims_none() -> None:
    bob = World().caller("bob")
    bob.ask(m.Claim(1))
    assert bob.reasons == ["request"]


# Lists


def test_public_rooms_are_found_by_game() -> None:
    world = World()
    ada = world.host("ada", data={"map": "moon"})
    world.host("bob", game="pong")
    world.host("cid", visibility=m.INVITE)
    world.host("dan", visibility=m.LAN)
    listing = m.Listing(ada.code, "asteroids/1.2", "Friday", 1, 4, False, 0.0, {"map": "moon"})
    eve = world.caller("eve")
    assert eve.ask(m.Search("asteroids", 0)) == m.Found((listing,), 0, 1)
    assert eve.ask(m.Search("asteroids/1.2", 0)) == m.Found((listing,), 0, 1)
    assert eve.ask(m.Search("asteroids/1.3", 0)) == m.Found((), 0, 1)


def test_a_list_has_pages() -> None:
    world = World(limits=Limits(clients=100, rooms_of_address=100))
    for number in range(m.PAGE + 1):
        host = world.caller(f"h{number}")
        host.say(host.create())
    eve = world.caller("eve")
    first, second = eve.ask(m.Search("", 0)), eve.ask(m.Search("", 1))
    assert isinstance(first, m.Found) and isinstance(second, m.Found)
    assert (len(first.rooms), first.pages, len(second.rooms), second.page) == (m.PAGE, 2, 1, 1)
    assert eve.ask(m.Search("", 2)) == m.Found((), 2, 2)


def test_the_host_changes_what_lists_say() -> None:
    world = World()
    ada = world.host("ada")
    bob = world.member(ada, "bob")
    ada.say(m.Update("Sunday", m.PUBLIC, True, {"map": "sea"}))
    world.run()
    found = bob.ask(m.Search("", 0))
    assert found == m.Found((m.Listing(ada.code, "asteroids/1.2", "Sunday", 2, 4, True, 0.0, {"map": "sea"}),), 0, 1)
    bob.ask(m.Update("Bob's", m.PUBLIC, False, {}))
    assert bob.reasons == ["request"]


def test_a_silent_host_is_not_listed_until_it_is_heard_again() -> None:
    world = World(ping=lambda connection: 0.03)
    ada, eve = world.host("ada"), world.caller("eve")
    world.run(29)
    assert eve.ask(m.Search("", 0)).rooms  # type: ignore[union-attr]
    world.run(2)
    assert not eve.ask(m.Search("", 0)).rooms  # type: ignore[union-attr]
    ada.say(m.Alive())
    world.run()
    (found,) = eve.ask(m.Search("", 0)).rooms  # type: ignore[union-attr]
    assert found.ping == 0.03


def test_oversized_metadata_is_refused() -> None:
    ada = World().caller("ada")
    long = {str(number): "x" * 100 for number in range(30)}
    ada.ask(ada.create(data=long))
    assert ada.reasons == ["data"]
    ada.ask(ada.create())
    ada.ask(m.Update("", m.PUBLIC, False, long))
    assert ada.reasons == ["data"]


def test_what_is_told_to_others_has_no_control_characters() -> None:
    world = World()
    ada = world.host("ada", title="Fri\x1b[2Jday")
    bob = world.caller("bob")
    bob.ask(bob.join(ada.code, name="b\nob"))
    assert ada.the(m.Came).seat.name == "bob"
    assert bob.the(m.Entered).title == "Fri[2Jday"


# Signals


def test_a_signal_reaches_its_seat_with_the_sender_s() -> None:
    world = World()
    ada = world.host("ada")
    bob, cid = world.member(ada, "bob"), world.member(ada, "cid")
    bob.say(m.Signal(1, b"to ada"))
    world.run()
    assert ada.the(m.Signal) == m.Signal(2, b"to ada")
    assert not cid.all(m.Signal) and not bob.all(m.Signal)


def test_signals_leave_no_room_and_reach_none_from_outside() -> None:
    world = World()
    ada, other = world.host("ada"), world.host("bob")
    member, outside = world.member(ada, "cid"), world.caller("eve")
    outside.say(m.Signal(1, b"from nowhere"))
    other.say(m.Signal(2, b"from another room"))
    member.say(m.Signal(7, b"to nobody"))
    member.say(m.Signal(2, b"to myself"))
    world.run()
    assert not any(each.all(m.Signal) for each in (ada, other, member, outside))
    assert world.service.journal.counts["signal_dropped"] == 4


def test_too_many_signals_are_lost_and_nobody_else_s() -> None:
    world = World(limits=Limits(signals=Rate(10, 1.0)))
    ada = world.host("ada")
    bob, cid = world.member(ada, "bob"), world.member(ada, "cid")
    for _ in range(15):
        bob.say(m.Signal(1, b"noise"))
    cid.say(m.Signal(1, b"a call"))
    world.run()
    assert ada.all(m.Signal) == [m.Signal(2, b"noise")] * 10 + [m.Signal(3, b"a call")]


def test_signals_are_limited_by_address_too() -> None:
    world = World(limits=Limits(signals_of_address=Rate(4, 100.0)))
    ada = world.host("ada")
    twins = [world.caller(name, "eve") for name in ("eve", "evil")]
    for each in twins:
        each.ask(each.join(ada.code))
        for _ in range(3):
            each.say(m.Signal(1, bytes(10)))
    world.run()
    assert len(ada.all(m.Signal)) == 4


# Limits


def test_wrong_codes_are_limited_per_client_and_a_neighbour_is_not_locked_out() -> None:
    world = World()
    ada = world.host("ada")
    eve, neighbour = world.caller("eve", "school"), world.caller("bob", "school")
    for _ in range(11):
        eve.ask(eve.join("2222-2222"))
        assert eve.reasons == ["code"] or _ == 10
    assert eve.reasons == ["guesses"]
    eve.ask(eve.join(ada.code))
    assert eve.reasons == ["guesses"], "also the right one, or guessing would go on"
    assert isinstance(neighbour.ask(neighbour.join(ada.code)), m.Entered)
    world.run(7)
    assert isinstance(eve.ask(eve.join(ada.code)), m.Entered)


def test_guessing_under_new_names_is_limited_by_address() -> None:
    world = World(limits=Limits(guesses_of_address=Rate(5, 100.0)))
    ada = world.host("ada")
    looked_up = 0
    for number in range(8):
        eve = world.caller(f"eve{number}", "eve")
        for _ in range(2):
            eve.ask(eve.join("2222-2222"))
            looked_up += eve.reasons == ["code"]
    assert looked_up == 5 + 5  # of each name the first guess, and all until the fifth
    late = world.caller("late", "eve")
    assert isinstance(late.ask(late.join(ada.code)), m.Entered)


def test_a_client_opens_so_many_rooms_also_over_several_connections() -> None:
    world = World(limits=Limits(rooms=2))
    reasons = []
    for number in range(3):
        ada = world.caller("ada")
        ada.ask(ada.create(key=bytes([number]) * 16))
        reasons += ada.reasons
    assert reasons == ["rooms"]
    world.callers[0].say(m.Leave(""))
    world.run()
    assert isinstance(ada.ask(ada.create()), m.Entered)


def test_an_address_opens_so_many_rooms_whatever_its_names() -> None:
    world = World(limits=Limits(rooms_of_address=2))
    reasons = []
    for number in range(3):
        eve = world.caller(f"eve{number}", "eve")
        eve.ask(eve.create())
        reasons += eve.reasons
    assert reasons == ["rooms"]
    assert world.host("ada").code


def test_a_full_service_opens_no_room() -> None:
    world = World(limits=Limits(all_rooms=1))
    world.host("ada")
    assert world.host("bob").reasons == ["busy"]


def test_floods_of_joins_are_limited_by_address() -> None:
    world = World(limits=Limits(joins=Rate(3, 1.0)))
    ada = world.host("ada", max_peers=20)
    flood = [world.caller(f"eve{number}", "eve") for number in range(5)]
    for each in flood:
        each.heard.clear()
        each.say(each.join(ada.code))
    world.run()
    assert [each.reasons for each in flood] == [[], [], [], ["joins"], ["joins"]]
    assert world.member(ada, "bob").seat == 5


def test_nothing_is_kept_of_who_was_there() -> None:
    world = World()
    ada = world.host("ada")
    bob = world.member(ada, "bob")
    bob.say(m.Leave(""))
    ada.say(m.Leave(""))
    world.run()
    for each in (ada, bob):
        each.transport.shutdown()
    world.run(120)
    desk, clients = world.service._desk, world.service.clients
    assert not (len(clients) or clients.lines or clients.at_place or clients._sitting or clients._holders)
    assert not (desk._openers or desk._rooms_of_address or len(desk._deadlines) or desk._store.count())


@pytest.mark.parametrize("wish", [m.Alive(), m.Leave("")])
def test_what_needs_a_room_and_has_none_is_harmless(wish: m.FromClient) -> None:
    bob = World().caller("bob")
    bob.heard.clear()
    bob.say(wish)
    bob.world.run()
    assert not bob.heard and not bob.lost


def test_a_room_s_game_and_seats_are_the_first_create_s() -> None:
    world = World()
    ada = world.host("ada", max_peers=2)
    ada.ask(replace(ada.create(), max_peers=9))
    world.member(ada, "bob")
    assert world.member(ada, "cid").reasons == ["full"]


def test_wanting_codes_of_others_for_rooms_of_ones_own_is_guessing_too() -> None:
    world = World(limits=Limits(guesses=Rate(2, 60.0), requests=Rate(1000, 0.1), rooms=50))
    ada, eve = world.host("ada"), world.caller("eve")
    for number in range(2):
        assert isinstance(eve.ask(eve.create(ada.code, key=bytes([number] * 16))), m.Entered) and eve.code != ada.code
        eve.say(m.Leave(""))
        world.run()
    free = "2345-6789"
    assert isinstance(eve.ask(eve.create(free, key=bytes(16))), m.Entered) and eve.code != free
