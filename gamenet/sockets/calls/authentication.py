"""Whether we can prove who we are."""

from __future__ import annotations

from gamenet._bridge import check, ffi

from .. import info as _info
from ..enums import AuthenticationStatus
from .base import Calls


class AuthenticationCalls(Calls):
    def init_authentication(self) -> AuthenticationStatus:
        """Begins to become able to authenticate; changes are told to `on_authentication_status`."""
        native = ffi.new("GnAuth *")
        check(self._lib.gn_sockets_init_authentication(native))
        return _info.read_authentication(native).status

    def get_authentication_status(self) -> tuple[AuthenticationStatus, str]:
        """How ready we are to authenticate, and the library's words about it."""
        native = ffi.new("GnAuth *")
        check(self._lib.gn_sockets_authentication(native))
        now = _info.read_authentication(native)
        return now.status, now.debug
