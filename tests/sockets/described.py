"""Every call and every type of `gamenet.sockets` as Markdown, read from its source: signatures, fields and docstrings.

The pages docs/sockets/calls.md and types.md are made of it. The words behind a field or constant become its
explanation; `Args:`, `Returns:` and `Raises:` of a docstring become lists.
"""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterator, Sequence
from itertools import zip_longest
from pathlib import Path
from typing import Final, NamedTuple

from gamenet import sockets
from gamenet.sockets.ends import ENDS

from .reference import FLAT

SOURCE: Final = Path(sockets.__file__).parent
_WIDTH: Final = 110
"""Characters of the longest signature that stands on one line."""

CALLS: Final = {
    "Sockets": "Opening, pumping, closing",
    "ListeningCalls": "Listening",
    "ConnectionCalls": "Connections",
    "P2PCalls": "Peer to peer",
    "SendingCalls": "Sending",
    "ReceivingCalls": "Receiving",
    "StatusCalls": "How it does",
    "AuthenticationCalls": "Who is who",
    "OptionCalls": "Options and weather",
}
"""The classes whose methods are the calls of `Sockets`, with the titles of their parts of the page."""

TYPES: Final = {
    "Handles and addresses": "Connection PollGroup ListenSocket Identity",
    "Messages": "SendFlags Result Message MessageView ReceivedBatch Outgoing",
    "What is told": "ConnectionChange ConnectionState EndReason AuthenticationChange AuthenticationStatus",
    "What can be asked": "ConnectionInfo RealTimeStatus LaneStatus",
    "Options and weather": "Options AnyOptions OptionInfo OptionValue FakeNetwork",
    "Peer to peer": "Signal TurnServer IceCandidates",
    "Who is who": "Authority",
    "Functions": "describe_end ice_options simulate",
    "Constants": "MAX_MESSAGE MAX_UNRELIABLE MAX_UNSPLIT MAX_WAITING RECEIVE_LIMITS",
}
"""What is public besides `Sockets`, by topic."""

_MADE_BY_PROGRAMS: Final = ("Identity", "Options", "FakeNetwork", "TurnServer")
"""Dataclasses that a program makes itself, so that their constructor is of interest."""
_ELSEWHERE: Final = {
    "EndReason": [
        "| Name | Number | |",
        "| --- | --- | --- |",
        *(f"| `{reason.name}` | `{reason:d}` | {end.means} |" for reason, end in ENDS.items()),
        "",
        "What to do: [troubleshooting](troubleshooting.md#end-reasons).",
        "",
    ]
}
"""What stands in place of a table of the members."""

_LINKED: Final = [name for names in TYPES.values() for name in names.split()]


class Defined(NamedTuple):
    """A definition in the source."""

    name: str
    node: ast.stmt
    says: str
    """Its docstring, or the text behind it."""


def _is(node: ast.stmt, decorator: str) -> bool:
    decorators = node.decorator_list if isinstance(node, (ast.FunctionDef, ast.ClassDef)) else []
    return any(ast.unparse(each) == decorator for each in decorators)


def definitions(body: Sequence[ast.stmt]) -> Iterator[Defined]:
    """What a module or class defines, in order."""
    for node, behind in zip_longest(body, body[1:]):
        if isinstance(node, (ast.ClassDef, ast.FunctionDef)) and not _is(node, "overload"):
            yield Defined(node.name, node, ast.get_docstring(node) or "")
        elif isinstance(node, (ast.Assign, ast.AnnAssign)):
            target = node.targets[0] if isinstance(node, ast.Assign) else node.target
            text = behind.value if isinstance(behind, ast.Expr) else None
            says = text.value if isinstance(text, ast.Constant) and isinstance(text.value, str) else ""
            yield Defined(ast.unparse(target), node, inspect.cleandoc(says))


def _found() -> dict[str, Defined]:
    modules = [ast.parse(path.read_text(encoding="utf-8")) for path in sorted(SOURCE.rglob("*.py"))]
    return {each.name: each for module in modules for each in definitions(module.body)}


FOUND: Final = _found()
"""What the modules of the package define."""


def members(name: str) -> list[Defined]:
    """What is public in a class."""
    node = FOUND[name].node
    assert isinstance(node, ast.ClassDef)
    return [each for each in definitions(node.body) if not each.name.startswith("_")]


# --- Code ------------------------------------------------------------------------------------------------------------


def _fenced(*lines: str) -> list[str]:
    return ["```py", *(line.replace("'", '"') for line in lines), "```"]


def _declared(name: str, annotation: ast.expr | None, default: ast.expr | None) -> str:
    """`name: annotation = default`, as far as they are there."""
    kind = f": {ast.unparse(annotation)}" if annotation else ""
    return f"{name}{kind}{f' = {ast.unparse(default)}' if default else ''}"


def _call(name: str, arguments: list[str], returns: str) -> list[str]:
    line = f"{name}({', '.join(arguments)}){returns}"
    broken = (f"{name}(", *(f"    {each}," for each in arguments), f"){returns}")
    return _fenced(*(broken if len(line) > _WIDTH else (line,)))


def signature(name: str, node: ast.FunctionDef) -> list[str]:
    """Of a function, or of a method without its `self`."""
    args = node.args
    assert not args.posonlyargs and not args.vararg and not args.kwarg
    bare: list[ast.expr | None] = [None] * (len(args.args) - len(args.defaults))
    plain = zip(args.args, [*bare, *args.defaults], strict=True)
    given = [_declared(a.arg, a.annotation, default) for a, default in plain if a.arg not in ("self", "cls")]
    keywords = [_declared(a.arg, a.annotation, d) for a, d in zip(args.kwonlyargs, args.kw_defaults, strict=True)]
    returns = f" -> {ast.unparse(node.returns)}" if node.returns and node.name != "__init__" else ""
    return _call(name, [*given, *(["*"] if keywords else []), *keywords], returns)


def constructor(name: str) -> list[str]:
    """Of a dataclass, from its fields."""
    node = FOUND[name].node
    assert isinstance(node, ast.ClassDef)
    fields = [each.node for each in members(name) if isinstance(each.node, ast.AnnAssign)]
    arguments = [_declared(ast.unparse(each.target), each.annotation, _default(each)) for each in fields]
    keywords = any("kw_only=True" in ast.unparse(each) for each in node.decorator_list)
    return _call(name, ["*", *arguments] if keywords else arguments, "")


def _default(field: ast.AnnAssign) -> ast.expr | None:
    if isinstance(field.value, ast.Call):  # field(default="", …)
        return next(each.value for each in field.value.keywords if each.arg == "default")
    return field.value


# --- Words -----------------------------------------------------------------------------------------------------------


def _linked(text: str) -> str:
    """Pages of this folder, and types, as links."""
    text = re.sub(r"docs/sockets/(\w+)\.md", r"[\1](\1.md)", text)
    return re.sub(rf"`({'|'.join(_LINKED)})`", lambda found: f"[{found[0]}](types.md#{found[1].lower()})", text)


def prose(says: str) -> list[str]:
    """A docstring as Markdown."""
    lines: list[str] = []
    heads = {"Args:": ["**Arguments**", ""], "Returns:": ["**Returns**", ""], "Raises:": ["**Raises**", ""]}
    for line in _linked(says).splitlines():
        if item := re.fullmatch(r" {4}(\w+(?:, \w+)*): (.*)", line):
            lines.append(f"- {', '.join(f'`{each}`' for each in item[1].split(', '))}: {item[2]}")
        else:  # what goes on from a line of a list is indented twice
            lines += heads.get(line, ["  " + line.strip() if line.startswith(" " * 8) else line.strip()])
    return [*lines, ""] if lines else []


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def table(parts: list[Defined]) -> list[str]:
    """Fields and properties with their types, or the members of an enum with their numbers."""
    rows = [f"| `{part.name}` | `{_cell(_kind(part.node))}` | {_cell(_linked(part.says))} |" for part in parts]
    second = "Number" if any(isinstance(part.node, ast.Assign) for part in parts) else "Type"
    return [f"| Name | {second} | |", "| --- | --- | --- |", *rows, ""] if rows else []


def _kind(node: ast.stmt) -> str:
    """The type of a field or property, the number of an enum's member."""
    if isinstance(node, ast.Assign):
        return ast.unparse(node.value)
    kind = node.annotation if isinstance(node, ast.AnnAssign) else getattr(node, "returns", None)
    assert kind is not None
    return re.sub(r"^Final\[(.*)\]$", r"\1", ast.unparse(kind))


# --- Pages -----------------------------------------------------------------------------------------------------------


def _is_method(part: Defined) -> bool:
    return isinstance(part.node, ast.FunctionDef) and not _is(part.node, "property")


def _part(part: Defined, name: str) -> list[str]:
    """A method with its signature, or something with a type; then its words."""
    code = signature(name, part.node) if isinstance(part.node, ast.FunctionDef) and _is_method(part) else None
    return [*(code or _fenced(f"{name}: {_kind(part.node)}")), "", *_valve(name), *prose(part.says)]


def _valve(call: str) -> list[str]:
    """What Valve calls it."""
    names = [row.name.replace("_", "::", 1) for row in FLAT if row.python == f"Sockets.{call}"]
    return [f"In C++: {', '.join(f'`ISteamNetworking{name}`' for name in names)}.", ""] if names else []


def _contents(topics: dict[str, list[str]]) -> list[str]:
    """A table of what is on the page."""
    rows = [
        f"| {title} | {' · '.join(f'[{name}](#{name.lower()})' for name in names)} |" for title, names in topics.items()
    ]
    return ["| | |", "| --- | --- |", *rows, ""]


def calls() -> list[str]:
    """All of `Sockets`, by topic."""
    topics = {title: [part.name for part in members(owner)] for owner, title in CALLS.items()}
    topics[CALLS["Sockets"]].insert(0, "Sockets")
    lines = _contents(topics)
    for owner, title in CALLS.items():
        lines += [f"## {title}", ""]
        if owner == "Sockets":
            lines += ["### Sockets", "", *_opening(), "", *prose(FOUND[owner].says)]
        for part in members(owner):
            lines += [f"### {part.name}", "", *_part(part, part.name)]
    return lines


def _opening() -> list[str]:
    node = FOUND["Sockets"].node
    assert isinstance(node, ast.ClassDef)
    init = next(each for each in node.body if isinstance(each, ast.FunctionDef) and each.name == "__init__")
    return signature("Sockets", init)


def types() -> list[str]:
    """All that is public besides, by topic."""
    lines = _contents({title: names.split() for title, names in TYPES.items()})
    for title, names in TYPES.items():
        lines += [f"## {title}", ""]
        for name in names.split():
            lines += [f"### {name}", "", *_described(FOUND[name])]
    return lines


def _described(what: Defined) -> list[str]:
    if isinstance(what.node, ast.ClassDef):
        return _class(what)
    if isinstance(what.node, ast.FunctionDef):
        return _part(what, what.name)
    assert isinstance(what.node, (ast.Assign, ast.AnnAssign)) and what.node.value is not None
    value = ast.unparse(what.node.value)
    return [*_fenced(f"{what.name} = {value.strip(chr(39))}"), "", *prose(what.says)]


def _class(what: Defined) -> list[str]:
    made = [*constructor(what.name), ""] if what.name in _MADE_BY_PROGRAMS else []
    parts = members(what.name)
    fields = table([part for part in parts if not _is_method(part)])
    lines = [*made, *prose(what.says), *_ELSEWHERE.get(what.name, fields)]
    for part in filter(_is_method, parts):
        name = f"{what.name}.{part.name}"
        lines += [f"#### {name}", "", *_part(part, name if _is(part.node, "classmethod") else part.name)]
    return lines


def unexplained() -> list[str]:
    """Public parts without a word about them."""
    parts = [
        (f"{name}.{part.name}", part.says)
        for name in [*CALLS, *_LINKED]
        if name not in _ELSEWHERE and isinstance(FOUND[name].node, ast.ClassDef)
        for part in members(name)
    ]
    whole = [(name, FOUND[name].says) for name in ["Sockets", *_LINKED]]
    return [name for name, says in [*whole, *parts] if not says]
