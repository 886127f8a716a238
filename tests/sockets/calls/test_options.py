"""Options, where they are given and where they arrive."""

from __future__ import annotations

import pytest

from gamenet.errors import (
    UnknownOption,
)
from gamenet.sockets import (
    Options,
    Sockets,
)


def test_an_unknown_option_is_refused_where_it_is_given(net: Sockets) -> None:
    with pytest.raises(UnknownOption, match="the nearest is 'NagleTime'"):
        net.connect_by_ip_address("127.0.0.1:9", {"NagelTime": 0})


def test_options_reach_the_connection(net: Sockets) -> None:
    connection = net.connect_by_ip_address("127.0.0.1:9", Options(nagle_time=1234, send_rate_max=500_000))
    assert net.get_option("NagleTime", connection) == 1234
    net.set_option("NagleTime", 77, connection)
    assert net.get_option("NagleTime", connection) == 77
    assert net.get_option("NagleTime") == 5000
    assert net.close_connection(connection)
