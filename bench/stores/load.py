"""The load: `lrsload.py` (with `wrk`) where it is there, so that figures compare with those measured elsewhere; else a client of our own."""

import base64
import http.client
import json
import os
import random
import shutil
import statistics
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote, urlsplit

from stores.statements import BASE, COURSES, LEARNERS, VERBS, lines

ROOT = Path(__file__).resolve().parents[2]
TOOLS = Path(os.environ.get("LRS_TOOLS") or ROOT.parent / "shared" / "tools")
LRSLOAD, FLOOR = TOOLS / "lrsload.py", TOOLS / "floor_lrs.py"
SIZES, CONNECTIONS = (1, 50, 500), (1, 8)


@dataclass
class Cell:
    """One measurement: statements (or requests) per second, milliseconds of a request, CPU milliseconds of the server per 1,000."""

    rate: float
    p50: float
    p99: float
    cpu: float = 0.0
    errors: int = 0


@dataclass
class Store:
    """A store under load: where it is, how to sign in, its process, and what was measured."""

    name: str
    endpoint: str
    key: str
    pid: int
    cells: dict[str, Cell] = field(default_factory=dict)
    memory: float = 0.0  # MB
    disk: dict[int, float] = field(default_factory=dict)  # kB for each statement, by how many are stored


def has_lrsload() -> bool:
    return LRSLOAD.is_file() and shutil.which("wrk") is not None


def family(pid: int) -> list[int]:
    """A process and all below it."""
    children: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            children.setdefault(int(stat.read_text().rsplit(")", 1)[1].split()[1]), []).append(int(stat.parent.name))
        except OSError:
            continue
    found, todo = [], [pid]
    while todo:
        found.append(todo.pop())
        todo += children.get(found[-1], [])
    return found


def cpu(pid: int) -> float:
    """Seconds of CPU that a process and all below it have used."""
    total = 0
    for one in family(pid):
        try:
            total += sum(int(v) for v in Path(f"/proc/{one}/stat").read_text().rsplit(")", 1)[1].split()[11:13])
        except OSError:
            continue
    return total / os.sysconf("SC_CLK_TCK")


def memory(pid: int) -> float:
    """Megabytes of a process and all below it."""
    pages = 0
    for one in family(pid):
        try:
            pages += int(Path(f"/proc/{one}/statm").read_text().split()[1])
        except OSError:
            continue
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


# ---- a client of our own -------------------------------------------------------------------------------------------------------


class Failed(Exception):
    """A store answered with an error."""


def ask(store: Store, connection: http.client.HTTPConnection, method: str, path: str, body: bytes | None = None) -> None:
    headers = {
        "Authorization": "Basic " + base64.b64encode(store.key.encode()).decode(),
        "X-Experience-API-Version": "1.0.3",
        "Content-Type": "application/json",
    }
    connection.request(method, urlsplit(store.endpoint).path.rstrip("/") + path, body, headers)
    answer = connection.getresponse()
    told = answer.read()
    if answer.status not in {200, 204}:
        raise Failed(f"{store.name}: {method} {path[:60]} answered {answer.status}: {told[:200]!r}")


def measure(store: Store, work: list[list[tuple[str, str, bytes | None]]], seconds: float, each: int = 1) -> Cell:
    """Each list of requests over a connection of its own, until the time is over."""
    times: list[float] = []
    failed: list[str] = []
    spent, begin = cpu(store.pid), time.perf_counter()

    def run(requests: list[tuple[str, str, bytes | None]]) -> None:
        connection = http.client.HTTPConnection(urlsplit(store.endpoint).netloc, timeout=120)
        for request in requests:
            start = time.perf_counter()
            if start > begin + seconds:
                break
            try:
                ask(store, connection, *request)
            except Failed as e:
                failed.append(str(e))
                break
            times.append(time.perf_counter() - start)

    threads = [threading.Thread(target=run, args=(requests,)) for requests in work]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    lasted, count = time.perf_counter() - begin, len(times) * each
    times.sort()
    if failed:
        print(f"  {failed[0]}", flush=True)
    if not times:
        return Cell(0, 0, 0, errors=len(failed))
    used = (cpu(store.pid) - spent) * 1e6 / count
    return Cell(count / lasted, statistics.median(times) * 1e3, times[int(len(times) * 0.99)] * 1e3, used, len(failed))


def _posts(store: Store, seconds: float) -> None:
    chance = random.Random()  # noqa: S311  # statements, not secrets
    for size in SIZES:
        for connections in CONNECTIONS:
            most = max(10, min(int(seconds * 4000 / size / connections), 4000))
            work = [
                [("POST", "/statements", b"[%s]" % b",".join(s for _key, s in lines(size, chance))) for _n in range(most)]
                for _c in range(connections)
            ]
            store.cells[f"POST {size} x {connections}"] = measure(store, work, seconds, size)


def _questions(state: dict[str, object]) -> dict[str, list[str]]:
    chance = random.Random(3)  # noqa: S311
    account = [quote(json.dumps({"account": {"homePage": BASE, "name": f"user-{n:05d}"}})) for n in range(LEARNERS)]
    verbs = [quote(f"http://adlnet.gov/expapi/verbs/{v}", safe="") for v in VERBS]
    since = quote(str(state["since"]), safe="")
    return {
        "GET by id": [f"statementId={key}" for key in chance.sample(state["ids"], 1000)],  # type: ignore[call-overload]
        "GET verb+since 100": [f"verb={v}&since={since}&limit=100" for v in verbs],
        "GET agent 100": [f"agent={a}&limit=100" for a in chance.sample(account, 500)],
    }


def _related() -> list[str]:
    return [f"activity={quote(f'{BASE}/courses/{n}', safe='')}&related_activities=true&limit=100" for n in range(COURSES)]


def _get(store: Store, what: str, queries: list[str], seconds: float) -> None:
    chance = random.Random(4)  # noqa: S311
    work = [[("GET", "/statements?" + chance.choice(queries), None) for _n in range(int(seconds * 5000))]]
    store.cells[what] = measure(store, work, seconds)


# ---- what is measured ----------------------------------------------------------------------------------------------------------


def _lrsload(store: Store, phase: str, seconds: float, *more: str) -> dict[str, dict[str, float]]:
    """Runs the common client; answers its cells."""
    command = [
        sys.executable, str(LRSLOAD), phase, "--endpoint", store.endpoint, "--auth", store.key, "--pid", str(store.pid), "--quiet-wait", "0",
        "--tries", "1", "--seconds", str(round(seconds)), *more,
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{store.name}: the load client failed: {(done.stdout + done.stderr)[-500:]}")
    found: dict[str, dict[str, float]] = json.loads(done.stdout)["result"]
    return found


def posts(store: Store, seconds: float) -> None:
    """Batches of 1, 50 and 500 over 1 and 8 connections."""
    if not has_lrsload():
        _posts(store, seconds)
        return
    for name, cell in _lrsload(store, "post", seconds).items():
        size, connections = name.removeprefix("batch").split("_c")
        each = cell.get("server_cpu_ms_per_statement", 0) * 1000
        failed = int(cell.get("status_errors", 0) + cell.get("socket_errors", 0))
        rate = cell.get("statements_per_s", 0)
        store.cells[f"POST {size} x {connections}"] = Cell(rate, cell.get("p50_ms", 0), cell.get("p99_ms", 0), each, failed)


def gets(store: Store, seconds: float, state: Path) -> None:
    """By id, by verb and since (100), by agent (100), by related activity (100), over one connection."""
    known = json.loads(state.read_text())
    names = {"by_id": "GET by id", "verb_since": "GET verb+since 100", "by_agent": "GET agent 100"}
    if has_lrsload():
        for name, cell in _lrsload(store, "get", seconds, "--state", str(state), "--conns", "1").items():
            if name.removesuffix("_c1") in names:
                failed = int(cell.get("status_errors", 0) + cell.get("socket_errors", 0))
                made = Cell(cell.get("requests_per_s", 0), cell.get("p50_ms", 0), cell.get("p99_ms", 0), 0.0, failed)
                store.cells[names[name.removesuffix("_c1")]] = made
    else:
        for what, queries in _questions(known).items():
            _get(store, what, queries, seconds)
    _get(store, "GET related activity 100", _related(), seconds)
