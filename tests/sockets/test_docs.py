"""What the pages about the sockets say that comes from code is what the code says.

UPDATE_DOCS=1 writes it into the pages anew.
"""

from __future__ import annotations

import inspect
import os
import re
from pathlib import Path
from typing import Any

import pytest

from gamenet import _bridge, errors, sockets
from gamenet.sockets import MAX_MESSAGE, MAX_UNRELIABLE, MAX_UNSPLIT, RECEIVE_LIMITS, OptionInfo, Sockets, logs
from tests.pages import SOCKETS

from . import described, drawing, generated

UPDATE = os.environ.get("UPDATE_DOCS", "") not in ("", "0")
PAGES = sorted(SOCKETS.glob("*.md"))


def expect(path: Path, text: str) -> None:
    if UPDATE:
        path.write_text(text, encoding="utf-8")
    assert path.read_text(encoding="utf-8") == text, f"{path.name} is out of date: UPDATE_DOCS=1 writes it anew"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_generated_parts_of_a_page_are_those_of_the_code(page: Path) -> None:
    expect(page, generated.filled(page.read_text(encoding="utf-8")))


def test_the_picture_of_the_states_is_drawn_from_the_table() -> None:
    expect(SOCKETS / "states.svg", drawing.svg())


def test_every_generated_part_stands_on_a_page_once() -> None:
    text = "".join(page.read_text(encoding="utf-8") for page in PAGES)
    assert sorted(re.findall(r"<!-- generated: (\w+) -->", text)) == sorted(generated.MADE)


def test_all_that_is_public_is_described_and_every_part_of_it_has_a_word_about_it() -> None:
    named = [name for names in described.TYPES.values() for name in names.split()]
    assert sorted([*named, "Sockets"]) == sorted(sockets.__all__)
    assert {"Sockets", *(base.__name__ for base in Sockets.__bases__)} | {"ListeningCalls"} == set(described.CALLS)
    assert described.unexplained() == []


CALLS = [name for name, call in inspect.getmembers(Sockets, callable) if not name.startswith("_")]


@pytest.mark.parametrize("name", CALLS)
def test_the_page_of_calls_has_the_signature_that_the_call_has(name: str) -> None:
    text = (SOCKETS / "calls.md").read_text(encoding="utf-8")
    shown = re.search(rf"^### {name}\n\n```py\n(.*?)\n```$", text, re.MULTILINE | re.DOTALL)
    assert shown is not None
    made: dict[str, Any] = {}
    exec(f"from __future__ import annotations\ndef {shown[1]}: ...", dict(vars(sockets)), made)
    real = inspect.signature(getattr(Sockets, name))
    own = [each for each in real.parameters.values() if each.name != "self"]
    assert inspect.signature(made[name]) == real.replace(parameters=own)


def test_every_exception_that_the_sockets_raise_is_on_the_page_of_troubles() -> None:
    source = "".join(path.read_text(encoding="utf-8") for path in described.SOURCE.rglob("*.py"))
    ours = {name for name, kind in vars(errors).items() if isinstance(kind, type)} - {"GamenetError"}
    raised = {name for name in ours if re.search(rf"\b{name}\b", source)}
    raised |= {kind.__name__ for kind in _bridge._FAULTS.values()} & ours
    listed = (SOCKETS / "troubleshooting.md").read_text(encoding="utf-8").partition("## Exceptions")[2]
    assert "InvalidArgument" in raised and not sorted(name for name in raised if f"`{name}`" not in listed)


def test_every_option_is_explained(net: Sockets) -> None:
    assert {info.name for info in net.list_options()} == set(generated.WORDS)


def test_the_limits_on_the_page_of_messages_are_those_of_the_code() -> None:
    text = (SOCKETS / "messages.md").read_text(encoding="utf-8")
    rows = [line for line in text.partition("## Limits")[2].splitlines() if line.startswith("| ")][1:]
    numbers = [re.sub(r"\W", "", row.split("|")[2].split()[0]) for row in rows]
    options = {info.name: info.default for info in catalogue()}
    limits = [MAX_MESSAGE, MAX_UNRELIABLE, MAX_UNSPLIT, options["SendBufferSize"], options["SendRateMax"]]
    limits += [RECEIVE_LIMITS["RecvMaxMessageSize"], RECEIVE_LIMITS["RecvBufferSize"] >> 20]
    assert numbers == [str(limit) for limit in [*limits, RECEIVE_LIMITS["RecvBufferMessages"]]]


def catalogue() -> list[OptionInfo]:
    with Sockets() as net:
        return net.list_options()


def test_the_level_that_asks_for_each_of_valves_is_what_the_code_asks_for(caplog: pytest.LogCaptureFixture) -> None:
    for line in generated.levels()[2:]:
        valve, _, asks = (cell.strip() for cell in line.strip("|").split("|"))
        caplog.set_level(asks if asks.isupper() else int(asks), "gamenet.sockets")
        assert logs.wanted() >= int(valve[0])
