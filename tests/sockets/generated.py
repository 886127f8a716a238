"""The parts of docs/sockets that are made from code: calls, types, tables of options, states, end reasons and names."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterable
from dataclasses import fields
from typing import Final

from gamenet.sockets import AuthenticationStatus, OptionInfo, Options, Sockets, logs
from gamenet.sockets.ends import ENDS
from gamenet.sockets.options import VALVE
from gamenet.sockets.process import process
from tests.pages import ROOT

from . import described, drawing
from .reference import BEYOND, FLAT, RECORDS, SECTIONS

_MARKED: Final = re.compile(r"(?<=<!-- generated: )(\w+) -->\n.*?(?=<!-- end of generated -->)", re.DOTALL)

WORDS: Final[dict[str, str]] = {
    "TimeoutInitial": "milliseconds until an attempt to connect is given up",
    "TimeoutConnected": (
        "milliseconds until a connection counts as lost, from the first question that stays without an answer; "
        "a reliable message is one, and the library asks after ten seconds of silence: see "
        "[how soon a lost peer is noticed](connections.md#how-soon-a-lost-peer-is-noticed)"
    ),
    "SendBufferSize": "bytes that may wait to be sent; beyond, sending is `LIMIT_EXCEEDED`",
    "SendRateMin": "bytes a second that the estimate of the line never goes below",
    "SendRateMax": "bytes a second that it never goes above; set both alike, the library does not estimate yet",
    "NagleTime": "microseconds that a small message waits for company",
    "IP_AllowWithoutAuth": (
        "0: the other side must prove who it is; 1: it should; 2: it need not. By address and P2P alike; see "
        "[who is who](authentication.md). Not for players to change"
    ),
    "MTU_PacketSize": "bytes of the biggest UDP packet's content",
    "Unencrypted": (
        "0: always encrypted; 1: plain is allowed; 2: preferred; 3: required. Both sides must agree. Not for players "
        "to change"
    ),
    "SymmetricConnect": "two equal peers may connect to each other at once and get one connection; P2P only",
    "LocalVirtualPort": "this side's virtual port where a symmetric connection is to have two; -1: the same as theirs",
    "ConnectionUserData": "a number of the program's own from the start; later `set_connection_user_data`",
    "FakePacketDup_Recv": "percent of the packets that come in twice",
    "FakePacketDup_Send": "percent of the packets that go out twice",
    "FakePacketDup_TimeMax": "milliseconds between a packet and its double, at most",
    "FakePacketJitter_Recv_Avg": "milliseconds of jitter coming in, on average",
    "FakePacketJitter_Recv_Max": "milliseconds of it at most",
    "FakePacketJitter_Recv_Pct": "percent of the packets that get any",
    "FakePacketJitter_Send_Avg": "milliseconds of jitter going out, on average",
    "FakePacketJitter_Send_Max": "milliseconds of it at most",
    "FakePacketJitter_Send_Pct": "percent of the packets that get any",
    "FakePacketLag_Recv": "milliseconds that packets coming in are held",
    "FakePacketLag_Send": "milliseconds that packets going out are held",
    "FakePacketLoss_Recv": "percent of the packets that vanish coming in",
    "FakePacketLoss_Send": "percent of the packets that vanish going out",
    "FakePacketReorder_Recv": "percent of the packets that others overtake coming in",
    "FakePacketReorder_Send": "percent of the packets that others overtake going out",
    "FakePacketReorder_Time": "milliseconds that those are held",
    "FakeRateLimit_Recv_Burst": "bytes that may come in at once beyond the rate, once that works",
    "FakeRateLimit_Recv_Rate": "bytes a second that come in; limits nothing before 2 GB have gone",
    "FakeRateLimit_Send_Burst": "bytes that may go out at once beyond the rate, once that works",
    "FakeRateLimit_Send_Rate": "bytes a second that go out; limits nothing before 2 GB have gone",
    "IPLocalHost_AllowWithoutAuth": (
        "the same for peers on this machine, where the larger of the two counts (Valve's own default is 2)"
    ),
    "LogLevel_AckRTT": "how much is said about round trips",
    "LogLevel_Message": "about each message",
    "LogLevel_P2PRendezvous": "about how peers find to each other",
    "LogLevel_PacketDecode": "about what is in each packet",
    "LogLevel_PacketGaps": "about packets that are missing",
    "MTU_DataSize": "bytes of a message that fits one packet, from `MTU_PacketSize`",
    "OutOfOrderCorrectionWindowMicroseconds": "microseconds that a packet waits for one that it overtook",
    "P2P_STUN_ServerList": "STUN servers, separated by commas: see peer to peer",
    "P2P_TURN_PassList": "their passwords, in the same order",
    "P2P_TURN_ServerList": "TURN servers, separated by commas",
    "P2P_TURN_UserList": "the names to log in there with, in the same order",
    "P2P_Transport_ICE_Enable": "which ways peers are offered: the sum of 1 relayed, 2 private, 4 public",
    "P2P_Transport_ICE_Implementation": "which of Valve's two; 0: as it sees fit",
    "P2P_Transport_ICE_Penalty": "milliseconds by which such a way counts as longer than it is",
    "PacketTraceMaxBytes": "bytes of each packet that are logged; -1: none",
    "RecvBufferMessages": "messages that may wait to be received",
    "RecvBufferSize": "bytes of them",
    "RecvMaxMessageSize": "bytes of the longest that is taken; a longer one ends its connection",
    "RecvMaxSegmentsPerPacket": "pieces of messages in one packet, at most",
    "SendTimeSincePreviousPacket": "1: packets say when they left, so that the other side can measure jitter",
}
"""What each option is for."""


def _table(heads: Iterable[str], rows: Iterable[Iterable[object]]) -> list[str]:
    heads = list(heads)
    lines = [heads, ["---"] * len(heads), *rows]
    return ["| " + " | ".join(str(cell) for cell in line) + " |" for line in lines]


def _shown(value: object) -> str:
    return '""' if value == "" else f"{value:,}" if isinstance(value, (int, float)) else str(value)


def _in_force(info: OptionInfo) -> str:
    """What an opened library has, and Valve's own default where that is another."""
    differs = f" (Valve's: {_shown(info.default)})" if info.value != info.default else ""
    return _shown(info.value) + differs


def _takes(info: OptionInfo) -> str:
    if info.read_only:
        return "read only"
    return "any" if info.lowest is None else f"{_shown(info.lowest)} to {_shown(info.highest)}"


def _opened() -> dict[str, OptionInfo]:
    """The options of the open library as they are, by Valve's name."""
    net = process.opened()
    assert net is not None
    return {info.name: info for info in net.list_options()}


def eleven() -> list[str]:
    """The options of the reference."""
    known, ours = _opened(), fields(Options)
    infos = [known[VALVE[field.name]] for field in ours]
    rows = (
        (f"`{field.name}`", f"`{info.name}`", field.type.split()[0], _in_force(info), _takes(info), WORDS[info.name])
        for field, info in zip(ours, infos, strict=True)
    )
    return _table(("`Options`", "Valve's name", "Holds", "Unless set", "Takes", "What it is"), rows)


def options() -> list[str]:
    """All options of the open library."""
    rows = (
        (
            f"`{info.name}`",
            info.id,
            info.kind,
            "the library alone" if info.scope == "global" else "made with" if info.fixed else "each",
            _in_force(info),
            _takes(info),
            WORDS[info.name],
        )
        for info in _opened().values()
    )
    return _table(("Option", "Number", "Holds", "Set for", "Unless set", "Takes", "What it is"), rows)


def levels() -> list[str]:
    """Log levels both ways."""
    names = ("bug", "error", "important", "warning", "message", "verbose", "debug", "everything")
    asked = {5: "INFO", 6: "DEBUG", 7: "9", 8: "5", 2: "ERROR", 4: "WARNING", 1: "ERROR", 3: "WARNING"}
    rows = (
        (f"{number} {name}", f"`{logging.getLevelName(logs.LEVELS[number])}`", asked[number])
        for number, name in enumerate(names, 1)
    )
    return _table(("Valve's level", "Arrives as", "When the logger's level is, or lower"), rows)


def ends() -> list[str]:
    """What end reasons mean and what can be done."""
    rows = (
        (int(reason), f"`{reason.name}`", end.means + (" *(Steam)*" if end.steam else ""), end.advice)
        for reason, end in ENDS.items()
    )
    return _table(("Number", "`EndReason`", "What it means", "What to do"), rows)


STEPS: Final[dict[str, str]] = {
    "BeginAlone": "`init_authentication()`, and no authority is trusted",
    "Begin": "`init_authentication()`, and an authority is trusted",
    "Trust": "`trust(root)`",
    "Request": "`certificate_request()`",
    "Accept": "`set_certificate(…)` with a good one",
    "Refuse": "`set_certificate(…)` with one that is refused",
    "Expire": "the certificate expires",
}
"""What leads from one status of authentication to another, by its name in the table that `steps` reads."""


def steps() -> list[tuple[str, str, str]]:
    """From, what happens, to: the table of native/sockets/src/identity/authentication.rs."""
    text = (ROOT / "native/sockets/src/identity/authentication.rs").read_text(encoding="utf-8")
    table = text.partition("pub const STEPS")[2].partition("];")[0]
    return re.findall(r"\((\w+), (\w+), (\w+)\),", table)


def status(name: str) -> AuthenticationStatus:
    """The status that is called so in Rust."""
    return AuthenticationStatus[re.sub(r"(?<!^)(?=[A-Z])", "_", name).upper()]


def statuses() -> list[str]:
    """The steps, those with one cause and one result together."""
    found: dict[tuple[str, str], list[str]] = {}
    for old, step, new in steps():
        found.setdefault((step, new), []).append(f"`{status(old).name}`")
    rows = (
        (", ".join(olds), STEPS[step], f"`{status(new).name}` ({status(new):d})") for (step, new), olds in found.items()
    )
    return _table(("From", "When", "To"), rows)


def linked(python: str) -> str:
    """A name of a row, which leads to where it is described."""
    head, _, rest = python.partition(".")
    if head == "errors":
        return f"[`{python}`](troubleshooting.md#exceptions)"
    call = rest.partition("(")[0] if head == "Sockets" else ""
    where = f"calls.md#{call or 'sockets'}" if head == "Sockets" else f"types.md#{head.partition('(')[0].lower()}"
    return f"[`{python}`]({where})"


def reference() -> list[str]:
    """Each section of the reference."""
    lines: list[str] = []
    for section in SECTIONS:
        rows = ((row.seed, linked(row.python), row.note, f"`{row.test}`") for row in section.rows)
        lines += ["", f"## {section.title}", "", *_table(("Reference", "Python", "", "Proven by"), rows)]
    return lines


def beyond() -> list[str]:
    return _table(("Python", "What it is", "Proven by"), ((linked(m.python), m.what, f"`{m.test}`") for m in BEYOND))


def flat() -> list[str]:
    here = ((f"`{row.name}`", linked(row.python) if row.python else "not here", row.why) for row in FLAT)
    return _table(("C", "Python", ""), here)


def records() -> list[str]:
    here = ((f"`{row.name}`", linked(row.python) if row.python else "not here", row.why) for row in RECORDS)
    return _table(("C", "Python", ""), here)


MADE: Final[dict[str, Callable[[], list[str]]]] = {
    "transitions": drawing.table,
    "eleven": eleven,
    "options": options,
    "levels": levels,
    "ends": ends,
    "statuses": statuses,
    "reference": reference,
    "beyond": beyond,
    "flat": flat,
    "records": records,
    "calls": described.calls,
    "types": described.types,
}


def filled(page: str) -> str:
    """The text of a page with its generated parts made anew; options are those of an open library."""

    def fill(found: re.Match[str]) -> str:
        return "\n".join([f"{found[1]} -->", "", *MADE[found[1]](), "", ""])

    if "<!-- generated: options" not in page and "<!-- generated: eleven" not in page:
        return _MARKED.sub(fill, page)
    with Sockets():
        return _MARKED.sub(fill, page)
