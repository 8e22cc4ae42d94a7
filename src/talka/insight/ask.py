"""Asking the lake: DuckDB over its Parquet files, prepared for one scope."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import duckdb
import pyarrow as pa

from talka.insight.lake import SCHEMA, Lake
from talka.insight.metrics import all_metrics

# What a person does around learning; everything else that they do counts. A sign-in is no learning.
NOT_LEARNING = (
    "http://adlnet.gov/expapi/verbs/registered",
    "http://adlnet.gov/expapi/verbs/voided",
    "http://adlnet.gov/expapi/verbs/launched",
    "https://w3id.org/xapi/adl/verbs/logged-in",
    "https://w3id.org/xapi/adl/verbs/logged-out",
    "http://id.tincanapi.com/verb/earned",
)
VOIDED = "http://adlnet.gov/expapi/verbs/voided"

PEOPLE = pa.schema(
    [
        ("actor", pa.string()),
        ("organisation", pa.int64()),
        ("organisation_name", pa.string()),
        ("cluster", pa.int64()),
        ("cluster_name", pa.string()),
        ("sample", pa.bool_()),
    ]
)
UNITS = pa.schema(
    [
        ("unit", pa.string()),
        ("course", pa.string()),
        ("kind", pa.string()),
        ("title", pa.string()),
        ("place", pa.int64()),
        ("topic", pa.string()),
        ("topic_title", pa.string()),
        ("lesson", pa.string()),
        ("module", pa.string()),
    ]
)
SECONDS = 4 * 3600  # the longest film whose seconds are told apart


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose use of what, when. Days are local to `zone`; `until` is the last day counted and the day that "now" means."""

    zone: str
    until: date
    since: date | None = None
    course: str | None = None
    source: int | None = None
    cluster: int | None = None
    organisation: int | None = None
    # True: only people of the sample network; False: none of them; None: all.
    sample: bool | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """An answer: names of columns and rows."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]

    def __iter__(self) -> Iterator[dict[str, Any]]:
        return (dict(zip(self.columns, row, strict=True)) for row in self.rows)

    def column(self, name: str) -> list[Any]:
        at = self.columns.index(name)
        return [row[at] for row in self.rows]


@contextmanager
def prepared(lake: Lake, scope: Scope) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection on which the relations of `insight.metrics` exist for this scope. Nothing is fetched from elsewhere."""
    manifest = lake.manifest()
    files = lake.files(manifest)
    config = {"threads": 2, "autoinstall_known_extensions": "false", "autoload_known_extensions": "false"}
    with duckdb.connect(config=config) as db:
        if files:
            db.read_parquet(files, hive_partitioning=False).create_view("raw")
        else:
            db.register("raw", SCHEMA.empty_table())
        for name, schema in (("people", PEOPLE), ("units", UNITS)):
            if name in manifest.dimensions:
                db.read_parquet(str(lake.folder / manifest.dimensions[name])).create_view(f"all_{name}")
            else:
                db.register(f"all_{name}", schema.empty_table())
        _relations(db, scope)
        yield db


def _relations(db: duckdb.DuckDBPyConnection, scope: Scope) -> None:
    whose, values = _people(scope)
    db.execute(f"CREATE TEMP TABLE people AS SELECT * FROM all_people WHERE {whose}", values)  # noqa: S608  # the condition is ours
    db.execute("CREATE TEMP TABLE units AS SELECT * FROM all_units WHERE course = ?", [scope.course])
    where, values = _statements(scope)
    # Both bounds a day wider than asked: days are local, the files are in UTC.
    db.execute(
        f"""
        CREATE TEMP TABLE activity_log AS
        WITH seen AS (
            SELECT *, timezone(?, timezone('UTC', make_timestamp(timestamp_us))) AS local_at
            FROM raw
            WHERE {where} AND id NOT IN (SELECT REPLACE(activity, '-', '') FROM raw WHERE verb = ? AND object_kind = 'StatementRef' AND activity IS NOT NULL)
        )
        SELECT
            s.sequence, s.actor, s.verb, s.activity, s.parent, COALESCE(s.grouping, s.activity) AS grouping_id, COALESCE(u.topic, s.activity) AS unit, s.registration, s.success,
            s.completion, s.score, s.response, s.position_from, s.position_to, s.timestamp_us / 1e6 AS at_s, CAST(s.local_at AS DATE) AS day,
            ISODOW(s.local_at) AS weekday, HOUR(s.local_at) AS hour, NOT list_contains(?, s.verb) AS learning
        FROM seen AS s
        LEFT JOIN units AS u ON u.unit = s.activity
        WHERE CAST(s.local_at AS DATE) <= ? AND (? IS NULL OR CAST(s.local_at AS DATE) >= ?)
        """,  # noqa: S608  # the conditions are ours, every value is a parameter
        [scope.zone, *values, VOIDED, list(NOT_LEARNING), scope.until, scope.since, scope.since],
    )
    db.execute("CREATE TEMP TABLE as_of AS SELECT CAST(? AS DATE) AS day", [scope.until])
    # Every day of the last two months, before that every seventh: what a picture can show, at a quarter of the cost.
    db.execute(
        "CREATE TEMP TABLE days AS SELECT CAST(d AS DATE) AS day FROM "
        "(SELECT UNNEST(generate_series(COALESCE((SELECT MIN(day) FROM activity_log WHERE learning), ?), ?, INTERVAL 1 DAY)) AS d) "
        "WHERE date_diff('day', d, ?::TIMESTAMP) <= 60 OR date_diff('day', d, ?::TIMESTAMP) % 7 = 1",
        [scope.until, scope.until, scope.until, scope.until],
    )
    db.execute(
        "CREATE TEMP TABLE seconds AS SELECT CAST(range AS INTEGER) AS second FROM "
        "range(CAST(LEAST(?, (SELECT COALESCE(MAX(GREATEST(COALESCE(position_from, 0), COALESCE(position_to, 0))), 0) + 2 FROM activity_log)) AS BIGINT))",
        [SECONDS],
    )


def _people(scope: Scope) -> tuple[str, list[Any]]:
    terms, values = ["TRUE"], []
    for column, value in (("cluster", scope.cluster), ("organisation", scope.organisation), ("sample", scope.sample)):
        if value is not None:
            terms.append(f"{column} = ?")
            values.append(value)
    return " AND ".join(terms), values


def _statements(scope: Scope) -> tuple[str, list[Any]]:
    terms, values = ["timestamp_us < ?"], [_us(scope.until + timedelta(days=2))]
    if scope.since:
        terms.append("timestamp_us >= ?")
        values.append(_us(scope.since - timedelta(days=1)))
    if scope.course:
        terms.append("(grouping = ? OR activity = ?)")
        values += [scope.course, scope.course]
    if scope.source is not None:
        terms.append("source = ?")
        values.append(scope.source)
    if scope.cluster is not None or scope.organisation is not None or scope.sample is True:
        terms.append("actor IN (SELECT actor FROM people)")
    elif scope.sample is False:
        terms.append("actor NOT IN (SELECT actor FROM all_people WHERE sample)")
    return " AND ".join(terms), values


def _us(day: date) -> int:
    return (day - date(1970, 1, 1)).days * 86_400_000_000


def answers(lake: Lake, scope: Scope, *keys: str) -> Mapping[str, Table]:
    """The answers of these metrics in this scope, in one go over the statements."""
    metrics = all_metrics()
    with prepared(lake, scope) as db:
        return {key: _table(db.execute(metrics[key].sql)) for key in keys}


def _table(result: duckdb.DuckDBPyConnection) -> Table:
    return Table(tuple(d[0] for d in result.description or ()), tuple(result.fetchall()))
