"""What every store does: a second one inherits this class and says how it is made."""

from __future__ import annotations

import pytest

from gamenet.rendezvous import rooms
from gamenet.rendezvous.messages import INVITE, PUBLIC, Create
from gamenet.rendezvous.rooms import About, Room, Seated
from gamenet.rendezvous.store import Store
from gamenet.session.transports.cards import Card


def card(name: str) -> Card:
    return Card(f"str:{name}", 4, bytes(16), 0)


def key(name: str) -> bytes:
    return name.encode().ljust(16)


def room(code: str, host: str = "ada", game: str = "asteroids/1.2", seats: int = 3) -> Room:
    about = Create("", key(host), game, "Friday", host, seats, PUBLIC, False, {"map": "moon"}, card(host))
    return rooms.opened(code, about)


class StoreConformance:
    """Tests for the store that the fixture `store` gives, empty."""

    @pytest.fixture
    def store(self) -> Store:
        raise NotImplementedError

    def test_a_room_is_kept_as_it_was_given(self, store: Store) -> None:
        assert store.take_code(room("AAAA2222"))
        assert store.room("AAAA2222") == store.opened_with(key("ada")) == room("AAAA2222")
        assert store.room("BBBB2222") is None and store.opened_with(key("bob")) is None
        assert store.count() == 1

    def test_a_code_is_taken_once(self, store: Store) -> None:
        assert store.take_code(room("AAAA2222"))
        assert not store.take_code(room("AAAA2222", "bob"))
        assert store.room("AAAA2222") == room("AAAA2222")
        assert store.opened_with(key("bob")) is None

    def test_a_key_opens_one_room(self, store: Store) -> None:
        assert store.take_code(room("AAAA2222"))
        assert not store.take_code(room("BBBB2222"))
        assert store.room("BBBB2222") is None and store.count() == 1

    def test_no_more_seats_are_taken_than_there_are(self, store: Store) -> None:
        store.take_code(room("AAAA2222", seats=4))
        results = [store.take_seat("AAAA2222", key(name), name, card(name)) for name in "bcdefghij"]
        assert [each.seat.id for each in results if isinstance(each, Seated)] == [2, 3, 4]
        assert results[3:] == ["full"] * 6

    def test_the_same_key_has_the_same_seat(self, store: Store) -> None:
        store.take_code(room("AAAA2222", seats=2))
        first = store.take_seat("AAAA2222", key("bob"), "bob", card("bob"))
        again = store.take_seat("AAAA2222", key("bob"), "bob", card("bob"))
        assert isinstance(first, Seated) and isinstance(again, Seated)
        assert (first.seat, first.changed, again.changed) == (again.seat, True, False)
        assert store.take_seat("AAAA2222", key("bob"), "bob", card("eve")) == "identity"

    def test_a_seat_that_is_freed_can_be_taken(self, store: Store) -> None:
        store.take_code(room("AAAA2222", seats=2))
        store.take_seat("AAAA2222", key("bob"), "bob", card("bob"))
        freed = store.free_seat("AAAA2222", 2)
        assert freed is not None and list(freed.members) == [1]
        taken = store.take_seat("AAAA2222", key("cid"), "cid", card("cid"))
        assert isinstance(taken, Seated) and taken.seat.id == 3

    def test_what_is_not_there_is_not_freed_and_the_host_s_seat_never(self, store: Store) -> None:
        store.take_code(room("AAAA2222"))
        assert store.free_seat("AAAA2222", 1) is None
        assert store.free_seat("AAAA2222", 2) is None
        assert store.free_seat("BBBB2222", 1) is None
        assert store.room("AAAA2222") == room("AAAA2222")

    def test_an_epoch_is_claimed_once(self, store: Store) -> None:
        store.take_code(room("AAAA2222"))
        for name in ("bob", "cid"):
            store.take_seat("AAAA2222", key(name), name, card(name))
        won = store.claim("AAAA2222", 1, 3)
        assert isinstance(won, Room) and (won.epoch, won.host) == (1, 3)
        assert store.claim("AAAA2222", 1, 2) == "epoch"
        assert store.room("AAAA2222") == won
        assert store.claim("AAAA2222", 2, 9) == store.claim("BBBB2222", 1, 1) == "code"

    def test_what_was_ended_is_gone_and_its_code_and_key_are_free(self, store: Store) -> None:
        store.take_code(room("AAAA2222"))
        assert store.end("AAAA2222") == room("AAAA2222")
        assert store.end("AAAA2222") is None
        assert store.room("AAAA2222") is None and store.count() == 0
        assert store.search("", 0, 10).rooms == ()
        assert store.take_seat("AAAA2222", key("bob"), "bob", card("bob")) == "code"
        assert store.take_code(room("AAAA2222"))

    def test_rooms_are_found_by_game_and_version_newest_first(self, store: Store) -> None:
        store.take_code(room("AAAA2222", "ada"))
        store.take_code(room("BBBB2222", "bob", "asteroids/1.3"))
        store.take_code(room("CCCC2222", "cid", "pong"))
        found = {game: [each.code[0] for each in store.search(game, 0, 10).rooms] for game in ("", "asteroids", "pong")}
        assert found == {"": ["C", "B", "A"], "asteroids": ["B", "A"], "pong": ["C"]}
        assert [each.code[0] for each in store.search("asteroids/1.2", 0, 10).rooms] == ["A"]
        assert store.search("aster", 0, 10) == store.search("1.2", 0, 10) == ((), 1)

    def test_what_is_found_comes_in_pages(self, store: Store) -> None:
        for number in range(5):
            store.take_code(room(f"AAAA222{number + 2}", f"h{number}"))
        pages = [store.search("", page, 2) for page in range(4)]
        assert [[each.code[-1] for each in page.rooms] for page in pages] == [["6", "5"], ["4", "3"], ["2"], []]
        assert {page.pages for page in pages} == {3}

    def test_a_room_is_found_as_it_is_now_or_not_at_all(self, store: Store) -> None:
        store.take_code(room("AAAA2222"))
        store.describe("AAAA2222", About("Sunday", PUBLIC, True, {}))
        store.hear("AAAA2222", True, 0.05)
        (found,) = store.search("asteroids", 0, 10).rooms
        assert (found.about.title, found.ping) == ("Sunday", 0.05)
        store.hear("AAAA2222", False, 0.0)
        assert store.search("asteroids", 0, 10).rooms == ()
        store.hear("AAAA2222", True, 0.05)
        assert len(store.search("", 0, 10).rooms) == 1
        store.describe("AAAA2222", About("Sunday", INVITE, True, {}))
        assert store.search("asteroids/1.2", 0, 10).rooms == ()

    def test_what_is_said_of_a_room_that_is_gone_is_nothing(self, store: Store) -> None:
        store.describe("AAAA2222", About("Sunday", PUBLIC, True, {}))
        store.hear("AAAA2222", True, 0.05)
        assert store.count() == 0
