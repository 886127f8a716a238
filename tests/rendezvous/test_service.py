"""The service: who is let in, and what becomes of connections."""

from __future__ import annotations

import pytest

from gamenet.errors import InvalidCertificate
from gamenet.rendezvous import messages as m
from gamenet.rendezvous import refusals
from gamenet.rendezvous.limits import Limits, Rate
from gamenet.session.transports import Farewell, Lost
from tests.rendezvous.world import Caller, Issuer, World


def hello(caller: Caller, **given: object) -> m.Hello:
    wish = {"wire": m.WIRE, "identity": caller.identity, "token": caller.token, "request": b""}
    return m.Hello(**{**wish, **given})  # type: ignore[arg-type]


class Relays:
    lasting = 21_600.0

    def relays(self, identity: str) -> list[m.Relay]:
        return [m.Relay("turn:192.0.2.1", f"1:{identity}", "password")]


def test_a_hello_gets_a_certificate_for_its_identity_and_servers() -> None:
    world = World(turn=Relays(), stun=(":27021",))
    ada = world.caller("ada", hello=False)
    welcome = ada.ask(hello(ada, request=b"request"))
    relay = m.Relay("turn:192.0.2.1", "1:str:ada", "password")
    assert welcome == m.Welcome("root", b"request for str:ada", 21_600.0, (":27021",), (relay,))


def test_who_only_searches_gets_no_certificate_and_no_end_of_it_comes_early() -> None:
    ada = World().caller("ada")
    assert ada.heard == [m.Welcome("root", b"", 86_400.0, (), ())]


def test_an_identity_belongs_to_its_token_while_it_is_there() -> None:
    world = World()
    ada, thief, again = world.caller("ada"), world.caller("eve", hello=False), world.caller("ada")
    thief.say(hello(thief, identity="str:ada"))
    world.run()
    assert thief.reasons == ["identity"]
    assert thief.lost is not None and thief.lost.farewell is Farewell.REFUSED
    assert not ada.lost and again.all(m.Welcome)


def test_an_identity_belongs_to_its_token_while_a_seat_is_kept_for_it() -> None:
    world = World()
    ada = world.host("ada")
    ada.cut()
    world.run(30)
    thief = world.caller("eve", hello=False)
    thief.say(hello(thief, identity="str:ada"))
    world.run()
    assert thief.reasons == ["identity"]


def test_an_identity_is_free_when_nothing_of_it_is_there() -> None:
    world = World()
    ada = world.caller("ada")
    ada.cut()
    world.run(30)
    other = world.caller("eve", hello=False)
    assert isinstance(other.ask(hello(other, identity="str:ada")), m.Welcome)
    assert len(world.service.clients) == 1


@pytest.mark.parametrize("identity", ["", "ada", "ip:192.0.2.1", "str:", "str:a,b", "str:a b", "str:a/1", "str:ä"])
def test_an_identity_that_others_could_not_use_is_refused(identity: str) -> None:
    ada = World().caller("ada", hello=False)
    ada.ask(hello(ada, identity=identity))
    assert ada.reasons == ["identity"]


def test_a_request_for_another_name_gets_no_certificate() -> None:
    class Strict(Issuer):
        def issue(self, request: bytes, days: float, identity: str) -> bytes:
            raise InvalidCertificate("for somebody else")

    ada = World(authority=Strict()).caller("ada", hello=False)
    ada.ask(hello(ada, request=b"bob's"))
    assert ada.reasons == ["identity"]


def test_another_version_is_told_so() -> None:
    ada = World().caller("ada", hello=False)
    ada.ask(hello(ada, wire=m.WIRE + 1))
    assert ada.reasons == ["version"]
    ada.world.run()
    assert ada.lost is not None


def test_the_service_s_own_rule_may_keep_somebody_out() -> None:
    world = World(login=lambda identity, place: "Not before you paid." if identity == "str:bob" else "")
    ada, bob = world.caller("ada"), world.caller("bob")
    assert ada.all(m.Welcome)
    assert bob.heard == [m.Refused("login", "Not before you paid.")]


def test_a_certificate_is_renewed() -> None:
    ada = World().caller("ada")
    assert ada.ask(m.Renew(b"again")) == m.Welcome("root", b"again for str:ada", 86_400.0, (), ())


@pytest.mark.parametrize("data", [b"", b"\xc1", b"\x93\x01", bytes(m.MOST_REQUEST + 1), b"\x92\x07\x00" * 9])
def test_what_is_no_message_ends_its_connection(data: bytes) -> None:
    ada = World().caller("ada")
    ada.say_bytes(data)
    ada.world.run()
    assert ada.lost is not None and ada.lost.farewell is Farewell.BROKEN
    assert not ada.world.service.clients.lines


def test_a_request_before_a_hello_ends_its_connection() -> None:
    ada = World().caller("ada", hello=False)
    ada.say(m.Alive())
    ada.world.run()
    assert ada.lost is not None and ada.lost.farewell is Farewell.BROKEN


def test_a_second_hello_is_out_of_place() -> None:
    ada = World().caller("ada")
    ada.ask(hello(ada))
    assert ada.reasons == ["request"]


def test_who_says_nothing_is_sent_away() -> None:
    world = World()
    ada, silent = world.caller("ada"), world.caller("silent", hello=False)
    world.run(11)
    assert silent.lost == Lost(silent.connection, Farewell.REFUSED, refusals.NO_HELLO)
    assert not ada.lost


def test_one_address_has_so_many_connections() -> None:
    world = World(limits=Limits(clients=3))
    callers = [world.caller(f"c{number}", "school") for number in range(3)]
    one_more, elsewhere = world.caller("d", "school", hello=False), world.caller("e")
    assert one_more.reasons == ["clients"] and one_more.lost
    assert not any(each.lost for each in callers) and elsewhere.all(m.Welcome)


def test_connecting_again_under_new_names_is_limited_by_address() -> None:
    world = World(limits=Limits(knocks=Rate(5, 100.0)))
    for number in range(5):
        caller = world.caller(f"c{number}", "eve")
        caller.transport.shutdown()
        world.run()
    late = world.caller("late", "eve", hello=False)
    assert late.reasons == ["clients"]
    assert world.caller("ada").all(m.Welcome)


def test_a_full_service_says_so() -> None:
    world = World(limits=Limits(all_clients=2))
    world.caller("ada")
    world.caller("bob")
    assert world.caller("late", hello=False).reasons == ["busy"]


def test_too_many_requests_are_refused_and_who_goes_on_is_sent_away() -> None:
    world = World(limits=Limits(requests=Rate(10, 1.0), strikes=20))
    ada, bob = world.caller("ada"), world.caller("bob")
    ada.heard.clear()
    for _ in range(12):
        ada.say(m.Alive())
    world.run()
    assert ada.reasons == ["requests"] * 2 and not ada.lost
    world.run(2)
    for _ in range(60):
        ada.say(m.Alive())
    world.run()
    assert ada.lost is not None and ada.lost.farewell is Farewell.REFUSED
    assert not bob.lost


def test_who_does_not_read_is_sent_away() -> None:
    world = World(limits=Limits(requests=Rate(100_000, 0.0)))
    ada = world.caller("ada")
    for end in world.service._transport.ends.values():  # type: ignore[attr-defined]
        end.owner.send_buffer = 300
    world.network.path("service", ada.transport.machine)
    ada.cut()
    for number in range(10):
        world.service._mail.tell(1, m.Ended("x" * 100 + str(number)))
    world.service.pump(world.now)
    assert not world.service.clients.lines


def test_a_service_that_stops_tells_everybody() -> None:
    world = World()
    ada, bob = world.host("ada"), world.caller("bob")
    world.service.stop(world.now)
    world.run()
    for each in (ada, bob):
        assert each.the(m.Stopping).why == refusals.STOPPING
        assert each.lost is not None and each.lost.farewell is Farewell.GOODBYE
