"""The rendezvous service as a real process, over the real GameNetworkingSockets."""

from __future__ import annotations

import contextlib
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import pytest

from gamenet.channels import Channel
from gamenet.rendezvous import messages as m
from gamenet.rendezvous import stun
from gamenet.session.transports import Farewell, Happening, Lost, Opened, Parcel
from gamenet.session.transports.cards import Card
from gamenet.session.transports.gns import GnsTransport
from gamenet.sockets import AuthenticationStatus, SendFlags, Sockets

M = TypeVar("M")

PATIENCE = 40.0
READY = re.compile(r"gamenet rendezvous: listening on (\S+), STUN on (?:port (\d+)|no port)\n")


def until(condition: Callable[[], object], step: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, "it did not come to that"
        step()
        time.sleep(0.002)


class Process:
    """A service of its own."""

    def __init__(self, *arguments: str, listen: str = "127.0.0.1:0") -> None:
        command = [sys.executable, "-m", "gamenet", "rendezvous", "--listen", listen, *arguments]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        ready = READY.fullmatch(self.process.stdout.readline())
        assert ready is not None, self.process.communicate()
        self.address, self.stun = ready[1], int(ready[2] or 0)

    def stop(self, how: int = signal.SIGTERM) -> str:
        """Let it end as it should. Returns its log."""
        self.process.send_signal(how)
        _, log = self.process.communicate(timeout=PATIENCE)
        assert self.process.returncode == 0, log
        return log


@contextlib.contextmanager
def service(*arguments: str, listen: str = "127.0.0.1:0") -> Iterator[Process]:
    running = Process(*arguments, listen=listen)
    try:
        yield running
    finally:
        running.process.kill()
        running.process.communicate()


class Caller:
    """A connection to it."""

    def __init__(self, address: str, name: str) -> None:
        self.name, self.identity = name, f"str:{name}"
        self.key = name.encode().ljust(16)
        self.card = Card(self.identity, 4, bytes(16), 0)
        self.heard: list[m.FromService] = []
        self.happened: list[Happening] = []
        self.transport = GnsTransport()
        self.transport.connect(address)
        self.until(lambda: any(isinstance(each, Opened) for each in self.happened))
        (self.connection,) = [each.connection for each in self.happened if isinstance(each, Opened)]

    def greet(self) -> m.Welcome:
        return self.ask(m.Hello(m.WIRE, self.identity, self.key, b""), m.Welcome)

    def create(self, code: str = "") -> m.Entered:
        wish = m.Create(code, self.key, "asteroids", "Friday", self.name, 4, m.PUBLIC, False, {}, self.card)
        return self.ask(wish, m.Entered)

    def join(self, code: str) -> m.Entered:
        return self.ask(m.Join(code, self.key, self.name, False, self.card), m.Entered)

    def say(self, message: m.FromClient) -> None:
        self.say_bytes(m.FROM_CLIENT.encode(message))

    def say_bytes(self, data: bytes) -> None:
        assert self.transport.send(time.monotonic(), [Parcel(self.connection, Channel.CONTROL, data)]) == []
        self.transport.flush([self.connection])

    def ask(self, message: m.FromClient, kind: type[M]) -> M:
        self.say(message)
        return self.wait(kind)

    def wait(self, kind: type[M]) -> M:
        """The next message of that kind."""
        self.until(lambda: any(isinstance(each, kind) for each in self.heard))
        found = next(each for each in self.heard if isinstance(each, kind))
        self.heard.remove(found)  # type: ignore[arg-type]
        return found

    def lost(self) -> Lost:
        self.until(lambda: any(isinstance(each, Lost) for each in self.happened))
        return next(each for each in self.happened if isinstance(each, Lost))

    def until(self, condition: Callable[[], object]) -> None:
        until(condition, self.pump)

    def pump(self) -> None:
        self.happened += self.transport.poll(time.monotonic())
        for received in self.transport.receive(0):
            message = m.FROM_SERVICE.decode(received.data)
            assert not isinstance(message, str), message
            self.heard.append(message)


def another(address: str) -> m.Welcome:
    """What the next one is greeted with."""
    with callers(address, "ada") as (caller,):
        return caller.greet()


@contextlib.contextmanager
def callers(address: str, *names: str) -> Iterator[list[Caller]]:
    with contextlib.ExitStack() as opened:
        made = []
        for name in names:
            made.append(Caller(address, name))
            opened.callback(made[-1].transport.shutdown)
        yield made


@pytest.mark.parametrize("listen", ["127.0.0.1:0", "[::]:0"])
def test_two_players_meet_by_a_code_and_exchange_signals(listen: str) -> None:
    with service("--stun", "0", listen=listen) as running:
        address = running.address.replace("[::]", "127.0.0.1")
        with callers(address, "ada", "bob") as (ada, bob):
            assert ada.greet().stun == bob.greet().stun == (f":{running.stun}",)
            code = ada.create().code
            assert [seat.name for seat in bob.join(code.lower()).members] == ["ada", "bob"]
            assert ada.wait(m.Came).seat == m.Seat(2, "bob", bob.card)
            bob.say(m.Signal(1, b"a signal" * 300))
            assert ada.wait(m.Signal) == m.Signal(2, b"a signal" * 300)
            (found,) = bob.ask(m.Search("asteroids", 0), m.Found).rooms
            assert (found.code, found.players) == (code, 2)
            ada.say(m.Leave("must sleep"))
            assert bob.wait(m.Ended).why == "must sleep"
        log = running.stop()
        assert "event=room_opened" in log and "event=room_ended" in log
        assert code not in log and f"{code[:4]}-****" in log


def test_what_it_issues_is_believed_by_who_trusts_it() -> None:
    with service("--stun", "off") as running, Sockets(identity="str:ada") as net:
        connection = net.connect_by_ip_address(running.address)
        hello = m.Hello(m.WIRE, "str:ada", bytes(16), net.certificate_request())
        net.send_message_to_connection(connection, m.FROM_CLIENT.encode(hello), SendFlags.RELIABLE)
        heard: list[bytes] = []

        def step() -> None:
            net.run_callbacks()
            heard.extend(message.data for message in net.receive_messages_on_connection(connection))

        until(lambda: heard, step)
        welcome = m.FROM_SERVICE.decode(heard[0])
        assert isinstance(welcome, m.Welcome) and welcome.good_for == 86_400.0 and welcome.stun == ()
        net.trust(welcome.root)
        net.set_certificate(welcome.certificate)
        assert net.get_authentication_status()[0] is AuthenticationStatus.CURRENT


def test_it_answers_stun_beside_its_port() -> None:
    with service("--stun", "0", listen="[::]:0") as running:
        for family, host in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")):
            with socket.socket(family, socket.SOCK_DGRAM) as asking:
                asking.settimeout(PATIENCE)
                asking.connect((host, running.stun))
                asking.send(stun.ask(bytes(12)))
                assert asking.recv(2048) == stun.answer(stun.ask(bytes(12)), *asking.getsockname()[:2])


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_told_to_stop_it_tells_everybody(how: int) -> None:
    with service("--stun", "off") as running, callers(running.address, "ada") as (ada,):
        ada.greet()
        running.process.send_signal(how)
        assert "play on" in ada.wait(m.Stopping).why
        assert ada.lost().farewell is Farewell.GOODBYE
        assert running.process.wait(PATIENCE) == 0


def test_after_a_restart_codes_and_authority_are_the_same(tmp_path: Path) -> None:
    key = str(tmp_path / "authority.pem")
    with service("--stun", "off", "--key", key) as running, callers(running.address, "ada") as (ada,):
        root, code = ada.greet().root, ada.create().code
        running.stop()
    with service("--stun", "off", "--key", key, listen=running.address) as again:
        assert again.address == running.address
        with callers(again.address, "ada", "bob") as (ada, bob):
            assert ada.greet().root == bob.greet().root == root
            assert ada.create(code).code == code
            assert bob.join(code).seat == 2


@pytest.mark.parametrize("data", [b"garbage", bytes(m.MOST_REQUEST), m.FROM_CLIENT.encode(m.Alive())])
def test_garbage_ends_its_connection_and_no_other(data: bytes) -> None:
    with service("--stun", "off") as running, callers(running.address, "ada", "eve") as (ada, eve):
        ada.greet()
        eve.say_bytes(data)
        assert eve.lost().farewell is Farewell.BROKEN
        assert ada.create().seat == 1


def test_a_message_longer_than_any_request_ends_its_connection_and_no_other() -> None:
    with service("--stun", "off") as running, callers(running.address, "ada", "eve") as (ada, eve):
        ada.greet()
        eve.say_bytes(bytes(200_000))
        eve.lost()
        assert ada.create().seat == 1


def test_turn_passwords_come_with_the_welcome_while_the_relay_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GAMENET_TURN_SECRET", "secret")
    relay = stun.Responder("127.0.0.1:0")
    url = f"turn:127.0.0.1:{relay.port}"
    try:
        with service("--stun", "off", "--turn", url) as running, callers(running.address, "ada") as (ada,):
            welcomes = [ada.greet()]
            until(lambda: welcomes[-1].turn, lambda: welcomes.append(another(running.address)))
            welcome = welcomes[-1]
            (told,) = welcome.turn
            assert told.url == url and told.user.endswith(":str:ada") and told.password
            assert welcome.good_for == 21_600.0
    finally:
        relay.close()
