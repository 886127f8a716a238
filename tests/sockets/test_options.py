"""Options by Python's names and by Valve's."""

from __future__ import annotations

from dataclasses import fields

import pytest

from gamenet._bridge import ffi
from gamenet.errors import InvalidOption, UnknownOption
from gamenet.sockets import Options, Sockets
from gamenet.sockets.catalogue import OptionInfo, known_options
from gamenet.sockets.options import TAKES, named, read, settings

REFERENCE = """TimeoutInitial TimeoutConnected SendBufferSize SendRateMin SendRateMax NagleTime IP_AllowWithoutAuth
MTU_PacketSize Unencrypted SymmetricConnect LocalVirtualPort"""

_DEFAULTS = {
    "TimeoutInitial": 10_000,
    "TimeoutConnected": 10_000,
    "SendBufferSize": 524_288,
    "SendRateMin": 262_144,
    "SendRateMax": 262_144,
    "NagleTime": 5_000,
    "IP_AllowWithoutAuth": 2,
    "MTU_PacketSize": 1_300,
    "Unencrypted": 0,
    "SymmetricConnect": False,
    "LocalVirtualPort": -1,
}

KNOWN = {
    info.name: info
    for info in [
        OptionInfo("NagleTime", 12, "int32", "connection", 5000, 5000, 0, 20_000),
        OptionInfo("Penalty", 13, "float", "connection", 0.0, 0.0, 0.0, 100.0),
        OptionInfo("UserData", 40, "int64", "connection", -1, -1),
        OptionInfo("Servers", 103, "string", "connection", "", ""),
        OptionInfo("DataSize", 33, "int32", "connection", 1, 1, read_only=True),
        OptionInfo("Callback_ConnectionStatusChanged", 201, "function", "connection", 0, 0),
        OptionInfo("Weather", 4, "int32", "global", 0, 0, 0, 9),
    ]
}


def test_each_option_of_the_reference_has_a_field_and_exists_in_the_library(net: Sockets) -> None:
    all_set = Options(
        **{field.name: _DEFAULTS[valve] for field, valve in zip(fields(Options), REFERENCE.split(), strict=True)}
    )
    assert list(named(all_set)) == REFERENCE.split()
    assert set(REFERENCE.split()) <= set(known_options())


@pytest.mark.parametrize("slip", ["nagel_time", "NagleTime", "nagle"])
def test_a_slip_of_the_pen_in_a_field_is_answered_with_the_right_one(slip: str) -> None:
    with pytest.raises(UnknownOption, match=f"Options has no '{slip}'; the nearest is 'nagle_time'"):
        Options(**{slip: 0})


def test_the_defaults_that_the_fields_document_are_the_librarys(net: Sockets) -> None:
    assert {name: net.get_option(name) for name in _DEFAULTS} == _DEFAULTS


def test_the_fields_take_what_the_library_takes(net: Sockets) -> None:
    ranges = {info.name: (info.lowest, info.highest) for info in net.list_options()}
    ours = dict(zip((field.name for field in fields(Options)), REFERENCE.split(), strict=True))
    assert {name: ranges[valve] for name, valve in ours.items() if name != "symmetric_connect"} == TAKES


@pytest.mark.parametrize("name", [field.name for field in fields(Options) if field.name != "symmetric_connect"])
def test_a_field_refuses_at_once_what_it_does_not_take(name: str) -> None:
    for wrong in ("5", 5.0, True, b"5"):
        with pytest.raises(TypeError, match=f"{name} must be a whole number, not {type(wrong).__name__}"):
            Options(**{name: wrong})  # type: ignore[arg-type]
    low, high = TAKES[name]
    for beyond in (low - 1, high + 1, 2**200):
        with pytest.raises(InvalidOption, match=f"{name} must be from {low} to {high}, not {beyond}"):
            Options(**{name: beyond})
    assert getattr(Options(**{name: low}), name) == low and getattr(Options(**{name: high}), name) == high


@pytest.mark.parametrize("wrong", [2, 1, 0, "yes"])
def test_a_field_that_is_true_or_false_takes_nothing_else(wrong: object) -> None:
    with pytest.raises(TypeError, match=f"symmetric_connect must be True or False, not {wrong!r}"):
        Options(symmetric_connect=wrong)  # type: ignore[arg-type]


def test_what_valve_has_and_no_field_has_is_to_be_given_in_a_mapping() -> None:
    for name in ("RecvBufferSize", "k_ESteamNetworkingConfig_RecvBufferSize"):
        with pytest.raises(UnknownOption, match=r"a mapping with Valve's own names: \{'RecvBufferSize': …\}"):
            Options(**{name: 1})
    with pytest.raises(UnknownOption, match="Options has no 'x9'; it has timeout_initial, timeout_connected"):
        Options(x9=1)  # type: ignore[call-arg]


def test_a_lowest_rate_above_the_highest_is_refused() -> None:
    with pytest.raises(InvalidOption, match="send_rate_min 5000 is above send_rate_max 4000"):
        Options(send_rate_min=5000, send_rate_max=4000)
    assert named(Options(send_rate_min=5000, send_rate_max=5000)) == {"SendRateMin": 5000, "SendRateMax": 5000}
    assert named(Options(send_rate_min=5_000_000)) == {"SendRateMin": 5_000_000}


def test_a_lowest_rate_above_the_highest_is_refused_by_valves_names_too(net: Sockets) -> None:
    for prefix in ("", "k_ESteamNetworkingConfig_"):
        with pytest.raises(InvalidOption, match="SendRateMin 5000 is above SendRateMax 4000"):
            net.connect_by_ip_address("127.0.0.1:9", {f"{prefix}SendRateMin": 5000, f"{prefix}SendRateMax": 4000})


def test_only_what_is_set_is_passed_on() -> None:
    assert named(None) == named(Options()) == named({}) == {}
    assert named(Options(nagle_time=0, symmetric_connect=False)) == {"NagleTime": 0, "SymmetricConnect": False}


def test_a_mapping_with_valves_names_means_the_same() -> None:
    assert named({"NagleTime": 0}) == named(Options(nagle_time=0))


@pytest.mark.parametrize("wrong", [7, "NagleTime=0", [("NagleTime", 0)], {1: 2}])
def test_options_of_another_type_are_a_type_error(wrong: object) -> None:
    with pytest.raises(TypeError, match="options must be"):
        named(wrong)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("NagleTime", "0", "NagleTime holds a whole number, not str"),
        ("NagleTime", 0.5, "NagleTime holds a whole number, not float"),
        ("UserData", 0.5, "UserData holds a whole number, not float"),
        ("Penalty", "x", "Penalty holds a number, not str"),
        ("Servers", 1, "Servers holds a text, not int"),
    ],
)
def test_a_value_of_the_wrong_type_names_the_option(name: str, value: object, said: str) -> None:
    with pytest.raises(TypeError, match=said):
        settings({name: value}, KNOWN)  # type: ignore[dict-item]


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("NagleTime", -1, "NagleTime takes 0 to 20000, not -1"),
        ("NagleTime", 20_001, "NagleTime takes 0 to 20000, not 20001"),
        ("NagleTime", 2**80, "NagleTime takes 0 to 20000, not 1208"),
        ("Penalty", 100.5, "Penalty takes 0.0 to 100.0, not 100.5"),
        ("Penalty", float("nan"), "Penalty takes 0.0 to 100.0, not nan"),
        ("UserData", 2**63, "UserData takes -9223372036854775808 to 9223372036854775807, not 9223372036854775808"),
        ("Servers", "a\0b", "Servers cannot hold a text with a zero byte"),
        ("Servers", "a\ud800b", "Servers cannot hold a text with .* half a character"),
        ("DataSize", 1, "DataSize can only be read"),
        ("Callback_ConnectionStatusChanged", 1, "holds a function of C.*set `on_connection_changed` instead"),
        ("Weather", 1, r"Weather is the whole library's, not one connection's: set_option\('Weather'"),
    ],
)
def test_what_an_option_does_not_take_is_told_with_what_it_takes(name: str, value: object, said: str) -> None:
    with pytest.raises(InvalidOption, match=said):
        settings({name: value}, KNOWN)  # type: ignore[dict-item]


@pytest.mark.parametrize(
    ("name", "value"),
    [("NagleTime", 20_000), ("Penalty", 2.5), ("UserData", -(2**63)), ("UserData", 2**63 - 1), ("Servers", "größer")],
)
def test_a_value_is_written_and_read_back_as_it_was(name: str, value: int | float | str) -> None:
    native = settings({name: value}, KNOWN)
    buffer = ffi.new("char[]", value.encode() if isinstance(value, str) else 1)
    assert read(native.array[0], buffer) == value
    assert not isinstance(value, str) or bytes(ffi.string(native.array[0].text)).decode() == value


def test_a_mapping_may_set_what_has_no_field(net: Sockets) -> None:
    with net.create_listen_socket_ip("127.0.0.1:0", {"k_ESteamNetworkingConfig_RecvBufferMessages": 50}) as listen:
        assert net.get_option("RecvBufferMessages", listen) == 50
