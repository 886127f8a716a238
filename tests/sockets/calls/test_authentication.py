"""Whether we can prove who we are, and who must: in one process. Other processes are in tests/loopback."""

from __future__ import annotations

import logging
import random
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from gamenet.errors import GamenetError, InvalidCertificate, InvalidOption, LibraryClosed, NotAuthenticated
from gamenet.sockets import (
    AuthenticationChange,
    AuthenticationStatus,
    Authority,
    Connection,
    ConnectionState,
    EndReason,
    Identity,
    ListenSocket,
    Options,
    PollGroup,
    Result,
    SendFlags,
    Sockets,
)
from tests.sockets import generated
from tests.sockets.support import Pumped, connect, wait_until

SEED = 20_260_727
STRICT = Options(ip_allow_without_auth=0)
CLOSED = ConnectionState.CLOSED_BY_PEER
SECOND = 1 / 86_400
"""In days. Whole seconds count, and the last of them is not used: a certificate for three lasts for more than one."""


@pytest.fixture
def alice() -> Iterator[Sockets]:
    with Sockets(identity="str:alice") as sockets:
        yield sockets


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority.generate()


def certify(net: Sockets, authority: Authority, days: float = 1, identity: str | None = None) -> None:
    net.trust(authority.root)
    net.set_certificate(authority.issue(net.certificate_request(), days, identity))


def told(net: Sockets) -> list[AuthenticationChange]:
    changes: list[AuthenticationChange] = []
    net.on_authentication_status = changes.append
    return changes


def statuses(changes: list[AuthenticationChange]) -> list[str]:
    return [change.status.name for change in changes]


# --- Statuses -------------------------------------------------------------------------------------------------------


def test_to_begin_with_nobody_has_tried(net: Sockets) -> None:
    status, words = net.get_authentication_status()
    assert status is AuthenticationStatus.NEVER_TRIED
    assert "init_authentication() begins it" in words


def test_each_status_on_the_way_is_told_once_in_order_with_what_to_do(alice: Sockets, authority: Authority) -> None:
    changes = told(alice)
    assert alice.init_authentication() is AuthenticationStatus.CANNOT_TRY
    assert alice.init_authentication() is AuthenticationStatus.CANNOT_TRY
    alice.trust(authority.root)
    alice.trust(authority.root)
    alice.certificate_request()
    request = alice.certificate_request()
    alice.set_certificate(authority.issue(request))
    alice.set_certificate(authority.issue(request))
    assert alice.run_callbacks() == 4
    assert statuses(changes) == ["CANNOT_TRY", "WAITING", "ATTEMPTING", "CURRENT"]
    advice = ["trust(root)", "certificate_request()", "set_certificate()", "str:alice is proven for 864"]
    assert [piece in change.debug for piece, change in zip(advice, changes, strict=True)] == [True] * 4
    assert alice.init_authentication() is AuthenticationStatus.CURRENT
    assert alice.run_callbacks() == 0


def test_a_refused_certificate_is_told_as_failed_and_the_next_try_as_retrying(
    alice: Sockets, authority: Authority
) -> None:
    changes = told(alice)
    with pytest.raises(InvalidCertificate, match="not trusted here"):
        alice.set_certificate(authority.issue(alice.certificate_request()))
    assert alice.get_authentication_status()[0] is AuthenticationStatus.FAILED
    certify(alice, authority)
    alice.run_callbacks()
    assert statuses(changes) == ["ATTEMPTING", "FAILED", "RETRYING", "CURRENT"]
    assert "not trusted here" in changes[1].debug


def test_a_refused_renewal_leaves_the_good_certificate_in_use(alice: Sockets, authority: Authority) -> None:
    certify(alice, authority)
    alice.run_callbacks()
    changes = told(alice)
    with pytest.raises(InvalidCertificate):
        alice.set_certificate(Authority.generate().issue(alice.certificate_request()))
    assert alice.run_callbacks() == 0 and changes == []
    status, words = alice.get_authentication_status()
    assert status is AuthenticationStatus.CURRENT
    assert "the newest certificate was refused" in words
    assert alice.get_connection_info(connect(alice, STRICT).server).authenticated


def test_an_expiry_is_noticed_and_told_and_renewed(alice: Sockets, authority: Authority) -> None:
    certify(alice, authority, days=3 * SECOND)
    pumped, changes = Pumped(alice), told(alice)
    pumped.until(lambda: "PREVIOUSLY" in statuses(changes), "the certificate to expire")
    assert "has expired" in changes[-1].debug
    with pytest.raises(NotAuthenticated, match="the certificate has expired"):
        alice.connect_by_ip_address("127.0.0.1:9", STRICT)
    certify(alice, authority)
    alice.run_callbacks()
    assert statuses(changes)[-3:] == ["PREVIOUSLY", "RETRYING", "CURRENT"]
    assert alice.get_connection_info(connect(alice, STRICT).server).authenticated


def test_a_library_opened_anew_trusts_nobody_and_has_no_certificate(authority: Authority) -> None:
    with Sockets(identity="str:alice") as net:
        certify(net, authority)
    with Sockets(identity="str:alice") as net:
        assert net.init_authentication() is AuthenticationStatus.CANNOT_TRY
        with pytest.raises(InvalidCertificate, match="not trusted here"):
            net.set_certificate(authority.issue(net.certificate_request()))


class Walk:
    """A library on its way through the statuses, one step at a time."""

    def __init__(self, net: Sockets, authority: Authority) -> None:
        self.net, self.authority, self.request = net, authority, b""

    def trust(self) -> None:
        self.net.trust(self.authority.root)

    def begin_alone(self) -> None:
        self.net.init_authentication()

    def begin(self) -> None:
        self.trust()
        self.net.init_authentication()

    def ask(self) -> None:
        self.request = self.net.certificate_request()

    def accept(self) -> None:
        self.trust()
        self.net.set_certificate(self.authority.issue(self.request, 3 * SECOND))

    def refuse(self) -> None:
        with pytest.raises(InvalidCertificate):
            self.net.set_certificate(b"no certificate")

    def expire(self) -> None:
        current = AuthenticationStatus.CURRENT
        Pumped(self.net).until(lambda: self.net.get_authentication_status()[0] is not current, "the certificate's end")


TAKE: dict[str, Callable[[Walk], None]] = {
    "BeginAlone": Walk.begin_alone,
    "Begin": Walk.begin,
    "Trust": Walk.trust,
    "Request": Walk.ask,
    "Accept": Walk.accept,
    "Refuse": Walk.refuse,
    "Expire": Walk.expire,
}
WAYS: dict[str, tuple[str, ...]] = {
    "NeverTried": (),
    "CannotTry": ("BeginAlone",),
    "Waiting": ("Begin",),
    "Attempting": ("Request",),
    "Failed": ("Request", "Refuse"),
    "Retrying": ("Request", "Refuse", "Request"),
    "Current": ("Request", "Accept"),
    "Previously": ("Request", "Accept", "Expire"),
}
"""How each status is come to."""


@pytest.mark.parametrize(("old", "step", "new"), generated.steps())
def test_each_step_of_the_table_leads_where_it_says_and_is_told(
    alice: Sockets, authority: Authority, old: str, step: str, new: str
) -> None:
    walk = Walk(alice, authority)
    for each in WAYS[old]:
        TAKE[each](walk)
    assert alice.get_authentication_status()[0] is generated.status(old)
    alice.run_callbacks()
    changes = told(alice)
    TAKE[step](walk)
    status, words = alice.get_authentication_status()
    alice.run_callbacks()
    assert status is generated.status(new)
    assert (changes[-1].status, len(words) > 10) == (status, True)


@pytest.mark.parametrize("old", WAYS)
def test_what_is_not_in_the_table_changes_nothing(alice: Sockets, authority: Authority, old: str) -> None:
    walk, leads = Walk(alice, authority), {step for start, step, _ in generated.steps() if start == old}
    for each in WAYS[old]:
        TAKE[each](walk)
    alice.run_callbacks()
    changes = told(alice)
    possible = {"Refuse", "Request"} | ({"Trust", "Begin"} if old != "CannotTry" else set())
    for step in sorted(possible - leads):
        TAKE[step](walk)
        assert alice.get_authentication_status()[0] is generated.status(old), step
    assert (alice.run_callbacks(), changes) == (0, [])


# --- Roots, requests, certificates ------------------------------------------------------------------------------------


def test_a_certificate_names_who_had_no_name(net: Sockets, authority: Authority) -> None:
    certify(net, authority, identity="str:bob")
    assert net.get_identity() == Identity("str:bob")


def test_a_certificate_for_another_name_or_another_process_is_refused(alice: Sockets, authority: Authority) -> None:
    alice.trust(authority.root)
    mine = alice.certificate_request()
    alice.close()
    with Sockets(identity="str:bob") as net:
        net.trust(authority.root)
        request = net.certificate_request()
        with pytest.raises(InvalidCertificate, match="it is for str:alice, and this process is str:bob"):
            net.set_certificate(authority.issue(mine))
        assert request == net.certificate_request()
    with Sockets(identity="str:alice") as net:
        net.trust(authority.root)
        with pytest.raises(InvalidCertificate, match="this process asked for none"):
            net.set_certificate(authority.issue(mine))
        net.certificate_request()
        with pytest.raises(InvalidCertificate, match="it is for another key"):
            net.set_certificate(authority.issue(mine))


def test_a_certificate_is_refused_from_its_last_second_on(alice: Sockets, authority: Authority) -> None:
    alice.trust(authority.root)
    old = authority.issue(alice.certificate_request(), SECOND)

    def expired() -> bool:
        with pytest.raises(InvalidCertificate, match=r"refused: it (expires within a second|expired)") as refusal:
            alice.set_certificate(old)
        return "it expired" in str(refusal.value)

    Pumped(alice).until(expired, "the certificate to expire")


def test_a_certificate_for_68_years_is_one(alice: Sockets, authority: Authority) -> None:
    certify(alice, authority, days=24_854)
    assert alice.get_connection_info(connect(alice, STRICT).server).authenticated


def test_several_authorities_are_trusted_side_by_side(alice: Sockets, authority: Authority) -> None:
    alice.trust(Authority.generate().root)
    certify(alice, authority)
    assert alice.get_authentication_status()[0] is AuthenticationStatus.CURRENT


ROOTS: list[tuple[Callable[[str], str], str]] = [
    (lambda root: "", "this is no root"),
    (lambda root: root[:-8], "these bytes are no root: a part of them is missing or was changed"),
    (lambda root: root[:40], "these bytes are no root: a part of them is missing or was changed"),
    (lambda root: "!" + root, "not base64"),
    (lambda root: root + "\0", "not base64"),
    (lambda root: "A" * 100, "no root"),
    (lambda root: "A" * 100_000, "this is no root"),
    (lambda root: "é", "not base64"),
]


@pytest.mark.parametrize(("spoil", "names"), ROOTS)
def test_a_root_that_is_none_is_refused_and_nobody_trusted(
    net: Sockets, authority: Authority, spoil: Callable[[str], str], names: str
) -> None:
    with pytest.raises(InvalidCertificate, match=names):
        net.trust(spoil(authority.root))
    assert net.init_authentication() is AuthenticationStatus.CANNOT_TRY


def test_no_bit_of_a_certificate_can_be_turned_and_no_byte_left_out(alice: Sockets, authority: Authority) -> None:
    alice.trust(authority.root)
    good, dice = authority.issue(alice.certificate_request()), random.Random(SEED)
    flipped = []
    for _ in range(400):
        bad = bytearray(good)
        bad[dice.randrange(len(bad))] ^= 1 << dice.randrange(8)
        flipped.append(bytes(bad))
    torn = [good[:length] for length in range(len(good))]
    noise = [dice.randbytes(dice.randrange(300)) for _ in range(200)]
    for bad_bytes in [*flipped, *torn, *noise, good * 10, bytes(10_000)]:
        with pytest.raises(InvalidCertificate, match=r"the certificate is refused: \w+"):
            alice.set_certificate(bad_bytes)
    assert alice.get_authentication_status()[0] is AuthenticationStatus.FAILED
    alice.set_certificate(good)
    assert alice.get_authentication_status()[0] is AuthenticationStatus.CURRENT


def test_no_bit_of_a_root_can_be_turned(net: Sockets, authority: Authority) -> None:
    dice = random.Random(SEED)
    for _ in range(200):
        bad = list(authority.root)
        bad[dice.randrange(len(bad) - 2)] = dice.choice("ABCDabcd0189+/")
        if "".join(bad) != authority.root:
            with pytest.raises(InvalidCertificate):
                net.trust("".join(bad))


MISUSES: list[tuple[Callable[[Any], object], str]] = [
    (lambda net: net.trust(b"root"), "root must be a str"),
    (lambda net: net.trust(None), "root must be a str"),
    (lambda net: net.set_certificate("text"), "certificate must be bytes"),
    (lambda net: net.set_certificate(None), "certificate must be bytes"),
]


@pytest.mark.parametrize(("call", "names"), MISUSES)
def test_an_argument_of_the_wrong_type_is_named(net: Sockets, call: Callable[[Any], object], names: str) -> None:
    with pytest.raises(TypeError, match=names):
        call(net)


CALLS: list[Callable[[Sockets], object]] = [
    lambda net: net.trust("root"),
    lambda net: net.certificate_request(),
    lambda net: net.set_certificate(b"x"),
    lambda net: net.init_authentication(),
    lambda net: net.get_authentication_status(),
]


@pytest.mark.parametrize("call", CALLS)
def test_every_call_into_a_closed_library_is_refused(call: Callable[[Sockets], object]) -> None:
    net = Sockets()
    net.close()
    with pytest.raises(LibraryClosed):
        call(net)


# --- Who must prove it ------------------------------------------------------------------------------------------------


def refused(net: Sockets, pumped: Pumped, address: str) -> str:
    """Connects without asking for proofs; the sentence with which that is refused."""
    connection = net.connect_by_ip_address(address)
    change = pumped.expect(connection, ConnectionState.CLOSED_BY_PEER)
    assert change.end_reason == EndReason.UNPROVEN
    return change.debug


def test_who_has_no_proof_is_refused_before_the_listener_hears_of_it(
    net: Sockets, authority: Authority, caplog: pytest.LogCaptureFixture
) -> None:
    net.trust(authority.root)
    pumped = Pumped(net)
    listen = net.create_listen_socket_ip("127.0.0.1:0", STRICT)
    with caplog.at_level(logging.WARNING, logger="gamenet.sockets"):
        said = refused(net, pumped, listen.address)
        net.run_callbacks()
    assert said == "no proof of identity: no certificate that is good here"
    assert pumped.accepted == [] and all(change.listen_socket is None for change in pumped.changes)
    (record,) = [record for record in caplog.records if "refused" in record.message]
    assert record.levelno == logging.WARNING and said in record.message


@pytest.mark.parametrize(
    "options",
    [
        {"IP_AllowWithoutAuth": 0},
        {"IPLocalHost_AllowWithoutAuth": 0, "IP_AllowWithoutAuth": 0},
        Options(ip_allow_without_auth=0, nagle_time=0),
    ],
)
def test_every_way_to_say_zero_demands_proofs(net: Sockets, authority: Authority, options: Any) -> None:
    net.trust(authority.root)
    refused(net, Pumped(net), net.create_listen_socket_ip("127.0.0.1:0", options).address)


def test_the_default_for_all_counts_where_a_listener_says_nothing(net: Sockets, authority: Authority) -> None:
    net.trust(authority.root)
    net.set_option("IP_AllowWithoutAuth", 0)
    pumped = Pumped(net)
    strict, lax = (
        net.create_listen_socket_ip("127.0.0.1:0"),
        net.create_listen_socket_ip("[::1]:0", {"IP_AllowWithoutAuth": 2}),
    )
    with pytest.raises(NotAuthenticated):
        net.connect_by_ip_address(strict.address)
    for listen, state in [(strict, ConnectionState.CLOSED_BY_PEER), (lax, ConnectionState.CONNECTED)]:
        pumped.expect(net.connect_by_ip_address(listen.address, {"IP_AllowWithoutAuth": 2}), state)


def test_peers_on_this_machine_are_an_exception_only_where_that_is_said(net: Sockets, authority: Authority) -> None:
    net.trust(authority.root)
    assert net.get_option("IPLocalHost_AllowWithoutAuth") == 0
    listen = net.create_listen_socket_ip("127.0.0.1:0", {"IP_AllowWithoutAuth": 0, "IPLocalHost_AllowWithoutAuth": 2})
    Pumped(net).expect(net.connect_by_ip_address(listen.address), ConnectionState.CONNECTED)


@pytest.mark.parametrize("demand", [0, 1])
def test_who_connects_with_a_name_and_no_certificate_is_told_before_anything_happens(
    alice: Sockets, authority: Authority, demand: int
) -> None:
    alice.trust(authority.root)
    with pytest.raises(NotAuthenticated, match=rf"IP_AllowWithoutAuth={demand} this process has to prove who it is"):
        alice.connect_by_ip_address("127.0.0.1:9", Options(ip_allow_without_auth=demand))


def test_demanding_proofs_without_anybody_to_vouch_for_them_is_refused_with_advice(net: Sockets) -> None:
    with pytest.raises(NotAuthenticated, match=r"no authority is trusted .* trust\(root\) first"):
        net.create_listen_socket_ip("127.0.0.1:0", STRICT)
    with pytest.raises(NotAuthenticated, match=r"trust\(root\) first"):
        net.connect_by_ip_address("127.0.0.1:9", STRICT)


def test_a_proof_and_plain_text_exclude_each_other(alice: Sockets, authority: Authority) -> None:
    certify(alice, authority)
    plain = Options(ip_allow_without_auth=0, unencrypted=1)
    for call in (alice.create_listen_socket_ip, alice.connect_by_ip_address):
        with pytest.raises(ValueError, match="Unencrypted=1 and IP_AllowWithoutAuth=0 exclude each other"):
            call("127.0.0.1:9", plain)
    alice.set_option("Unencrypted", 2)
    with pytest.raises(GamenetError, match="Unencrypted=2"):
        alice.create_listen_socket_ip("127.0.0.1:0", STRICT)


ALLOW = "IP_AllowWithoutAuth"


def gets_in(net: Sockets, listen: ListenSocket) -> bool:
    """Whether somebody without a proof gets in there."""
    pumped = Pumped(net)
    connection = net.connect_by_ip_address(listen.address, {ALLOW: 2})
    ends = (ConnectionState.CONNECTED, ConnectionState.CLOSED_BY_PEER)
    pumped.until(lambda: any(pumped.told(connection, end) for end in ends), "an answer")
    return pumped.told(connection, ConnectionState.CONNECTED) is not None


def test_a_listener_can_begin_and_cease_to_demand_proofs(net: Sockets, authority: Authority) -> None:
    listen = net.create_listen_socket_ip("127.0.0.1:0")
    with pytest.raises(NotAuthenticated, match=r"trust\(root\) first"):
        net.set_option(ALLOW, 0, listen)
    net.trust(authority.root)
    assert gets_in(net, listen)
    for level, lets_in in [(0, False), (1, True), (0, False), (None, True)]:
        net.set_option(ALLOW, level, listen)
        assert net.get_option(ALLOW, listen) == (2 if level is None else level)
        assert gets_in(net, listen) is lets_in


def test_a_listener_that_says_nothing_follows_the_library_also_later_on(net: Sockets, authority: Authority) -> None:
    net.trust(authority.root)
    follows, stays = net.create_listen_socket_ip("127.0.0.1:0"), net.create_listen_socket_ip("127.0.0.1:0", {ALLOW: 2})
    net.set_option(ALLOW, 0)
    assert (gets_in(net, follows), gets_in(net, stays)) == (False, True)
    assert (net.get_option(ALLOW, follows), net.get_option(ALLOW, stays)) == (0, 2)
    net.set_option("IPLocalHost_AllowWithoutAuth", 2)
    assert gets_in(net, follows), "peers on this machine are an exception now"
    net.set_option("IPLocalHost_AllowWithoutAuth", None)
    assert net.get_option("IPLocalHost_AllowWithoutAuth") == 0
    assert not gets_in(net, follows)
    net.set_option(ALLOW, None)
    assert gets_in(net, follows)


def test_what_is_shown_of_a_demand_is_what_was_set_not_what_the_library_was_told(
    alice: Sockets, authority: Authority
) -> None:
    certify(alice, authority)
    pair = connect(alice, STRICT)
    assert pair.listen is not None
    assert [alice.get_option(ALLOW, of) for of in (pair.listen, pair.server, pair.client)] == [0, 0, 0]


def test_encryption_cannot_be_taken_from_who_demands_proofs(net: Sockets, authority: Authority) -> None:
    net.trust(authority.root)
    listen = net.create_listen_socket_ip("127.0.0.1:0", STRICT)
    with pytest.raises(ValueError, match="exclude each other"):
        net.set_option("Unencrypted", 3, listen)
    net.set_option("Unencrypted", 3)  # the default of all others
    assert net.get_option("Unencrypted", listen) == 0
    other = net.create_listen_socket_ip("127.0.0.1:0")
    with pytest.raises(ValueError, match="exclude each other"):
        net.set_option(ALLOW, 0, other)


def came_in(pumped: Pumped) -> Connection:
    """Waits for a connection that comes in."""
    pumped.until(lambda: any(change.listen_socket for change in pumped.changes), "a connection to come in")
    return next(change.connection for change in pumped.changes if change.listen_socket)


def test_one_that_came_in_can_still_be_asked_for_its_proof(net: Sockets) -> None:
    pumped = Pumped(net, accepts=False)
    listen = net.create_listen_socket_ip("127.0.0.1:0")
    client = net.connect_by_ip_address(listen.address)
    server = came_in(pumped)
    net.set_option("IP_AllowWithoutAuth", 0, server)
    assert net.accept_connection(server) is Result.OK
    assert net.send_message_to_connection(server, b"too early") is Result.INVALID_STATE
    assert net.send_messages([(server, b"too early", 8), (client, b"hello", 9)])[0] is Result.INVALID_STATE
    change = pumped.expect(server, ConnectionState.PROBLEM_DETECTED_LOCALLY)
    assert change.end_reason == EndReason.UNPROVEN and "no proof of identity" in change.debug
    assert pumped.expect(client, ConnectionState.CLOSED_BY_PEER).end_reason == EndReason.UNPROVEN
    assert pumped.told(server, ConnectionState.CONNECTED) is None
    assert net.send_message_to_connection(server, b"too late") is not Result.OK
    assert net.close_connection(server) is False


def test_one_that_came_in_cannot_be_asked_for_a_proof_and_speak_plainly(alice: Sockets, authority: Authority) -> None:
    certify(alice, authority)
    pumped = Pumped(alice, accepts=False)
    alice.connect_by_ip_address(alice.create_listen_socket_ip("127.0.0.1:0").address)
    waiting = came_in(pumped)
    alice.set_option("Unencrypted", 3, waiting)
    with pytest.raises(InvalidOption, match="exclude each other"):
        alice.set_option(ALLOW, 0, waiting)
    alice.set_option("Unencrypted", 0, waiting)
    alice.set_option(ALLOW, 0, waiting)
    with pytest.raises(InvalidOption, match="exclude each other"):
        alice.set_option("Unencrypted", 3, waiting)


def test_a_proof_in_plain_text_is_none_where_the_demand_came_later(alice: Sockets, authority: Authority) -> None:
    certify(alice, authority)
    pumped = Pumped(alice, accepts=False)
    listen = alice.create_listen_socket_ip("127.0.0.1:0")
    client = alice.connect_by_ip_address(listen.address, {ALLOW: 2, "Unencrypted": 3})
    waiting = came_in(pumped)
    alice.set_option("Unencrypted", 3, waiting)
    alice.set_option(ALLOW, 0, listen)
    assert alice.accept_connection(waiting) is Result.OK
    change = pumped.expect(waiting, ConnectionState.PROBLEM_DETECTED_LOCALLY)
    assert change.end_reason == EndReason.UNPROVEN and "not encrypted" in change.debug
    assert pumped.expect(client, CLOSED).end_reason == EndReason.UNPROVEN
    assert pumped.told(waiting, ConnectionState.CONNECTED) is None


def said_unproven(net: Sockets, listen: ListenSocket, group: PollGroup) -> tuple[Connection, Connection]:
    """Both ends of a connection that was accepted and is still to be proven; where it came in, a message waits."""
    pumped = Pumped(net, accepts=False)
    client = net.connect_by_ip_address(listen.address)
    server = came_in(pumped)
    net.set_option(ALLOW, 0, server)
    net.set_connection_poll_group(server, group)
    net.accept_connection(server)
    wait_until(lambda: net.get_connection_info(client).state is ConnectionState.CONNECTED)
    net.send_message_to_connection(client, b"unproven", SendFlags.RELIABLE_NO_NAGLE)
    wait_until(lambda: net.get_connection_real_time_status(client).sent_unacked_reliable == 0)
    return server, client


def test_nothing_unproven_is_received_while_another_thread_closes_the_connection(net: Sockets) -> None:
    listen, group, over = net.create_listen_socket_ip("127.0.0.1:0"), net.create_poll_group(), threading.Event()

    def keep_busy() -> None:
        """The table of handles, which closing needs."""
        while not over.is_set():
            net.destroy_poll_group(net.create_poll_group())

    busy = threading.Thread(target=keep_busy)
    busy.start()
    try:
        for _ in range(30):
            server, client = said_unproven(net, listen, group)
            closing = threading.Thread(target=net.close_connection, args=(server,))
            closing.start()
            while closing.is_alive():
                assert net.receive_messages_on_poll_group(group) == []
            assert net.receive_messages_on_poll_group(group) == []
            net.close_connection(client)
            net.run_callbacks()
    finally:
        over.set()
        busy.join()


@pytest.mark.parametrize("demand", [0, 1])
def test_a_listener_with_a_name_and_no_certificate_still_lets_in_whom_it_would(
    alice: Sockets, authority: Authority, demand: int, caplog: pytest.LogCaptureFixture
) -> None:
    alice.trust(authority.root)
    listen = alice.create_listen_socket_ip("127.0.0.1:0", Options(ip_allow_without_auth=demand))
    pumped = Pumped(alice)
    if demand:
        pumped.expect(alice.connect_by_ip_address(listen.address), ConnectionState.CONNECTED)
    else:
        refused(alice, pumped, listen.address)
    alice.set_certificate(authority.issue(alice.certificate_request(), 3 * SECOND))
    proven = alice.connect_by_ip_address(listen.address, Options(ip_allow_without_auth=demand))
    pumped.expect(proven, ConnectionState.CONNECTED)
    pumped.until(lambda: alice.get_authentication_status()[0] is AuthenticationStatus.PREVIOUSLY)
    if demand:
        pumped.expect(alice.connect_by_ip_address(listen.address), ConnectionState.CONNECTED)
    alice.run_callbacks()
    assert "self-signed" not in caplog.text and "cert authority" not in caplog.text, "the library missed ours"


def test_a_connection_lives_on_when_the_certificate_it_began_with_expires(alice: Sockets, authority: Authority) -> None:
    certify(alice, authority, days=3 * SECOND)
    pair = connect(alice, STRICT)
    pair.until(lambda: alice.get_authentication_status()[0] is AuthenticationStatus.PREVIOUSLY)
    assert alice.send_message_to_connection(pair.client, b"still here", 9) is Result.OK
    assert [message.data for message in pair.receive(pair.server, 1)] == [b"still here"]
    certify(alice, authority)
    assert alice.send_message_to_connection(pair.server, b"renewed", 9) is Result.OK
    assert [message.data for message in pair.receive(pair.client, 1)] == [b"renewed"]
    assert alice.get_connection_info(pair.server).authenticated
    assert [change.state for change in pair.changes].count(ConnectionState.CLOSED_BY_PEER) == 0


def test_the_library_is_not_heard_about_what_it_would_have_let_in(
    net: Sockets, authority: Authority, caplog: pytest.LogCaptureFixture
) -> None:
    net.trust(authority.root)
    listen = net.create_listen_socket_ip("127.0.0.1:0", STRICT)
    with caplog.at_level(logging.WARNING, logger="gamenet.sockets"):
        refused(net, Pumped(net), listen.address)
    assert "refused" in caplog.text and "it's not secure" not in caplog.text


@pytest.mark.parametrize("demand", ["of the listener", "of all"])
def test_a_demand_that_comes_later_holds_for_those_who_wait(net: Sockets, authority: Authority, demand: str) -> None:
    net.trust(authority.root)
    pumped = Pumped(net, accepts=False)
    listen = net.create_listen_socket_ip("127.0.0.1:0")
    client = net.connect_by_ip_address(listen.address, {ALLOW: 2})
    server = came_in(pumped)
    net.set_option(ALLOW, 0, listen if demand == "of the listener" else None)
    net.accept_connection(server)
    assert pumped.expect(client, CLOSED).end_reason == EndReason.UNPROVEN
    assert pumped.told(server, ConnectionState.CONNECTED) is None


@pytest.mark.parametrize("exception", ["for the listener", "for all"])
def test_a_demand_that_comes_later_spares_who_waits_where_an_exception_is_made(
    net: Sockets, authority: Authority, exception: str
) -> None:
    net.trust(authority.root)
    pumped = Pumped(net, accepts=False)
    listen = net.create_listen_socket_ip("127.0.0.1:0")
    client = net.connect_by_ip_address(listen.address, {ALLOW: 2})
    server = came_in(pumped)
    net.set_option("IPLocalHost_AllowWithoutAuth", 2, listen if exception == "for the listener" else None)
    net.set_option(ALLOW, 0, listen)
    net.accept_connection(server)
    pumped.expect(client, ConnectionState.CONNECTED)
    assert net.send_message_to_connection(server, b"welcome") is Result.OK


def test_what_was_held_ends_with_its_listen_socket_like_any_other(net: Sockets, authority: Authority) -> None:
    net.trust(authority.root)
    pumped = Pumped(net, accepts=False)
    listen = net.create_listen_socket_ip("127.0.0.1:0")
    net.connect_by_ip_address(listen.address)
    server = came_in(pumped)
    net.set_option(ALLOW, 0, listen)
    assert net.send_message_to_connection(server, b"too early") is Result.INVALID_STATE
    listen.destroy()
    assert net.send_message_to_connection(server, b"too late") is Result.INVALID_PARAM


@pytest.mark.parametrize("said", ["to the connection", "to the library"])
def test_what_may_be_answered_where_proofs_are_demanded_is_held_wherever_its_port_was_said(
    alice: Sockets, authority: Authority, said: str
) -> None:
    certify(alice, authority)
    alice.create_listen_socket_p2p(5, STRICT)
    port = {"LocalVirtualPort": 5}
    if said == "to the library":
        alice.set_option("LocalVirtualPort", 5)
    crossing = alice.connect_p2p("str:bob", 9, {"SymmetricConnect": 1, **(port if said == "to the connection" else {})})
    elsewhere = alice.connect_p2p("str:bob", 9, {"SymmetricConnect": 1, "LocalVirtualPort": 6})
    assert alice.send_message_to_connection(crossing, b"too early") is Result.INVALID_STATE
    assert alice.send_message_to_connection(elsewhere, b"in good time") is Result.OK
