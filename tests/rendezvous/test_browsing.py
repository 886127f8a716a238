"""Games at a service: read page by page, again and again; from the real service, and from one as a test wants it."""

from __future__ import annotations

from collections.abc import Callable

from gamenet.channels import Channel
from gamenet.rendezvous import messages as m
from gamenet.rendezvous.browsing import ANSWER_PATIENCE, MOST_PAGES, READ_EVERY, Browsing
from gamenet.session.transports import Farewell, Opened, Parcel
from gamenet.session.transports.memory import Network
from tests.rendezvous.world import World

WELCOME = m.Welcome("root", b"", 86_400.0, (), ())


def listing(code: str) -> m.Listing:
    return m.Listing(code, "pong/1", "Pong", 1, 4, False, 0.02, {})


# At the real service


class Browsed(World):
    """A service, its callers, and somebody who browses."""

    alive_at = 5.0

    def __init__(self, game: str = "asteroids") -> None:
        super().__init__()
        self.browsing = Browsing(self.network.transport(), "service:27020", game)

    def run(self, seconds: float = 0.2) -> None:
        until = self.now + seconds
        while self.now < until:
            super().run(0.05)
            if self.now >= self.alive_at:
                self.alive_at = self.now + 10
                for caller in (each for each in self.callers if each.code):
                    caller.say(m.Alive())
            if hasattr(self, "browsing"):
                self.browsing.tend(self.now)

    @property
    def titles(self) -> list[str]:
        return [each.title for each in self.browsing.listings]


def test_public_rooms_of_the_game_are_listed_as_they_come_and_go() -> None:
    world = Browsed()
    assert not world.browsing.connected
    ada = world.host("ada", title="Friday", data={"map": "moon"})
    world.host("bob", title="Secret", visibility=m.INVITE)
    world.host("cleo", title="Other", game="chess/1")
    world.run(READ_EVERY + 0.5)
    assert world.browsing.connected and world.browsing.problem == "" and world.titles == ["Friday"]
    (found,) = world.browsing.listings
    assert (found.code, found.players, found.max_peers, dict(found.data)) == (ada.code, 1, 4, {"map": "moon"})
    ada.say(m.Leave(""))
    world.run(READ_EVERY + 0.5)
    assert world.titles == []


def test_all_pages_of_a_long_list_are_read() -> None:
    world = Browsed()
    for number in range(m.PAGE + 3):
        world.host(f"host{number}", title=f"Room {number}")
    world.run(READ_EVERY + 1)
    assert sorted(world.titles) == sorted(f"Room {number}" for number in range(m.PAGE + 3))


def test_looking_on_for_minutes_is_within_the_services_limits() -> None:
    world = Browsed()
    world.host("ada")
    for _ in range(60):
        world.run(READ_EVERY)
        assert world.browsing.problem == "" and world.titles == ["Friday"]


# At one that says what a test wants


class Delayed:
    """A path that takes its time."""

    delay = 0.05

    def packet(self, now: float, size: int) -> tuple[float]:
        return (now + self.delay,)


class Scripted:
    """A service's end of the connection, and who browses."""

    def __init__(self, answer: Callable[[m.FromClient], m.FromService | None], network: Network | None = None) -> None:
        self.network = network or Network()
        self.answer = answer
        self.heard: list[m.FromClient] = []
        self.connections: list[int] = []
        self.service = self.network.transport("service")
        self.service.listen(":27020")
        self.now = 0.0
        self.browsing = Browsing(self.network.transport(), "service:27020", "pong")

    def run(self, seconds: float) -> None:
        until = self.now + seconds
        while self.now < until:
            self.now += 1 / 60
            self._serve()
            self.browsing.tend(self.now)

    def _serve(self) -> None:
        self.connections += [each.connection for each in self.service.poll(self.now) if isinstance(each, Opened)]
        for received in self.service.receive(0):
            message = m.FROM_CLIENT.decode(received.data)
            assert not isinstance(message, str)
            if not isinstance(message, m.Alive):
                self.heard.append(message)
                answer = self.answer(message)
                if answer is not None:
                    parcel = Parcel(received.connection, Channel.CONTROL, m.FROM_SERVICE.encode(answer))
                    self.service.send(self.now, [parcel])

    @property
    def codes(self) -> list[str]:
        return [each.code for each in self.browsing.listings]


def one_page(message: m.FromClient) -> m.FromService | None:
    return WELCOME if isinstance(message, m.Hello) else m.Found((listing("AAAA-AAAA"),), 0, 1)


def test_who_only_searches_asks_for_no_certificate_and_reads_every_few_seconds() -> None:
    place = Scripted(one_page)
    place.run(1 + 2 * READ_EVERY)
    hello, *asked = place.heard
    assert isinstance(hello, m.Hello) and hello.request == b"" and asked == [m.Search("pong", 0)] * 3


def test_a_list_is_shown_when_it_is_whole_and_begun_again_when_a_page_does_not_come() -> None:
    def pages(message: m.FromClient) -> m.FromService | None:
        if isinstance(message, m.Search):
            return m.Found((listing(f"PAGE-{message.page}"),), message.page, 3) if message.page < 2 or whole else None
        return WELCOME

    whole = False
    place = Scripted(pages)
    place.run(ANSWER_PATIENCE)
    assert place.codes == []
    whole = True
    place.run(1)
    assert place.codes == ["PAGE-0", "PAGE-1", "PAGE-2"]


def test_a_list_without_end_is_read_to_a_bound() -> None:
    def endless(message: m.FromClient) -> m.FromService:
        return m.Found((listing("X"),), message.page, 60_000) if isinstance(message, m.Search) else WELCOME

    place = Scripted(endless)
    place.run(READ_EVERY)
    assert len(place.codes) == MOST_PAGES


def test_a_page_that_was_not_asked_for_is_passed_over() -> None:
    place = Scripted(lambda message: WELCOME if isinstance(message, m.Hello) else m.Found((listing("X"),), 7, 8))
    place.run(1)
    assert place.codes == []


def test_the_ping_is_the_round_trip_of_a_request() -> None:
    place = Scripted(one_page, Network(lambda source, target: Delayed()))
    place.run(2)
    assert 0.099 < place.browsing.ping < 0.14


def test_while_the_service_is_away_the_list_stays_and_the_problem_says_so_until_it_is_back() -> None:
    place = Scripted(one_page)
    place.run(1)
    place.service.close(place.connections[0], Farewell.GOODBYE)
    place.run(0.2)
    assert "service:27020" in place.browsing.problem and not place.browsing.connected and place.codes
    place.run(5)
    assert place.browsing.connected and place.browsing.problem == "" and len(place.connections) == 2


def test_a_refusal_for_good_is_the_problem_from_then_on() -> None:
    place = Scripted(lambda message: m.Refused("version", "This service speaks version 2."))
    place.run(30)
    assert place.browsing.problem and not place.browsing.connected and len(place.heard) == 1


def test_after_its_end_nothing_is_asked() -> None:
    place = Scripted(one_page)
    place.run(1)
    place.browsing.close(place.now)
    place.browsing.close(place.now)
    said = len(place.heard)
    place.run(2 * READ_EVERY)
    assert len(place.heard) == said and not place.browsing.connected and place.codes
