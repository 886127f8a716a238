"""What all calls stand on: the open library, or what refuses in its place."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gamenet import _bridge

if TYPE_CHECKING:
    from ..catalogue import OptionInfo
    from ..handles import ListenSocket


class Calls:
    """The part of `Sockets` that each topic's calls see."""

    _lib: _bridge.Lib
    _known: dict[str, OptionInfo]
    """The library's options by Valve's name."""
    _listening: dict[int, ListenSocket]
    """Open listen sockets by handle."""

    def _options(self) -> dict[str, OptionInfo]:
        """The options that exist, if the library is open."""
        if isinstance(self._lib, _bridge.Refusing):
            _bridge.refuse(self._lib.why)
        return self._known
