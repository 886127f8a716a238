"""Every public call of gamenet.sockets with what it does not take: an exception of ours that names it, or a value: no.

The calls are found by introspection; each has a row with good arguments, of which one at a time is replaced. A call
without a row fails, and so does one whose row lacks a parameter.
"""

from __future__ import annotations

import inspect
import random
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest

from gamenet import _bridge, sockets
from gamenet.errors import GamenetError, InvalidCertificate, InvalidHandle, LibraryClosed
from gamenet.sockets import (
    AuthenticationStatus,
    Authority,
    Connection,
    ConnectionState,
    FakeNetwork,
    Identity,
    ListenSocket,
    Options,
    PollGroup,
    RealTimeStatus,
    Result,
    SendFlags,
    Signal,
    Sockets,
)
from gamenet.sockets.address import told_identity
from gamenet.sockets.library import MAX_MESSAGE

from .support import Pumped, connect


@dataclass
class World:
    """An open library with one of everything."""

    net: Sockets
    one: Connection
    other: Connection
    closed: Connection
    group: PollGroup
    gone: PollGroup
    listen: ListenSocket
    authority: Authority
    folder: Path


Arguments = dict[str, Any]

CALLS: Final[dict[str, Callable[[World], Arguments]]] = {
    "Authority.generate": lambda w: {},
    "Authority.issue": lambda w: {"request": w.net.certificate_request(), "days": 1, "identity": "str:alice"},
    "Authority.load": lambda w: {"path": w.folder / "kept.pem"},
    "Authority.save": lambda w: {"path": w.folder / f"new{len(list(w.folder.iterdir()))}.pem"},
    "FakeNetwork": lambda w: {
        "loss": 1,
        "lag_ms": 1,
        "jitter_ms": 1,
        "reorder": 1,
        "reorder_ms": 1,
        "duplicate": 1,
        "rate": 0,
    },
    "ListenSocket.destroy": lambda w: {},
    "Sockets": lambda w: {"identity": "str:alice", "library": None},
    "Sockets.accept_connection": lambda w: {"connection": w.one},
    "Sockets.certificate_request": lambda w: {},
    "Sockets.close": lambda w: {},
    "Sockets.close_connection": lambda w: {"connection": w.one, "linger": False, "reason": 1000, "debug": "bye"},
    "Sockets.close_listen_socket": lambda w: {"listen": w.listen},
    "Sockets.configure_connection_lanes": lambda w: {"connection": w.one, "priorities": [0, 1], "weights": [1, 1]},
    "Sockets.connect_by_ip_address": lambda w: {"address": "127.0.0.1:9", "options": {"NagleTime": 0}},
    "Sockets.connect_p2p": lambda w: {"identity": "str:bob", "virtual_port": 0, "options": Options(nagle_time=0)},
    "Sockets.create_listen_socket_ip": lambda w: {"address": "127.0.0.1:0", "options": None},
    "Sockets.create_listen_socket_p2p": lambda w: {"virtual_port": 7, "options": None},
    "Sockets.create_poll_group": lambda w: {},
    "Sockets.create_socket_pair": lambda w: {"through_network": False, "peer_identities": ("str:a", "str:b")},
    "Sockets.destroy_poll_group": lambda w: {"group": w.group},
    "Sockets.flush_connections": lambda w: {"connections": [w.one]},
    "Sockets.flush_messages_on_connection": lambda w: {"connection": w.one},
    "Sockets.get_authentication_status": lambda w: {},
    "Sockets.get_connection_info": lambda w: {"connection": w.one},
    "Sockets.get_connection_name": lambda w: {"connection": w.one},
    "Sockets.get_connection_real_time_status": lambda w: {"connection": w.one, "lanes": 1},
    "Sockets.get_connection_user_data": lambda w: {"connection": w.one},
    "Sockets.get_detailed_connection_status": lambda w: {"connection": w.one},
    "Sockets.get_identity": lambda w: {},
    "Sockets.get_option": lambda w: {"name": "NagleTime", "of": w.one},
    "Sockets.init_authentication": lambda w: {},
    "Sockets.list_options": lambda w: {"of": w.one},
    "Sockets.real_time_statuses": lambda w: {"connections": [w.one]},
    "Sockets.receive_batch": lambda w: {"group": w.group, "limit": 8},
    "Sockets.receive_messages_on_connection": lambda w: {"connection": w.other, "limit": 8},
    "Sockets.receive_messages_on_poll_group": lambda w: {"group": w.group, "limit": 8},
    "Sockets.receive_signal": lambda w: {"data": b"signal", "sender": "str:bob"},
    "Sockets.run_callbacks": lambda w: {},
    "Sockets.send_message_to_connection": lambda w: {
        "connection": w.one,
        "data": b"x",
        "flags": SendFlags.RELIABLE,
        "lane": 0,
    },
    "Sockets.send_messages": lambda w: {"messages": [(w.one, b"x", 8)]},
    "Sockets.set_certificate": lambda w: {"certificate": b"x"},
    "Sockets.set_connection_name": lambda w: {"connection": w.one, "name": "x"},
    "Sockets.set_connection_poll_group": lambda w: {"connection": w.other, "group": w.group},
    "Sockets.set_connection_user_data": lambda w: {"connection": w.one, "data": 5},
    "Sockets.set_ice_servers": lambda w: {"stun": [], "turn": [], "candidates": None, "connection": None},
    "Sockets.set_option": lambda w: {"name": "NagleTime", "value": 5, "of": w.one},
    "Sockets.signals": lambda w: {},
    "Sockets.simulate": lambda w: {"fake": FakeNetwork()},
    "Sockets.trust": lambda w: {"root": w.authority.root},
    "TurnServer": lambda w: {"url": "turn:127.0.0.1:3478", "user": "u", "password": "p"},
    "describe_end": lambda w: {"reason": 1000},
    "ice_options": lambda w: {"stun": ["127.0.0.1:3478"], "turn": [], "candidates": None},
    "simulate": lambda w: {"fake": FakeNetwork()},
}

READ_ONLY: Final = {
    "AuthenticationChange": "told",
    "AuthenticationStatus": "an enum",
    "Connection": "a NewType",
    "ConnectionChange": "told",
    "ConnectionInfo": "told",
    "ConnectionState": "an enum",
    "EndReason": "an enum",
    "IceCandidates": "an enum",
    "Identity": "tests/sockets/test_address.py",
    "LaneStatus": "told",
    "ListenSocket": "made by create_listen_socket_ip",
    "Message": "received",
    "MessageView": "received",
    "OptionInfo": "told",
    "Options": "tests/sockets/test_options.py",
    "PollGroup": "a NewType",
    "RealTimeStatus": "told",
    "ReceivedBatch": "received",
    "Result": "an enum",
    "SendFlags": "an enum",
    "Signal": "told",
}
"""What nobody has to make, or what is checked elsewhere, and why."""


def methods(owner: type) -> Iterator[str]:
    """The public methods that somebody wrote for this class or for what it is made of."""
    for name in dir(owner):
        member = inspect.getattr_static(owner, name)
        written = isinstance(member, (staticmethod, classmethod)) or inspect.isfunction(member)
        if written and not name.startswith("_") and "gamenet" in getattr(member, "__module__", ""):
            yield name


def public_calls() -> set[str]:
    found = set()
    for name in sockets.__all__:
        thing = getattr(sockets, name)
        if inspect.isclass(thing):
            found |= {f"{name}.{method}" for method in methods(thing)}
        if callable(thing) and name not in READ_ONLY:
            found.add(name)
    return found - {"ReceivedBatch.rows", "Authority"}  # takes nothing, and is made by generate() and load()


def target(world: World, call: str) -> Callable[..., Any]:
    """What the name in `CALLS` stands for, in this world."""
    owner, _, method = call.partition(".")
    if not method:
        found: Callable[..., Any] = getattr(sockets, owner)
        return found
    instance = {"Sockets": world.net, "Authority": world.authority, "ListenSocket": world.listen}[owner]
    bound: Callable[..., Any] = getattr(instance, method)
    return bound


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    monkeypatch.chdir(tmp_path)
    look_up = socket.getaddrinfo

    def numeric(host: str, port: int, **how: Any) -> Any:  # nobody asks the network for a name
        return look_up(host, port, flags=socket.AI_NUMERICHOST, **how)

    monkeypatch.setattr(socket, "getaddrinfo", numeric)
    authority = Authority.generate()
    authority.save(tmp_path / "kept.pem")
    with Sockets(identity="str:alice") as net:
        one, other = net.create_socket_pair()
        closed, _ = net.create_socket_pair()
        net.close_connection(closed)
        group, gone = net.create_poll_group(), net.create_poll_group()
        net.destroy_poll_group(gone)
        listen = net.create_listen_socket_ip("127.0.0.1:0")
        yield World(net, one, other, closed, group, gone, listen, authority, tmp_path)


class Odd(int):
    """An int that is none of the usual ones."""

    def __index__(self) -> int:
        raise RuntimeError("not asked for")


GARBAGE: Final[dict[str, Callable[[World], Any]]] = {
    "None": lambda w: None,
    "True": lambda w: True,
    "0": lambda w: 0,
    "-1": lambda w: -1,
    "2**16": lambda w: 2**16,
    "2**31": lambda w: 2**31,
    "-2**31 - 1": lambda w: -(2**31) - 1,
    "2**32": lambda w: 2**32,
    "2**63": lambda w: 2**63,
    "2**200": lambda w: 2**200,
    "-2**200": lambda w: -(2**200),
    "an odd int": lambda w: Odd(5),
    "0.5": lambda w: 0.5,
    "1e300": lambda w: 1e300,
    "nan": lambda w: float("nan"),
    "-inf": lambda w: float("-inf"),
    "1j": lambda w: 1j,
    "an empty text": lambda w: "",
    "a text": lambda w: "x",
    "a number in a text": lambda w: "5",
    "an enormous text": lambda w: "x" * 200_000,
    "a text with a zero": lambda w: "str:al\0ice",
    "a lone surrogate": lambda w: "str:\ud800",
    "an identity that is too long": lambda w: "str:" + "x" * 40,
    "an identity of nobody": lambda w: told_identity("nonsense"),
    "an identity with a lone surrogate": lambda w: Identity("str:\udfff"),
    "an address without port": lambda w: "127.0.0.1",
    "an address with a port too high": lambda w: "127.0.0.1:70000",
    "an address with a name": lambda w: "no.such.host.invalid:80",
    "no bytes": lambda w: b"",
    "bytes": lambda w: b"x\0y\xff",
    "enormous bytes": lambda w: bytes(600_000),
    "a bytearray": lambda w: bytearray(b"x"),
    "a wide memoryview": lambda w: memoryview(bytes(16)).cast("Q"),
    "a memoryview with gaps": lambda w: memoryview(bytes(16))[::2],
    "an empty tuple": lambda w: (),
    "an empty list": lambda w: [],
    "a list of None": lambda w: [None],
    "a list of lists": lambda w: [[], [[]]],
    "a list of texts": lambda w: ["x", "\ud800"],
    "a list of negative numbers": lambda w: [-1, -5],
    "a list of huge numbers": lambda w: [2**200],
    "a long list": lambda w: [5] * 20_000,
    "messages of the wrong shape": lambda w: [(w.one, b"x")],
    "messages with a text": lambda w: [(w.one, "x", 8)],
    "messages with wrong flags": lambda w: [(w.one, b"x", 2**40)],
    "messages with a wrong lane": lambda w: [(w.one, b"x", 8, -1)],
    "a tuple of texts": lambda w: ("x", "y"),
    "an empty mapping": lambda w: {},
    "options that do not exist": lambda w: {"NoSuchOption": 1},
    "options with a lone surrogate": lambda w: {"\ud800": 1, "P2P_STUN_ServerList": "\ud800"},
    "options of the wrong type": lambda w: {"NagleTime": "soon"},
    "options out of range": lambda w: {"NagleTime": -1},
    "options with NaN": lambda w: {"NagleTime": float("nan")},
    "options without names": lambda w: {1: 2},
    "a mapping out of range": lambda w: {"MTU_PacketSize": -1},
    "a mapping of the wrong type": lambda w: {"TimeoutInitial": []},
    "a set": lambda w: {1},
    "an object": lambda w: object(),
    "a class": lambda w: int,
    "a function": lambda w: print,
    "an iterator": lambda w: iter([w.one]),
    "a closed connection": lambda w: w.closed,
    "a connection with one bit turned": lambda w: w.one ^ 1 << 20,
    "a poll group": lambda w: w.group,
    "a destroyed poll group": lambda w: w.gone,
    "a listen socket": lambda w: w.listen,
    "a listen socket's number": lambda w: w.listen.handle,
    "an authority": lambda w: w.authority,
    "the library itself": lambda w: w.net,
    "a fake network": lambda w: FakeNetwork(),
}

BARE: Final = (
    "ctype",
    "an integer is required",
    "has no len()",
    "object is not iterable",
    "cannot be interpreted",
    "unsupported operand",
    "not supported between",
    "object has no attribute",
    "codec can't",
    "argument must be",
    "expected",
    "can not serialize",
    "unpack",
    "subscriptable",
    "is not callable",
    "native code",
)
"""What Python, cffi or MessagePack say when nobody looked before them."""


def judged(call: str, parameter: str, value: object, error: BaseException) -> str:
    """What is wrong with an exception, or "" when it is one that a beginner can use."""
    files = call in ("Authority.load", "Authority.save") and isinstance(error, OSError)
    if isinstance(error, (UnicodeError, OverflowError, _bridge.NativePanic, LibraryClosed)):
        return "is none for a caller's mistake"
    if not isinstance(error, (GamenetError, TypeError, ValueError)) and not files:
        return "is none of ours"
    sentence = str(error)
    if any(words in sentence for words in BARE):
        return "is somebody else's sentence"
    items = list(value) if isinstance(value, (list, tuple)) else []
    values = (str(value), repr(value), *map(repr, items[:5]), *(f'"{item}"' for item in items[:5]))
    named = (parameter, parameter.rstrip("s"), type(value).__name__, *(each[:20] for each in values))
    if not files and not any(name in sentence for name in named) and KNOWN_AS.get(parameter, "\0") not in sentence:
        return "names neither the argument nor its value"
    return ""


KNOWN_AS: Final = {
    "of": "connection",
    "messages": "messages[0]",
    "options": "option",
    "value": "option",
    "fake": "Fake",
}
"""How a sentence may call a parameter otherwise."""


def test_every_public_call_has_a_row_with_all_its_parameters(world: World) -> None:
    assert set(CALLS) == public_calls()
    for call, row in CALLS.items():
        assert set(row(world)) == set(inspect.signature(target(world, call)).parameters), call


@pytest.mark.parametrize("call", [call for call in CALLS if call not in ("Sockets", "Sockets.set_certificate")])
def test_good_arguments_are_taken(world: World, call: str) -> None:
    target(world, call)(**CALLS[call](world))


@pytest.mark.parametrize("call", CALLS)
def test_whatever_is_given_a_call_says_what_is_wrong(world: World, call: str) -> None:
    failures = []
    if call == "Sockets":
        world.net.close()
    for parameter in CALLS[call](world):
        for name, make in GARBAGE.items():
            value = make(world)
            try:
                made = target(world, call)(**{**CALLS[call](world), parameter: value})
            except Exception as error:
                if wrong := judged(call, parameter, value, error):
                    failures.append(f"{parameter}={name}: {type(error).__name__}({str(error)[:100]!r}) {wrong}")
            else:
                if isinstance(made, Sockets):
                    made.close()
                if isinstance(made, ListenSocket):
                    made.destroy()
    assert not failures, "\n".join(["", *failures])
    assert call == "Sockets" or still_works(world.net)


def still_works(net: Sockets) -> bool:
    """A message still gets through."""
    if net.closed:
        return True
    one, other = net.create_socket_pair()
    assert net.send_message_to_connection(one, b"still") is Result.OK
    return [message.data for message in net.receive_messages_on_connection(other)] == [b"still"]


# --- What is taken ----------------------------------------------------------------------------------------------------

NUMBERS: Final = {"0", "an odd int"}
HANDLES: Final = NUMBERS | {
    "2**16",
    "2**31",
    "a closed connection",
    "a connection with one bit turned",
    "a poll group",
    "a destroyed poll group",
    "a listen socket's number",
}
TEXTS: Final = {
    "an empty text",
    "a text",
    "a number in a text",
    "an enormous text",
    "a text with a zero",
    "a lone surrogate",
    "an identity that is too long",
    "an address without port",
    "an address with a port too high",
    "an address with a name",
}
FILE_NAMES: Final = TEXTS - {"an empty text", "an enormous text", "a text with a zero", "a lone surrogate"}
BYTES: Final = {"no bytes", "bytes", "enormous bytes", "a bytearray", "a wide memoryview", "a memoryview with gaps"}
NOTHING: Final = {"an empty tuple", "an empty list"}
FLAGS: Final = {"True", "0"}
ANY_INT: Final = HANDLES | {"True", "-1", "2**32", "2**63", "2**200", "-2**200", "-2**31 - 1"}
WEATHER: Final = NUMBERS | {"0.5", "a listen socket's number"}

TAKEN: Final[dict[str, set[str]]] = {
    "candidates": {"None"},
    "connection": HANDLES,
    "connections": NOTHING | {"a set", "a long list", "an iterator"},
    "days": NUMBERS - {"0"} | {"0.5", "a listen socket's number"},
    "debug": TEXTS,
    "duplicate": WEATHER,
    "fake": {"a fake network"},
    "flags": FLAGS | {"an odd int", "a listen socket's number"},
    "group": HANDLES,
    "jitter_ms": WEATHER,
    "lag_ms": WEATHER,
    "lane": NUMBERS | {"True", "a listen socket's number"},
    "lanes": FLAGS,
    "limit": ANY_INT - {"0", "-1", "-2**200", "-2**31 - 1"},
    "linger": FLAGS,
    "listen": {"a listen socket"},
    "loss": WEATHER,
    "messages": NOTHING,
    "name": TEXTS,
    "of": {"None", "a listen socket"},
    "options": {"None", "an empty mapping"},
    "path": FILE_NAMES,
    "rate": {"0"},
    "reason": ANY_INT,
    "reorder": WEATHER,
    "reorder_ms": WEATHER,
    "sender": {"None"},
    "stun": NOTHING | {"None"},
    "through_network": FLAGS,
    "turn": NOTHING | {"None"},
    "value": NUMBERS | {"None", "True", "a listen socket's number"},
    "virtual_port": NUMBERS | {"a listen socket's number"},
    "weights": {"None"},
}
"""What of the garbage is none for a parameter of that name; everything else is refused."""

ALSO_TAKEN: Final[dict[tuple[str, str], set[str]]] = {
    ("Authority.issue", "identity"): {"None"},
    ("Sockets", "identity"): {"an empty text"},
    ("Sockets", "library"): {"None"},
    ("Sockets.receive_signal", "data"): BYTES,
    ("Sockets.send_message_to_connection", "connection"): {"True"},  # the quick way: it is no connection anyway
    ("Sockets.send_message_to_connection", "data"): BYTES,
    ("Sockets.set_connection_poll_group", "group"): {"None"},
    ("Sockets.set_connection_user_data", "data"): ANY_INT - {"2**63", "2**200", "-2**200"},
    ("Sockets.set_ice_servers", "connection"): {"None"},
    ("TurnServer", "password"): TEXTS,
    ("TurnServer", "url"): TEXTS,
    ("TurnServer", "user"): TEXTS,
}
NOT_TAKEN: Final[dict[tuple[str, str], set[str]]] = {
    ("Sockets.get_option", "name"): TEXTS,
    ("Sockets.set_option", "name"): TEXTS,
}


@pytest.mark.parametrize("call", [call for call in CALLS if call != "Sockets"])
def test_what_a_call_takes_is_what_it_can_use(world: World, call: str) -> None:
    surprises = []
    for parameter in CALLS[call](world):
        usable = TAKEN.get(parameter, set()) | ALSO_TAKEN.get((call, parameter), set())
        for name, make in GARBAGE.items():
            if name in usable - NOT_TAKEN.get((call, parameter), set()):
                continue
            try:
                made = target(world, call)(**{**CALLS[call](world), parameter: make(world)})
            except Exception:
                continue
            surprises.append(f"{parameter}={name} gave {made!r:.60}")
    assert not surprises, "\n".join(["", *surprises])


# --- Handles that nothing stands behind, and a library that is closed -------------------------------------------------

STRANGE: Final[dict[str, Callable[[World], Any]]] = {
    "0": lambda w: 0,
    "a number": lambda w: 4_000_000_000,
    "closed": lambda w: w.closed,
    "with one bit turned": lambda w: w.one ^ 1 << 16,
    "a poll group": lambda w: w.group,
    "a listen socket's number": lambda w: w.listen.handle,
}
NO: Final = (False, [], Result.INVALID_PARAM, Result.NO_CONNECTION, [Result.INVALID_PARAM])


def answer(call: Callable[..., Any], arguments: Arguments) -> object:
    """What the call gives, or how it says that there is no such handle."""
    try:
        return call(**arguments)
    except InvalidHandle as error:
        return error


def says_no(made: object) -> bool:
    status = made[0] if isinstance(made, list) and made else made
    if isinstance(status, RealTimeStatus):
        return status.state is ConnectionState.NONE
    return made in NO


@pytest.mark.parametrize("strange", STRANGE)
@pytest.mark.parametrize("call", [call for call in CALLS if call.startswith("Sockets.")])
def test_a_connection_that_is_none_gets_a_no_and_reaches_no_other(world: World, call: str, strange: str) -> None:
    arguments, wrong = CALLS[call](world), STRANGE[strange](world)
    before = world.net.get_connection_name(world.one), world.net.list_options(world.one)
    for parameter in {"connection", "connections", "of", "messages"} & set(arguments):
        value = {"connections": [wrong], "messages": [(wrong, b"lost", 8)]}.get(parameter, wrong)
        made = answer(target(world, call), {**arguments, parameter: value})
        assert says_no(made) or str(wrong) in str(made), made
    assert (world.net.get_connection_name(world.one), world.net.list_options(world.one)) == before
    assert world.net.receive_messages_on_connection(world.other) == []
    assert world.net.get_connection_info(world.one).state is ConnectionState.CONNECTED


@pytest.mark.parametrize("call", [call for call in CALLS if call.startswith("Sockets.")])
def test_a_poll_group_that_is_none_gets_a_no(world: World, call: str) -> None:
    arguments = CALLS[call](world)
    world.net.set_connection_poll_group(world.other, world.group)
    for wrong in (0, 77, world.gone, world.one, world.listen.handle) if "group" in arguments else ():
        made = answer(target(world, call), {**arguments, "group": wrong})
        assert says_no(made) or f"no poll group {wrong}" in str(made), made
    assert world.net.send_message_to_connection(world.one, b"x") is Result.OK
    assert len(world.net.receive_messages_on_poll_group(world.group)) == 1, "it is still in its group"


@pytest.mark.parametrize("call", [call for call in CALLS if call.startswith("Sockets.") or call == "simulate"])
def test_a_closed_library_refuses_every_call_but_closing(world: World, call: str) -> None:
    arguments, found = CALLS[call](world), target(world, call)
    world.net.close()
    if call in ("Sockets.close", "Sockets.close_listen_socket"):
        found(**arguments)
        return
    with pytest.raises(LibraryClosed, match=r"is closed|no library is open"):
        found(**arguments)


# --- Too much ---------------------------------------------------------------------------------------------------------


def test_a_message_longer_than_the_longest_is_refused_and_one_of_that_length_is_not(net: Sockets) -> None:
    pair = connect(net, Options(send_buffer_size=2 << 20))
    for flags in (SendFlags.RELIABLE, SendFlags.UNRELIABLE):
        assert net.send_message_to_connection(pair.client, bytes(MAX_MESSAGE + 1), flags) is Result.LIMIT_EXCEEDED
    too_long = (pair.client, bytes(MAX_MESSAGE + 1), 8)
    fits = (pair.client, bytes(MAX_MESSAGE), 8)
    assert net.send_messages([too_long, fits, too_long]) == [Result.LIMIT_EXCEEDED, Result.OK, Result.LIMIT_EXCEEDED]
    (message,) = pair.receive(pair.server, 1)
    assert len(message.data) == MAX_MESSAGE


def test_a_message_longer_than_the_send_buffer_is_refused(net: Sockets) -> None:
    pair = connect(net, Options(send_buffer_size=10_000))
    assert net.send_message_to_connection(pair.client, bytes(10_001)) is Result.LIMIT_EXCEEDED
    assert net.send_message_to_connection(pair.client, b"short") is Result.OK
    assert [message.data for message in pair.receive(pair.server, 1)] == [b"short"]


@pytest.mark.parametrize("way", ["one by one", "in batches"])
def test_a_flood_is_refused_once_the_buffer_is_full_and_nothing_before_that_is_lost(net: Sockets, way: str) -> None:
    pair = connect(net, Options(send_rate_min=4 << 20, send_rate_max=4 << 20))
    sent, full = 0, False
    while not full:
        numbers = range(sent, sent + 10)
        messages = [(pair.client, n.to_bytes(4, "big") * 500, int(SendFlags.RELIABLE)) for n in numbers]
        if way == "in batches":
            results = net.send_messages(messages)
        else:
            results = [net.send_message_to_connection(*message) for message in messages]
        taken = results.count(Result.OK)
        assert results == [Result.OK] * taken + [Result.LIMIT_EXCEEDED] * (10 - taken)
        sent, full = sent + taken, taken < 10
        assert sent < 100_000, "the buffer never fills"
    received = [int.from_bytes(message.data[:4], "big") for message in pair.receive(pair.server, sent)]
    assert received == list(range(sent))
    assert net.send_message_to_connection(pair.client, b"again") is Result.OK


# --- Bytes from strangers ---------------------------------------------------------------------------------------------


def test_a_signal_that_was_cut_or_changed_is_refused_and_never_raises() -> None:
    with Sockets(identity="str:alice") as net:
        net.connect_p2p("str:bob")
        pumped = Pumped(net)
        signals: list[Signal] = []
        pumped.until(lambda: signals.extend(net.signals()) or signals)
    with Sockets(identity="str:bob") as net:
        net.create_listen_socket_p2p()
        whole = signals[0].data
        chance = random.Random(1)
        for length in range(len(whole)):
            net.receive_signal(whole[:length])
        for _ in range(500):
            changed = bytearray(whole)
            for _ in range(chance.randint(1, 4)):
                changed[chance.randrange(len(whole))] ^= 1 << chance.randrange(8)
            net.receive_signal(bytes(changed))
            net.receive_signal(chance.randbytes(chance.randrange(200)))
        assert not net.receive_signal(b"")
        assert still_works(net)


def test_a_certificate_that_was_cut_or_changed_is_refused_with_a_reason() -> None:
    authority, chance = Authority.generate(), random.Random(2)
    with Sockets(identity="str:alice") as net:
        net.trust(authority.root)
        request = net.certificate_request()
        whole = authority.issue(request, identity="str:alice")
        wrong = [whole[:length] for length in range(len(whole))]
        wrong += [chance.randbytes(chance.randrange(300)) for _ in range(100)]
        for place in range(len(whole)):
            changed = bytearray(whole)
            changed[place] ^= 1 << chance.randrange(8)
            wrong.append(bytes(changed))
        for certificate in wrong:
            with pytest.raises(InvalidCertificate):
                net.set_certificate(certificate)
        for length in range(len(request)):
            with pytest.raises(InvalidCertificate):
                authority.issue(request[:length], identity="str:mallory")
        net.set_certificate(whole)
        assert net.get_authentication_status()[0] is AuthenticationStatus.CURRENT
