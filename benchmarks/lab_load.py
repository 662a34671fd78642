"""The lab under load: what twenty readers wait for while four long jobs run.

Here: a server as its command starts it, its clients, p95 of what a page asks for. Not here: what a
preview takes alone (``lab``), the browser's part.
"""

import json
import os
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from http.client import HTTPConnection

TARGET = 300.0  # ms, p95 of the page
CLIENTS, JOBS, SECONDS = 20, 4, 20.0
PAUSE = 1.0  # seconds between one client's visits
PAGE = ("/", "/api/meta", "/api/chapters", "/api/claims", "/api/glossary")
HEADERS = {"X-Countermove": "lab", "Content-Type": "application/json"}
TEXT = """
countermove: 1
name: A long job
tumor: {birth: 0.14 /day, death: 0.13 /day, diagnosed_at: 1e10 cells}
drugs: {A: {kill: 0.04 /day}}
alterations: {resists_A: {mechanism: target, drug: A, rate: 5e-8}}
treatment: {policy: continuous, drugs: [A]}
follow_up: 10 years
engine: branching
"""


def lines() -> Iterator[str]:
    """Start a lab with four workers, keep them busy, and time the page's calls."""
    command = [sys.executable, "-m", "countermove", "lab", "--no-open", "--port", "0", "--json"]
    with subprocess.Popen(
        [*command, "--workers", str(JOBS)], stdout=subprocess.PIPE, text=True
    ) as server:
        try:
            assert server.stdout is not None
            port = int(json.loads(server.stdout.readline())["address"].rsplit(":", 1)[1].strip("/"))
            while not _warm(port):
                time.sleep(0.2)
            names = [_job(port, seed) for seed in range(JOBS)]
            while _running(port, names) < JOBS:
                time.sleep(0.2)
            spent = _clients(port)
            running = _running(port, names)
        finally:
            server.terminate()
    for name, times in spent.items():
        late = sorted(times)[int(0.95 * len(times))]
        yield (
            f"lab, {CLIENTS} clients, {running} of {JOBS} jobs still running, "
            f"{os.cpu_count()} cores: {name} {len(times)} times, "
            f"median {statistics.median(times):.0f} ms, p95 {late:.0f} ms (target {TARGET:.0f} ms)"
        )


def _call(port: int, method: str, path: str, body: object = None) -> bytes:
    there = HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        there.request(method, path, None if body is None else json.dumps(body), HEADERS)
        answer = there.getresponse()
        told = answer.read()
        if answer.status >= 300:
            raise RuntimeError(f"{method} {path}: {answer.status} {told[:200]!r}")
        return told
    finally:
        there.close()


def _asked(port: int, method: str, path: str, body: object = None) -> dict:
    return json.loads(_call(port, method, path, body))


def _warm(port: int) -> bool:
    try:
        return _asked(port, "GET", "/api/meta")["warm"]
    except ConnectionRefusedError:  # it has said its address and is about to listen
        return False


def _job(port: int, seed: int) -> str:
    body = {"yaml": TEXT, "patients": 100_000, "seed": seed}
    return _asked(port, "POST", "/api/jobs", body)["id"]


def _running(port: int, names: list[str]) -> int:
    states = [_asked(port, "GET", f"/api/jobs/{name}")["state"] for name in names]
    return states.count("running")


def _clients(port: int) -> dict[str, list[float]]:
    """Let each client read the page again and again: all that its first render asks for."""
    spent: dict[str, list[float]] = {"one call": [], "the whole page": []}
    end = time.monotonic() + SECONDS
    lock = threading.Lock()

    def reads(number: int) -> None:
        time.sleep(number * PAUSE / CLIENTS)
        while time.monotonic() < end:
            each = []
            for path in PAGE:
                begin = time.perf_counter()
                _call(port, "GET", path)
                each.append(1000.0 * (time.perf_counter() - begin))
            with lock:
                spent["one call"] += each
                spent["the whole page"].append(sum(each))
            time.sleep(PAUSE)

    threads = [threading.Thread(target=reads, args=(number,)) for number in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return spent


if __name__ == "__main__":
    for line in lines():
        print(line)
