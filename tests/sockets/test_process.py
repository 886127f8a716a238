"""Who holds the one library of this process. What needs a process of its own to end is in test_lifetime.py."""

from __future__ import annotations

import gc
import threading

import pytest

from gamenet import _bridge
from gamenet.errors import AlreadyOpen, LibraryClosed
from gamenet.sockets import ConnectionChange, ListenSocket, Sockets
from gamenet.sockets.process import process


def test_a_library_that_nobody_holds_is_closed() -> None:
    Sockets()
    gc.collect()
    assert process.opened() is None
    Sockets().close()


def test_a_library_in_a_cycle_with_its_handler_is_closed_by_the_garbage_collector() -> None:
    class Game:
        def __init__(self) -> None:
            self.net = Sockets()
            self.net.on_connection_changed = self.changed

        def changed(self, change: ConnectionChange) -> None: ...

    Game()
    gc.collect()
    Sockets().close()


def test_what_came_of_a_library_keeps_it() -> None:
    def listen() -> ListenSocket:
        return Sockets().create_listen_socket_ip("127.0.0.1:0")

    held = listen()
    gc.collect()
    with pytest.raises(AlreadyOpen):
        Sockets()
    held.destroy()
    net = process.opened()
    assert net is not None
    net.close()


def test_a_library_whose_opening_fails_half_way_is_closed_again(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(self: Sockets, name: str, value: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(Sockets, "set_option", interrupted)
        with pytest.raises(KeyboardInterrupt):
            Sockets()
    Sockets().close()


def test_of_many_threads_that_open_at_once_one_gets_it() -> None:
    start, opened, refused = threading.Barrier(8), [], []

    def race() -> None:
        start.wait()
        try:
            opened.append(Sockets())
        except AlreadyOpen as error:
            refused.append(str(error))

    threads = [threading.Thread(target=race) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(opened), len(refused)) == (1, 7)
    assert len(set(refused)) == 1
    opened[0].close()


def test_when_the_interpreter_exits_a_daemon_thread_ends_without_a_word(monkeypatch: pytest.MonkeyPatch) -> None:
    ends: list[BaseException] = []
    net = Sockets()
    monkeypatch.setattr(_bridge, "exiting", True)
    net.close()

    def call() -> None:
        for attempt in (net.create_poll_group, lambda: net.set_option("NagleTime", 0), Sockets):
            try:
                attempt()
            except BaseException as error:
                ends.append(error)

    thread = threading.Thread(target=call)
    thread.start()
    thread.join()
    assert [type(end) for end in ends] == [SystemExit] * 3
    with pytest.raises(LibraryClosed, match="the interpreter exits"):
        Sockets()
