"""Starts the stores that are compared: our own, a bare floor, and ralph. Each has a folder of its own below the bench's work folder."""

import json
import os
import random
import shutil
import sqlite3
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from stores.load import FLOOR, ROOT, TOOLS, Store
from stores.statements import lines
from tests.conformance.lrs import KEY, SECRET, environment, free_port, prepare, start, stop

PEER = "ralph-malph[full]==5.1.0"
FLOOR_NEEDS = ("uvicorn[standard]", "orjson")
# As it comes, ralph's file-system backend takes one batch and answers 500 to the next: it makes its file anew instead of adding to it.
APPENDING = """
from ralph.backends.data.base import BaseOperationType
from ralph.backends.data.fs import FSDataBackend
FSDataBackend.default_operation_type = BaseOperationType.APPEND
from ralph.api import app
"""


class NotHere(Exception):
    """This store cannot be started on this machine; the text says why."""


def _stop(server: subprocess.Popen[bytes]) -> None:
    server.terminate()
    try:
        server.wait(30)
    except subprocess.TimeoutExpired:
        server.kill()


def _venv(folder: Path, *packages: str) -> Path:
    """The Python of a virtual environment of the bench's own with these packages in it. Raises NotHere."""
    python = folder / "bin" / "python"
    if not (folder / "ready").exists():
        print(f"  installing {', '.join(packages)} into {folder}", flush=True)
        for command in (
            [sys.executable, "-m", "venv", "--clear", str(folder)],
            [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *packages],
        ):
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            if done.returncode:
                raise NotHere(f"{' '.join(command[:5])} failed: {(done.stdout + done.stderr).strip()[-400:]}")
        (folder / "ready").touch()
    return python


@contextmanager
def _served(name: str, command: list[str], env: dict[str, str], folder: Path, endpoint: str, key: str) -> Iterator[Store]:
    server = subprocess.Popen(command, env=env, cwd=folder, stdout=subprocess.DEVNULL, stderr=(folder / "log").open("wb"))
    try:
        for _try in range(300):
            try:
                urllib.request.urlopen(endpoint + "/about", timeout=2).close()  # noqa: S310  # our own machine
                break
            except urllib.error.HTTPError:
                break  # it answers
            except OSError:
                if server.poll() is not None:
                    raise NotHere(f"{name} did not start: {(folder / 'log').read_text()[-400:]}") from None
                time.sleep(0.1)
        yield Store(name, endpoint, key, server.pid)
    finally:
        _stop(server)


# ---- our own -------------------------------------------------------------------------------------------------------------------


@contextmanager
def talka(folder: Path) -> Iterator[Store]:
    """Our server as it is deployed, one worker, on SQLite with synchronous=FULL."""
    port = free_port()
    server = start(folder, port)
    try:
        yield Store("talka", f"http://127.0.0.1:{port}/xapi", f"{KEY}:{SECRET}", server.pid)
    finally:
        stop(server)


def _migrated(folder: Path) -> None:
    subprocess.run([sys.executable, "-m", "django", "migrate", "-v0"], env=environment(folder), cwd=ROOT, check=True)


def prepare_talka(work: Path, name: str, count: int) -> Path:
    """A store with `count` statements. An empty one, and those that were filled before, are kept for the next time."""
    folder, empty = work / name, work / "talka-empty"
    if count and (folder / "state.json").is_file():
        _migrated(folder)
        _fill(folder, count)
        return folder
    if (empty / "ready").exists():
        _migrated(empty)
    else:
        shutil.rmtree(empty, ignore_errors=True)
        empty.mkdir(parents=True)
        prepare(empty)
        (empty / "ready").touch()
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(empty, folder)
    if count:
        _fill(folder, count)
    return folder


def _fill(folder: Path, count: int) -> None:
    """Fills a store, or goes on where a filling was stopped."""
    state = folder / "state.json"
    if state.is_file() and json.loads(state.read_text())["count"] >= count:
        return
    command = [sys.executable, str(ROOT / "bench" / "stores" / "fill.py"), str(count), str(state)]
    subprocess.run(command, env=environment(folder), cwd=ROOT, check=True)


def disk_talka(folder: Path) -> float:
    """Kilobytes of disk for each statement, with every index."""
    with sqlite3.connect(folder / "talka.sqlite3") as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        ((count,),) = database.execute("SELECT count(*) FROM records_statement").fetchall()
    return (folder / "talka.sqlite3").stat().st_size / 1000 / max(count, 1)


# ---- the floor -----------------------------------------------------------------------------------------------------------------


@contextmanager
def floor(folder: Path, work: Path) -> Iterator[Store]:
    """A bare program: it parses, keeps three keys and commits in groups, and checks nothing. Raises NotHere."""
    if not FLOOR.is_file():
        raise NotHere(f"{FLOOR} is not there: name its folder in LRS_TOOLS.")
    python, port = _venv(work / "floor", *FLOOR_NEEDS), free_port()
    env = {**os.environ, "DB": str(folder / "floor.db"), "SYNC": "FULL", "PYTHONPATH": str(TOOLS)}
    command = [str(python), "-m", "uvicorn", "floor_lrs:app", "--port", str(port), "--no-access-log", "--log-level", "error"]
    with _served("floor", command, env, folder, f"http://127.0.0.1:{port}/xapi", "test:test") as store:
        yield store


# ---- ralph ---------------------------------------------------------------------------------------------------------------------


@contextmanager
def ralph(folder: Path, work: Path) -> Iterator[Store]:
    """Ralph with its file-system backend, the one that needs no server beside it. Raises NotHere."""
    python, port = _venv(work / "venv", PEER, "orjson"), free_port()
    env = {
        **os.environ,
        "PYTHONPATH": str(folder),
        "RALPH_APP_DIR": str(folder),
        "RALPH_RUNSERVER_BACKEND": "fs",
        "RALPH_BACKENDS__LRS__FS__DEFAULT_DIRECTORY_PATH": str(folder / "data"),
    }
    (folder / "data").mkdir(exist_ok=True)
    (folder / "appending.py").write_text(APPENDING)
    made = [str(python.parent / "ralph"), "auth", "-u", "test", "-p", "test", "-s", "all", "-M", "mailto:test@example.org", "-w"]
    subprocess.run(made, env=env, cwd=folder, check=True, capture_output=True)
    command = [str(python), "-m", "uvicorn", "appending:app", "--port", str(port), "--no-access-log", "--log-level", "error"]
    with _served("ralph", command, env, folder, f"http://127.0.0.1:{port}/xAPI", "test:test") as store:
        yield store


def fill_ralph(folder: Path, count: int) -> None:
    """Writes ralph's file as ralph does: through its door each batch would read the whole file, which takes hours."""
    chance, ids = random.Random(), []  # noqa: S311  # statements, not secrets
    (folder / "data").mkdir(parents=True, exist_ok=True)
    with (folder / "data" / "fs_lrs.jsonl").open("wb") as file:
        for n, (key, line) in enumerate(lines(count, chance)):
            file.write(line[:-1] + b',"stored":"2026-01-15T11:00:00.000000+00:00","authority":{"mbox":"mailto:test@example.org"}}\n')
            if n % max(1, count // 20_000) == 0:
                ids.append(key)
    (folder / "state.json").write_text(json.dumps({"ids": ids, "since": "2026-01-15T10:30:00.000Z", "count": count}))


def fill_by_door(store: Store, count: int, state: Path) -> None:
    """The floor is filled as the load client does it: in batches of 500."""
    command = [sys.executable, str(TOOLS / "lrsload.py"), "seed", "--endpoint", store.endpoint, "--auth", store.key]
    subprocess.run([*command, "--count", str(count), "--state", str(state)], check=True, capture_output=True)


def size_of(*files: Path) -> int:
    return sum(f.stat().st_size for f in files if f.exists())
