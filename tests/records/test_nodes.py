"""Two web nodes on one PostgreSQL write at once over eight connections, often the same batches: each acknowledged statement is there once,
numbers and times grow together, and the lake holds the same.
"""

import http.client
import random
import subprocess
import sys
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager

import orjson
import psycopg
import pytest
from django.conf import settings

from tests.conformance.lrs import MAKE_KEY, ROOT, environment, free_port, start, stop
from tests.factories.records import statement
from tests.records.test_kill import HEADERS, REFRESH, in_lake

NODES, WRITERS, ROUNDS = 2, 4, 12
DATABASE = settings.DATABASES["default"]


@contextmanager
def database_of_its_own() -> Iterator[str]:
    """The address of an empty database on the server that the suite runs on."""
    server = {
        k: DATABASE[name] for k, name in (("host", "HOST"), ("port", "PORT"), ("user", "USER"), ("password", "PASSWORD")) if DATABASE[name]
    }
    name = f"test_nodes_{uuid.uuid4().hex[:8]}"
    with psycopg.connect(dbname="postgres", autocommit=True, **server) as maintenance:
        maintenance.execute(f"CREATE DATABASE {name}")
        try:
            sign_in = (
                f"{server.get('user', '')}:{server.get('password', '')}@{server.get('host', 'localhost')}:{server.get('port') or 5432}"
            )
            yield f"postgres://{sign_in}/{name}"
        finally:
            maintenance.execute(f"DROP DATABASE {name} WITH (FORCE)")


def write(port: int, mine: list[list[str]], shared: list[list[str]], acknowledged: list[str], wrong: list[str]) -> None:
    """One connection: batches of its own, and between them those that all send."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    for ids in (batch for pair in zip(mine, shared, strict=True) for batch in pair):
        body = orjson.dumps([statement(int(i[:4], 16) % 50, id=i) for i in ids])
        connection.request("POST", "/xapi/statements", body, HEADERS)
        answer = connection.getresponse()
        told = answer.read()
        if answer.status == 200:
            acknowledged += ids
        else:
            wrong.append(f"{answer.status} {told[:200]!r}")


def ids(chance: random.Random) -> list[list[str]]:
    return [[str(uuid.uuid4()) for _n in range(chance.choice([1, 1, 5, 40]))] for _round in range(ROUNDS)]


@pytest.mark.skipif("postgresql" not in DATABASE["ENGINE"], reason="several web nodes need PostgreSQL: set TALKA_DATABASE_URL")
def test_two_nodes_write_at_once(tmp_path):
    chance, acknowledged, wrong = random.Random(11), [], []
    shared = ids(chance)
    with database_of_its_own() as address:
        more = {"TALKA_DATABASE_URL": address}
        env = environment(tmp_path) | more
        for command in (["-m", "django", "migrate", "-v0"], ["-c", MAKE_KEY]):
            subprocess.run([sys.executable, *command], env=env, cwd=ROOT, check=True)
        ports = [free_port() for _node in range(NODES)]
        servers = [start(tmp_path, port, "tests.conformance.app:application", more) for port in ports]
        try:
            writers = [
                threading.Thread(target=write, args=(port, ids(chance), chance.sample(shared, ROUNDS), acknowledged, wrong))
                for port in ports
                for _writer in range(WRITERS)
            ]
            for writer in writers:
                writer.start()
            for writer in writers:
                writer.join()
        finally:
            for server in servers:
                stop(server)
        subprocess.run([sys.executable, "-c", REFRESH], env=env, cwd=ROOT, check=True)
        with psycopg.connect(address) as store:
            rows = store.execute("SELECT id, stored FROM records_statement ORDER BY sequence").fetchall()
            lost = store.execute(
                "SELECT count(*) FROM records_statement s WHERE NOT EXISTS (SELECT 1 FROM records_posting p WHERE p.sequence = s.sequence)"
            ).fetchone()
    stored = [str(uuid.UUID(bytes=bytes(row[0]))) for row in rows]
    assert wrong == []
    assert len(stored) == len(set(stored))
    assert set(stored) == set(acknowledged)
    assert len(acknowledged) > len(stored)  # some were sent by both
    assert [row[1] for row in rows] == sorted(row[1] for row in rows)
    assert lost == (0,)
    assert sorted(in_lake(tmp_path)) == sorted(stored)
