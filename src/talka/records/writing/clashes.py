"""Statements whose id is stored already: the same is left as it is, another is refused."""

from collections.abc import Sequence

import orjson
from django.db import IntegrityError, transaction

from talka.records import driver, open_writes, packing
from talka.records.rules import statements as rules
from talka.records.rules.statements import Statement
from talka.records.writing.batches import Batch, Conflict, Origin, Outcome
from talka.records.writing.rows import insert


def sift(origin: Origin, statements: Sequence[Statement]) -> tuple[list[Statement], Outcome]:
    """(those that are new, what became of the others)."""
    with driver.errors():
        rows = driver.ask_each(
            "SELECT s.id, s.dictionary, s.json, COALESCE(o.cluster_id, 0) FROM records_statement s "
            "JOIN records_source o ON o.id = s.source_id WHERE s.id IN (*)",
            [s.id for s in statements],
        )
    known = {bytes(row[0]): (packing.unpack(row[1], row[2]), row[3]) for row in rows}
    fresh: dict[bytes, Statement] = {}
    outcome = Outcome()
    for statement in statements:
        stored, border = known.get(statement.id, (b"", 0))
        if not stored and statement.id in fresh:
            stored, border = fresh[statement.id].json, origin.border
        if not stored:
            fresh[statement.id] = statement
            continue
        # Of another cluster's statement nothing is told, not even whether it says the same.
        if border == origin.border and rules.is_same(orjson.loads(stored), orjson.loads(statement.json)):
            outcome.known += 1
        else:
            outcome.conflicts.append(rules.values.write_uuid(statement.id))
    outcome.new = len(fresh)
    return list(fresh.values()), outcome


def _insert(batches: Sequence[Batch]) -> None:
    if driver.is_sqlite():
        open_writes.begin()
    with driver.errors():
        insert(batches, later=transaction.on_commit)


def write_what_fits(origin: Origin, statements: Sequence[Statement]) -> Outcome:
    """Stores those that are new, leaves those that are known, and names those that clash: for imports."""
    with transaction.atomic():
        fresh, outcome = sift(origin, statements)
        if fresh:
            _insert([Batch(origin, fresh).pack()])
    return outcome


def write(batches: Sequence[Batch]) -> None:
    """Stores the batches; each is stored whole or its `error` says why not (Conflict). Joins the caller's transaction if there is one."""
    if not batches:
        return
    try:
        with transaction.atomic():
            _insert(batches)
    except IntegrityError:
        for batch in batches:
            _write_alone(batch)


def _write_alone(batch: Batch, tries: int = 5) -> None:
    for left in reversed(range(tries)):
        try:
            with transaction.atomic():
                fresh, outcome = sift(batch.origin, batch.statements)
                if outcome.conflicts:
                    batch.error = Conflict(outcome.conflicts[0])
                elif fresh:
                    _insert([Batch(batch.origin, fresh).pack()])
        except IntegrityError:  # another node stored one of them in this moment: look again
            if not left:
                raise
        else:
            return
