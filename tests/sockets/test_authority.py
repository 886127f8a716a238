"""An authority of a game's own: its key in memory and on disk, and what it signs. No library is open here."""

from __future__ import annotations

import contextlib
import copy
import logging
import os
import pickle
import random
import re
import shutil
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from gamenet.errors import InvalidCertificate, UnsafeKey
from gamenet.sockets import Authority, Sockets

SEED = 20_260_727
posix = pytest.mark.skipif(os.name != "posix", reason="this system has no such modes")


@pytest.fixture(scope="module")
def request_of_alice() -> bytes:
    with Sockets(identity="str:alice") as net:
        return net.certificate_request()


@pytest.fixture(scope="module")
def request_of_nobody() -> bytes:
    with Sockets() as net:
        return net.certificate_request()


def test_its_root_stays_the_same_and_is_nobody_elses() -> None:
    one, other = Authority.generate(), Authority.generate()
    assert one.root == one.root != other.root


def test_it_is_the_same_after_being_saved_and_loaded(tmp_path: Path) -> None:
    authority = Authority.generate()
    authority.save(tmp_path / "key.pem")
    assert Authority.load(str(tmp_path / "key.pem")).root == authority.root


@posix
def test_its_file_is_its_owners_alone_whatever_the_umask(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        Authority.generate().save(tmp_path / "key.pem")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "key.pem").stat().st_mode) == 0o600


def test_a_file_that_exists_is_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "key.pem"
    Authority.generate().save(path)
    before = path.read_bytes()
    with pytest.raises(
        FileExistsError, match=r"key\.pem exists already, .* Authority\.load\(path\), or save this one elsewhere"
    ):
        Authority.generate().save(path)
    assert path.read_bytes() == before


def test_a_file_that_cannot_be_written_is_not_left_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(file: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        Authority.generate().save(tmp_path / "key.pem")
    assert list(tmp_path.iterdir()) == []


@posix
@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o602, 0o610, 0o777])
def test_a_key_that_others_may_read_is_refused_with_advice(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "key.pem"
    Authority.generate().save(path)
    path.chmod(mode)
    with pytest.raises(UnsafeKey, match=rf"may be read or changed by others \(mode {mode:o}\).*chmod 600 {path}"):
        Authority.load(path)


def test_a_file_that_is_no_key_is_refused_without_quoting_it(tmp_path: Path) -> None:
    path = tmp_path / "key.pem"
    Authority.generate().save(path)
    good = path.read_bytes()
    for bad in [b"", b"geheim", b"\xff\xfe", good[:60], good.replace(b"MC4", b"MD4"), good * 100, bytes(5000)]:
        path.write_bytes(bad)
        with pytest.raises(InvalidCertificate, match="no private key of Ed25519") as refused:
            Authority.load(path)
        assert "geheim" not in str(refused.value)


def test_a_file_that_is_missing_is_the_systems_own_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        Authority.load(tmp_path / "key.pem")
    with pytest.raises(FileNotFoundError):
        Authority.generate().save(tmp_path / "nowhere" / "key.pem")


@pytest.mark.skipif(shutil.which("openssl") is None, reason="there is no openssl to ask")
def test_openssl_reads_the_key_and_its_own_keys_are_read(tmp_path: Path) -> None:
    ours, theirs = tmp_path / "ours.pem", tmp_path / "theirs.pem"
    authority = Authority.generate()
    authority.save(ours)
    told = subprocess.run(
        ["openssl", "pkey", "-in", ours, "-noout", "-text"], capture_output=True, text=True, check=True
    )
    assert "ED25519" in told.stdout
    subprocess.run(["openssl", "genpkey", "-algorithm", "ed25519", "-out", theirs], check=True)
    theirs.chmod(0o600)
    assert Authority.load(theirs).root != authority.root


def test_it_shows_its_number_and_never_its_key(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "key.pem"
    with caplog.at_level(logging.DEBUG):
        authority = Authority.generate()
        authority.save(path)
        authority = Authority.load(path)
    secret = path.read_text().splitlines()[1]
    assert re.fullmatch(r"<Authority [0-9a-f]{16}>", repr(authority))
    shown = repr(authority) + authority.root + caplog.text + repr(vars(Authority))
    assert secret[-43:] not in shown


@pytest.mark.parametrize("copied", [pickle.dumps, copy.copy, copy.deepcopy])
def test_it_is_neither_pickled_nor_copied(copied: Callable[[Authority], object]) -> None:
    with pytest.raises(TypeError, match="neither pickled nor copied"):
        copied(Authority.generate())


def test_it_is_made_by_its_two_makers_alone() -> None:
    with pytest.raises(TypeError, match=r"Authority\.generate\(\) or Authority\.load"):
        Authority()


def test_it_needs_no_open_library() -> None:
    program = "from gamenet.sockets import Authority; print(len(Authority.generate().root))"
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert int(told.stdout) > 100


# --- What it signs ----------------------------------------------------------------------------------------------------


def test_a_request_that_names_somebody_is_signed_for_that_one_alone(request_of_alice: bytes) -> None:
    authority = Authority.generate()
    assert authority.issue(request_of_alice) and authority.issue(request_of_alice, identity="str:alice")
    with pytest.raises(InvalidCertificate, match="the request is for str:alice, not for str:bob"):
        authority.issue(request_of_alice, identity="str:bob")


def test_a_request_that_names_nobody_is_signed_for_who_is_named(request_of_nobody: bytes) -> None:
    authority = Authority.generate()
    assert b"str:bob" in authority.issue(request_of_nobody, identity="str:bob")
    with pytest.raises(InvalidCertificate, match=r"names nobody: say who it is, as in issue\(request, identity="):
        authority.issue(request_of_nobody)


@pytest.mark.parametrize(
    "identity", ["", "alice", "str:", "str:" + "x" * 40, "str:alice\0", "steamid:1", "ip:127.0.0.1"]
)
def test_an_identity_that_names_nobody_is_refused(request_of_nobody: bytes, identity: str) -> None:
    with pytest.raises(InvalidCertificate):
        Authority.generate().issue(request_of_nobody, identity=identity)


@pytest.mark.parametrize("days", [0, -1, float("nan"), float("inf"), 1e9, 24_855])
def test_a_time_that_cannot_be_is_refused(request_of_alice: bytes, days: float) -> None:
    with pytest.raises(InvalidCertificate, match="days"):
        Authority.generate().issue(request_of_alice, days)


@pytest.mark.parametrize(
    ("call", "names"),
    [
        (lambda it, request: it.issue("text"), "request must be bytes"),
        (lambda it, request: it.issue(None), "request must be bytes"),
        (lambda it, request: it.issue(request, "1"), "days must be a number"),
        (lambda it, request: it.issue(request, None), "days must be a number"),
        (lambda it, request: it.issue(request, identity=5), "identity must be a str"),
        (lambda it, request: it.issue(request, identity=b"str:alice"), "identity must be a str"),
    ],
)
def test_an_argument_of_the_wrong_type_is_named(
    request_of_alice: bytes, call: Callable[[Any, bytes], object], names: str
) -> None:
    with pytest.raises(TypeError, match=names):
        call(Authority.generate(), request_of_alice)


def test_a_torn_or_random_request_is_refused_or_signed_for_no_other_name(request_of_alice: bytes) -> None:
    authority, dice = Authority.generate(), random.Random(SEED)
    torn = [request_of_alice[:length] for length in range(len(request_of_alice))]
    noise = [dice.randbytes(dice.randrange(200)) for _ in range(200)]
    for bad in [*torn, *noise, bytes(2000)]:
        with pytest.raises(InvalidCertificate, match=r"request|key"):
            authority.issue(bad, identity="str:alice")
    for _ in range(300):
        flipped = bytearray(request_of_alice)
        flipped[dice.randrange(len(flipped))] ^= 1 << dice.randrange(8)
        issued = b""
        with contextlib.suppress(InvalidCertificate):
            issued = authority.issue(bytes(flipped), identity="str:alice")
        assert issued == b"" or b"str:alice" in issued
