"""Whether we can prove who we are."""

from __future__ import annotations

from gamenet.sockets import (
    AuthenticationStatus,
    Sockets,
)


def test_without_a_certificate_authority_authentication_cannot_be_tried(net: Sockets) -> None:
    status, words = net.get_authentication_status()
    assert status is AuthenticationStatus.CANNOT_TRY
    assert "certificate authority" in words
    assert net.init_authentication() is AuthenticationStatus.CANNOT_TRY
