"""The codec in Rust (native/codec): what every session uses. Each method is one crossing, whatever it carries."""

from __future__ import annotations

import re
from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain, islice
from typing import Any

from ... import _bridge
from ..._bridge import ffi, lib
from ...errors import BadDeclaration, InvalidArgument
from . import Clamped, Order, OutgoingRows, Place, Range, Received, Rows, Table, ValuesMessage, Verdict, View
from .reference import Baselines, Malformed, Message, Row, Section, UnknownBaseline


class NativeEncoder:
    """`Encoder`. For one thread at a time."""

    def __init__(self, tables: Sequence[Table]) -> None:
        self._tables = tuple(tables)
        self._handle = make("encoder", self._tables)

    def add_peer(self, peer: int) -> None:
        _bridge.check(lib.gn_codec_add_peer(self._handle, peer))

    def remove_peer(self, peer: int) -> None:
        _bridge.check(lib.gn_codec_remove_peer(self._handle, peer))

    def show(self, peers: Sequence[int], ids: Sequence[int]) -> None:
        who, what = array("H", peers), array("I", ids)
        _bridge.check(
            lib.gn_codec_show(self._handle, _at("uint16_t[]", who), len(who), _at("uint32_t[]", what), len(what))
        )

    def hide(self, peers: Sequence[int], ids: Sequence[int], freeze: bool = False) -> None:
        who, what = array("H", peers), array("I", ids)
        places = _at("uint16_t[]", who), len(who), _at("uint32_t[]", what), len(what)
        _bridge.check(lib.gn_codec_hide(self._handle, *places, freeze))

    def forget(self, ids: Sequence[int]) -> None:
        what = array("I", ids)
        _bridge.check(lib.gn_codec_encoder_forget(self._handle, _at("uint32_t[]", what), len(what)))

    def sights(self, ranges: Sequence[Range], places: Sequence[Place], weights: Sequence[float] = ()) -> None:
        groups, columns = ffi.new("GnRange[]", len(ranges)), ffi.new("GnPlace[]", len(places))
        heavy = array("d", weights)
        for struct, group in zip(groups, ranges, strict=True):
            struct.kind, struct.amount = group
        for struct, place in zip(columns, places, strict=True):
            struct.table, struct.x, struct.y, struct.lost = place.table, place.x, place.y, place.lost
            struct.group = -1 if place.group is None else place.group
        sizes = groups, len(ranges), columns, len(places), _at("double[]", heavy), len(heavy)
        _bridge.check(lib.gn_codec_sights(self._handle, *sizes))

    def view(self, views: Mapping[int, View]) -> None:
        structs = ffi.new("GnView[]", len(views))
        for struct, (peer, view) in zip(structs, views.items(), strict=True):
            struct.peer, struct.follows = peer, view if isinstance(view, int) else -1
            if not isinstance(view, int):
                struct.x, struct.y = view
        _bridge.check(lib.gn_codec_view(self._handle, structs, len(views)))

    def arrange(self, orders: Sequence[tuple[int, int, Order]]) -> list[tuple[int, int, bool]]:
        flat, out = _flat(orders, 3), ffi.new("int64_t **")
        place = _at("int64_t[]", flat)
        return _threes(out, _bridge.check(lib.gn_codec_arrange(self._handle, place, len(orders), out)))

    def look(self, most: int) -> list[tuple[int, int, bool]]:
        out = ffi.new("int64_t **")
        return _threes(out, _bridge.check(lib.gn_codec_look(self._handle, most, out)))

    def viewers(self, ids: Sequence[int]) -> list[tuple[int, int, bool]]:
        what, out = array("I", ids), ffi.new("int64_t **")
        return _threes(out, _bridge.check(lib.gn_codec_viewers(self._handle, _at("uint32_t[]", what), len(what), out)))

    def collect(self, tick: int, parts: Sequence[OutgoingRows], cuts: Sequence[int] = ()) -> list[Clamped]:
        keep: list[Any] = []
        structs = ffi.new("GnPart[]", len(parts))
        for struct, part in zip(structs, parts, strict=True):
            _fill(struct.rows, part.rows, keep)
            struct.computed_by, struct.computed_count = _items("computed_by", part.computed_by, "H", keep)
            struct.terms, struct.term_count = _items("terms", part.terms, "B", keep)
        teleported, out = array("I", cuts), ffi.new("GnClamped **")
        place = _at("uint32_t[]", teleported)
        count = _bridge.check(lib.gn_codec_collect(self._handle, tick, structs, len(parts), place, len(cuts), out))
        return [self._clamped(out[0][index]) for index in range(count)]

    def _clamped(self, found: Any) -> Clamped:
        kind = self._tables[found.table].fields[found.field].kind
        value = found.value if kind.is_float else int(found.value)
        return Clamped(found.table, found.id, found.field, value)

    def send(
        self, tick: int, budgets: Sequence[tuple[int, int]], acks: Sequence[tuple[int, int]], limit: int
    ) -> list[ValuesMessage]:
        may, got, out = _flat(budgets, 2), _flat(acks, 2), ffi.new("GnOutbox *")
        places = _at("int64_t[]", may), len(budgets), _at("int64_t[]", got), len(acks)
        count = _bridge.check(lib.gn_codec_send(self._handle, tick, *places, limit, out))
        if not count:
            return []
        heads = memoryview(ffi.buffer(out.heads, count * 32)).cast("q").tolist()
        bodies = ffi.buffer(out.bodies, out.body_bytes)
        fours = zip(heads[::4], heads[1::4], heads[2::4], heads[3::4], strict=True)
        return [ValuesMessage(peer, tick, number, bodies[start:end]) for peer, number, start, end in fours]


class NativeDecoder:
    """`Decoder`. For one thread at a time."""

    def __init__(self, tables: Sequence[Table]) -> None:
        self._handle = make("decoder", tuple(tables))

    def know(self, entries: Sequence[tuple[int, int, int, int]], rows: Sequence[Rows] = (), tick: int = 0) -> None:
        keep: list[Any] = []
        structs = ffi.new("GnRows[]", len(rows))
        for struct, part in zip(structs, rows, strict=True):
            _fill(struct, part, keep)
        fours = _flat(entries, 4)
        place = _at("int64_t[]", fours)
        _bridge.check(lib.gn_codec_know(self._handle, place, len(entries), structs, len(rows), tick))

    def forget(self, ids: Sequence[int]) -> None:
        what = array("I", ids)
        _bridge.check(lib.gn_codec_decoder_forget(self._handle, _at("uint32_t[]", what), len(what)))

    def receive(self, batch: Sequence[ValuesMessage]) -> list[Received]:
        bodies = b"".join(message.body for message in batch)
        heads = _flat([(message.peer, message.tick, len(message.body)) for message in batch], 3)
        place, out = _at("int64_t[]", heads), ffi.new("int64_t **")
        data = ffi.from_buffer(bodies)
        _bridge.check(lib.gn_codec_receive(self._handle, data, len(bodies), place, len(batch), out))
        if not batch:
            return []
        told = memoryview(ffi.buffer(out[0], len(batch) * 24)).cast("q").tolist()
        return [_received(*three) for three in zip(told[::3], told[1::3], told[2::3], strict=True)]

    def newest(self) -> list[Rows]:
        out = ffi.new("GnRows **")
        count = _bridge.check(lib.gn_codec_newest(self._handle, out))
        return [_rows(out[0][index]) for index in range(count)]

    def sample(self, moments: Sequence[tuple[int, float]]) -> list[Rows]:
        sources, ticks = array("H", [source for source, _ in moments]), array("d", [tick for _, tick in moments])
        places, out = (_at("uint16_t[]", sources), _at("double[]", ticks), len(sources)), ffi.new("GnRows **")
        count = _bridge.check(lib.gn_codec_sample(self._handle, *places, out))
        return [_rows(out[0][index]) for index in range(count)]


class NativeFormat:
    """What `reference` describes, done natively and without state."""

    def __init__(self, tables: Sequence[Table]) -> None:
        self._tables = tuple(tables)
        self._handle = make("format", self._tables)

    def quantise(self, rows: Rows) -> list[int]:
        """The units of all rows, one behind the other."""
        keep: list[Any] = []
        struct, out = ffi.new("GnRows *"), ffi.new("uint64_t **")
        _fill(struct, rows, keep)
        return _numbers(out, _bridge.check(lib.gn_codec_quantise(self._handle, struct, out)))

    def pack(self, rows: Sequence[Rows]) -> list[bytes]:
        """Every row as `reference.pack_row` does it, one after the other: one crossing."""
        keep: list[Any] = []
        structs, out = ffi.new("GnRows[]", len(rows)), ffi.new("GnPacked *")
        for struct, part in zip(structs, rows, strict=True):
            _fill(struct, part, keep)
        size = _bridge.check(lib.gn_codec_pack(self._handle, structs, len(rows), out))
        data = bytes(ffi.buffer(out.bytes, size)) if size else b""
        ends = memoryview(ffi.buffer(out.ends, out.count * 8)).cast("Q").tolist() if out.count else []
        return [data[start:end] for start, end in zip([0, *ends], ends, strict=False)]

    def encode_message(self, message: Message) -> bytes:
        """As `reference.encode_message`."""
        script, out = array("Q", _script(message)), ffi.new("uint8_t **")
        place = _at("uint64_t[]", script)
        count = _bridge.check(lib.gn_codec_encode(self._handle, place, len(script), out))
        return bytes(ffi.buffer(out[0], count))

    def decode_message(self, body: bytes, baselines: Baselines) -> Message:
        """As `reference.decode_message`."""
        held = array("Q", chain.from_iterable((*key, *units) for key, units in baselines.items()))
        data, place, out = ffi.from_buffer(body), _at("uint64_t[]", held), ffi.new("uint64_t **")
        malformed: Any = lib.GN_E_MALFORMED
        count = lib.gn_codec_decode(self._handle, data, len(body), place, len(held), out)
        if count == malformed:
            raise Malformed(_bridge.last_error())
        if _bridge.check(count) == 0:
            raise UnknownBaseline
        return self._message(_numbers(out, count), baselines)

    def _message(self, script: list[int], baselines: Baselines) -> Message:
        numbers = iter(script)
        previous, sections = next(numbers), next(numbers)
        return Message(previous, tuple(self._section(numbers, baselines) for _ in range(sections)))

    def _section(self, numbers: Iterator[int], baselines: Baselines) -> Section:
        table, term, gap, age = islice(numbers, 4)
        columns = len(self._tables[table].fields)
        codes, count = tuple(islice(numbers, columns)), next(numbers)
        rows = []
        for _ in range(count):
            id, ago, mode = islice(numbers, 3)
            base = baselines[table, id, ago] if ago else ()
            cut = mode - 2 if mode >= 2 else None
            rows.append(Row(id, tuple(islice(numbers, columns)), ago, base, mode == 1, cut))
        return Section(table, term, gap, age, codes, tuple(rows))


def _script(message: Message) -> Iterator[int]:
    """The message as native/codec/src/script.rs reads it."""
    yield from (message.previous, len(message.sections))
    for section in message.sections:
        yield from (section.table, section.term, section.gap, section.age, *section.codes, len(section.rows))
        for row in section.rows:
            mode = row.cut + 2 if row.cut is not None else int(row.hold)
            yield from (row.id, row.age, mode, *row.units, *row.baseline)


def _threes(out: Any, count: int) -> list[tuple[int, int, bool]]:
    flat = memoryview(ffi.buffer(out[0], count * 24)).cast("q").tolist() if count else []
    return list(zip(flat[::3], flat[1::3], map(bool, flat[2::3]), strict=True))


def _numbers(out: Any, count: int) -> list[int]:
    return memoryview(ffi.buffer(out[0], count * 8)).cast("Q").tolist() if count else []


def make(what: str, tables: Sequence[Table]) -> Any:
    """A native handle for these tables. `what`: "encoder", "decoder" or "format"."""
    fields = [field for table in tables for field in table.fields]
    structs = ffi.new("GnField[]", len(fields))
    for struct, field in zip(structs, fields, strict=True):
        struct.kind, struct.smooth = field.kind, field.smooth
        if field.kind.is_float:
            struct.low, struct.high, struct.step = field.low, field.high, field.step
        else:
            struct.least, struct.greatest = int(field.low), int(field.high)
    _fill_sources(structs, tables)
    sizes = array("I", [len(table.fields) for table in tables])
    out = ffi.new(f"Gn{what.capitalize()} **")
    places = structs, len(fields), _at("uint32_t[]", sizes), len(sizes)
    try:
        _bridge.check(getattr(lib, f"gn_codec_{what}_new")(*places, out))
    except InvalidArgument as fault:
        raise BadDeclaration(_named(str(fault), tables)) from None
    return _bridge.hold(out[0], f"gn_codec_{what}_free")


def _fill_sources(structs: Any, tables: Sequence[Table]) -> None:
    every = ((table, field) for table in tables for field in table.fields)
    for struct, (table, field) in zip(structs, every, strict=True):
        columns = [column.name for column in table.fields]
        struct.tick_rate, struct.sources = table.tick_rate, len(field.source)
        for place, name in enumerate(field.source):
            struct.source[place] = columns.index(name)


def _named(fault: str, tables: Sequence[Table]) -> str:
    """What native code says of "table 2", said of the class."""
    return re.sub(r"table (\d+)", lambda found: tables[int(found[1])].name, fault)


def _at(kind: str, items: array[Any]) -> Any:
    """The items as C sees them; `items` must outlive the call."""
    return ffi.from_buffer(kind, items)


def _items(name: str, items: array[Any], code: str, keep: list[Any]) -> tuple[Any, int]:
    """Pointer and length of a caller's array, whose type is checked: its length in bytes would lie otherwise."""
    if not isinstance(items, array) or items.typecode != code:
        raise TypeError(f"{name} must be array({code!r}, …), not {items!r:.60}")
    place = ffi.from_buffer(items)
    keep.append(place)
    return ffi.cast("void *", place), len(items)


def _fill(struct: Any, rows: Rows, keep: list[Any]) -> None:
    struct.table = rows.table
    struct.ids, struct.rows = _items("ids", rows.ids, "I", keep)
    struct.floats, struct.float_count = _items("floats", rows.floats, "d", keep)
    struct.ints, struct.int_count = _items("ints", rows.ints, "q", keep)


def _flat(groups: Sequence[Iterable[int]], size: int) -> array[int]:
    """Tuples of `size` numbers as one array."""
    flat = array("q", chain.from_iterable(groups))
    if len(flat) != size * len(groups):
        raise ValueError(f"{len(groups)} tuples of {size} numbers were expected, not {len(flat)} numbers in all")
    return flat


def _rows(found: Any) -> Rows:
    ids, floats, ints = array("I"), array("d"), array("q")
    ids.frombytes(ffi.buffer(found.ids, found.rows * 4))
    floats.frombytes(ffi.buffer(found.floats, found.float_count * 8))
    ints.frombytes(ffi.buffer(found.ints, found.int_count * 8))
    return Rows(found.table, ids, floats, ints)


def _received(verdict: int, reason: int, forged: int) -> Received:
    return Received(Verdict(verdict), _reason(reason) if verdict == Verdict.MALFORMED else "", forged)


def _reason(number: int) -> str:
    out = ffi.new("char **")
    _bridge.check(lib.gn_codec_reason(number, out))
    return bytes(ffi.string(out[0])).decode()
