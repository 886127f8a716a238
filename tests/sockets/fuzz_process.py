"""Random calls of every exported function through the bridge: `python fuzz_process.py CALLS SEED`; a table as JSON.

Arguments are made of nothing but the functions' C types, so that a new function is called like the others: whatever is
passed is memory of at least the length that is said, or null; what it holds is chance.
"""

from __future__ import annotations

import collections
import json
import logging
import random
import sys
import time
from typing import Any

from gamenet import _bridge
from gamenet.sockets import Result, Sockets

ffi, lib = _bridge._load()

MOST = 48
"""What a count is at most. Arrays hold six times that, for rows of several numbers."""
HANDLES = 60
APART = {"gn_panic", "gn_last_error", "gn_sockets_left_behind", "gn_sockets_open", "gn_sockets_close"}
"""A panic on purpose, what returns no code, what is for forks, and what this program does itself."""
ENDS = ("_free", "_destroy")
NUMBERS = [0, 1, 2, 3, 4, 5, 8, 9, 100, 255, 1000, 65535, -1, -5, 2**31 - 1, -(2**31), 2**63 - 1, -(2**63), 2**32 - 1]
TEXTS = [b"", b"str:fuzz", b"127.0.0.1:0", b"127.0.0.1:9", b"[::1]:0", b"5", b"\xff\xfe", b"a" * 300, b"no/such/file"]


class Fuzzer:
    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.handles: collections.deque[int] = collections.deque([0, 1], maxlen=HANDLES)
        self.objects: dict[str, list[Any]] = collections.defaultdict(list)
        self.kept: list[Any] = []
        self.tally: dict[str, list[int]] = collections.defaultdict(lambda: [0, 0])
        self.functions = {
            name: (getattr(lib, name), ffi.typeof(getattr(lib, name)).args)
            for name in dir(lib)
            if name.startswith("gn_") and name not in APART
        }

    def step(self) -> None:
        name = self.chance.choice(list(self.functions))
        call, kinds = self.functions[name]
        self.kept.clear()
        count = self.chance.randrange(MOST)
        arguments = [self.argument(kind, count) for kind in kinds]
        if name.endswith(ENDS):
            arguments = [self.last(kinds[0])]
        code = call(*arguments)
        assert code != lib.GN_E_PANIC, (name, _bridge.last_error())
        self.tally[name][code < 0] += 1
        self.learn(name, kinds, arguments, code)

    def learn(self, name: str, kinds: Any, arguments: list[Any], code: int) -> None:
        if code > 1000:
            self.handles.append(code)  # too many for a count: a connection or poll group
        for kind, argument in zip(kinds, arguments, strict=True):
            made = kind.kind == "pointer" and kind.item.kind == "pointer" and opaque(kind.item.item)
            if made and code >= 0 and argument and argument[0]:
                self.objects[kind.item.item.cname].append(argument[0])

    def last(self, kind: Any) -> Any:
        """An object to be ended: one too many, or null."""
        pool = self.objects[kind.item.cname]
        return pool.pop(0) if len(pool) > 3 else ffi.NULL

    def argument(self, kind: Any, count: int) -> Any:
        if kind.kind == "pointer":
            return ffi.NULL if self.chance.random() < 0.03 else self.pointer(kind.item, count)
        return self.number(kind, count)

    def number(self, kind: Any, count: int) -> Any:
        if kind.cname == "size_t":
            return count if self.chance.random() < 0.95 else self.chance.choice([0, 1, MOST])
        if kind.cname in ("double", "float"):
            return self.chance.choice([0.0, 1.0, -1.5, 1e300, float("nan"), float("inf"), self.chance.random()])
        if kind.cname == "_Bool":
            return self.chance.random() < 0.5
        if kind.cname == "uint32_t" and self.chance.random() < 0.8:
            return self.chance.choice(self.handles)
        bits = 8 * ffi.sizeof(kind)
        number = self.chance.choice(NUMBERS) % 2**bits
        return number if kind.cname.startswith("u") or number < 2 ** (bits - 1) else number - 2**bits

    def pointer(self, kind: Any, count: int) -> Any:
        if kind.kind == "primitive" and kind.cname == "char":
            return self.keep(ffi.new("char[]", self.chance.choice(TEXTS).ljust(8 * MOST, b"\0")))
        if kind.kind == "primitive":
            many = [self.number(kind, count) for _ in range(6 * MOST)] if self.chance.random() < 0.7 else 6 * MOST
            return self.keep(ffi.new(f"{kind.cname}[]", many))
        if kind.kind == "pointer":
            return self.keep(ffi.new(f"{kind.cname}[1]"))
        if opaque(kind):
            pool = self.objects[kind.cname]
            return self.chance.choice(pool) if pool else ffi.NULL
        rows = self.keep(ffi.new(f"{kind.cname}[]", MOST))
        for row in rows[0 : min(count, 4)]:
            self.fill(row, kind, count)
        return rows

    def fill(self, row: Any, kind: Any, count: int) -> None:
        """Gives a struct's fields what an argument of their types would get. Those of structs inside stay zero."""
        for name, field in kind.fields:
            if field.type.kind == "primitive":
                setattr(row, name, self.number(field.type, count))
            elif field.type.kind == "pointer" and field.type.item.kind == "primitive":
                setattr(row, name, self.argument(field.type, count))

    def keep(self, memory: Any) -> Any:
        self.kept.append(memory)
        return memory


def opaque(kind: Any) -> bool:
    """Whether a struct's inside is not ours to know."""
    if kind.kind == "struct":
        try:
            ffi.sizeof(kind)
        except ffi.error:
            return True
    return False


def still_works(net: Sockets) -> bool:
    one, other = net.create_socket_pair(through_network=True)
    assert net.send_message_to_connection(one, b"still here", 9) is Result.OK
    deadline = time.monotonic() + 20
    while not (messages := net.receive_messages_on_connection(other)):
        assert time.monotonic() < deadline, "the message did not arrive"
        net.run_callbacks()
    return messages[0].data == b"still here"


def main(calls: int, seed: int) -> None:
    logging.disable()
    fuzzer = Fuzzer(seed)
    with Sockets(identity="str:fuzz") as net:
        for turn in range(calls):
            if turn % 500 == 0:
                for info in net.list_options():
                    lib.gn_sockets_clear_option(1, 0, info.id)
                fuzzer.handles += [*net.create_socket_pair(), net.create_poll_group()]
                net.run_callbacks()
            fuzzer.step()
    with Sockets(identity="str:fuzz") as net:
        assert still_works(net)
    sys.stdout.write(json.dumps(fuzzer.tally))


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
