"""Whether we can prove who we are, and whose proofs we believe."""

from __future__ import annotations

from typing import Final

from gamenet._bridge import check, ffi

from .. import info as _info
from .. import messages as _messages
from ..enums import AuthenticationStatus
from .base import Calls

_ROOM: Final = 4096
"""More bytes than any request has."""


class AuthenticationCalls(Calls):
    def trust(self, root: str) -> None:
        """Believes the certificates of the authority with this `Authority.root`, until the library closes.

        Several authorities can be trusted; a second time is harmless. None is to begin with.

        Raises:
            InvalidCertificate: this is no root; the message says why.
            GamenetError: on the Steam network, where Valve is the authority.
        """
        if not isinstance(root, str):
            raise TypeError(f"root must be a str, what Authority.root is, not {type(root).__name__}")
        check(self._lib.gn_sockets_trust(root.replace("\0", "?").encode(errors="replace")))

    def certificate_request(self) -> bytes:
        """What the authority needs in order to certify this process: carry it there, to `Authority.issue()`.

        It holds our public key, made when it is asked for the first time, and who we are, if we said so. The private
        key stays in the library. A certificate that is in use stays so.

        Raises:
            GamenetError: on the Steam network, where Valve is the authority.
        """
        room = ffi.new("uint8_t[]", _ROOM)
        size = check(self._lib.gn_sockets_certificate_request(room, _ROOM))
        return bytes(ffi.buffer(room, size))

    def set_certificate(self, certificate: bytes) -> None:
        """Proves who we are with this from now on, on connections to come. Those that exist keep what they began with.

        A process without a name has the certificate's then.

        Raises:
            InvalidCertificate: it is not for us, has expired or does within a second, was changed, or no authority that
                we trust has signed it. One that was in use before stays so.
            GamenetError: on the Steam network, where Valve is the authority.
        """
        body = _messages.payload(certificate, "certificate")
        check(self._lib.gn_sockets_set_certificate(body, len(body)))

    def init_authentication(self) -> AuthenticationStatus:
        """Says that we want to prove who we are; what is missing is told to `on_authentication_status`.

        Returns:
            The status as it is then, `WAITING` or `CANNOT_TRY` the first time.
        """
        native = ffi.new("GnAuth *")
        check(self._lib.gn_sockets_init_authentication(native))
        return _info.read_authentication(native).status

    def get_authentication_status(self) -> tuple[AuthenticationStatus, str]:
        """How ready we are to prove who we are, and in words what to do next."""
        native = ffi.new("GnAuth *")
        check(self._lib.gn_sockets_authentication(native))
        now = _info.read_authentication(native)
        return now.status, now.debug
