"""What an RPC is given and what it answers: binding in the caller's line, wire types, checks on both sides."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, NamedTuple

import msgpack

from ...errors import BadArgument, BadDeclaration
from ..model.advice import name_of
from ..model.annotations import Names, resolve
from .types import NoneType, Plain, Scope, Unfit, WireType, wire_type

LARGEST_CALL: Final = 60_000
"""Bytes of all arguments of a call together, or of an answer."""

_VARIADIC: Final = 0x04 | 0x08  # CO_VARARGS, CO_VARKEYWORDS
_NO_FUNCTION: Final = 0x20 | 0x80 | 0x200  # generators, coroutines, asynchronous generators
_MISSING: Final = object()


class Parameter(NamedTuple):
    name: str
    annotation: Any
    default: Any
    positional: bool
    keyword: bool


class Signature:
    """The parameters of an RPC behind `self` and `caller`, and what it returns.

    Their types are looked up late, because an annotation may name a class that is defined further down.
    """

    def __init__(self, function: Callable[..., Any]) -> None:
        """Raises: BadDeclaration: a signature that cannot be called from afar."""
        self.where = function.__qualname__
        self.parameters = _parameters(self.where, function)
        self._returned = function.__annotations__.get("return")
        self._names = Names(function.__globals__, {})
        self._kinds: tuple[WireType, ...] | None = None
        self._result: WireType = NoneType()

    def look_up_in(self, names: Names) -> None:
        """Where its annotations look up names; resolves them when all of them exist already.

        Raises:
            BadDeclaration: a type that cannot be sent.
        """
        self._names = names._replace(globals=self._names.globals)
        try:
            self._look_up()
        except NameError:
            self._kinds = None  # a class further down: the protocol asks again

    def resolve(self) -> None:
        """Raises: BadDeclaration: a name that does not exist, or a type that cannot be sent."""
        try:
            self._look_up()
        except NameError as error:
            raise BadDeclaration(f"{self.where}: {error}") from None

    def _look_up(self) -> None:
        if self._kinds is None:
            kinds = tuple(self._type(parameter.name, parameter.annotation) for parameter in self.parameters)
            self._result = self._type("return", self._returned)
            self._kinds = kinds

    def _type(self, name: str, annotation: Any) -> WireType:
        try:
            return wire_type(resolve(annotation, self._names))
        except NameError:
            raise
        except BadDeclaration as error:
            raise BadDeclaration(f"{self.where}({name}): {error}") from None
        except Exception as error:
            raise BadDeclaration(f"{self.where}({name}): {annotation!r} means nothing: {error}") from None

    @property
    def kinds(self) -> tuple[WireType, ...]:
        self.resolve()
        return self._kinds or ()

    @property
    def result(self) -> WireType:
        self.resolve()
        return self._result

    @property
    def words(self) -> str:
        """ "(text str of 200) -> int": equal words mean equal plain data."""
        parameters = (f"{p.name} {kind.words}" for p, kind in zip(self.parameters, self.kinds, strict=True))
        return f"({', '.join(parameters)}) -> {self.result.words}"

    # ------------------------------------------------------------------------------------------------ the caller's line

    def encode(self, args: Sequence[Any], keywords: Mapping[str, Any], scope: Scope) -> list[Plain]:
        """The arguments of one call, checked and copied.

        Raises:
            BadArgument: too many, too few, unknown, of the wrong type, or too large altogether.
        """
        values = self._bind(args, dict(keywords))
        columns = zip(self.parameters, self.kinds, values, strict=True)
        plain = [self._encode(parameter.name, kind, value, scope) for parameter, kind, value in columns]
        if (size := len(msgpack.packb(plain))) > LARGEST_CALL:
            raise BadArgument(f"{self.where}: the arguments take {size} bytes, more than {LARGEST_CALL}")
        return plain

    def _bind(self, args: Sequence[Any], keywords: dict[str, Any]) -> list[Any]:
        positional = [parameter for parameter in self.parameters if parameter.positional]
        if len(args) > len(positional):
            raise BadArgument(f"{self.where} takes {self._names_of(positional)}, not {len(args)} arguments")
        given = {parameter.name: value for parameter, value in zip(positional, args, strict=False)}
        for name in keywords:
            known = any(parameter.name == name and parameter.keyword for parameter in self.parameters)
            if not known or name in given:
                raise BadArgument(f"{self.where}: {name} {'is given twice' if known else 'is no argument'} of it")
        given.update(keywords)
        values = [given.get(parameter.name, parameter.default) for parameter in self.parameters]
        missing = [p for p, value in zip(self.parameters, values, strict=True) if value is _MISSING]
        if missing:
            raise BadArgument(f"{self.where} needs {self._names_of(missing)}")
        return values

    def _names_of(self, parameters: Sequence[Parameter]) -> str:
        return ", ".join(parameter.name for parameter in parameters) or "no arguments"

    def _encode(self, name: str, kind: WireType, value: Any, scope: Scope) -> Plain:
        try:
            return kind.encode(value, scope)
        except Unfit as unfit:
            raise BadArgument(f"{self.where}: {name} {unfit.reason}") from None

    # ------------------------------------------------------------------------------------------------- the other side

    def decode(self, plain: Plain, scope: Scope) -> list[Any]:
        """The arguments of a call from outside, in the order of `parameters`.

        Raises:
            Unfit: whatever does not fit, and nothing else.
        """
        if type(plain) is not list or len(plain) != len(self.parameters):
            raise Unfit(f"takes {len(self.parameters)} arguments; this is {type(plain).__name__!s}")
        return [
            _decode(f"{parameter.name} ", kind, value, scope)
            for parameter, kind, value in zip(self.parameters, self.kinds, plain, strict=True)
        ]

    def run(self, function: Callable[..., Any], instance: Any, caller: Any, values: Sequence[Any]) -> Any:
        """Call the game's function with decoded arguments."""
        pairs = list(zip(self.parameters, values, strict=True))
        positional = [value for parameter, value in pairs if parameter.positional]
        return function(instance, caller, *positional, **{p.name: value for p, value in pairs if not p.positional})

    # ---------------------------------------------------------------------------------------------------------- answers

    def encode_result(self, value: Any, scope: Scope) -> Plain:
        """Raises: Unfit: not what the function's annotation says, or too large."""
        plain = self.result.encode(value, scope)
        if (size := len(msgpack.packb(plain))) > LARGEST_CALL:
            raise Unfit(f"takes {size} bytes, more than {LARGEST_CALL}")
        return plain

    def decode_result(self, plain: Plain, scope: Scope) -> Any:
        """Raises: Unfit: an answer that its annotation does not allow."""
        return _decode("the answer ", self.result, plain, scope)


def _decode(name: str, kind: WireType, plain: Plain, scope: Scope) -> Any:
    try:
        return kind.decode(plain, scope)
    except Unfit as unfit:
        raise Unfit(name + unfit.reason, broken=unfit.broken) from None


def _parameters(where: str, function: Callable[..., Any]) -> tuple[Parameter, ...]:
    code = getattr(function, "__code__", None)
    if code is None:
        raise BadDeclaration(f"@gn.rpc is for a method, written with def; this is {function!r}")
    if code.co_flags & _NO_FUNCTION:
        raise BadDeclaration(f"{where}: an RPC is a plain method without yield, async or await")
    if code.co_flags & _VARIADIC:
        raise BadDeclaration(f"{where}: an RPC names each of its arguments; there is no *args and no **kwargs")
    if code.co_argcount < 2:
        raise BadDeclaration(f"{where}: an RPC begins with (self, caller: gn.Caller, …)")
    names = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
    _check_caller(where, names[1], function.__annotations__.get(names[1], Any))
    given = function.__defaults__ or ()
    defaults = dict(zip(names[code.co_argcount - len(given) : code.co_argcount], given, strict=True))
    defaults.update(function.__kwdefaults__ or {})
    return tuple(
        Parameter(
            name,
            _annotation(where, name, function),
            defaults.get(name, _MISSING),
            positional=index < code.co_argcount,
            keyword=index >= code.co_posonlyargcount,
        )
        for index, name in enumerate(names)
        if index >= 2
    )


def _check_caller(where: str, name: str, annotation: Any) -> None:
    """Raises: BadDeclaration: the caller was left out, and an argument stands in its place."""
    said = annotation if isinstance(annotation, str) else name_of(annotation)
    if name != "caller" and said.rpartition(".")[2] not in ("Caller", "Any", "object"):
        raise BadDeclaration(
            f"{where}: an RPC begins with (self, caller: gn.Caller, …); here {name}: {said} comes first"
        )


def _annotation(where: str, name: str, function: Callable[..., Any]) -> Any:
    annotations = function.__annotations__
    if name not in annotations:
        raise BadDeclaration(f"{where}: {name} has no annotation: write `{name}: int` or what else it is")
    return annotations[name]
