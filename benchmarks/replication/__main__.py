"""`python -m benchmarks.replication [SIZE …]`: prints tables and writes benchmarks/results/replication.json.

The same recorded world for everybody, in turns in one run: gamenet, systems in other languages, and what a Python game
does without a library. Bytes are exact; times are the best of several rounds, because others' work on the machine only
adds to them, with the ends beside them.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from . import naive, ours
from .figures import Result
from .peers import PEERS, Peer
from .trace import SIZES, Trace

RESULTS: Final = Path(__file__).parents[1] / "results" / "replication.json"
GAMENET, ALONG = "gamenet", "gamenet, rotation along motion"

Measure = Callable[[], Result]


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.replication", description=__doc__)
    parser.add_argument("sizes", nargs="*", metavar="SIZE", help=f"some of {' '.join(SIZES)}; all by default")
    parser.add_argument("--rounds", type=int, default=3, help="of everybody, in turns (3)")
    parser.add_argument("--without", nargs="*", default=[], metavar="PEER", help=f"of {[p.folder for p in PEERS]}")
    parser.add_argument("--ticks", type=int, default=240, help="of the trace, for gamenet (240)")
    said = parser.parse_args()
    if unknown := [size for size in said.sizes if size not in SIZES]:
        parser.error(f"there is no size {' '.join(unknown)}: take some of {' '.join(SIZES)}")
    return said


def participants(trace: Trace, peers: list[Peer], ticks: int) -> dict[str, Measure]:
    """Who is measured on a trace."""
    few = {"S3": 30, "S4": 8}.get(trace.name, 100)
    gamenet: dict[str, Measure] = {
        GAMENET: lambda: ours.measure(trace, along=False, ticks=ticks),
        ALONG: lambda: ours.measure(trace, along=True, ticks=ticks),
    }
    return {
        **gamenet,
        **{peer.title: lambda peer=peer: peer.measure(trace, passes=3) for peer in peers},  # type: ignore[misc]
        **{way.title: lambda way=way: naive.measure(way, trace, few) for way in naive.WAYS},  # type: ignore[misc]
    }


def built(peers: list[Peer]) -> tuple[list[Peer], dict[str, str]]:
    """Those that can run here, and why the others cannot."""
    ready, missing = [], {}
    for peer in peers:
        reason = peer.missing()
        try:
            if not reason:
                print(f"building {peer.title} …", flush=True)
                peer.build()
        except RuntimeError as problem:
            reason = str(problem)
        if reason:
            missing[peer.title] = reason
        else:
            ready.append(peer)
    return ready, missing


def run(trace: Trace, peers: list[Peer], rounds: int, ticks: int) -> dict[str, list[Result]]:
    results: dict[str, list[Result]] = {}
    for _ in range(rounds):
        for title, measure in participants(trace, peers, ticks).items():
            results.setdefault(title, []).append({**measure(), "load": os.getloadavg()[0]})
    return results


def least(results: list[Result], key: str) -> float:
    return min((result[key] for result in results if key in result), default=0.0)


def around(results: list[Result], key: str) -> str:
    values = [result[key] for result in results if key in result]
    return f"{min(values):.3f} [–{max(values):.3f}]" if values else "–"


COLUMNS: Final = {
    "bytes_per_mover": "bytes for a moving entity and update",
    "collect_ms": "collect, ms",
    "structure_ms": "structure, ms",
    "encode_ms": "encode, ms",
    "decode_ms": "decode one client, ms",
    "write_ms": "write attributes, ms",
}


def table(size: str, results: dict[str, list[Result]]) -> str:
    lines = [f"| {size} | {' | '.join(COLUMNS.values())} | wrong |", "|---" * (len(COLUMNS) + 2) + "|"]
    for title, runs in results.items():
        figures = " | ".join(around(runs, key) for key in COLUMNS)
        wrong = max((run["wrong"] for run in runs if "wrong" in run), default="–")
        lines.append(f"| {title} | {figures} | {wrong} |")
    return "\n".join(lines)


def bars(results: dict[str, dict[str, list[Result]]]) -> str:
    """The ratios that the design sets, as far as what they need was measured."""
    lines = ["| size | measured | here | bar |", "|---|---|---|---|"]
    for size, figures in results.items():
        lines += [
            f"| {size} | {title} | {value:.2f} | {'at most' if most else 'at least'} {bar:g}"
            f"{'' if (value <= bar if most else value >= bar) else ': missed'} |"
            for title, value, bar, most in _ratios(size, figures)
        ]
    return "\n".join(lines)


def _ratios(size: str, results: dict[str, list[Result]]) -> list[tuple[str, float, float, bool]]:
    """(what, value, bar, whether the bar is the most); what was not measured is left out."""
    ours = results[GAMENET]
    found: list[tuple[str, float, float, bool]] = []
    for title, bar in {"S2": ((GAMENET, 5.0), (ALONG, 5.0)), "S3": ((GAMENET, 4.7), (ALONG, 4.1))}.get(size, ()):
        found.append((f"bytes, {title}", least(results[title], "bytes_per_mover"), bar, True))
    if size not in ("S3", "S4"):
        return found
    encode, collect = least(ours, "encode_ms"), least(ours, "collect_ms")
    prototype, colyseus, replicon = (_time(results, word) for word in ("prototype", "Colyseus", "replicon"))
    if prototype:
        found.append(("encode / prototype's", encode / prototype, 2.5 if size == "S3" else 2.0, True))
    if colyseus and size == "S3":
        found.append(("Colyseus' / encode", colyseus / encode, 3.0, False))
        found.append(("Colyseus' / (encode + collect)", colyseus / (encode + collect), 2.0, False))
    if replicon and size == "S4":
        found.append(("bevy_replicon's / (encode + collect)", replicon / (encode + collect), 15.0, False))
    decoded, written = least(ours, "decode_ms"), least(ours, "write_ms")
    reading = next((least(runs, "decode_ms") for title, runs in results.items() if "struct" in title), 0.0)
    if reading and size == "S3":
        found.append(("decode / struct's", decoded / reading, 1.0, True))
        found.append(("(decode + write) / struct's", (decoded + written) / reading, 5.0, True))
    return found


def _time(results: dict[str, list[Result]], word: str) -> float:
    """The best time to encode of whoever has that word in the title; 0 when nobody was measured."""
    return next((least(runs, "encode_ms") for title, runs in results.items() if word in title), 0.0)


def main() -> None:
    said = arguments()
    peers, missing = built([peer for peer in PEERS if peer.folder not in said.without])
    results: dict[str, dict[str, list[Result]]] = {}
    for size in said.sizes or SIZES:
        began = time.perf_counter()
        results[size] = run(Trace(size), peers, said.rounds, said.ticks)
        print(f"{size}: {time.perf_counter() - began:.0f} s\n\n{table(size, results[size])}\n", flush=True)
    print(bars(results))
    for title, reason in missing.items():
        print(f"\n{title} did not run: {reason}")
    write(vars(said), results)
    print(f"\nPython {platform.python_version()}, {os.cpu_count()} cores.")


def write(options: dict[str, Any], results: dict[str, Any]) -> None:
    machine = {"python": platform.python_version(), "system": platform.platform(), "cores": os.cpu_count()}
    RESULTS.parent.mkdir(exist_ok=True)
    before = json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.exists() else {}
    ran = {size: {"machine": machine, "options": options, "runs": runs} for size, runs in results.items()}
    RESULTS.write_text(json.dumps({**before, **ran}, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
