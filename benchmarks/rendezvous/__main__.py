"""`python -m benchmarks.rendezvous [ROW …]`: prints a table and writes benchmarks/results/rendezvous.json.

Rows are run alone by name; what the file holds of other rows stays in it. All traffic is on loopback or in network
namespaces that the benchmark makes itself.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, NamedTuple

from tests.loopback.p2p import Weather
from tests.nat.coturn import WITHOUT_COTURN
from tests.nat.laboratory import why_not

from . import crowd, joining, lasting, signalling
from .figures import Result

RESULTS: Final = Path(__file__).parents[1] / "results" / "rendezvous.json"
BAD_POST: Final = Weather(loss=0.3, double=0.5, late=0.1)


class Figure(NamedTuple):
    """One number of a row."""

    title: str
    key: str
    form: str
    most: float | None = None
    least: float | None = None

    def verdict(self, value: float) -> str:
        if self.most is not None:
            return f"at most {self.most:g}" + ("" if value <= self.most else ": missed")
        if self.least is not None:
            return f"at least {self.least:g}" + ("" if value >= self.least else ": missed")
        return "–"


class Row(NamedTuple):
    do: Callable[[argparse.Namespace], Result]
    figures: tuple[Figure, ...]
    wants: str = ""
    """Why it cannot run here."""


def times(title: str, most: float, key: str = "p95") -> Figure:
    """Seconds of several runs."""
    return Figure(f"{title}, s: {key}", key, ".2f", most=most)


IDLE: Final = (
    Figure("joins a second while they come in", "joins_per_second", ".0f", least=300),
    Figure("all idle: CPU of the service, % of a core", "idle_cpu_pct", ".1f", most=20),
    Figure("all idle: memory of the service, MiB", "resident_mib", ".0f", most=200),
)


def rows() -> dict[str, Row]:
    lab = why_not()
    relay = lab or WITHOUT_COTURN
    return {
        "join": Row(lambda said: joining.joined("cone", said.runs), (times("code to snapshot, direct", 0.6),), lab),
        "relayed": Row(
            lambda said: joining.joined("symmetric", said.runs), (times("code to snapshot, relayed", 0.7),), relay
        ),
        "together": Row(lambda said: signalling.both_at_once(said.times), (times("both connect at one moment", 0.5),)),
        "lossy": Row(
            lambda said: signalling.both_at_once(said.runs, BAD_POST),
            (times("30 % of signals lost, 50 % doubled", 2, "max"),),
        ),
        "cut": Row(
            lambda said: lasting.cut(said.cuts), (times("values stop when the direct way is cut", 2, "max"),), relay
        ),
        "lasting": Row(
            lambda said: lasting.relayed(said.lifetimes),
            (Figure("relayed, longest time between two values, ms", "longest_ms", ".0f", most=100),),
            relay,
        ),
        "idle": Row(lambda said: crowd.idle(said.members, said.rooms, said.seconds), IDLE),
    }


def arguments(names: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.rendezvous", description=__doc__)
    parser.add_argument("only", nargs="*", metavar="ROW", help=f"some of {' '.join(names)}; all by default")
    parser.add_argument("--runs", type=int, default=20, help="of join, relayed and lossy (20)")
    parser.add_argument("--times", type=int, default=200, help="of together (200)")
    parser.add_argument("--cuts", type=int, default=5, help="of cut (5)")
    parser.add_argument("--lifetimes", type=int, default=6, help="of permissions, for lasting (6, of 10 s)")
    parser.add_argument("--members", type=int, default=5000, help="of idle (5000)")
    parser.add_argument("--rooms", type=int, default=500, help="of idle (500)")
    parser.add_argument("--seconds", type=float, default=30.0, help="of idle (30)")
    said = parser.parse_args()
    unknown = [name for name in said.only if name not in names]
    if unknown:
        parser.error(f"there is no row {' '.join(unknown)}: take some of {' '.join(names)}")
    return said


def run(name: str, row: Row, said: argparse.Namespace) -> Result:
    if row.wants:
        return {"error": row.wants}
    began, load = time.perf_counter(), os.getloadavg()[0]
    try:
        result = row.do(said)
    except (AssertionError, RuntimeError, OSError) as problem:
        result = {"error": str(problem) or type(problem).__name__}
    return {**result, "took": time.perf_counter() - began, "load": load}


def table(results: dict[str, Any], rows: dict[str, Row]) -> str:
    lines = ["| row | measured | here | spread | library alone | ratio | bar |", "|---" * 7 + "|"]
    for name, result in results.items():
        lines += [line(name, result, figure) for figure in rows[name].figures]
    return "\n".join(lines)


def line(name: str, result: Result, figure: Figure) -> str:
    if "error" in result:
        return f"| {name} | {figure.title} | {result['error']} | – | – | – | – |"
    value = result[figure.key]
    return (
        f"| {name} | {figure.title} | {value:{figure.form}} | {around(result)} | {beside(result, figure)} "
        f"| {ratios(result, figure)} | {figure.verdict(value)} |"
    )


def around(result: Result) -> str:
    if "longest_frame_ms" in result:
        return (
            f"p50 of half seconds {result['usual_ms']:.0f}, above 100: {len(result['above_100_ms'])}; "
            f"longest frame {result['longest_frame_ms']:.0f}; {result['lifetimes']:.1f} lifetimes"
        )
    if "p50" not in result:
        return "–"
    return f"p50 {result['p50']:.2f} [{result['least']:.2f}–{result['max']:.2f}], {result['runs']} runs"


def beside(result: Result, figure: Figure) -> str:
    library = result.get("library")
    return f"{library[figure.key]:.2f}, p50 {library['p50']:.2f}" if library else "–"


def ratios(result: Result, figure: Figure) -> str:
    return f"{result['ratio_p95']:.2f}, p50 {result['ratio_p50']:.2f}" if "ratio_p95" in result else "–"


def main() -> None:
    every = rows()
    said = arguments(list(every))
    machine = {"python": platform.python_version(), "system": platform.platform(), "cores": os.cpu_count()}
    wanted = said.only or list(every)
    results: dict[str, Result] = {}
    for name in wanted:
        results[name] = run(name, every[name], said)
        print(f"{name}: {results[name].get('took', 0):.0f} s", flush=True)
    write(machine, vars(said), results)
    print(table(results, every))
    loads = [f"{result['load']:.1f}" for result in results.values() if "load" in result]
    print(f"\nPython {machine['python']}, {machine['cores']} cores, load when each row began: {', '.join(loads)}.")


def write(machine: dict[str, Any], options: dict[str, Any], results: dict[str, Result]) -> None:
    """Each row with what ran it; rows of earlier runs stay."""
    RESULTS.parent.mkdir(exist_ok=True)
    before = json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.exists() else {}
    ran = {name: {"machine": machine, "options": options, **result} for name, result in results.items()}
    RESULTS.write_text(json.dumps({**before, **ran}, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
