"""Options by Python's names and by Valve's."""

from __future__ import annotations

from dataclasses import fields

import pytest

from gamenet.errors import UnknownOption
from gamenet.sockets import Options, Sockets
from gamenet.sockets.options import FLOAT, INT, STRING, Described, find, known_options, named, settings

REFERENCE = """TimeoutInitial TimeoutConnected SendBufferSize SendRateMin SendRateMax NagleTime IP_AllowWithoutAuth
MTU_PacketSize Unencrypted SymmetricConnect LocalVirtualPort"""

KNOWN = {"NagleTime": Described(12, INT), "FakePacketLoss_Send": Described(2, FLOAT), "Servers": Described(103, STRING)}


def test_each_option_of_the_reference_has_a_field_and_exists_in_the_library(net: Sockets) -> None:
    all_set = Options(**{field.name: 1 for field in fields(Options)})
    assert list(named(all_set)) == REFERENCE.split()
    assert set(REFERENCE.split()) <= set(known_options())


def test_the_defaults_that_the_fields_document_are_the_librarys(net: Sockets) -> None:
    documented = {
        "TimeoutInitial": 10_000,
        "TimeoutConnected": 10_000,
        "SendBufferSize": 524_288,
        "SendRateMin": 262_144,
        "SendRateMax": 262_144,
        "NagleTime": 5_000,
        "IP_AllowWithoutAuth": 2,
        "MTU_PacketSize": 1_300,
        "Unencrypted": 0,
        "SymmetricConnect": 0,
        "LocalVirtualPort": -1,
    }
    assert {name: net.get_option(name) for name in documented} == documented


def test_only_what_is_set_is_passed_on() -> None:
    assert named(None) == named(Options()) == named({}) == {}
    assert named(Options(nagle_time=0, symmetric_connect=False)) == {"NagleTime": 0, "SymmetricConnect": False}


def test_a_mapping_with_valves_names_means_the_same() -> None:
    assert named({"NagleTime": 0}) == named(Options(nagle_time=0))


@pytest.mark.parametrize(
    ("wrong", "near"),
    [("Nagletime", "NagleTime"), ("nagle_time", "NagleTime"), ("fake_packet_los", "FakePacketLoss_Send")],
)
def test_an_unknown_option_names_the_nearest(wrong: str, near: str) -> None:
    with pytest.raises(UnknownOption, match=f"{wrong!r}; the nearest is {near!r}"):
        find(wrong, KNOWN)


@pytest.mark.parametrize("wrong", [7, "NagleTime=0", [("NagleTime", 0)], {1: 2}])
def test_options_of_another_type_are_a_type_error(wrong: object) -> None:
    with pytest.raises(TypeError, match="options must be"):
        named(wrong)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("NagleTime", "0", "NagleTime holds a whole number, not str"),
        ("NagleTime", 0.5, "NagleTime holds a whole number, not float"),
        ("FakePacketLoss_Send", "x", "FakePacketLoss_Send holds a number, not str"),
        ("Servers", 1, "Servers holds a text, not int"),
    ],
)
def test_a_value_of_the_wrong_type_names_the_option(name: str, value: object, said: str) -> None:
    with pytest.raises(TypeError, match=said):
        settings({name: value}, KNOWN)  # type: ignore[dict-item]


@pytest.mark.parametrize("value", [2**31, -(2**31) - 1, 2**80])
def test_a_number_that_does_not_fit_names_the_option(value: int) -> None:
    with pytest.raises(ValueError, match=f"NagleTime cannot hold {value}"):
        settings({"NagleTime": value}, KNOWN)


def test_a_mapping_may_set_what_has_no_field(net: Sockets) -> None:
    with net.create_listen_socket_ip("127.0.0.1:0", {"RecvBufferMessages": 50}) as listen:
        assert listen.port > 0


def test_a_default_that_is_set_is_read_back_in_its_type(net: Sockets) -> None:
    for name, value in {"NagleTime": 123, "FakePacketLoss_Send": 2.5, "P2P_STUN_ServerList": "192.0.2.1:3478"}.items():
        before = net.get_option(name)
        net.set_option(name, value)
        assert net.get_option(name) == value
        net.set_option(name, before)
