"""The one library that this process may have open: who holds it, and what becomes of it at a fork and at the end.

A `Sockets` that nobody holds any more is closed when Python lets go of it; one that is open when the interpreter exits
is closed behind the handlers that the program registered with `atexit`. What a daemon thread still calls then ends that
thread without a word: Python itself would end it a step later.
"""

from __future__ import annotations

import atexit
import os
import threading
import weakref
from typing import TYPE_CHECKING, Any, Final

from gamenet import _bridge
from gamenet.errors import AlreadyOpen, LibraryClosed

if TYPE_CHECKING:
    from .library import Sockets

FORKED: Final = (
    "GameNetworkingSockets was open when this process was forked, and it does not survive that: its threads stay "
    "behind. Start other processes with subprocess or multiprocessing's 'spawn', or open the library after the fork"
)
_EXITING: Final = "the interpreter exits: nothing can be opened any more"


class Process:
    """What this process knows about its library."""

    def __init__(self) -> None:
        self.gate = threading.RLock()
        """Held while the library opens or closes. A fork waits for it, so that the child finds it open or closed."""
        self._held: weakref.ref[Sockets] | None = None
        self._forked = False

    def opened(self) -> Sockets | None:
        """The library that is open, if one is."""
        return None if self._held is None else self._held()

    def require_free(self) -> None:
        """Raises what stands against opening one: `AlreadyOpen`, or `LibraryClosed` behind a fork and at the end."""
        if self._forked:
            raise LibraryClosed(FORKED)
        if _bridge.exiting:
            _bridge.refuse(_EXITING)
        if self.opened() is not None:
            raise AlreadyOpen("a Sockets is open in this process already: close it first, or share it")

    def hold(self, net: Sockets) -> weakref.finalize[Any, Sockets]:
        """`net` is open: it is closed when Python lets go of it, unless what is returned was detached."""
        self._held = weakref.ref(net)
        dropped = weakref.finalize(net, _close_dropped)
        dropped.atexit = False  # `at_exit` comes later
        return dropped

    def let_go(self) -> None:
        """It is closed."""
        self._held = None

    def before_fork(self) -> None:
        self.gate.acquire()

    def after_fork_in_parent(self) -> None:
        self.gate.release()

    def after_fork_in_child(self) -> None:
        self.gate = threading.RLock()
        if (net := self.opened()) is not None:
            net._left_behind(FORKED)
            self._held, self._forked = None, True
            _bridge.check(_bridge.lib.gn_sockets_left_behind())

    def at_exit(self) -> None:
        _bridge.exiting = True
        if (net := self.opened()) is not None:
            net.close()


def _close_dropped() -> None:
    with process.gate:
        process.let_go()
        _bridge.lib.gn_sockets_close()


process: Final = Process()

atexit.register(process.at_exit)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(
        before=process.before_fork,
        after_in_parent=process.after_fork_in_parent,
        after_in_child=process.after_fork_in_child,
    )
