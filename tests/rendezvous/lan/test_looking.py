"""Who looks: how often it asks, what it keeps of the answers, how long, and whom it believes."""

from __future__ import annotations

from gamenet.rendezvous.lan.announcing import Announcing
from gamenet.rendezvous.lan.looking import ASK_EVERY, FORGET_AFTER, MOST_GAMES, MOST_HOSTS, Looking
from gamenet.rendezvous.lan.packets import NONCE_SIZE, Ask, Offer, read, write_offer
from gamenet.rendezvous.lan.sockets import Heard
from tests.rendezvous.lan.air import Air, AirAsking, notice


def looking(air: Air, host: str = "10.0.0.9") -> Looking:
    return Looking(lambda: air.ask_from(host))


def hosting(air: Air, host: str, **said: object) -> Announcing:
    announcing = Announcing(lambda: notice(**said), lambda: air.answer_from(host))
    announcing.tend(0)
    return announcing


def test_a_game_that_answers_is_seen_with_its_address_and_the_time_that_it_took() -> None:
    air = Air()
    host, look = hosting(air, "10.0.0.1", title="Pong"), looking(air)
    look.tend(1.0)
    assert look.sightings == []
    host.tend(1.01)
    look.tend(1.02)
    (seen,) = look.sightings
    assert seen.host == "10.0.0.1" and seen.notice == notice(title="Pong") and 0.019 < seen.ping < 0.021


def test_the_ping_is_the_least_of_the_last_answers() -> None:
    air = Air()
    host, look = hosting(air, "10.0.0.1"), looking(air)
    for second, late in enumerate((0.03, 0.01, 0.02)):
        look.tend(second)
        host.tend(second)
        look.tend(second + late)
    assert abs(look.sightings[0].ping - 0.01) < 1e-9


def test_it_asks_quickly_at_first_then_once_a_second_and_never_after_its_end() -> None:
    air = Air()
    look = looking(air)
    asked_at = []
    for frame in range(400):
        before = air.asked
        look.tend(frame / 100)
        if air.asked > before:
            asked_at.append(frame / 100)
    assert asked_at == [0.0, 0.2, 0.5, 1.5, 2.5, 3.5]
    look.close()
    look.tend(10)
    assert air.asked == 6 and air.asking["10.0.0.9"].closed


def test_a_game_that_answers_no_more_is_forgotten_and_one_that_changes_is_seen_as_it_is() -> None:
    air = Air()
    look = looking(air)
    players = 1
    host = Announcing(lambda: notice(players=players), lambda: air.answer_from("10.0.0.1"))
    host.tend(0)

    def second(now: float) -> None:
        look.tend(now)
        host.tend(now)
        look.tend(now)

    second(0.0)
    assert look.sightings[0].notice.players == 1
    players = 2
    second(ASK_EVERY)
    assert look.sightings[0].notice.players == 2
    host.close()
    look.tend(ASK_EVERY + FORGET_AFTER)
    assert look.sightings
    look.tend(ASK_EVERY + FORGET_AFTER + 0.01)
    assert look.sightings == []


def test_one_game_that_is_heard_at_several_addresses_is_one_at_the_best_of_them() -> None:
    air = Air()
    look = looking(air)
    look.tend(0)
    asker = air.asking["10.0.0.9"]
    for host in ("[fd00::1]", "10.0.0.1", "127.0.0.1"):
        answer(asker, host, nonce_of(air))
    look.tend(0.01)
    (seen,) = look.sightings
    assert seen.host == "127.0.0.1"


def test_an_address_that_answers_no_more_is_left_for_another_one() -> None:
    air = Air()
    look = looking(air)
    look.tend(0)
    asker = air.asking["10.0.0.9"]
    answer(asker, "127.0.0.1", nonce_of(air))
    now = 0.0
    while now < FORGET_AFTER + 1:
        now += 0.5
        answer(asker, "[fd00::1]", nonce_of(air))
        look.tend(now)
    (seen,) = look.sightings
    assert seen.host == "[fd00::1]"


def test_an_ipv6_address_of_the_link_alone_cannot_be_joined_and_is_not_shown() -> None:
    air = Air()
    look = looking(air)
    look.tend(0)
    answer(air.asking["10.0.0.9"], "[fe80::1%eth0]", nonce_of(air))
    look.tend(0.01)
    assert look.sightings == []


def test_who_did_not_hear_the_question_cannot_answer_it() -> None:
    air = Air()
    look = looking(air)
    look.tend(0)
    answer(air.asking["10.0.0.9"], "10.0.0.66", b"\x00" * NONCE_SIZE)
    air.asking["10.0.0.9"].inbox.append(Heard(b"gamenet\x01nonsense", "10.0.0.66", ()))
    look.tend(0.01)
    assert look.sightings == []


def test_an_answer_to_a_question_of_long_ago_counts_no_more() -> None:
    air = Air()
    look = looking(air)
    look.tend(0)
    old = nonce_of(air)
    for second in range(1, 8):
        look.tend(second)
    answer(air.asking["10.0.0.9"], "10.0.0.1", old)
    look.tend(8.5)
    assert look.sightings == []


def test_a_flood_of_games_and_addresses_stays_within_its_bounds() -> None:
    air = Air()
    look = looking(air)
    look.tend(0)
    asker, nonce = air.asking["10.0.0.9"], nonce_of(air)
    for number in range(MOST_GAMES + 50):
        answer(asker, "10.0.0.66", nonce, number)
    for number in range(MOST_HOSTS + 5):
        answer(asker, f"10.0.1.{number}", nonce, 0)
    look.tend(0.01)
    assert len(look.sightings) == MOST_GAMES
    look.tend(0.02)
    assert {seen.host for seen in look.sightings} == {"10.0.0.66"}


def test_without_a_network_it_says_so_and_goes_on_trying() -> None:
    air = Air()
    air.down = "Network is unreachable"
    look = looking(air)
    look.tend(0)
    assert look.problem == "Network is unreachable"
    air.down = ""
    hosting(air, "10.0.0.1")
    look.tend(1)
    assert look.problem == "" and air.asked == 1
    air.down = "Network is down"
    look.tend(3)
    assert look.problem == "Network is down"


# What a host would do


def nonce_of(air: Air) -> bytes:
    """The newest question's."""
    asked = read(air.question)
    assert isinstance(asked, Ask)
    return asked.nonce


def answer(asker: AirAsking, host: str, nonce: bytes, number: int = 1) -> None:
    packet = write_offer(Offer(nonce, number.to_bytes(NONCE_SIZE, "big"), notice()))
    asker.inbox.append(Heard(packet, host, ()))


def test_a_game_that_cannot_be_joined_in_any_way_is_not_shown() -> None:
    air = Air()
    asker, host = looking(air), hosting(air, "10.0.0.1", port=0)
    for now in (0.0, 0.1, 0.2):
        asker.tend(now)
        host.tend(now)
    assert asker.sightings == []
