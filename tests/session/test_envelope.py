"""The header: what is packed is read back, the bytes stand still, and no bytes at all can raise."""

from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st

from gamenet.channels import RELIABLE, Channel
from gamenet.session.envelope import HEADER_SIZE, MAX_MESSAGE, VERSION, Envelope, OtherVersion, parse

u8, u16, u32, u64 = (st.integers(0, 2**bits - 1) for bits in (8, 16, 32, 64))
heads = {"room": u32, "epoch": u8, "tick": u32, "call_ack": u16, "control_ack": u16, "body": st.binary(max_size=50)}
stamps = {"number": u16, "mine": u32, "yours": u32, "held": u16, "early": st.integers(-128, 127)}
reliable = st.fixed_dictionaries({"channel": st.sampled_from(RELIABLE), "sequence": u16, **heads})
values = st.fixed_dictionaries({"channel": st.just(Channel.VALUES), **stamps, **heads})
inputs = st.fixed_dictionaries({"channel": st.just(Channel.INPUT), "taken": u64, **stamps, **heads})
envelopes = st.one_of(reliable, values, inputs).map(lambda fields: Envelope(**fields))


@given(envelopes)
def test_what_is_packed_is_read_back(envelope: Envelope) -> None:
    assert parse(envelope.pack()) == envelope


def test_the_bytes_of_a_header_never_change() -> None:
    """The header is final: these bytes stand in docs/wire-format.md."""
    head = {"room": 0x01020304, "epoch": 5, "tick": 0x06070809, "call_ack": 0x0A0B, "control_ack": 0x0C0D}
    common = "04030201" + "05" + "09080706" + "0b0a" + "0d0c"
    loose = {"number": 0x0E0F, "mine": 0x10111213, "yours": 0x14151617, "held": 0x1819, "early": -2, "body": b"!"}
    stamped = "13121110" + "17161514" + "1918" + "fe" + "21"
    assert Envelope(Channel.CALL, **head, sequence=0x0E0F, body=b"!").pack().hex() == "06" + common + "0f0e" + "21"
    assert Envelope(Channel.CONTROL, **head, sequence=0x0E0F).pack().hex() == "07" + common + "0f0e"
    assert Envelope(Channel.VALUES, **head, **loose).pack().hex() == "04" + common + "0f0e" + stamped
    taken = 0x1A1B1C1D1E1F2021
    assert (
        Envelope(Channel.INPUT, **head, taken=taken, **loose).pack().hex()
        == "05" + common + "0f0e" + "21201f1e1d1c1b1a" + stamped
    )


def test_headers_are_as_long_as_documented() -> None:
    assert HEADER_SIZE == {Channel.VALUES: 27, Channel.INPUT: 35, Channel.CALL: 16, Channel.CONTROL: 16}


@given(st.binary(max_size=80))
@example(b"")
@example(bytes([VERSION << 2]))
def test_any_bytes_give_an_envelope_or_a_reason(data: bytes) -> None:
    assert isinstance(parse(data), (Envelope, OtherVersion, str))


@given(envelopes, st.integers(0, 34))
def test_a_message_shorter_than_its_header_is_refused_with_its_length(envelope: Envelope, length: int) -> None:
    data = envelope.pack()[: min(length, HEADER_SIZE[envelope.channel] - 1)]
    problem = parse(data)
    assert isinstance(problem, str) and ("shorter than its header" in problem or not data)


def test_another_version_is_named_whatever_follows() -> None:
    assert parse(bytes([63 << 2]) + b"what later versions may do") == OtherVersion(63)


def test_a_message_longer_than_the_library_sends_is_refused() -> None:
    assert parse(b"\x06" + bytes(MAX_MESSAGE)) == f"a message of {MAX_MESSAGE + 1} bytes"
