"""Log lines: levels both ways, lost ones, and a level that changes while the library is open."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from contextlib import suppress

import pytest

from gamenet._bridge import ffi
from gamenet.sockets import SendFlags, Sockets, logs
from tests.sockets.support import Pumped


@pytest.fixture
def level(caplog: pytest.LogCaptureFixture) -> Callable[[int], None]:
    return lambda number: caplog.set_level(number, logger="gamenet.sockets")


@pytest.mark.parametrize(
    ("python", "valve"),
    [
        (logging.CRITICAL, 0),
        (logging.ERROR, 2),
        (logging.WARNING, 4),
        (logging.INFO, 5),
        (logging.DEBUG, 6),
        (9, 7),
        (5, 8),
        (1, 8),
    ],
)
def test_the_library_is_asked_for_what_the_logger_lets_through(
    level: Callable[[int], None], python: int, valve: int
) -> None:
    level(python)
    assert logs.wanted() == valve
    assert all(valve >= each for each, record in logs.LEVELS.items() if record >= max(python, logging.DEBUG + 1))


def test_each_of_valves_levels_becomes_one_of_pythons(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(1, logger="gamenet.sockets")
    texts = [ffi.new("char[]", b"line %d" % level) for level in range(1, 10)]
    rows = ffi.new("GnLog[]", [{"level": level, "text": text} for level, text in enumerate(texts, 1)])
    logs.write(logs.read(rows, len(rows)), lost=0)
    names = [record.levelname for record in caplog.records]
    assert names == ["ERROR", "ERROR", "INFO", "WARNING", "INFO", "DEBUG", "DEBUG", "DEBUG", "DEBUG"]
    assert [record.getMessage() for record in caplog.records] == [f"line {level}" for level in range(1, 10)]


def test_a_lock_held_for_long_on_a_busy_machine_is_no_warning(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(1, logger="gamenet.sockets")
    logs.write([(4, "SteamNetworkingSockets lock held for 5.1ms.  (Performance warning.)  x"), (4, "other")], lost=0)
    assert [record.levelname for record in caplog.records] == ["DEBUG", "WARNING"]


def test_lost_lines_are_told_in_a_warning_before_the_others(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG, logger="gamenet.sockets"), Sockets() as net:
        one, _ = net.create_socket_pair(through_network=True)
        net.set_option("LogLevel_Message", 6, one)
        net.send_messages([(one, b"each says something", SendFlags.UNRELIABLE)] * 4_200)  # and 4,096 lines are kept
        net.run_callbacks()
        first, second, *_ = caplog.records
        assert first.levelno == logging.WARNING
        assert "log lines of the library are lost: run_callbacks() was not called for too long" in first.getMessage()
        assert int(first.getMessage().split()[0]) > 0
        assert "lost" not in second.getMessage()
        caplog.clear()
        net.run_callbacks()
        assert not [record for record in caplog.records if "lost" in record.getMessage()]


def test_the_same_warning_again_and_again_is_told_some_times_and_then_counted(
    net: Sockets, caplog: pytest.LogCaptureFixture
) -> None:
    one, _ = net.create_socket_pair()
    for _ in range(100):
        with suppress(ValueError):
            net.get_connection_real_time_status(one, lanes=9)
    counted = re.compile(r"(\d+) lines more like this one: Invalid lane count")
    Pumped(net).until(lambda: counted.match(caplog.messages[-1]) if caplog.messages else None, "the rest")
    told = [message for message in caplog.messages if message.startswith("Invalid lane count 9")]
    found = counted.match(caplog.messages[-1])
    assert found is not None and len(told) + int(found[1]) == 100
    assert len(told) == 8


def test_a_level_that_changes_while_the_library_is_open_takes_effect(
    net: Sockets, caplog: pytest.LogCaptureFixture
) -> None:
    def says() -> list[str]:
        net.run_callbacks()
        caplog.clear()
        net.close_connection(net.connect_by_ip_address("127.0.0.1:9"))
        net.run_callbacks()
        return [record.getMessage() for record in caplog.records]

    caplog.set_level(logging.WARNING, logger="gamenet.sockets")
    assert says() == []
    caplog.set_level(logging.INFO, logger="gamenet.sockets")
    assert any("closed by app" in line for line in says())
    caplog.set_level(logging.ERROR, logger="gamenet.sockets")
    assert says() == []


def test_one_connection_can_be_made_to_say_more(net: Sockets, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, logger="gamenet.sockets")
    one, other = net.create_socket_pair(through_network=True)
    net.set_option("LogLevel_Message", 6, one)
    for end in (one, other):
        net.set_connection_name(end, f"end {end}")
        net.send_message_to_connection(end, b"12345")
    net.run_callbacks()
    sent = [record.getMessage() for record in caplog.records if "SendMessage" in record.getMessage()]
    assert any(f"end {one}" in line for line in sent)
    assert not any(f"end {other}" in line for line in sent)
