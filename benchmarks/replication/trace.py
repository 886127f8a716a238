"""The world that every peer of the benchmark replicates: 12 seconds of it, the same bits on every machine.

Ships turn at random (3 degrees a tick), fly 50 to 300 px a second and bounce off the walls of a square of 4,096 px, 20
ticks a second; each tick 1 % get another hp or state and 0.2 % are replaced by new ones. A trace is a file, so that
programs in other languages read the same; its checksum is known.

The file, all numbers little-endian:
* 64 bytes: `8s` "RTRACE1\\0"; u32 header size, E entities, C clients, K seen by each (0: all), T ticks, ticks a second,
  size of the world, number of ids, bytes of a tick; f32 share that moves; u32 seed, u32 0; zeros.
* a name for each id from 1: 16 bytes of UTF-8, filled up with zeros.
* T ticks, each a run of columns over the E slots: u32 id; f32 x, y, rotation, vx, vy; quantised u16 x, y (1/16 px) and
  rotation (degrees), i16 vx, vy (1/8 px/s); u8 hp, state, moving; zeros to 4 bytes; when K is not 0 also u16 [C][K],
  the slots that each client sees, ascending, zeros to 4 bytes.

Only raw uniform numbers of PCG64 are used, whose stream NumPy keeps from version to version.
"""

from __future__ import annotations

import hashlib
import struct
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np

Columns = dict[str, Any]
"""A tick: NumPy arrays over the slots by name; `vis` is [clients, seen]."""

FOLDER: Final = Path(__file__).parents[1] / "results" / "trace"
WORLD: Final = 4096.0
RATE: Final = 20
TICKS: Final = 240
WARM: Final = 40
"""Measuring begins at this tick."""

_HEADER: Final = struct.Struct("<8sIIIIIIIIIfII")
_LAYOUT: Final = (
    *(("id", "<u4"), ("x", "<f4"), ("y", "<f4"), ("rot", "<f4"), ("vx", "<f4"), ("vy", "<f4")),
    *(("qx", "<u2"), ("qy", "<u2"), ("qr", "<u2"), ("qvx", "<i2"), ("qvy", "<i2")),
    *(("hp", "u1"), ("st", "u1"), ("moving", "u1")),
)
_SYLLABLES: Final = ("ka", "ro", "mi", "ten", "sol", "va", "dri", "xu", "bel", "or", "nim", "zed")


class Size(NamedTuple):
    """Entities, the share of them that moves, clients, how many each sees (0: all), and the checksum of the trace."""

    entities: int
    moving: float
    clients: int
    seen: int
    sha256: str


SIZES: Final = {
    "S1": Size(100, 1.0, 16, 0, "777ca97d980865ad5faa6bf52083662e4eb83f432cce8c82a10adbe3c89e369c"),
    "S2": Size(1000, 0.3, 16, 0, "9253e7343f4f3f132f1fb86664fdb462205e9a4c1be8415e360b003b09291b46"),
    "S3": Size(1000, 1.0, 100, 100, "af344eb9dad549397531f4ce50a5e4866e2cdec0932a276cc1ba92eda8a9f1ac"),
    "S4": Size(1000, 1.0, 1000, 50, "c1fe4f26066990860204fcce88fd0f88cd3915de707c6aef304ccc53f08c9451"),
}


class Trace:
    """A trace that is made when its file is not there.

    Raises:
        RuntimeError: what was made here is not what it should be.
    """

    def __init__(self, name: str) -> None:
        self.name, self.size = name, SIZES[name]
        self.path = FOLDER / f"{name}.rtr"
        if not self.path.exists():
            FOLDER.mkdir(parents=True, exist_ok=True)
            self.path.write_bytes(_made(name))
        self._data = self.path.read_bytes()
        if hashlib.sha256(self._data).hexdigest() != self.size.sha256:
            raise RuntimeError(f"{self.path} is not the trace {name}: remove it, and it is made again")
        header = _HEADER.unpack_from(self._data)
        self._names, self._block = header[8], header[9]

    def text(self, id: int) -> str:
        """The name of the ship with that id."""
        at = 64 + 16 * (id - 1)
        return self._data[at : at + 16].rstrip(b"\0").decode()

    def tick(self, number: int) -> Columns:
        """All columns of a tick."""
        at = start = 64 + 16 * self._names + number * self._block
        columns: Columns = {}
        for name, kind in _LAYOUT:
            columns[name] = np.frombuffer(self._data, kind, self.size.entities, at)
            at += columns[name].nbytes
        at += -(at - start) % 4
        if self.size.seen:
            shape = (self.size.clients, self.size.seen)
            columns["vis"] = np.frombuffer(self._data, "<u2", shape[0] * shape[1], at).reshape(shape)
        return columns


class _Random:
    def __init__(self, seed: int) -> None:
        self._stream = np.random.Generator(np.random.PCG64(seed))

    def uniform(self, *shape: int) -> Any:
        return self._stream.random(shape or None)

    def below(self, top: int) -> int:
        return int(self.uniform() * top)

    def normal(self, count: int) -> Any:
        """Nearly: twelve uniform numbers added (Irwin and Hall)."""
        return self._stream.random((12, count)).sum(axis=0) - 6.0


class _World:
    """The ships while a trace is made."""

    def __init__(self, size: Size, random: _Random) -> None:
        count = size.entities
        self.size, self._random = size, random
        self.at = random.uniform(count, 2) * WORLD
        self.heading = random.uniform(count) * 2 * np.pi
        self.speed = 50.0 + 250.0 * random.uniform(count)
        self.moving = (np.arange(count) % 10) < round(10 * size.moving)
        self.hp = np.floor(random.uniform(count) * 101).astype(np.int64)
        self.state = np.floor(random.uniform(count) * 8).astype(np.int64)
        self.ids = np.arange(1, count + 1, dtype=np.uint32)
        self.names = [self._name(id) for id in range(1, count + 1)]
        self._to_replace = self._to_change = 0.0

    def _name(self, id: int) -> str:
        syllables = 2 + self._random.below(3)
        return ("".join(_SYLLABLES[self._random.below(12)] for _ in range(syllables)) + str(id % 100))[:16]

    def step(self) -> None:
        self._to_replace += 0.002 * self.size.entities
        while self._to_replace >= 1.0:
            self._to_replace -= 1.0
            self._replace(self._random.below(self.size.entities))
        self._to_change += 0.01 * self.size.entities
        while self._to_change >= 1.0:
            self._to_change -= 1.0
            self._change(self._random.below(self.size.entities))
        self._fly()

    def _replace(self, slot: int) -> None:
        self.ids[slot] = id = len(self.names) + 1
        self.at[slot] = self._random.uniform(2) * WORLD
        self.heading[slot] = self._random.uniform() * 2 * np.pi
        self.speed[slot] = 50.0 + 250.0 * self._random.uniform()
        self.hp[slot], self.state[slot] = self._random.below(101), self._random.below(8)
        self.names.append(self._name(id))

    def _change(self, slot: int) -> None:
        if self._random.uniform() < 0.5:
            hurt = 1 + self._random.below(15)
            self.hp[slot] = self.hp[slot] - hurt if self.hp[slot] >= hurt else 100
        else:
            self.state[slot] = (self.state[slot] + 1 + self._random.below(7)) % 8

    def _fly(self) -> None:
        turn = self._random.normal(self.size.entities) * np.radians(3.0)
        heading = self.heading + np.where(self.moving, turn, 0.0)
        speed = np.stack([self.speed * np.cos(heading), self.speed * np.sin(heading)], 1)
        at = self.at + np.where(self.moving[:, None], speed * (1.0 / RATE), 0.0)
        wall = WORLD - 1 / 16
        out = (at < 0) | (at >= wall)
        heading = np.where(out[:, 0], np.pi - heading, heading)
        self.heading = np.where(out[:, 1], -heading, heading)
        at = np.where(at < 0, -at, at)
        self.at = np.clip(np.where(at >= wall, 2 * wall - at, at), 0, wall)

    def block(self) -> bytes:
        """The tick as it stands in the file."""
        vx, vy = (np.where(self.moving, self.speed * turn(self.heading), 0.0) for turn in (np.cos, np.sin))
        single = [np.ascontiguousarray(c, "<f4") for c in (*self.at.T, np.degrees(self.heading) % 360.0, vx, vy)]
        x, y = (np.clip(_rounded(c * np.float32(16)), 0, 65535).astype("<u2") for c in single[:2])
        turned = (_rounded(single[2]) % 360).astype("<u2")
        velocity = [_rounded(c * np.float32(8)).astype("<i2") for c in single[3:]]
        small = [c.astype("u1") for c in (self.hp, self.state, self.moving)]
        columns = [self.ids.astype("<u4"), *single, x, y, turned, *velocity, *small]
        seen = [_nearest(x, y, self.size)] if self.size.seen else []
        return _padded(b"".join(c.tobytes() for c in columns)) + _padded(b"".join(c.tobytes() for c in seen))


def _rounded(column: Any) -> Any:
    return np.floor(column.astype(np.float64) + 0.5)


def _padded(data: bytes) -> bytes:
    return data + b"\0" * (-len(data) % 4)


def _nearest(x: Any, y: Any, size: Size) -> Any:
    """The slots nearest to each client's own one, of equally near ones the lower, ascending."""
    at = np.stack([x, y], 1).astype(np.int64)
    own = np.arange(size.clients) * (size.entities // size.clients)
    square = ((at[own][:, None, :] - at[None, :, :]) ** 2).sum(axis=2)
    order = square * 1024 + np.arange(size.entities)[None, :]
    return np.sort(np.argpartition(order, size.seen - 1, axis=1)[:, : size.seen], axis=1).astype("<u2")


def _made(name: str) -> bytes:
    size, seed = SIZES[name], 20261123 + int(name[1:])
    world = _World(size, _Random(seed))
    blocks = [world.block()]
    for _ in range(TICKS - 1):
        world.step()
        blocks.append(world.block())
    counts = (64, size.entities, size.clients, size.seen, TICKS, RATE, int(WORLD), len(world.names), len(blocks[0]))
    header = _HEADER.pack(b"RTRACE1\0", *counts, size.moving, seed, 0).ljust(64, b"\0")
    return header + b"".join(n.encode().ljust(16, b"\0") for n in world.names) + b"".join(blocks)
