"""Statements by what they say. A posting (term, sequence) finds them; the sequence is the order in which they were stored."""

import time
from dataclasses import dataclass
from typing import Any

import orjson
from django.db import connection

from talka.records import open_writes, packing, terms
from talka.records.models import Source
from talka.records.queries.lake import open_since
from talka.records.rules import values
from talka.records.writing import ACTIVITY, AGENT, BORDER, REGISTRATION, SOURCE, VERB


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads: a source, its border (a cluster's key, 0 for the network), whether only its own, and what a token binds it to."""

    source: int
    border: int
    only_mine: bool = False
    agent: str = ""
    registration: str = ""


@dataclass(frozen=True, slots=True)
class Filter:
    """What is asked. `agent` is a key of `rules.agent_key`; times are microseconds; `after` is the last sequence of the page before."""

    agent: str = ""
    verb: str = ""
    activity: str = ""
    registration: str = ""
    related_agents: bool = False
    related_activities: bool = False
    since: int | None = None
    until: int | None = None
    limit: int = 100
    ascending: bool = False
    after: int | None = None


@dataclass(frozen=True, slots=True)
class Row:
    sequence: int
    stored: int
    timestamp: int | None
    source: int
    dictionary: int
    json: bytes
    voided: bool


@dataclass(frozen=True, slots=True)
class Page:
    """Statements in the order asked for, and whether there are more."""

    rows: list[Row]
    more: bool


_FIELDS = "s.sequence, s.stored, s.timestamp, s.source_id, s.dictionary, s.json, s.voided"
_authorities: dict[int, tuple[bytes, str]] = {}
terms.on_forget(_authorities.clear)


def _authority(source: int) -> bytes:
    known = _authorities.get(source)
    if known is None:
        given = Source.objects.values_list("authority", flat=True).get(pk=source)
        known = _authorities[source] = (orjson.dumps(given), "")
    return known[0]


def render(row: Row) -> bytes:
    """The statement's exact JSON with what the store adds: stored, authority, and the timestamp where none was given."""
    stored = values.iso(row.stored).encode()
    timestamp = b'"timestamp":"%s",' % stored if row.timestamp is None else b""
    return b'%s,%s"stored":"%s","authority":%s}' % (
        packing.unpack(row.dictionary, row.json)[:-1],
        timestamp,
        stored,
        _authority(row.source),
    )


def _alternatives(asked: Filter, reader: Reader) -> list[list[int]] | None:
    """One list of terms per condition, any of which fulfils it, the most telling first. None if something asked for was never seen."""
    names: list[terms.Name] = []
    if asked.registration:
        names.append((REGISTRATION, asked.registration.replace("-", "").lower()))
    if reader.registration:
        names.append((REGISTRATION, reader.registration.replace("-", "").lower()))
    agents = [key for key in (asked.agent, reader.agent) if key]
    names += [(AGENT, key) for key in agents]
    if asked.activity:
        names.append((ACTIVITY, asked.activity))
    if asked.verb:
        names.append((VERB, asked.verb))
    if reader.only_mine:
        names.append((SOURCE, str(reader.source)))
    elif reader.border:
        names.append((BORDER, str(reader.border)))
    found = terms.find(names)
    authorities = _sources_of(asked.agent) if asked.related_agents and asked.agent else []
    conditions: list[list[int]] = []
    for name in names:
        number = found.get(name)
        related = (asked.related_agents and name == (AGENT, asked.agent)) or (asked.related_activities and name[0] == ACTIVITY)
        some = [] if number is None else [number << 1, number << 1 | 1] if related else [number << 1]
        if related and name[0] == AGENT:
            some += authorities
        if not some:
            return None
        conditions.append(some)
    return conditions


def _sources_of(agent: str) -> list[int]:
    """Terms of the sources whose authority is this agent: related_agents looks at the authority too."""
    from talka.records.rules import agent_key

    keys = [pk for pk, authority in Source.objects.values_list("pk", "authority") if agent_key(authority) == agent]
    return [n << 1 for n in terms.find([(SOURCE, str(pk)) for pk in keys]).values()]


def _bounds(asked: Filter) -> tuple[int, int] | None:
    """The lowest and highest sequence that may be answered: `stored` grows with the sequence, so instants become numbers."""
    low, high = 0, 2**62
    with connection.cursor() as cursor:
        if asked.since is not None:
            cursor.execute(
                "SELECT sequence FROM records_statement WHERE stored > %s ORDER BY stored, sequence LIMIT 1", [_clipped(asked.since)]
            )
            row = cursor.fetchone()
            if row is None:
                return None
            low = row[0]
        if asked.until is not None:
            cursor.execute(
                "SELECT sequence FROM records_statement WHERE stored <= %s ORDER BY stored DESC, sequence DESC LIMIT 1",
                [_clipped(asked.until)],
            )
            row = cursor.fetchone()
            if row is None:
                return None
            high = row[0]
    if asked.after is not None:
        low, high = (max(low, asked.after + 1), high) if asked.ascending else (low, min(high, asked.after - 1))
    return low, high


def _clipped(us: int) -> int:
    return max(-(2**62), min(us, 2**62))


def plan(asked: Filter, conditions: list[list[int]], low: int, high: int) -> tuple[str, list[Any]]:
    """The SQL of one page and its parameters; tests look at its plan on both databases."""
    order = "ASC" if asked.ascending else "DESC"
    most = asked.limit + 1
    if not conditions:
        where = "WHERE s.sequence BETWEEN %s AND %s AND NOT s.voided"
        return f"SELECT {_FIELDS} FROM records_statement s {where} ORDER BY s.sequence {order} LIMIT {most}", [low, high]  # noqa: S608  # no value in it
    first, rest = conditions[0], conditions[1:]
    more = "".join(
        f" AND EXISTS (SELECT 1 FROM records_posting q WHERE q.term IN ({', '.join(['%s'] * len(some))}) AND q.sequence = p.sequence)"  # noqa: S608
        for some in rest
    )
    further = [term for some in rest for term in some]
    tail = f"WHERE p.term = %s AND p.sequence BETWEEN %s AND %s AND NOT s.voided{more} ORDER BY p.sequence {order} LIMIT {most}"
    body = f"FROM records_posting p JOIN records_statement s ON s.sequence = p.sequence {tail}"
    if len(first) == 1:
        return f"SELECT {_FIELDS} {body}", [first[0], low, high, *further]
    # Each term has its own order; the newest of each are merged, so that no term is read to its end.
    arms = " UNION ".join(f"SELECT * FROM (SELECT p.sequence {body}) a{n}" for n in range(len(first)))  # noqa: S608
    merged = f"(SELECT * FROM ({arms}) m ORDER BY 1 {order} LIMIT {most}) f"  # noqa: S608
    sql = f"SELECT {_FIELDS} FROM {merged} JOIN records_statement s ON s.sequence = f.sequence ORDER BY f.sequence {order}"  # noqa: S608
    return sql, [v for term in first for v in (term, low, high, *further)]


def search(asked: Filter, *, reader: Reader) -> Page:
    """One page of the statements that `reader` may read and that fulfil `asked`; voided ones are left out."""
    conditions = _alternatives(asked, reader)
    bounds = _bounds(asked) if conditions is not None else None
    if conditions is None or bounds is None or bounds[0] > bounds[1]:
        return Page([], more=False)
    sql, parameters = plan(asked, conditions, *bounds)
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        rows = [Row(*row) for row in cursor.fetchall()]
    return Page(rows[: asked.limit], more=len(rows) > asked.limit)


def by_id(key: bytes, *, voided: bool, reader: Reader) -> Row | None:
    """The statement of this id if `reader` may read it. Asked for as voided, only a voided one is answered, and the other way round."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {_FIELDS}, COALESCE(o.cluster_id, 0) FROM records_statement s JOIN records_source o ON o.id = s.source_id WHERE s.id = %s",  # noqa: S608
            [key],
        )
        row = cursor.fetchone()
        if row is None or bool(row[6]) != voided:
            return None
        if (reader.only_mine and row[3] != reader.source) or (reader.border and row[7] != reader.border):
            return None
        found = Row(*row[:7])
        if reader.agent or reader.registration:
            needed = _alternatives(Filter(), reader)
            for some in needed or [[]]:
                cursor.execute("SELECT 1 FROM records_posting WHERE term = %s AND sequence = %s", [some[0] if some else -1, found.sequence])
                if cursor.fetchone() is None:
                    return None
    return found


def newest_sequence() -> int:
    """The highest sequence that is stored, 0 in an empty store."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT sequence FROM records_statement ORDER BY sequence DESC LIMIT 1")
        row = cursor.fetchone()
    return row[0] if row else 0


BELIEVED = 0.05  # seconds; what was complete once stays complete, so an answer may be a little old
_through = (0.0, 0)


def consistent_through(*, fresh: bool = True) -> int:
    """Microseconds up to which every statement that will ever be stored with such a time can be read now.

    Bounded by the oldest transaction that still writes. Not `fresh`, it is asked anew twenty times a second at most.
    """
    global _through  # noqa: PLW0603  # one answer per process
    moment = time.monotonic()
    if fresh or moment > _through[0] + BELIEVED:
        _through = (moment, _complete_until())
    return _through[1]


def _complete_until() -> int:
    now = time.time_ns() // 1000
    if connection.vendor == "sqlite" and open_writes.nobody_writes():
        return now
    with connection.cursor() as cursor:
        first = None if connection.vendor == "sqlite" else open_since(cursor)
        if connection.vendor != "sqlite" and first is None:
            return now
        cursor.execute(
            "SELECT stored FROM records_statement WHERE sequence <= %s ORDER BY sequence DESC LIMIT 1", [2**62 if first is None else first]
        )
        row = cursor.fetchone()
    return row[0] if row else 0
