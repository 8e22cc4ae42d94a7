"""All statements of all batches into the tables, with a handful of steps."""

from collections.abc import Sequence
from typing import Any

import orjson

from talka.records import driver, terms
from talka.records.rules.statements import REFERENCE, Statement
from talka.records.writing.batches import BORDER, SOURCE, Batch, Later
from talka.records.writing.knowledge import note_definitions, note_names
from talka.records.writing.ledger import allocate
from talka.records.writing.numbering import Numbered, keep_parts, names_of, row_of
from talka.records.writing.references import follow_references

COLUMNS = (
    "sequence, id, stored, timestamp, source_id, actor, verb, object, object_kind, parent, grouping, registration, language, platform, "
    "success, completion, score, duration, response, position_from, position_to, refers, voided, dictionary, json"
)
FEW = 8  # PostgreSQL: so few rows are quicker as plain inserts than as COPY
# A posting on its way is one number: the term, and in the lower bits how many statements lie between its own and the first. One transaction
# never has sixteen million statements.
_BITS = 24
_LOWER = 2**_BITS - 1


def insert(batches: Sequence[Batch], *, later: Later) -> None:
    """Writes the batches inside the transaction that is open; `later` takes what follows its end. Raises the driver's errors."""
    sequence, stored, forgotten = allocate(sum(len(b.statements) for b in batches))
    if forgotten:  # the parts were read before: their numbers may be those of names that are gone
        for part in (p for b in batches for s in b.statements for p in s.parts):
            part.postings = None
    numbers = terms.number(_wanted(batches), later=later)
    rows: list[tuple[Any, ...]] = []
    postings: list[int] = []
    first = sequence
    fresh: dict[int, Numbered] = {}
    references: list[tuple[Batch, Statement, int]] = []
    for batch in batches:
        origin = batch.origin
        where = [numbers[SOURCE, str(origin.source)] << 1]
        if origin.border:
            where.append(numbers[BORDER, str(origin.border)] << 1)
        for statement, packed in zip(batch.statements, batch.packed or batch.pack().packed, strict=True):
            row, found = row_of(statement, numbers, fresh)
            rows.append((sequence, statement.id, stored, statement.timestamp, origin.source, *row, *packed))
            found.update(where)
            postings += [term << _BITS | sequence - first for term in found]
            if statement.object.kind == REFERENCE:
                references.append((batch, statement, sequence))
            sequence += 1
    _write(rows, postings, first)
    for batch in batches:
        parts = {id(p): p for s in batch.statements for p in s.parts if p.definitions or p.agents}.values()
        note_definitions(batch.origin.border, parts, later)
        note_names(batch.origin.border, parts, later)
    follow_references(batches, references)
    if fresh:
        done = list(fresh.values())
        later(lambda: keep_parts(done))


def _wanted(batches: Sequence[Batch]) -> list[terms.Name]:
    wanted: list[terms.Name] = []
    for batch in batches:
        wanted += [(SOURCE, str(batch.origin.source)), (BORDER, str(batch.origin.border))]
        for statement in batch.statements:
            wanted += names_of(statement)
    return wanted


# Any number of postings in one step: each step lets other threads run Python, and the writer waits for its turn again.
_POSTINGS = f"INSERT INTO records_posting (term, sequence) SELECT value >> {_BITS}, ? + (value & {_LOWER}) FROM json_each(?)"  # noqa: S608  # two numbers


def _write(rows: list[tuple[Any, ...]], postings: list[int], first: int) -> None:
    postings.sort()  # neighbours in the index are written together
    if driver.is_sqlite():
        driver.insert("records_statement", COLUMNS, rows)
        driver.do(_POSTINGS, [first, orjson.dumps(postings).decode()])
        return
    pairs = [(posting >> _BITS, first + (posting & _LOWER)) for posting in postings]
    if len(rows) < FEW:
        driver.insert("records_statement", COLUMNS, rows)
        driver.insert("records_posting", "term, sequence", pairs)
        return
    with driver.raw().cursor() as cursor:
        with cursor.copy(f"COPY records_statement ({COLUMNS}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
        with cursor.copy("COPY records_posting (term, sequence) FROM STDIN") as copy:
            for pair in pairs:
                copy.write_row(pair)
