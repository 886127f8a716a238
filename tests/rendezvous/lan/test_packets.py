"""What is said on the local network: it comes back as it was said, keeps its size, and any bytes can be read."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gamenet.rendezvous.lan.packets import (
    MOST_NAME,
    MOST_SERVICE,
    MOST_WORD,
    NONCE_SIZE,
    SIZE,
    Ask,
    Notice,
    Offer,
    fitting,
    read,
    write_ask,
    write_offer,
)
from tests.rendezvous.lan.air import notice

NONCE, HOST = bytes(range(NONCE_SIZE)), b"\xff" * NONCE_SIZE
U16 = st.integers(0, 0xFFFF)
WORD = st.text(max_size=MOST_WORD)
NOTICES = st.builds(
    Notice,
    U16,
    WORD,
    WORD,
    st.text(max_size=MOST_NAME),
    U16,
    U16,
    st.booleans(),
    st.dictionaries(st.text(max_size=64), st.text(max_size=300), max_size=64),
    U16,
    st.text(max_size=16),
    st.text(st.characters(codec="ascii"), max_size=MOST_SERVICE),
)


def test_a_question_comes_back_with_its_nonce_and_is_as_long_as_the_longest_answer() -> None:
    packet = write_ask(NONCE)
    asked = read(packet)
    assert isinstance(asked, Ask) and asked.nonce == NONCE and len(packet) == SIZE


def test_an_answer_comes_back_as_it_was_said_and_an_ordinary_one_is_short() -> None:
    packet = write_offer(Offer(NONCE, HOST, notice()))
    assert read(packet) == Offer(NONCE, HOST, notice()) and len(packet) < 100


def test_a_question_that_is_shorter_than_an_answer_is_none() -> None:
    assert read(write_ask(NONCE)[:-1]) is None
    short = write_ask(NONCE)[: len(b"gamenet\x01")] + b"\x93\x01" + b"\xc4\x08" + NONCE + b"\xc4\x00"
    assert read(short) is None


@given(NOTICES)
def test_whatever_a_host_says_of_its_game_its_answer_fits(said: Notice) -> None:
    fits = fitting(said)
    if fits is None:
        assert len(said.game.encode()) + len(said.service) > SIZE // 2
        return
    packet = write_offer(Offer(NONCE, HOST, fits))
    offer = read(packet)
    assert len(packet) <= SIZE and isinstance(offer, Offer)
    assert offer.notice[4:7] == said[4:7] and offer.notice.port == said.port
    assert offer.notice.game == "".join(each for each in said.game if each.isprintable()).strip()


def test_what_is_too_much_goes_from_the_end_of_the_data_and_the_title_stays_while_it_can() -> None:
    said = notice(title="T" * MOST_WORD, data={"a": "x" * 200, "b": "y" * 200, "c": "z" * 900, "d": "w"})
    assert fitting(said) == said._replace(data={"a": "x" * 200, "b": "y" * 200})
    broad = notice(game="\U0001f3b2" * MOST_WORD, title="\U0001f3b2" * MOST_WORD)
    assert fitting(broad) == broad._replace(title="", data={})


def test_what_cannot_be_shortened_enough_is_not_said() -> None:
    assert fitting(notice(game="\U0001f3b2" * MOST_WORD, service="s" * MOST_SERVICE)) is None


def test_what_fits_is_left_as_it_is() -> None:
    assert fitting(notice()) == notice()


@given(st.binary(max_size=2 * SIZE))
def test_any_bytes_are_a_packet_or_nothing(data: bytes) -> None:
    for packet in (data, b"gamenet\x01" + data):
        assert read(packet) is None or isinstance(read(packet), Ask | Offer)


@given(st.data())
def test_an_answer_with_bytes_changed_is_one_that_keeps_its_limits_or_nothing(data: st.DataObject) -> None:
    packet = bytearray(write_offer(Offer(NONCE, HOST, notice())))
    for place in data.draw(st.lists(st.integers(8, len(packet) - 1), max_size=4)):
        packet[place] = data.draw(st.integers(0, 255))
    said = read(bytes(packet))
    if isinstance(said, Offer):
        assert len(said.notice.title) <= MOST_WORD and len(said.notice.name) <= MOST_NAME
        assert 0 <= said.notice.port <= 0xFFFF and said.notice.title.isprintable()


@pytest.mark.parametrize(
    ("said", "read_as"),
    [
        ({"title": " Po\x1b[31mng\n"}, {"title": "Po[31mng"}),
        ({"name": "\u202eadliH"}, {"name": "adliH"}),
        ({"data": {"ma\x07p": "mo\r\non"}}, {"data": {"map": "moon"}}),
    ],
)
def test_texts_are_read_without_what_a_screen_should_not_get(said: dict[str, Any], read_as: dict[str, Any]) -> None:
    packet = write_offer(Offer(NONCE, HOST, notice(**said)))
    assert read(packet) == Offer(NONCE, HOST, notice(**read_as))


@pytest.mark.parametrize(
    "packet",
    [b"", b"gamenet\x01", b"gamenet\x02" + write_ask(NONCE)[8:], write_ask(NONCE) + b"\x00", b"M-SEARCH * HTTP/1.1"],
)
def test_what_is_no_packet_of_ours_is_nothing(packet: bytes) -> None:
    assert read(packet) is None
