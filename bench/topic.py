"""The learner's topic page: server time, CPU, weight and requests of a first visit, alone and with 8 at once, tracking on, over 50 topics.

    python bench/topic.py [--pack FOLDER] [--rounds 3]

Starts the site as `talka up` does, on a data folder of its own, imports the course, signs a learner in, and walks all topics.
"""

import argparse
import gzip
import http.client
import os
import re
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from itertools import islice
from pathlib import Path

HERE = Path(__file__).resolve().parent.parent
PORT = 8137
ALLOWED = {"median ms, 1 at once": 15, "CPU ms": 15, "median ms, 8 at once": 70, "first visit KB": 60, "first visit requests": 8}
SETUP = """
import django; django.setup()
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.cached_db import SessionStore
from django.utils.timezone import now
from talka.courses import actions, films
from talka.people.models import User
course = actions.import_pack({pack!r}, by=None, at=now(), visibility="public")
films.make_missing()  # else the worker draws them while we measure
for n in range(8):
    user = User.objects.create_user(f"learner{{n}}@example.org", None)
    actions.enrol(course=course, by=user, at=now())
    session = SessionStore()
    session[SESSION_KEY], session[BACKEND_SESSION_KEY] = str(user.pk), "allauth.account.auth_backends.AuthenticationBackend"
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.create()
    print("KEY", session.session_key)
for topic in course.topics.filter(live=True):
    print("TOPIC", f"/learn/{{course.slug}}/{{topic.slug}}/")
print("COURSE", f"/learn/{{course.slug}}/")
"""


def get(path: str, key: str) -> tuple[float, bytes, dict[str, str]]:
    """Milliseconds, the body as sent, the headers."""
    start = time.perf_counter()
    line = http.client.HTTPConnection("localhost", PORT, timeout=60)
    line.request("GET", path, headers={"Cookie": f"sessionid={key}", "Accept-Encoding": "gzip"})
    answer = line.getresponse()
    body = answer.read()
    line.close()
    if answer.status != 200:
        raise SystemExit(f"{path} answered {answer.status}")
    return (time.perf_counter() - start) * 1000, body, {name.lower(): value for name, value in answer.getheaders()}


def cpu(pid: int) -> float:
    """User and system seconds of the process and all its descendants."""
    parents, seconds = {}, {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue
        own = int(stat.parent.name)
        parents[own], seconds[own] = int(fields[1]), int(fields[11]) + int(fields[12])
    ours = {pid}
    while more := {own for own, parent in parents.items() if parent in ours and own not in ours}:
        ours |= more
    return sum(seconds.get(own, 0) for own in ours) / os.sysconf("SC_CLK_TCK")


def walk(paths: list[str], keys: list[str], pid: int, rounds: int) -> tuple[float, float, float]:
    """Median and 95th percentile in ms, CPU ms a request; every key is one learner at a time."""
    taken: list[float] = []
    before = cpu(pid)

    def learner(key: str, mine: list[str]) -> None:
        taken.extend(get(path, key)[0] for path in mine)

    work = [(key, list(islice(paths * rounds, n, None, len(keys)))) for n, key in enumerate(keys)]
    threads = [threading.Thread(target=learner, args=each) for each in work]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    ordered = sorted(taken)
    return statistics.median(ordered), ordered[int(len(ordered) * 0.95)], (cpu(pid) - before) * 1000 / len(taken)


def weight(path: str, key: str) -> tuple[float, int]:
    """KB over the wire and requests of a first visit: the page and what it loads at once (no film, no captions)."""
    _ms, body, headers = get(path, key)
    html = gzip.decompress(body).decode() if headers.get("content-encoding") == "gzip" else body.decode()
    parts = set(re.findall(r'(?:href|src)="(/static/[^"]+)"', html)) | set(re.findall(r'<img src="([^"]+)"', html))
    return (len(body) + sum(len(get(part, key)[1]) for part in parts)) / 1024, 1 + len(parts)


def main() -> int:
    ask = argparse.ArgumentParser(description=__doc__)
    ask.add_argument("--pack", default=str(HERE / "content" / "courses" / "cluster-management"))
    ask.add_argument("--rounds", type=int, default=3)
    given = ask.parse_args()
    with tempfile.TemporaryDirectory() as data:
        env = os.environ | {"TALKA_DATA": data, "TALKA_URL": f"http://localhost:{PORT}", "DJANGO_SETTINGS_MODULE": "talka.settings"}
        env["PYTHONPATH"] = str(HERE / "src")
        subprocess.run(
            [sys.executable, "-m", "talka", "init", "--data", data],
            env=env,
            check=True,
            stdout=subprocess.DEVNULL,
            stdin=subprocess.DEVNULL,
        )
        said = subprocess.run(
            [sys.executable, "-c", SETUP.format(pack=given.pack)], env=env, check=True, capture_output=True, text=True
        ).stdout
        found = [line.split(" ", 1) for line in said.splitlines() if " " in line]
        keys = [value for name, value in found if name == "KEY"]
        topics = [value for name, value in found if name == "TOPIC"]
        course = next(value for name, value in found if name == "COURSE")
        site = subprocess.Popen([sys.executable, "-m", "talka", "up", "--data", data, "--port", str(PORT)], env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # fmt: skip
        try:
            return measure(site.pid, topics, course, keys, given.rounds)
        finally:
            site.terminate()
            site.wait(60)


def measure(pid: int, topics: list[str], course: str, keys: list[str], rounds: int) -> int:
    for _ in range(120):
        try:
            get(topics[0], keys[0])
            break
        except OSError:
            time.sleep(0.5)
    first = [get(path, keys[0])[0] for path in topics]  # the opening of every topic is told: tracking on
    alone = min((walk(topics, keys[:1], pid, 1) for _ in range(rounds)), key=lambda r: r[0])
    eight = min((walk(topics, keys, pid, 2) for _ in range(rounds)), key=lambda r: r[0])
    weights = [weight(path, keys[0]) for path in topics]
    outline = len(get(course, keys[0])[1]) / 1024
    rows = {
        "median ms, first opening (told as a statement)": statistics.median(first),
        "median ms, 1 at once": alone[0],
        "p95 ms, 1 at once": alone[1],
        "CPU ms": alone[2],
        "median ms, 8 at once": eight[0],
        "p95 ms, 8 at once": eight[1],
        "first visit KB": max(kb for kb, _n in weights),
        "first visit requests": max(n for _kb, n in weights),
        "course outline KB": outline,
    }
    print(f"{len(topics)} topics, load {os.getloadavg()[0]:.1f}")
    for name, value in rows.items():
        limit = ALLOWED.get(name)
        print(f"{name:50} {value:8.1f}{'' if limit is None else f'   at most {limit}' + ('' if value <= limit else '   TOO MUCH')}")
    return int(any(rows[name] > limit for name, limit in ALLOWED.items()))


if __name__ == "__main__":
    raise SystemExit(main())
