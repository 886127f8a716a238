"""What is said on the local network: a question to everybody, and an answer to the one who asked.

    b"gamenet" · version (1 byte) · a record (msgpack)

A question is as long as the longest answer, and a shorter one gets none: who forges the asker's address gains no byte
by it. An answer repeats the question's nonce, so that only who heard the question can answer it. Reading is total: any
bytes give a packet that keeps its limits, or None.

Source: padding against amplification as in QUIC (RFC 9000, section 8.1).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple

from ...session.peers import printable
from ...session.records import Check, Kinds, Vocabulary, binary, flag, of, text, whole, words

_HEAD: Final = b"gamenet\x01"
SIZE: Final = 800
"""Bytes: of every question, and at most of an answer."""
NONCE_SIZE: Final = 8
MOST_WORD: Final = 128
"""Characters of a game's or a title's name."""
MOST_SERVICE: Final = 256
MOST_NAME: Final = 32
MOST_PLAYERS: Final = 0xFFFF


class Notice(NamedTuple):
    """A game as its host announces it."""

    wire: int
    """Version of the session's wire."""
    game: str
    """Name and version, as "asteroids/1.2"."""
    title: str
    name: str
    """The host's."""
    players: int
    max_peers: int
    locked: bool
    """A password is asked for, by the host."""
    data: Mapping[str, str]
    port: int
    """Where the host listens, on the address from which it answers; 0 for a game with a code."""
    code: str
    service: str
    """Where the code is good, "host[:port]"."""


@dataclass(frozen=True)
class Ask:
    """Who hosts here?"""

    nonce: bytes
    padding: bytes = b""


@dataclass(frozen=True)
class Offer:
    """I do."""

    nonce: bytes
    """The question's."""
    host: bytes
    """Random, one for each hosting session: the same game is heard over several interfaces."""
    notice: Notice


_U16 = whole(0xFFFF)
_NONCE = binary(NONCE_SIZE, NONCE_SIZE)


def _shown(longest: int) -> Check:
    """A text for a player's eyes: without what a screen should not get."""
    check = text(longest)
    return lambda value: printable(check(value)).strip()


def _data(value: object) -> dict[str, str]:
    return {printable(key): printable(each) for key, each in words(64)(value).items()}


_NOTICE = of(
    Notice,
    _U16,
    _shown(MOST_WORD),
    _shown(MOST_WORD),
    _shown(MOST_NAME),
    whole(MOST_PLAYERS),
    whole(MOST_PLAYERS),
    flag,
    _data,
    _U16,
    _shown(16),
    _shown(MOST_SERVICE),
)
_KINDS: Final[Kinds] = {
    1: (Ask, (_NONCE, binary(SIZE))),
    2: (Offer, (_NONCE, _NONCE, _NOTICE)),
}
_SAID: Final[Vocabulary[Ask | Offer]] = Vocabulary(_KINDS, "a packet")


def write_ask(nonce: bytes) -> bytes:
    """A question, `SIZE` bytes long."""
    bare = len(_write(Ask(nonce, bytes(256))))  # from 256 bytes on msgpack's header of the padding has the same length
    return _write(Ask(nonce, bytes(256 + SIZE - bare)))


def write_offer(offer: Offer) -> bytes:
    """An answer, at most `SIZE` bytes long when its notice is one that `fitting` gave."""
    return _write(offer)


def fitting(notice: Notice) -> Notice | None:
    """The notice without what is too much for a packet: data goes first, its last entry first, then title and name.

    None when that is not enough: names of game and service that have hundreds of bytes both.
    """
    nothing = bytes(NONCE_SIZE)
    return next(
        (each for each in (notice, *_shorter(notice)) if len(_write(Offer(nothing, nothing, each))) <= SIZE), None
    )


def _shorter(notice: Notice) -> Iterator[Notice]:
    """The notice with less and less of what can be missed."""
    keys = list(notice.data)
    while keys:
        keys.pop()
        yield notice._replace(data={key: notice.data[key] for key in keys})
    yield notice._replace(data={}, title="")
    yield notice._replace(data={}, title="", name="")


def read(data: bytes) -> Ask | Offer | None:
    """What was said, or None for anything else."""
    if len(data) > SIZE or not data.startswith(_HEAD):
        return None
    said = _SAID.decode(data[len(_HEAD) :])
    if isinstance(said, str) or (isinstance(said, Ask) and len(data) < SIZE):
        return None
    return said


def _write(said: Ask | Offer) -> bytes:
    return _HEAD + _SAID.encode(said)
