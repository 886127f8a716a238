"""Bad weather: what is accepted, and which options it becomes."""

from __future__ import annotations

import pytest

from gamenet.errors import LibraryClosed
from gamenet.sockets import FakeNetwork, SendFlags, Sockets, simulate
from gamenet.sockets.fake import global_options

from .support import connect


def test_each_kind_of_weather_goes_both_ways() -> None:
    options = global_options(FakeNetwork(loss=5, lag_ms=50, jitter_ms=10, reorder=2, duplicate=1))
    assert options["FakePacketLoss_Send"] == options["FakePacketLoss_Recv"] == 5.0
    assert options["FakePacketLag_Send"] == options["FakePacketLag_Recv"] == 50
    assert options["FakePacketJitter_Send_Avg"] == options["FakePacketJitter_Recv_Avg"] == 5.0
    assert options["FakePacketJitter_Send_Max"] == options["FakePacketJitter_Recv_Max"] == 10.0
    assert options["FakePacketReorder_Send"] == options["FakePacketReorder_Recv"] == 2.0
    assert options["FakePacketDup_Send"] == options["FakePacketDup_Recv"] == 1.0


def test_the_library_takes_every_option_of_the_weather(net: Sockets) -> None:
    fake = FakeNetwork(loss=5, lag_ms=50, jitter_ms=10, reorder=2, reorder_ms=30, duplicate=1)
    net.simulate(fake)
    assert {name: net.get_option(name) for name in global_options(fake)} == global_options(fake)


def test_an_opened_library_has_good_weather() -> None:
    with Sockets() as net:
        net.simulate(FakeNetwork(loss=50))
    with Sockets() as net:
        assert net.get_option("FakePacketLoss_Send") == 0.0


@pytest.mark.parametrize("wrong", [{"loss": 101}, {"lag_ms": -1}, {"jitter_ms": float("nan")}, {"rate": -5}])
def test_weather_out_of_range_names_itself(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        FakeNetwork(**wrong)  # type: ignore[arg-type]


def test_weather_that_is_no_number_is_a_type_error() -> None:
    with pytest.raises(TypeError, match="loss must be a number, not str"):
        FakeNetwork(loss="5")  # type: ignore[arg-type]


def test_a_narrow_line_is_refused_with_what_to_do_instead() -> None:
    with pytest.raises(ValueError, match=r"rate must be 0, not 20000: .*send_rate_max.*Link"):
        FakeNetwork(rate=20_000)
    assert FakeNetwork(rate=0) == FakeNetwork()


def test_the_librarys_own_narrow_line_is_really_none(net: Sockets) -> None:
    """At 1,000 bytes a second 200,000 would take longer than any test waits. Once this fails, `rate` can be had."""
    for way in ("Send", "Recv"):
        net.set_option(f"FakeRateLimit_{way}_Burst", 1000)
        net.set_option(f"FakeRateLimit_{way}_Rate", 1000)
    pair = connect(net)
    net.send_messages([(pair.client, bytes(50_000), SendFlags.RELIABLE)] * 4)
    assert len(pair.receive(pair.server, 4)) == 4


def test_whoever_opened_the_library_the_process_can_play_in_bad_weather(net: Sockets) -> None:
    simulate(FakeNetwork(loss=50))
    assert net.get_option("FakePacketLoss_Send") == 50
    simulate(FakeNetwork())
    assert net.get_option("FakePacketLoss_Send") == 0


def test_without_a_library_there_is_no_weather() -> None:
    with pytest.raises(LibraryClosed, match="open a session"):
        simulate(FakeNetwork(loss=50))
