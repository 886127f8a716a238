"""`python -m benchmarks.transport`: prints a table and writes benchmarks/results/transport.json.

Contenders take turns within each piece of work, so that a machine's moods hit all alike. Ratios are of medians.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import platform
import statistics
import sys
import time
from pathlib import Path
from typing import Any

from . import contest

RESULTS = Path(__file__).parents[1] / "results"
Results = dict[str, dict[str, list[dict[str, Any]]]]


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.transport", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3, help="of single, batch and frame (3)")
    parser.add_argument("--seconds", type=float, default=1.0, help="of each try of a rate (1)")
    parser.add_argument("--clients", type=int, default=500, help="of the fan-out (500)")
    parser.add_argument("--fan-seconds", type=float, default=6.0, help="of the fan-out (6)")
    parser.add_argument("--only", nargs="*", default=[], help="some of single batch frame unreliable reliable fan")
    return parser.parse_args()


def contenders() -> dict[str, str]:
    """Who takes part, with "" or why it does not."""
    enet = "" if importlib.util.find_spec("enet") else "not installed for this Python: pip install pyenet"
    return {"gamenet": "", "rust": contest.build_rust(), "pyenet": enet, "udp": ""}


def plan(options: argparse.Namespace) -> dict[str, tuple[int, list[str], Any]]:
    """For each piece of work: rounds, who does it, and how."""
    everybody, reliable, ours = ["gamenet", "rust", "pyenet", "udp"], ["gamenet", "rust", "pyenet"], ["gamenet", "rust"]
    fan = {"n": options.clients, "secs": options.fan_seconds, "limit": 30}
    return {
        "single": (options.rounds, ours, lambda who: contest.alone(who, "single", n=2000, limit=5)),
        "batch": (options.rounds, ours, lambda who: contest.alone(who, "batch", n=400)),
        "frame": (options.rounds, ["gamenet", "pyenet", "udp"], lambda who: contest.pair(who, "frame", n=60)),
        "unreliable": (1, everybody, lambda who: contest.highest_rate(who, False, options.seconds)),
        "reliable": (1, reliable, lambda who: contest.highest_rate(who, True, options.seconds)),
        "fan": (1, everybody, lambda who: contest.pair(who, "fan", 60 + options.fan_seconds, **fan)),
    }


def run(options: argparse.Namespace, absent: dict[str, str]) -> Results:
    results: Results = {}
    for work, (rounds, whom, do) in plan(options).items():
        if options.only and work not in options.only:
            continue
        results[work] = {who: [] for who in whom}
        for _ in range(rounds):
            for who in whom:
                result = {"error": absent[who]} if absent[who] else do(who)
                results[work][who].append(result)
                print(f"{work:11} {who:8} {short(result)}", file=sys.stderr, flush=True)
    return results


def short(result: dict[str, Any]) -> str:
    return ", ".join(
        f"{key} {value:.4g}" if isinstance(value, float) else f"{key} {value}" for key, value in result.items()
    )


ROWS = [
    ("single", "64 B echo, both ends in one process, µs", "p50", 1.0, ".0f"),
    ("single", "the same, the undisturbed tenth", "p10", 1.0, ".0f"),
    ("batch", "64 × 100 B, from sending until all are received, µs", "whole", 1.0, ".0f"),
    ("batch", "the same, the undisturbed tenth", "whole_p10", 1.0, ".0f"),
    ("batch", "64 × 100 B, the two calls alone, µs", "calls", 1.0, ".0f"),
    ("frame", "64 B echo, both ends pumped at 60 Hz, frames", "p50", 1.0, ".2f"),
    ("unreliable", "one way, unreliable, 100 B, thousand/s", "rate", 1e-3, ".0f"),
    ("reliable", "one way, reliable, 100 B, thousand/s", "rate", 1e-3, ".0f"),
    ("fan", "fan-out, 200 B at 30 Hz: CPU of the server, %", "server_cpu_pct", 1.0, ".1f"),
]


def middle(runs: list[dict[str, Any]], key: str) -> float | None:
    values = [run[key] for run in runs if key in run]
    return statistics.median(values) if values else None


def cell(runs: list[dict[str, Any]], key: str, scale: float, form: str) -> str:
    """Median and spread, or why there is none."""
    values = [run[key] * scale for run in runs if key in run]
    if not values:
        return next((run["error"] for run in runs if "error" in run), "–") if runs else "–"
    text = f"{statistics.median(values):{form}}"
    return text if len(values) == 1 else f"{text} [{min(values):{form}}–{max(values):{form}}]"


def ratio(work: dict[str, list[dict[str, Any]]], key: str, other: str) -> str:
    ours, theirs = middle(work.get("gamenet", []), key), middle(work.get(other, []), key)
    return f"{ours / theirs:.2f}" if ours and theirs else "–"


def table(results: Results) -> str:
    head = "| work | gamenet | Rust on the crate | pyenet | bare UDP | gamenet ÷ Rust | ÷ pyenet | ÷ UDP |"
    lines = [head, "|---" * 8 + "|"]
    for name, title, key, scale, form in ROWS:
        if (work := results.get(name)) is None:
            continue
        cells = [cell(work.get(who, []), key, scale, form) for who in ("gamenet", "rust", "pyenet", "udp")]
        ratios = [ratio(work, key, who) for who in ("rust", "pyenet", "udp")]
        lines.append(f"| {title} | " + " | ".join([*cells, *ratios]) + " |")
    if "fan" in results:
        lines += ["", "Fan-out: " + "; ".join(fan_note(who, runs) for who, runs in results["fan"].items()) + "."]
    return "\n".join(lines)


def fan_note(who: str, runs: list[dict[str, Any]]) -> str:
    run = runs[0]
    if "error" in run:
        return f"{who}: {run['error']}"
    return f"{who} delivered {100 * run['delivered'] / run['server_sent']:.2f} % at {run['server_hz']:.1f} Hz"


def machine() -> dict[str, Any]:
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else None
    return {"python": platform.python_version(), "system": platform.platform(), "cores": os.cpu_count(), "load": load}


def main() -> None:
    options, began, before = arguments(), time.monotonic(), machine()
    absent = contenders()
    results = run(options, absent)
    ran = {"machine": before, "options": vars(options), "seconds": time.monotonic() - began, "absent": absent}
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "transport.json").write_text(json.dumps({"ran": ran, "results": results}, indent=1))
    print(table(results))
    load = before["load"]
    print(
        f"\nPython {before['python']}, {before['cores']} cores, load {load:.1f} when it began, {ran['seconds']:.0f} s; "
        f"{options.rounds} rounds of single, batch and frame (median [least–most]), rates in steps of 19 % over "
        f"{options.seconds:g} s, {options.clients} clients for {options.fan_seconds:g} s. "
        "gamenet and Rust are encrypted, pyenet and UDP are not."
    )


if __name__ == "__main__":
    main()
