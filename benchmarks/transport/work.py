"""What the processes of the benchmark do: `python -m benchmarks.transport.work LIBRARY KEY=VALUE …`.

Servers print `ready`, stop at a line on standard input, and everybody prints one line of JSON at the end. The Rust side
(native/sockets/examples/transport.rs) does the same work with the same messages.
"""

from __future__ import annotations

import importlib
import json
import os
import random
import struct
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

from .adapter import Adapter, Peer

Job = dict[str, Any]
Result = dict[str, Any]

now, cpu = time.perf_counter, time.process_time
FRAME = 1 / 60
LIBRARIES = {"gamenet": "Gamenet", "pyenet": "Enet", "udp": "Udp"}
MODULES = {"gamenet": "gamenet_peer", "pyenet": "enet_peer", "udp": "udp_peer"}

_number = struct.Struct("<Q")
_fill = {size: [bytes([97 + letter]) * (size - 8) for letter in range(26)] for size in (64, 100, 200)}


def make(number: int, size: int) -> bytes:
    return _number.pack(number) + _fill[size][number % 26]


def read(data: bytes, size: int) -> int:
    """The number of a message of which every byte is right, else -1."""
    if len(data) != size:
        return -1
    number: int = _number.unpack_from(data)[0]
    return number if data[8:] == _fill[size][number % 26] else -1


def quantile(times: list[float], share: float) -> float:
    return sorted(times)[min(int(len(times) * share), len(times) - 1)]


def wait_until(moment: float) -> None:
    if (left := moment - now()) > 0:
        time.sleep(left)


def turn(end: Adapter, seconds: float) -> None:
    end.poll()
    end.flush()
    time.sleep(seconds)


# --- One process: gamenet.sockets alone, against Rust ---------------------------------------------------------------


def pair(job: Job) -> tuple[Any, Any, Any]:
    from .gamenet_peer import Gamenet

    end = Gamenet()
    end.listen(job["port"])
    client = end.connect(job["port"])
    while len(end.up) < 2:
        end.net.run_callbacks()
    (server,) = end.up - {client}
    return end, client, server


def rest() -> None:
    """Until the library's thread has nothing left to do and sleeps, as between two frames.

    Without it, whether that thread still was awake was most of what a round took.
    """
    until = now() + 0.0003
    while now() < until:
        os.sched_yield()


def single(job: Job) -> Result:
    """Echo with both ends in one process; each waits turning, and lets the library's thread have the core."""
    end, client, server = pair(job)
    net, group, times, warm = end.net, end.group, [], 200
    receive = net.receive_messages_on_poll_group
    give_up = now() + job["limit"]
    for i in range(job["n"] + warm):
        rest()
        began = now()
        for here, there in ((client, server), (server, client)):
            net.send_message_to_connection(here, make(i, 64), 9)
            while not (got := receive(group)):
                os.sched_yield()
            if got[0].connection != there or read(got[0].data, 64) != i:
                raise ValueError(f"another message than {i} came back: {got}")
        if i >= warm:
            times.append((now() - began) * 1e6)
        if now() > give_up:
            break
    return {"n": len(times), "p10": quantile(times, 0.1), "p50": quantile(times, 0.5), "p99": quantile(times, 0.99)}


def batch(job: Job) -> Result:
    """64 messages of 100 B: what the calls take once all have arrived, then the way until the last is received."""
    end, client, _ = pair(job)
    net, group, sending, receiving, both, whole = end.net, end.group, [], [], [], []
    messages = [(client, make(i, 100), 1) for i in range(64)]
    for i in range(job["n"] + 20):
        began = now()
        net.send_messages(messages)
        sent = now()
        time.sleep(0.002)
        waited = now()
        got = net.receive_messages_on_poll_group(group, 65536)
        done = now()
        if i >= 20 and len(got) == 64:
            sending.append((sent - began) * 1e6)
            receiving.append((done - waited) * 1e6)
            both.append(sending[-1] + receiving[-1])
    for _ in range(job["n"]):
        rest()
        began, count, give_up = now(), 0, now() + 0.1
        net.send_messages(messages)
        while count < 64 and now() < give_up:
            count += len(net.receive_messages_on_poll_group(group, 65536))
            os.sched_yield()
        if count == 64:
            whole.append((now() - began) * 1e6)
    calls = {"send": quantile(sending, 0.5), "receive": quantile(receiving, 0.5), "calls": quantile(both, 0.5)}
    return {"n": len(both), **calls, "whole": quantile(whole, 0.5), "whole_p10": quantile(whole, 0.1)}


# --- Two processes --------------------------------------------------------------------------------------------------


def frame_server(end: Adapter, job: Job, stop: threading.Event) -> Result:
    moment = now()
    while not stop.is_set():
        for peer, data in end.poll():
            end.send(peer, data, True)
        end.flush()
        moment = max(moment + FRAME, now())
        wait_until(moment)
    return {}


def frame_client(end: Adapter, job: Job, stop: threading.Event) -> Result:
    """Echo in frames of 1/60 s, both ends pumped once per frame; the phase between the two is sampled evenly."""
    peer, frames = end.connect(job["port"]), []
    for i in range(job["n"]):
        time.sleep(random.random() * FRAME)
        began = moment = now()
        end.send(peer, make(i, 64), True)
        end.flush()
        back = False
        while not back and now() - began < 1:
            moment = max(moment + FRAME, now())
            wait_until(moment)
            back = any(read(data, 64) == i for _, data in end.poll())
        frames.append((now() - began) / FRAME)
        end.flush()
    return {"n": len(frames), "p50": quantile(frames, 0.5), "p99": quantile(frames, 0.99)}


def rate_server(end: Adapter, job: Job, stop: threading.Event) -> Result:
    total = int(job["rate"] * job["secs"])
    seen, delivered, bad = bytearray(total), 0, 0
    first: tuple[float, float] | None = None
    while not stop.is_set() if first is None else now() < first[0] + job["secs"] + job["grace"]:
        got = end.poll()
        if got and first is None:
            first = now(), cpu()
        for _, data in got:
            number = read(data, 100)
            if 0 <= number < total and not seen[number]:
                seen[number] = 1
                delivered += 1
            else:
                bad += 1
        end.flush()
        if not got:
            time.sleep(0.0005)
    return {"delivered": delivered, "total": total, "bad": bad, "cpu": cpu() - first[1] if first else 0.0}


def rate_client(end: Adapter, job: Job, stop: threading.Event) -> Result:
    rate, secs, reliable = job["rate"], job["secs"], bool(job["reliable"])
    total, sent, cap = int(rate * secs), 0, int(rate * 0.02) + 1
    peer = end.connect(job["port"])
    for _ in range(50):  # let the handshake settle
        turn(end, 0.002)
    began, before = now(), cpu()
    while (elapsed := now() - began) < secs:
        due = min(min(int(elapsed * rate) + 1, total) - sent, cap)
        for number in range(sent, sent + due):
            end.send(peer, make(number, 100), reliable)
        sent += due
        end.flush()
        end.poll()
        if due < cap:
            time.sleep(0.0005)
    used = cpu() - before
    while now() < began + secs + job["grace"] + 0.05:
        turn(end, 0.001)
    return {"sent": sent, "cpu": used}


def fan_server(end: Adapter, job: Job, stop: threading.Event) -> Result:
    """200 B at 30 Hz to each of `n` clients, pumped at 60 Hz; CPU time of the process."""
    n, hz, secs = job["n"], 30, job["secs"]
    peers: dict[int, Peer] = {}
    give_up = now() + job["limit"]
    while len(peers) < n:
        for peer, data in end.poll():
            if data[:1] == b"H":
                peers[int(data[1:])] = peer
        end.flush()
        if now() > give_up:
            return {"error": f"only {len(peers)} of {n} clients joined"}
        time.sleep(0.0005)
    rounds, began, before = int(hz * secs), now(), cpu()
    for frame in range(rounds * 2):
        end.poll()
        if frame % 2 == 0:
            for i, peer in peers.items():
                end.send(peer, make(frame // 2 * n + i, 200), False)
        end.flush()
        wait_until(began + (frame + 1) * FRAME)
    wall, used = now() - began, cpu() - before
    for _ in range(30):
        turn(end, FRAME)
    return {"cpu_pct": 100 * used / wall, "hz": rounds / wall, "sent": rounds * n}


def fan_client(end: Adapter, job: Job, stop: threading.Event) -> Result:
    n, began = job["n"], now()
    peers = {end.connect(job["port"]): i for i in range(n)}
    joined, hello, bad = now() - began, 0.0, 0
    seen: set[int] = set()
    while not stop.is_set():
        if not seen and now() > hello + 0.5:
            hello = now()
            for peer, i in peers.items():
                end.send(peer, b"H%d" % i, True)
        for peer, data in end.poll():
            number = read(data, 200)
            if number >= 0 and number % n == peers[peer] and number not in seen:
                seen.add(number)
            else:
                bad += 1
        end.flush()
        time.sleep(0.005)
    return {"delivered": len(seen), "bad": bad, "joined_s": joined}


ALONE = {"single": single, "batch": batch}
TOGETHER = {
    ("frame", "server"): frame_server,
    ("frame", "client"): frame_client,
    ("rate", "server"): rate_server,
    ("rate", "client"): rate_client,
    ("fan", "server"): fan_server,
    ("fan", "client"): fan_client,
}


def together(library: str, job: Job, say: Callable[[str], None]) -> Result:
    module = importlib.import_module(f".{MODULES[library]}", __package__)
    stop = threading.Event()

    def listen_for_stop() -> None:
        sys.stdin.readline()
        stop.set()

    threading.Thread(target=listen_for_stop, daemon=True).start()
    end: Adapter = getattr(module, LIBRARIES[library])()
    if job["side"] == "server":
        end.listen(job["port"])
        say("ready")
    return TOGETHER[job["kind"], job["side"]](end, job, stop)


def main(library: str, words: list[str]) -> None:
    job: Job = {key: value for key, _, value in (word.partition("=") for word in words)}
    job |= {key: float(value) for key, value in job.items() if key not in ("kind", "side")}
    job |= {key: int(job[key]) for key in ("port", "n", "reliable") if key in job}
    out = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what libraries print goes to standard error

    def say(text: str) -> None:
        out.write(f"{text}\n")
        out.flush()

    say(json.dumps(ALONE[job["kind"]](job) if job["kind"] in ALONE else together(library, job, say)))
    os._exit(0)  # a library's own way out may be slow, and nobody waits for it


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
