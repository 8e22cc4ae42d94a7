"""The server is killed at random moments while eight connections write: what was acknowledged is there once, nothing is there half,
and the lake, whose copying is killed too, holds the same.
"""

import http.client
import os
import random
import signal
import sqlite3
import subprocess
import sys
import threading
import time
import uuid
from base64 import b64encode

import duckdb
import orjson
import pytest

from talka.insight.lake import Lake
from tests.conformance.lrs import KEY, ROOT, SECRET, environment, free_port, prepare, start
from tests.factories.records import statement

KILLS, WRITERS = 20, 8
HEADERS = {
    "Authorization": "Basic " + b64encode(f"{KEY}:{SECRET}".encode()).decode(),
    "X-Experience-API-Version": "1.0.3",
    "Content-Type": "application/json",
}


def write_until_it_dies(port: int, batches: dict[tuple[str, ...], bool], lock: threading.Lock, chance: random.Random) -> None:
    """Sends batches one after another and notes which were acknowledged."""
    try:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        while True:
            ids = tuple(str(uuid.uuid4()) for _ in range(chance.choice([1, 1, 5, 50])))
            with lock:
                batches[ids] = False
            connection.request("POST", "/xapi/statements", orjson.dumps([statement(n, id=i) for n, i in enumerate(ids)]), HEADERS)
            answer = connection.getresponse()
            answer.read()
            assert answer.status == 200
            with lock:
                batches[ids] = True
    except (OSError, http.client.HTTPException):
        return


REFRESH = """
import django; django.setup()
from django.utils.timezone import now
from talka.insight.actions import refresh_lake
refresh_lake(at=now(), wait=True, names=False)
"""


def refresh_lake(data, *, wait: bool) -> None:
    """Copies what is stored into the lake; not waited for, it is killed after a moment, maybe in the middle of a file."""
    copying = subprocess.Popen([sys.executable, "-c", REFRESH], env=environment(data), cwd=ROOT, start_new_session=True)
    try:
        assert copying.wait(300 if wait else 2.5) == 0
    except subprocess.TimeoutExpired:
        assert not wait
        os.killpg(copying.pid, signal.SIGKILL)
        copying.wait()


def in_lake(data) -> list[str]:
    """The ids in the files that the lake's manifest names: what its readers see."""
    lake = Lake(data / "lake")
    with duckdb.connect() as reader:
        rows = reader.execute("SELECT id FROM read_parquet(?)", [lake.files(lake.manifest())]).fetchall()
    return [str(uuid.UUID(row[0])) for row in rows]


@pytest.mark.journey
def test_nothing_acknowledged_is_lost(tmp_path):
    prepare(tmp_path)
    assert environment(tmp_path)["TALKA_DATA"] == str(tmp_path)
    chance, lock, batches = random.Random(5), threading.Lock(), {}
    for kill in range(KILLS):
        port = free_port()
        server = start(tmp_path, port, "tests.conformance.app:application")  # without the pages: it starts twenty times
        writers = [
            threading.Thread(target=write_until_it_dies, args=(port, batches, lock, random.Random(chance.random()))) for _ in range(WRITERS)
        ]
        try:
            for writer in writers:
                writer.start()
            # A busy machine needs longer for its first answers; the moment of the kill is random all the same.
            until, before = time.monotonic() + 20, sum(list(batches.values()))
            while sum(list(batches.values())) == before and time.monotonic() < until:
                time.sleep(0.02)
            time.sleep(chance.uniform(0.01, 0.5))
        finally:
            os.killpg(server.pid, signal.SIGKILL)  # the whole group of the server that this test started
            server.wait()
        for writer in writers:
            writer.join()
        if kill in {5, 12}:
            refresh_lake(tmp_path, wait=False)
    refresh_lake(tmp_path, wait=True)
    with sqlite3.connect(tmp_path / "talka.sqlite3") as store:
        stored = [str(uuid.UUID(bytes=row[0])) for row in store.execute("SELECT id FROM records_statement")]
        assert store.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        lost = store.execute(
            "SELECT count(*) FROM records_statement s WHERE NOT EXISTS (SELECT 1 FROM records_posting p WHERE p.sequence = s.sequence)"
        )
        without_statement = store.execute(
            "SELECT count(*) FROM records_posting WHERE sequence NOT IN (SELECT sequence FROM records_statement)"
        )
        assert (lost.fetchone(), without_statement.fetchone()) == ((0,), (0,))
    known = set(stored)
    assert len(known) == len(stored)
    assert any(batches.values())
    assert sorted(in_lake(tmp_path)) == sorted(stored)
    for ids, acknowledged in batches.items():
        there = known & set(ids)
        assert there in (set(), set(ids)), "a batch is there half"
        assert not acknowledged or there, "an acknowledged batch is lost"
