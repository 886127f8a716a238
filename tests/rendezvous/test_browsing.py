"""Games at a service: the list is read page by page, again and again, through refusals, silence and lost links."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from gamenet.channels import Channel
from gamenet.rendezvous.browsing import (
    ANSWER_PATIENCE,
    MOST_PAGES,
    NOT_A_SERVICE,
    READ_EVERY,
    RETRY_EVERY,
    SILENT,
    Browsing,
    service_address,
)
from gamenet.rendezvous.messages import (
    FROM_CLIENT,
    FROM_SERVICE,
    WIRE,
    Found,
    FromClient,
    FromService,
    Hello,
    Listing,
    Refused,
    Search,
    Stopping,
    Welcome,
)
from gamenet.session.transports import Farewell, Opened, Parcel
from gamenet.session.transports.memory import Network, Path

WELCOME = Welcome("root", b"", 3600.0, (), ())


def listing(code: str) -> Listing:
    return Listing(code, "pong/1", "Pong", 1, 4, False, 0.02, {})


class Delayed:
    """A path that takes its time."""

    delay = 0.05

    def packet(self, now: float, size: int) -> tuple[float]:
        return (now + self.delay,)


class Place:
    """A service that says what a test wants, and who browses there."""

    def __init__(self, answer: Callable[[FromClient], FromService | bytes | None], path: type[Path] | None = None):
        self.network = Network((lambda source, target: path()) if path else Network().path)
        self.answer = answer
        self.heard: list[FromClient] = []
        self.connections: list[int] = []
        self.service = self.network.transport("play.example.org")
        self.service.listen(":27020")
        self.now = 0.0
        self.browsing = Browsing(self.network.transport("10.0.0.9"), "play.example.org", "pong")

    def run(self, seconds: float) -> None:
        until = self.now + seconds
        while self.now < until:
            self.now += 1 / 60
            self._serve()
            self.browsing.tend(self.now)

    def _serve(self) -> None:
        self.connections += [each.connection for each in self.service.poll(self.now) if isinstance(each, Opened)]
        for received in self.service.receive(0):
            message = FROM_CLIENT.decode(received.data)
            assert not isinstance(message, str)
            self.heard.append(message)
            self.say(received.connection, self.answer(message))

    def say(self, connection: int, answer: FromService | bytes | None) -> None:
        if answer is not None:
            data = answer if isinstance(answer, bytes) else FROM_SERVICE.encode(answer)
            self.service.send(self.now, [Parcel(connection, Channel.CONTROL, data)])

    @property
    def codes(self) -> list[str]:
        return [each.code for each in self.browsing.listings]


def one_page(message: FromClient) -> FromService | None:
    return WELCOME if isinstance(message, Hello) else Found((listing("AAAA-AAAA"),), 0, 1)


def test_who_only_searches_says_hello_without_a_request_and_reads_the_list_of_its_game() -> None:
    place = Place(one_page)
    assert not place.browsing.connected
    place.run(1)
    hello = place.heard[0]
    assert isinstance(hello, Hello) and hello.request == b"" and hello.wire == WIRE
    assert place.heard[1:] == [Search("pong", 0)]
    assert place.browsing.connected and place.codes == ["AAAA-AAAA"] and place.browsing.problem == ""


def test_the_list_is_read_again_every_few_seconds() -> None:
    place = Place(one_page)
    place.run(1 + 2 * READ_EVERY)
    assert place.heard[1:] == [Search("pong", 0)] * 3


def test_pages_are_read_one_after_the_other_and_shown_when_all_are_there() -> None:
    def pages(message: FromClient) -> FromService | None:
        if isinstance(message, Search):
            return Found((listing(f"PAGE-{message.page}"),), message.page, 3) if message.page < 2 or more else None
        return WELCOME

    more = False
    place = Place(pages)
    place.run(1)
    assert place.codes == []
    more = True
    place.run(ANSWER_PATIENCE + RETRY_EVERY + 1)
    assert place.codes == ["PAGE-0", "PAGE-1", "PAGE-2"]


def test_a_list_without_end_is_read_to_a_bound() -> None:
    def endless(message: FromClient) -> FromService:
        return Found((listing("X"),), message.page, 60_000) if isinstance(message, Search) else WELCOME

    place = Place(endless)
    place.run(READ_EVERY)
    assert len(place.codes) == MOST_PAGES


def test_the_ping_is_the_round_trip_of_a_request() -> None:
    place = Place(one_page, Delayed)
    place.run(2)
    assert 0.1 <= place.browsing.ping < 0.14


def test_a_refusal_is_told_and_the_next_try_may_do() -> None:
    busy = True

    def sometimes(message: FromClient) -> FromService | None:
        return Refused("busy", "The service is\n full.") if busy else one_page(message)

    place = Place(sometimes)
    place.run(1)
    assert place.browsing.problem == "The service is full." and not place.browsing.connected
    busy = False
    place.run(RETRY_EVERY + 1)
    assert place.browsing.problem == "" and place.codes


def test_a_search_that_is_refused_leaves_the_list_and_the_connection_as_they_are() -> None:
    place = Place(one_page)
    place.run(1)
    place.answer = lambda message: Refused("requests", "Too many requests.")
    place.run(READ_EVERY)
    assert place.browsing.problem == "Too many requests." and place.codes and place.browsing.connected
    place.answer = one_page
    place.run(READ_EVERY)
    assert place.browsing.problem == "" and len(place.connections) == 1


def test_a_service_that_is_away_is_a_problem_and_comes_back() -> None:
    place = Place(one_page)
    place.run(1)
    place.service.close(place.connections[0], Farewell.GOODBYE, "The service restarts.")
    place.run(0.5)
    assert place.browsing.problem == "The service restarts." and not place.browsing.connected and place.codes
    place.run(RETRY_EVERY + 1)
    assert place.browsing.connected and place.browsing.problem == "" and len(place.connections) == 2


def test_where_nobody_answers_the_address_is_named_and_it_goes_on_trying() -> None:
    network = Network()
    network.transport("10.0.0.1")
    browsing = Browsing(network.transport("10.0.0.9"), "10.0.0.1", "")
    for second in range(12):
        browsing.tend(float(second))
    assert "10.0.0.1:27020" in browsing.problem
    place = network.transport("10.0.0.1")
    place.listen(":27020")
    for second in range(12, 30):
        browsing.tend(float(second))
    assert any(isinstance(each, Opened) for each in place.poll(30.0))


@pytest.mark.parametrize("stage", [Hello, Search])
def test_a_service_that_says_nothing_more_is_left(stage: type[FromClient]) -> None:
    place = Place(lambda message: None if isinstance(message, stage) else WELCOME)
    place.run(ANSWER_PATIENCE + 1)
    assert place.browsing.problem == SILENT and not place.browsing.connected


@pytest.mark.parametrize(
    "nonsense", [b"", b"\xc1", FROM_CLIENT.encode(Search("", 0)), FROM_SERVICE.encode(Found((), 0, 1))]
)
def test_what_is_no_service_is_told_as_such(nonsense: bytes) -> None:
    place = Place(lambda message: nonsense)
    place.run(1)
    assert place.browsing.problem == NOT_A_SERVICE and place.codes == []


def test_a_service_that_stops_says_so() -> None:
    place = Place(one_page)
    place.run(1)
    place.say(place.connections[0], Stopping("Back in a minute."))
    place.run(0.1)
    assert place.browsing.problem == "Back in a minute."


def test_an_end_is_an_end() -> None:
    place = Place(one_page)
    place.run(1)
    place.browsing.close()
    place.browsing.close()
    said = len(place.heard)
    place.run(READ_EVERY + RETRY_EVERY)
    assert len(place.heard) == said


@pytest.mark.parametrize(
    ("said", "address"),
    [
        ("play.example.org", "play.example.org:27020"),
        (" play.example.org:4000 ", "play.example.org:4000"),
        ("[2001:db8::7]", "[2001:db8::7]:27020"),
        ("[2001:db8::7]:4000", "[2001:db8::7]:4000"),
        ("2001:db8::7", "[2001:db8::7]:27020"),
    ],
)
def test_a_service_without_a_port_is_at_its_usual_one(said: str, address: str) -> None:
    assert service_address(said) == address
