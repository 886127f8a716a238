"""Identity between real processes: who proves who it is gets in, and nobody else is heard of."""

from __future__ import annotations

import logging
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from gamenet.errors import NotAuthenticated
from gamenet.sockets import (
    AuthenticationStatus,
    Authority,
    ConnectionState,
    EndReason,
    Identity,
    Message,
    Options,
    PollGroup,
    Result,
    SendFlags,
    Sockets,
)
from tests.loopback.relay import Relay
from tests.sockets.support import Pumped

PROGRAM = Path(__file__).with_name("authentication_peer.py")
STRICT = Options(ip_allow_without_auth=0, nagle_time=0)
SECOND = 1 / 86_400


class Server(Pumped):
    """This process: `str:server`, certified by `authority`, listening for who is certified by it too."""

    def __init__(self, net: Sockets, authority: Authority) -> None:
        super().__init__(net)
        self.authority = authority
        net.trust(authority.root)
        net.set_certificate(authority.issue(net.certificate_request()))
        self.listen = net.create_listen_socket_ip("127.0.0.1:0", STRICT)
        self.group: PollGroup = net.create_poll_group()
        self.got: list[Message] = []

    def until(self, condition: Callable[[], object], what: str = "") -> None:
        def received() -> object:
            for connection in self.accepted:
                self.net.set_connection_poll_group(connection, self.group)
            self.got.extend(self.net.receive_messages_on_poll_group(self.group))
            return condition()

        super().until(received, what)

    def while_waiting(self, hear: Callable[[], str]) -> str:
        """What `hear` returns, with the library pumped meanwhile."""
        heard: list[str] = []
        thread = threading.Thread(target=lambda: heard.append(hear()), daemon=True)
        thread.start()
        self.until(lambda: heard, "the other process to speak")
        return heard[0]


@dataclass
class Peer:
    """Another process."""

    process: subprocess.Popen[str]
    request: bytes = b""

    def say(self, line: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(f"{line}\n")
        self.process.stdin.flush()

    def hear(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()

    def prove(self, certify: Callable[[bytes], bytes] | None) -> None:
        self.request = bytes.fromhex(self.hear())
        self.say("-" if certify is None else certify(self.request).hex())

    def end(self) -> str:
        """All that it still says, once its input has ended."""
        return self.process.communicate(timeout=20)[0]

    def hear_until(self, state: str) -> str:
        """The line about the change to that state, or the first about an end."""
        while True:
            line = self.hear()
            assert line, "the other process ended"
            if line.startswith((state, "CLOSED", "PROBLEM")):
                return line


@pytest.fixture
def start() -> Iterator[Callable[..., Peer]]:
    processes: list[subprocess.Popen[str]] = []

    def start(identity: str, demand: int, *words: str, root: str = "-") -> Peer:
        pipe = subprocess.PIPE
        command = [sys.executable, str(PROGRAM), identity or "-", str(demand), *words]
        processes.append(subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True))
        peer = Peer(processes[-1])
        peer.say(root)
        return peer

    yield start
    for process in processes:
        process.kill()
        process.communicate()


@pytest.fixture
def server(authority: Authority) -> Iterator[Server]:
    with Sockets(identity="str:server") as net:
        yield Server(net, authority)


def certified(server: Server, start: Callable[..., Peer], name: str) -> Peer:
    """A process that can prove its name."""
    peer = start(f"str:{name}", 0, root=server.authority.root)
    peer.prove(server.authority.issue)
    return peer


def connecting(server: Server, start: Callable[..., Peer], name: str) -> Peer:
    """A process that can prove its name, connecting."""
    peer = certified(server, start, name)
    peer.say(server.listen.address)
    return peer


def heard_only(server: Server, name: str) -> bool:
    """That nobody but `name` was ever heard of, by a change or by a message."""
    identities = {change.info.identity for change in server.changes}
    return identities == {Identity(f"str:{name}")} and {m.data for m in server.got} == {f"from str:{name}".encode()}


def test_two_processes_with_certificates_know_who_they_talk_to(server: Server, start: Callable[..., Peer]) -> None:
    alice = connecting(server, start, "alice")
    server.until(lambda: server.got, "alice's message")
    info = server.net.get_connection_info(server.accepted[0])
    assert (info.identity, info.authenticated, info.encrypted) == (Identity("str:alice"), True, True)
    assert server.got[0].data == b"from str:alice"
    assert alice.hear_until("CONNECTED") == "CONNECTED 0 1"
    assert server.net.send_message_to_connection(server.accepted[0], b"welcome") is Result.OK
    assert alice.hear() == "got welcome"


# --- Who does not get in ----------------------------------------------------------------------------------------------


def stranger(authority: Authority) -> tuple[str, Callable[[bytes], bytes] | None]:
    other = Authority.generate()
    return other.root, other.issue


def unsigned(authority: Authority) -> tuple[str, Callable[[bytes], bytes] | None]:
    return "-", None


OTHERS: list[tuple[str, Callable[[Authority], tuple[str, Callable[[bytes], bytes] | None]], str]] = [
    ("str:mallory", stranger, "the certificate is of an authority that is not trusted here"),
    ("str:alice", stranger, "the certificate is of an authority that is not trusted here"),
    ("str:mallory", unsigned, "no certificate that is good here"),
    ("str:alice", unsigned, "no certificate that is good here"),
    ("", unsigned, "no certificate that is good here"),
]


@pytest.mark.parametrize(("identity", "how", "why"), OTHERS)
def test_who_cannot_prove_it_is_refused_with_the_reason_and_never_heard_of(
    server: Server,
    start: Callable[..., Peer],
    caplog: pytest.LogCaptureFixture,
    identity: str,
    how: Callable[[Authority], tuple[str, Callable[[bytes], bytes] | None]],
    why: str,
) -> None:
    root, certify = how(server.authority)
    other = start(identity, 2, root=root)
    other.prove(certify)
    other.say(server.listen.address)
    with caplog.at_level(logging.WARNING, logger="gamenet.sockets"):
        server.until(lambda: "refused" in caplog.text, "the refusal")
        connecting(server, start, "alice")
        server.until(lambda: server.got, "alice's message")
    assert other.hear_until("CONNECTED") == f"CLOSED_BY_PEER {EndReason.UNPROVEN:d} 0 no proof of identity: {why}"
    assert heard_only(server, "alice")
    assert f"refused: no proof of identity: {why}" in caplog.text


def test_an_authority_that_was_trusted_before_the_library_was_closed_is_a_stranger_afterwards(
    start: Callable[..., Peer], authority: Authority
) -> None:
    former = Authority.generate()
    with Sockets() as net:
        net.trust(former.root)
    with Sockets(identity="str:server") as net:
        server = Server(net, authority)
        guest = start("str:guest", 2, root=former.root)
        guest.prove(former.issue)
        guest.say(server.listen.address)
        said = server.while_waiting(lambda: guest.hear_until("CONNECTED"))
    assert said.endswith("the certificate is of an authority that is not trusted here")


# --- Who presents what is not theirs ----------------------------------------------------------------------------------


def fields(message: bytes) -> Iterator[tuple[int, bytes]]:
    """Each field of a protobuf message: its number, and all its bytes."""
    begin = at = 0

    def varint() -> int:
        nonlocal at
        value = shift = 0
        while True:
            at += 1
            value |= (message[at - 1] & 0x7F) << shift
            shift += 7
            if message[at - 1] < 0x80:
                return value

    while at < len(message):
        number, kind = divmod(varint(), 8)
        if kind == 0:
            varint()
        else:
            size = {1: 8, 5: 4}.get(kind) or varint()
            at += size
        yield number, message[begin:at]
        begin = at


def with_certificate(packet: bytes, certificate: bytes) -> bytes:
    """A request to connect (34, then the message) with that certificate in it (its field 4); others as they are."""
    if packet[0] != 34:
        return packet
    rest = b"".join(field for number, field in fields(packet[1:]) if number != 4)
    size = bytes([len(certificate) & 0x7F | 0x80, len(certificate) >> 7])
    return b"\x22" + rest + b"\x22" + size + certificate


def test_a_certificate_that_has_expired_is_no_proof(server: Server, start: Callable[..., Peer]) -> None:
    late = start("str:late", 2, root=server.authority.root)
    late.prove(server.authority.issue)
    old = server.authority.issue(late.request, SECOND)  # for the same key, so only its time is wrong
    end = time.time() + 2
    server.until(lambda: time.time() > end, "the certificate to expire")
    with Relay(server.listen.port) as relay:
        relay.changes = lambda packet: with_certificate(packet, old)
        late.say(relay.address)
        said = server.while_waiting(lambda: late.hear_until("CONNECTED"))
    assert said.startswith(f"CLOSED_BY_PEER {EndReason.UNPROVEN:d} 0 no proof of identity: the certificate expired ")
    assert server.changes == server.got == []


def test_somebody_elses_certificate_is_no_proof(
    server: Server, start: Callable[..., Peer], caplog: pytest.LogCaptureFixture
) -> None:
    alice = connecting(server, start, "alice")
    server.until(lambda: server.got, "alice's message")
    stolen = server.authority.issue(alice.request)  # whoever alice once connected to has hers
    impostor = start("str:alice", 2)
    impostor.prove(None)
    with Relay(server.listen.port) as relay, caplog.at_level(logging.WARNING, logger="gamenet.sockets"):
        relay.changes = lambda packet: with_certificate(packet, stolen)
        impostor.say(relay.address)
        server.until(lambda: "Invalid signature" in caplog.text, "the library to refuse the impostor")
        assert len(server.accepted) == 1 and heard_only(server, "alice")
        relay.changes = lambda packet: packet
        said = server.while_waiting(lambda: impostor.hear_until("CONNECTED"))
    assert said.endswith("no proof of identity: no certificate that is good here")
    assert len(server.accepted) == 1 and heard_only(server, "alice")


# --- Those who connect demand it too ----------------------------------------------------------------------------------


@pytest.mark.parametrize(("identity", "how"), [(identity, how) for identity, how, _ in OTHERS if identity])
def test_who_connects_hears_nothing_from_a_listener_without_proof(
    server: Server,
    start: Callable[..., Peer],
    identity: str,
    how: Callable[[Authority], tuple[str, Callable[[bytes], bytes] | None]],
) -> None:
    root, certify = how(server.authority)
    other = start(identity, 2, "listen", root=root)
    other.prove(certify)
    connection = server.net.connect_by_ip_address(other.hear(), STRICT)
    server.net.set_connection_poll_group(connection, server.group)
    server.net.send_message_to_connection(connection, b"a secret", SendFlags.RELIABLE_NO_NAGLE)
    change = server.expect(connection, ConnectionState.PROBLEM_DETECTED_LOCALLY)
    assert "cert" in change.debug.lower() and not change.info.authenticated
    assert server.told(connection, ConnectionState.CONNECTED) is None and server.got == []
    assert other.hear_until("CONNECTED")[:1] in "CP"
    server.net.close_connection(connection)
    other.say("send hello")
    assert "a secret" not in other.end()


def test_who_connects_to_somebody_without_a_name_learns_why_it_comes_to_nothing(
    server: Server, start: Callable[..., Peer]
) -> None:
    nobody = start("", 2, "listen")
    nobody.prove(None)
    options = Options(ip_allow_without_auth=0, timeout_initial=4000)  # the library says it every two seconds
    connection = server.net.connect_by_ip_address(nobody.hear(), options)
    change = server.expect(connection, ConnectionState.PROBLEM_DETECTED_LOCALLY)
    assert (change.end_reason, change.debug) == (
        EndReason.UNPROVEN,
        "no proof of identity: the other side has no name",
    )


# --- Time goes by -----------------------------------------------------------------------------------------------------


def test_what_is_connected_lives_on_after_an_expiry_and_the_renewed_certificate_serves_the_next(
    server: Server, start: Callable[..., Peer]
) -> None:
    net = server.net
    alice = certified(server, start, "alice")
    net.set_certificate(server.authority.issue(net.certificate_request(), 3 * SECOND))
    end = time.time() + 3
    alice.say(server.listen.address)
    server.until(lambda: server.got, "alice's message")
    assert alice.hear_until("CONNECTED") == "CONNECTED 0 1"
    server.until(lambda: net.get_authentication_status()[0] is AuthenticationStatus.PREVIOUSLY, "the expiry")

    with pytest.raises(NotAuthenticated, match="expired"):
        net.connect_by_ip_address(server.listen.address, STRICT)
    server.until(lambda: time.time() > end, "the expiry for others, one second after ours")
    early = connecting(server, start, "early")
    assert server.while_waiting(lambda: early.hear_until("CONNECTED")).startswith("PROBLEM"), "we prove nothing now"
    alice.say("send still here")
    server.until(lambda: len(server.got) == 2, "alice's second message")

    net.set_certificate(server.authority.issue(net.certificate_request()))
    bob = connecting(server, start, "bob")
    assert server.while_waiting(lambda: bob.hear_until("CONNECTED")) == "CONNECTED 0 1"
    server.until(lambda: len(server.got) == 3, "bob's message")
    assert [message.data for message in server.got] == [b"from str:alice", b"still here", b"from str:bob"]
    assert net.send_message_to_connection(server.got[0].connection, b"and you") is Result.OK
    assert alice.hear() == "got and you"
