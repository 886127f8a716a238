"""A client's conversation with a service that says what the test wants: on time, checked, and begun again."""

from __future__ import annotations

import dataclasses
import itertools
from typing import Any

import pytest

from gamenet.rendezvous import client as client_module
from gamenet.rendezvous import messages as m
from gamenet.rendezvous.client import ALIVE_EVERY, ANSWER_PATIENCE, LEAST_RENEWAL, Client, Signalled, Trouble
from gamenet.rendezvous.conversation import Talk
from gamenet.session.states import Stage
from gamenet.session.transports import Farewell
from tests.rendezvous.scripted import (
    ADA,
    BOB,
    CLEO,
    CREATE,
    FRAME,
    JOIN,
    TOKEN,
    WELCOME,
    Talks,
    entered,
    seat,
)


@pytest.fixture
def talks() -> Talks:
    return Talks()


def welcomed(talks: Talks) -> Talks:
    talks.until_told(m.Hello)
    talks.say(WELCOME)
    assert talks.client.talk is Talk.WELCOME
    return talks


# Getting in


def test_the_first_word_is_who_one_is(talks: Talks) -> None:
    assert talks.until_told(m.Hello) == m.Hello(m.WIRE, "str:ada", TOKEN, b"request")
    assert talks.client.talk is Talk.GREETING and talks.client.stage is Stage.IDENTITY


def test_the_welcome_is_handed_up_and_the_wish_follows_it_in_the_same_frame(talks: Talks) -> None:
    welcomed(talks)
    assert talks.news == [WELCOME] and talks.client.stage is Stage.ROOM
    talks.client.ask(JOIN)
    talks.client.send(talks.now)
    talks.frame()
    assert talks.told[-1] == JOIN


def test_a_wish_that_is_known_stands_right_behind_the_hello(talks: Talks) -> None:
    talks.client.ask(JOIN)
    talks.until(lambda: talks.told)
    assert [type(record) for record in talks.told] == [m.Hello, m.Join]
    talks.say(WELCOME, entered())
    assert talks.client.talk is Talk.SEATED and talks.client.stage is Stage.THERE
    assert [type(record) for record in talks.told] == [m.Hello, m.Join]


def test_who_is_in_is_known_from_the_answer_on(talks: Talks) -> None:
    talks.seated()
    members = talks.client.members
    assert [member.card for member in members] == [BOB, ADA]
    assert (members.code, members.mine, members.host) == ("K7QX-3MNP", 2, 1)
    assert members.at("str:bob/0") == seat(1, BOB) and members.at("str:ada/0") is None


def test_members_that_come_go_and_host_are_followed(talks: Talks) -> None:
    talks.seated()
    talks.say(m.Came(seat(3, CLEO)), m.Went(1, "left the game"), m.Hosted(1, 3))
    assert [member.id for member in talks.client.members] == [2, 3]
    assert (talks.client.members.host, talks.client.members.epoch) == (3, 1)
    assert [type(each) for each in talks.news] == [m.Came, m.Went, m.Hosted]


def test_signals_come_from_members_alone_with_the_address_that_the_service_knows(talks: Talks) -> None:
    talks.seated()
    talks.say(m.Signal(1, b"from bob"), m.Signal(9, b"from nobody"), m.Signal(2, b"from myself"))
    assert talks.news == [Signalled("str:bob/0", b"from bob")]


def test_what_is_said_arrives_and_before_a_conversation_nobody_hears_it(talks: Talks) -> None:
    talks.client.say(m.Signal(1, b"early"))
    talks.seated()
    talks.client.say(m.Signal(1, b"x"), m.Release(3, "why"))
    talks.run(0.1)
    assert talks.told == [m.Signal(1, b"x"), m.Release(3, "why")]


def test_who_only_searches_needs_no_certificate_and_no_room() -> None:
    talks = welcomed(Talks(request=b""))
    assert talks.told == [m.Hello(m.WIRE, "str:ada", TOKEN, b"")]
    talks.client.say(m.Search("pong", 0))
    found = m.Found((m.Listing("K7QX-3MNP", "pong/1", "Pong", 1, 4, False, 0.02, {}),), 0, 1)
    talks.until_told(m.Search)
    talks.say(found)
    assert talks.news[-1] == found
    talks.run(100)
    assert not talks.heard_by_service(m.Renew) and talks.client.talk is Talk.WELCOME


# While it lasts


def test_who_says_nothing_says_that_it_is_alive(talks: Talks) -> None:
    talks.seated()
    talks.run(3.5 * ALIVE_EVERY)
    assert len(talks.heard_by_service(m.Alive)) == 3


def test_a_certificate_is_renewed_at_half_of_its_time(talks: Talks) -> None:
    talks.client.ask(JOIN)
    talks.until_told(m.Join)
    talks.say(dataclasses.replace(WELCOME, good_for=100.0), entered())
    took = talks.until(lambda: talks.heard_by_service(m.Renew))
    assert took == pytest.approx(50, abs=0.2) and talks.told[-1] == m.Renew(b"request")
    renewed = dataclasses.replace(WELCOME, certificate=b"another")
    talks.say(renewed)
    assert talks.news[-1] == renewed and talks.client.talk is Talk.SEATED
    talks.forget()
    talks.run(100)
    assert not talks.heard_by_service(m.Renew)


def test_a_service_cannot_make_a_client_renew_all_the_time(talks: Talks) -> None:
    talks.client.ask(JOIN)
    talks.until_told(m.Join)
    talks.say(dataclasses.replace(WELCOME, good_for=0.0), entered())
    talks.run(5.5 * LEAST_RENEWAL)
    assert len(talks.heard_by_service(m.Renew)) == 5


def test_a_refusal_takes_no_seat_away(talks: Talks) -> None:
    talks.seated()
    talks.say(m.Refused("requests", "too many"))
    assert talks.client.talk is Talk.SEATED and talks.news == []


# What interrupts it


def test_a_lost_connection_is_followed_by_another_for_the_same_seat(talks: Talks) -> None:
    talks.seated(CREATE, entered(code="AAAA-BBBB", seat=1, members=(seat(1, ADA),)))
    talks.hang_up()
    talks.until(lambda: talks.client.talk is Talk.AWAY)
    (trouble,) = talks.heard(Trouble)
    assert not trouble.final and trouble.stage is Stage.SERVICE and "service:27020 was lost" in trouble.why
    talks.until(lambda: talks.told)
    assert talks.told == [
        m.Hello(m.WIRE, "str:ada", TOKEN, b"request"),
        dataclasses.replace(CREATE, code="AAAA-BBBB"),
    ]


def test_each_call_in_vain_is_followed_by_a_longer_wait_up_to_a_limit() -> None:
    talks = Talks(up=False)
    waits = []
    for _ in range(8):
        talks.until(lambda: talks.client.talk is Talk.AWAY and talks.news)
        talks.forget()
        waits.append(talks.until(lambda: talks.client.talk is Talk.CALLING))
    assert waits[0] < 1.1 and waits[4] > 7 and max(waits) < 17
    assert all(later > sooner for sooner, later in itertools.pairwise(waits[:5]))


def test_once_in_the_next_wait_is_short_again(talks: Talks) -> None:
    talks.client.ask(JOIN)
    for _ in range(5):
        talks.until_told(m.Join)
        talks.hang_up()
        talks.until(lambda: talks.client.talk is Talk.AWAY)
        talks.forget()
    talks.seated()
    talks.hang_up()
    talks.until(lambda: talks.client.talk is Talk.AWAY)
    assert talks.until(lambda: talks.client.talk is Talk.CALLING) < 1.1


def test_clients_that_are_interrupted_together_do_not_come_back_together() -> None:
    def first_wait(token: bytes) -> float:
        return Client(Talks().service, "service:27020", "str:ada", token)._wait()

    assert len({first_wait(bytes([number]) * 16) for number in range(256)}) == 256


@pytest.mark.parametrize("wish", [None, JOIN])
def test_a_service_that_says_nothing_is_given_up_and_called_again(talks: Talks, wish: m.Join | None) -> None:
    if wish is not None:
        talks.client.ask(wish)
    talks.until_told(m.Hello)
    if wish is not None:
        talks.say(WELCOME)
    took = talks.until(lambda: talks.heard(Trouble))
    assert took == pytest.approx(ANSWER_PATIENCE, abs=0.2)
    talks.forget()
    talks.until_told(m.Hello)


def test_a_service_that_stops_is_left_and_called_again(talks: Talks) -> None:
    talks.seated()
    talks.say(m.Stopping("maintenance"))
    assert talks.client.talk is Talk.AWAY and "goes down" in talks.heard(Trouble)[0].why
    talks.forget()
    assert talks.until_told(m.Join) == JOIN


def test_who_is_put_out_of_the_room_hears_it_and_asks_again(talks: Talks) -> None:
    talks.seated()
    talks.say(m.Ended("The host freed\x1b your seat."))
    assert talks.news[0] == m.Ended("The host freed\x1b your seat.")
    assert talks.heard(Trouble)[0].why == "The room was closed: The host freed your seat."
    talks.forget()
    assert talks.until_told(m.Join) == JOIN


def test_nobody_there_is_told_with_the_stage() -> None:
    talks = Talks(up=False)
    assert talks.client.stage is Stage.SERVICE
    talks.until(lambda: talks.news)
    (trouble,) = talks.heard(Trouble)
    assert trouble.stage is Stage.SERVICE and "service:27020 does not answer" in trouble.why


def test_a_name_that_means_nothing_is_told_with_the_stage() -> None:
    talks = Talks(service="sevrice:27020")
    talks.until(lambda: talks.news)
    (trouble,) = talks.heard(Trouble)
    assert trouble.stage is Stage.NAME and 'no machine called "sevrice"' in trouble.why


# Refusals


@pytest.mark.parametrize("reason", sorted(set(m.REASONS) - client_module.AGAIN))
def test_most_refusals_end_the_conversation(talks: Talks, reason: str) -> None:
    talks.client.ask(JOIN)
    talks.until_told(m.Join)
    talks.say(WELCOME, m.Refused(reason, "because"))
    (trouble,) = talks.heard(Trouble)
    assert trouble.final and trouble.stage is Stage.ROOM and talks.client.talk is Talk.OVER
    assert len(trouble.why) > 20
    talks.forget()
    talks.run(60)
    assert talks.told == []


@pytest.mark.parametrize("reason", sorted(client_module.AGAIN))
def test_some_refusals_may_be_none_a_little_later(talks: Talks, reason: str) -> None:
    talks.client.ask(JOIN)
    talks.until_told(m.Join)
    talks.say(WELCOME, m.Refused(reason, "because"))
    (trouble,) = talks.heard(Trouble)
    assert not trouble.final
    talks.forget()
    talks.seated()


def test_a_hello_is_refused_at_the_stage_of_identity(talks: Talks) -> None:
    talks.until_told(m.Hello)
    talks.say(m.Refused("login", "Ask Hilda for an invitation."))
    (trouble,) = talks.heard(Trouble)
    assert trouble == Trouble(Stage.IDENTITY, "The rendezvous service refused: Ask Hilda for an invitation.", True)


def test_who_was_in_the_room_waits_for_it_when_the_service_began_anew(talks: Talks) -> None:
    talks.seated()
    for reason in ("code", "full", "guesses"):
        talks.hang_up()
        talks.until_told(m.Join)
        talks.say(WELCOME, m.Refused(reason, ""))
        assert talks.client.talk is Talk.AWAY, reason
        talks.forget()
    talks.seated()


# A broken or hostile service


WRONG: dict[str, tuple[Any, ...]] = {
    "no message": (b"\xc1",),
    "an unknown kind": (b"\x91\x63",),
    "a client's message": (m.FROM_CLIENT.encode(m.Create("", b"k" * 16, "", "", "", 4, m.LAN, False, {}, ADA)),),
    "a second welcome": (WELCOME,),
    "an answer to nothing": (entered(),),
}


@pytest.mark.parametrize("said", WRONG.values(), ids=WRONG.keys())
def test_what_no_service_says_ends_the_connection(talks: Talks, said: tuple[Any, ...]) -> None:
    talks.seated()
    talks.say_bytes(*(each if isinstance(each, bytes) else m.FROM_SERVICE.encode(each) for each in said))
    (trouble,) = talks.heard(Trouble)
    assert "does not speak as a rendezvous service" in trouble.why and talks.client.talk is Talk.AWAY
    talks.run(0.1)
    assert [end.farewell for end in talks.ends] == [Farewell.BROKEN]


@pytest.mark.parametrize(
    "record",
    [m.Came(seat(3, CLEO)), m.Went(1, ""), m.Hosted(1, 1), m.Ended(""), m.Signal(1, b"x"), entered()],
    ids=lambda record: type(record).__name__,
)
def test_who_has_no_seat_is_told_nothing_of_a_room(talks: Talks, record: m.FromService) -> None:
    welcomed(talks)
    talks.say(record)
    assert talks.client.talk is Talk.AWAY and talks.news[1:] == talks.heard(Trouble)


def test_a_room_that_cannot_be_is_no_answer(talks: Talks) -> None:
    talks.client.ask(JOIN)
    talks.until_told(m.Join)
    talks.say(WELCOME, entered(seat=7))
    assert talks.client.talk is Talk.AWAY and list(talks.client.members) == []


# The end


def test_a_goodbye_says_what_was_said_before_and_that_one_leaves(talks: Talks) -> None:
    talks.seated()
    talks.client.say(m.Signal(1, b"last"))
    talks.client.close(talks.now, "good night")
    talks.client.close(talks.now)
    talks.run(1)
    assert talks.told == [m.Signal(1, b"last"), m.Leave("good night")]
    assert [end.farewell for end in talks.ends] == [Farewell.GOODBYE] and talks.news == []


def test_who_was_in_no_room_leaves_none(talks: Talks) -> None:
    welcomed(talks).forget()
    talks.client.close(talks.now)
    talks.run(1)
    assert talks.told == [] and talks.ends


def test_after_the_end_nothing_is_said_and_nothing_raises(talks: Talks) -> None:
    talks.client.close(talks.now)
    talks.client.say(m.Signal(1, b"late"))
    talks.run(30 * FRAME)
    assert talks.told == [] and talks.news == [] and talks.connection == 0
