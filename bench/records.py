"""Speed of the record store, and of others under the same load in the same call.

    python bench/records.py [--stored 100000] [--seconds 5] [--peer NAME=http://host:port/xAPI,key:secret ...]

Starts our server on an empty store, then for it and for each peer named: POST of batches of 1, 50 and 500 statements (about 1.2 KB, each with its
own id) over 1 and 8 connections; then, with `--stored` statements stored, GET by id, by verb and since (100), by agent (100), by related activity
(100). Prints statements per second, median and p99 in milliseconds, CPU per 1,000 statements, memory and bytes on disk, and our ratio to each peer.
"""

import argparse
import base64
import http.client
import json
import os
import random
import statistics
import sys
import tempfile
import threading
import time
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote, urlsplit

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from tests.conformance.lrs import KEY, SECRET, free_port, prepare, start

BASE = "https://lms.example.org"
VERBS = ("launched", "initialized", "experienced", "answered", "progressed", "completed", "passed", "failed")
LEARNERS, ACTIVITIES, COURSES = 2000, 400, 40


def verb(name: str) -> str:
    return f"http://adlnet.gov/expapi/verbs/{name}"


def statement(chance: random.Random) -> dict:
    """About 1.2 KB: an account, a unit with its definition, a context with three kinds of activities, a result now and then."""
    who, unit, name = chance.randrange(LEARNERS), chance.randrange(ACTIVITIES), chance.choice(VERBS)
    course = unit % COURSES
    made = {
        "id": str(uuid.UUID(int=chance.getrandbits(128), version=4)),
        "actor": {"objectType": "Agent", "name": f"Learner {who:05d}", "account": {"homePage": BASE, "name": f"user-{who:05d}"}},
        "verb": {"id": verb(name), "display": {"en-US": name}},
        "object": {
            "objectType": "Activity",
            "id": f"{BASE}/courses/{course}/units/{unit}",
            "definition": {
                "name": {"en-US": f"Unit {unit} of course {course}", "de-DE": f"Einheit {unit} von Kurs {course}"},
                "description": {"en-US": "A unit of digital content with text, video and a quiz."},
                "type": "http://adlnet.gov/expapi/activities/lesson",
            },
        },
        "context": {
            "registration": str(uuid.UUID(int=(who * 1000 + course) | (4 << 76) | (8 << 60))),
            "platform": "LMS",
            "language": "en-US",
            "contextActivities": {
                "parent": [{"id": f"{BASE}/courses/{course}", "definition": {"type": "http://adlnet.gov/expapi/activities/course"}}],
                "grouping": [{"id": f"{BASE}/clusters/{course % 5}"}],
                "category": [{"id": "https://w3id.org/xapi/cmi5/context/categories/cmi5"}],
            },
            "extensions": {"https://w3id.org/xapi/cmi5/context/extensions/sessionid": str(uuid.UUID(int=chance.getrandbits(128)))},
        },
        "timestamp": f"2026-01-15T10:{chance.randrange(60):02d}:{chance.randrange(60):02d}.{chance.randrange(1000):03d}Z",
    }
    if name in {"answered", "completed", "passed", "failed"}:
        scaled = round(chance.random(), 3)
        made["result"] = {"score": {"scaled": scaled, "raw": round(scaled * 100, 1), "min": 0, "max": 100}, "success": name != "failed"}
    return made


@dataclass
class Store:
    """A store under load: where it is, how to sign in, and what was measured."""

    name: str
    endpoint: str
    key: str
    pid: int = 0
    figures: dict[str, float] = field(default_factory=dict)

    def connection(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection(urlsplit(self.endpoint).netloc, timeout=120)

    def ask(self, connection: http.client.HTTPConnection, method: str, path: str, body: bytes | None = None) -> bytes:
        headers = {
            "Authorization": "Basic " + base64.b64encode(self.key.encode()).decode(),
            "X-Experience-API-Version": "1.0.3",
            "Content-Type": "application/json",
        }
        connection.request(method, urlsplit(self.endpoint).path.rstrip("/") + path, body, headers)
        answer = connection.getresponse()
        told = answer.read()
        if answer.status not in {200, 204}:
            raise SystemExit(f"{self.name}: {method} {path[:60]} answered {answer.status}: {told[:200]!r}")
        return told

    def cpu(self) -> float:
        """Seconds of CPU that our server has used; 0 for a peer."""
        if not self.pid:
            return 0.0
        total = 0
        for stat in Path("/proc").glob("[0-9]*/stat"):
            try:
                values = stat.read_text().rsplit(")", 1)[1].split()
            except OSError:
                continue
            if int(values[2]) == self.pid:  # its process group
                total += int(values[11]) + int(values[12])
        return total / os.sysconf("SC_CLK_TCK")


def load(store: Store, work: list[list[tuple[str, str, bytes | None]]], seconds: float) -> list[float]:
    """Each list of requests over its own connection until the time is over; answers the seconds of each request."""
    times: list[float] = []
    end = time.perf_counter() + seconds

    def run(requests: list[tuple[str, str, bytes | None]]) -> None:
        connection = store.connection()
        for method, path, body in requests:
            begin = time.perf_counter()
            if begin > end:
                break
            store.ask(connection, method, path, body)
            times.append(time.perf_counter() - begin)

    threads = [threading.Thread(target=run, args=(requests,)) for requests in work]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(times)


def show(store: Store, what: str, times: list[float], spent: float, each: int = 1, cpu: float = 0.0) -> None:
    rate = len(times) * each / spent
    store.figures[what] = rate
    median, late = statistics.median(times) * 1000, times[int(len(times) * 0.99)] * 1000
    used = f"  {cpu * 1000 / (len(times) * each) * 1000:7.1f} ms CPU per 1,000" if cpu else ""
    print(f"{store.name:12} {what:26} {rate:10,.0f}/s  median {median:8.2f} ms  p99 {late:8.2f} ms{used}", flush=True)


def posts(store: Store, seconds: float, chance: random.Random) -> None:
    for size in (1, 50, 500):
        for connections in (1, 8):
            most = max(10, min(int(seconds * 4000 / size / connections), 4000))
            work = [
                [("POST", "/statements", json.dumps([statement(chance) for _ in range(size)]).encode()) for _ in range(most)]
                for _ in range(connections)
            ]
            cpu, begin = store.cpu(), time.perf_counter()
            times = load(store, work, seconds)
            show(store, f"POST {size} x {connections}", times, time.perf_counter() - begin, size, store.cpu() - cpu)


def gets(store: Store, seconds: float, chance: random.Random, stored: int) -> None:
    connection, ids, since = store.connection(), [], ""
    for done in range(0, stored, 500):
        if not since and done >= stored // 2:
            since = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        batch = [statement(chance) for _ in range(500)]
        store.ask(connection, "POST", "/statements", json.dumps(batch).encode())
        ids += [s["id"] for s in batch[::50]]
    account = [quote(json.dumps({"account": {"homePage": BASE, "name": f"user-{n:05d}"}})) for n in range(LEARNERS)]
    course = [quote(f"{BASE}/courses/{n}", safe="") for n in range(COURSES)]
    questions = {
        "GET by id": lambda: f"statementId={chance.choice(ids)}",
        "GET verb+since": lambda: f"verb={quote(verb(chance.choice(VERBS)), safe='')}&since={since}&limit=100",
        "GET agent": lambda: f"agent={chance.choice(account)}&limit=100",
        "GET related activity": lambda: f"activity={chance.choice(course)}&related_activities=true&limit=100",
    }
    for what, ask in questions.items():
        work = [[("GET", "/statements?" + ask(), None) for _ in range(int(seconds * 3000))]]
        begin = time.perf_counter()
        times = load(store, work, seconds)
        show(store, what, times, time.perf_counter() - begin)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--stored", type=int, default=100_000, help="statements stored before the GETs (100,000)")
    parser.add_argument("--seconds", type=float, default=5.0, help="per measurement (5)")
    parser.add_argument("--peer", action="append", default=[], metavar="NAME=URL,KEY:SECRET", help="another store that runs already")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="talka-bench-") as folder:
        data, port = Path(folder), free_port()
        prepare(data)
        server = start(data, port)
        stores = [Store("talka", f"http://127.0.0.1:{port}/xapi", f"{KEY}:{SECRET}", server.pid)]
        for peer in given.peer:
            name, _is, rest = peer.partition("=")
            url, _comma, key = rest.partition(",")
            stores.append(Store(name, url, key))
        try:
            for store in stores:
                chance = random.Random()  # noqa: S311  # statements, not secrets
                posts(store, given.seconds, chance)
                gets(store, given.seconds, chance, given.stored)
        finally:
            server.terminate()
            server.wait(30)
        size = sum(f.stat().st_size for f in data.glob("talka.sqlite3*"))
        print(f"talka: {size / 1e6:,.0f} MB on disk with its log")
    for peer in stores[1:]:
        for what, rate in stores[0].figures.items():
            if peer.figures.get(what):
                print(f"talka to {peer.name:12} {what:26} {rate / peer.figures[what]:8.1f} times")


if __name__ == "__main__":
    main()
