"""The one place where statements are written: many at once, in one transaction, found by UNIQUE where they clash.

`write` runs on the caller's connection inside a transaction. The door of `/xapi/` doesn't call it itself: `commit` hands its
statements to one thread per process that takes all that wait, commits them together and then answers each.
"""

import logging
import queue
import sys
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson
from django.db import IntegrityError, OperationalError, close_old_connections, connection, transaction

from talka.records import open_writes, packing, terms
from talka.records.models import AgentName, Definition, Ledger, Source, Term
from talka.records.models import Statement as StatementRow
from talka.records.rules import statements as rules
from talka.records.rules.statements import REFERENCE, Json, Part, Statement

log = logging.getLogger(__name__)

AGENT, VERB, ACTIVITY, REGISTRATION, TEXT, SOURCE, BORDER = (int(k) for k in Term.Kind)
COLUMNS = (
    "sequence, id, stored, timestamp, source_id, actor, verb, object, object_kind, parent, grouping, registration, language, platform, "
    "success, completion, score, duration, response, position_from, position_to, refers, voided, dictionary, json"
)


class Conflict(Exception):
    """A statement of this id is stored already and says something else."""


@dataclass(frozen=True, slots=True)
class Origin:
    """The source of statements as the writer needs it: its key and its border (a cluster's key, 0 for the network)."""

    source: int
    border: int


@dataclass(slots=True)
class Batch:
    """Statements that are stored together or not at all, with what became of them."""

    origin: Origin
    statements: Sequence[Statement]
    packed: list[tuple[int, bytes]] = field(default_factory=list)
    error: Exception | None = None

    def pack(self) -> "Batch":
        """Compresses now, in the caller's thread, so that the writer needn't."""
        self.packed = [packing.pack(s.json) for s in self.statements]
        return self


# ---- numbers -------------------------------------------------------------------------------------------------------------------


def _allocate(count: int) -> tuple[int, int]:
    """(first sequence, stored in microseconds): both only ever grow, and together."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT first, stored FROM records_allocate(%s)", [count])
            first, stored = cursor.fetchone()
            return first, stored
        open_writes.begin()
        cursor.execute("SELECT last_sequence, last_stored FROM records_ledger WHERE id = 1")
        row = cursor.fetchone()
        if row is None:
            Ledger.objects.create(pk=1)
            row = (0, 0)
        stored = max(time.time_ns() // 1000, row[1] + 1)
        cursor.execute("UPDATE records_ledger SET last_sequence = %s, last_stored = %s WHERE id = 1", [row[0] + count, stored])
        return row[0] + 1, stored


_epoch = 0


def _notice_erased_names() -> None:
    """Forgets the known names if another process erased some since."""
    global _epoch  # noqa: PLW0603  # one number per process
    with connection.cursor() as cursor:
        cursor.execute("SELECT epoch FROM records_ledger WHERE id = 1")
        row = cursor.fetchone()
    if row and row[0] != _epoch:
        terms.forget()
        _epoch = row[0]


# ---- definitions and names of agents -------------------------------------------------------------------------------------------

_definitions: dict[tuple[int, str], Json] = {}
_agent_names: set[tuple[int, str, str]] = set()
_MOST = 200_000


def forget() -> None:
    _definitions.clear()
    _agent_names.clear()


terms.on_forget(forget)


def _note_definitions(border: int, parts: Iterable[Part], numbers: dict[terms.Name, int]) -> None:
    """Merges definitions that are new or changed; a definition seen last time costs one look."""
    fresh: dict[str, list[Json]] = {}
    for part in parts:
        for iri, definition in part.definitions:
            if _definitions.get((border, iri)) is not definition:
                fresh.setdefault(iri, []).append(definition)
    if not fresh:
        return
    keys = numbers | terms.number((ACTIVITY, iri) for iri in fresh if (ACTIVITY, iri) not in numbers)
    ids = {keys[ACTIVITY, iri]: iri for iri in fresh}
    known: dict[int, Definition] = {}
    for start in range(0, len(ids), 500):
        some = list(ids)[start : start + 500]
        known |= {d.activity: d for d in Definition.objects.filter(border=border, activity__in=some)}
    for number, iri in ids.items():
        row = known.get(number)
        merged = row.definition if row else None
        for definition in fresh[iri]:
            merged = rules.merge_definition(merged, definition)
        if row is None:
            Definition.objects.bulk_create([Definition(border=border, activity=number, definition=merged)], ignore_conflicts=True)
        elif merged != row.definition:
            row.definition = merged
            row.save(update_fields=["definition"])
    last = {(border, iri): definitions[-1] for iri, definitions in fresh.items()}
    transaction.on_commit(lambda: _keep_definitions(last))


def _keep_definitions(last: dict[tuple[int, str], Json]) -> None:
    if len(_definitions) > _MOST:
        _definitions.clear()
    _definitions.update(last)


def _note_names(border: int, parts: Iterable[Part], numbers: dict[terms.Name, int]) -> None:
    fresh = {
        (border, key, name) for part in parts for key, name, _direct in part.agents if name and (border, key, name) not in _agent_names
    }
    if not fresh:
        return
    keys = numbers | terms.number((AGENT, key) for _border, key, _name in fresh if (AGENT, key) not in numbers)
    AgentName.objects.bulk_create(
        [AgentName(border=b, agent=keys[AGENT, key], digest=terms.digest(AGENT, name), name=name) for b, key, name in sorted(fresh)],
        ignore_conflicts=True,
    )
    transaction.on_commit(lambda: _keep_names(fresh))


def _keep_names(fresh: set[tuple[int, str, str]]) -> None:
    if len(_agent_names) > _MOST:
        _agent_names.clear()
    _agent_names.update(fresh)


# ---- rows ----------------------------------------------------------------------------------------------------------------------


def _names(statement: Statement) -> list[terms.Name]:
    """The names in a statement whose numbers aren't known with its parts."""
    wanted: list[terms.Name] = []
    for part in statement.parts:
        if part.postings is None:
            wanted += _part_names(part, part is statement.verb)
    if statement.registration is not None:
        wanted.append((REGISTRATION, statement.registration.hex()))
    if statement.language is not None:
        wanted.append((TEXT, statement.language))
    if statement.platform is not None:
        wanted.append((TEXT, statement.platform))
    return wanted


def _part_names(part: Part, is_verb: bool) -> list[terms.Name]:
    if is_verb:
        return [(VERB, part.main)]
    return [(AGENT, key) for key, _name, _direct in part.agents] + [(ACTIVITY, iri) for iri, _direct in part.activities]


def _number_part(part: Part, is_verb: bool, numbers: dict[terms.Name, int]) -> tuple[tuple[int, ...], tuple[int, int, int]]:
    """(postings of a part, numbers of its main name, first parent and first grouping)."""
    if is_verb:
        number = numbers[VERB, part.main]
        return (number << 1,), (number, 0, 0)
    found = {numbers[AGENT, key] << 1 | (not direct) for key, _name, direct in part.agents}
    found |= {numbers[ACTIVITY, iri] << 1 | (not direct) for iri, direct in part.activities}
    main = numbers[AGENT, part.main] if part.kind in {rules.AGENT, rules.GROUP} else numbers.get((ACTIVITY, part.main), 0)
    return tuple(found), (main, numbers.get((ACTIVITY, part.parent), 0), numbers.get((ACTIVITY, part.grouping), 0))


def _keep_parts(done: "list[Numbered]") -> None:
    for part, postings, numbers in done:
        part.numbers, part.postings = numbers, postings


Numbered = tuple[Part, tuple[int, ...], tuple[int, int, int]]


def _row_of(statement: Statement, numbers: dict[terms.Name, int], fresh: dict[int, Numbered]) -> tuple[tuple[Any, ...], set[int]]:
    """(the columns from actor to voided, the terms that find the statement)."""
    found: set[int] = set()
    parent = grouping = 0
    mains = []
    verb = statement.verb
    for part in statement.parts:
        if part.postings is not None:
            found.update(part.postings)
            own = part.numbers
        else:
            known = fresh.get(id(part))
            if known is None:
                known = fresh[id(part)] = (part, *_number_part(part, part is verb, numbers))
            found.update(known[1])
            own = known[2]
        mains.append(own[0])
        parent, grouping = parent or own[1], grouping or own[2]
    registration = numbers[REGISTRATION, statement.registration.hex()] if statement.registration is not None else None
    if registration:
        found.add(registration << 1)
    return (
        mains[0],
        mains[1],
        mains[2] or None,
        statement.object.kind,
        parent or None,
        grouping or None,
        registration,
        numbers[TEXT, statement.language] if statement.language is not None else None,
        numbers[TEXT, statement.platform] if statement.platform is not None else None,
        statement.success,
        statement.completion,
        statement.score,
        statement.duration,
        statement.response.replace("\x00", "\ufffd") if statement.response else statement.response,
        statement.position_from,
        statement.position_to,
        statement.object.target,
        False,
    ), found


def _insert(batches: Sequence[Batch]) -> None:
    """Writes all statements of all batches with a handful of statements to the database."""
    total = sum(len(b.statements) for b in batches)
    sequence, stored = _allocate(total)
    _notice_erased_names()
    wanted: list[terms.Name] = []
    for batch in batches:
        wanted += [(SOURCE, str(batch.origin.source)), (BORDER, str(batch.origin.border))]
        for statement in batch.statements:
            wanted += _names(statement)
    numbers = terms.number(wanted)
    rows: list[tuple[Any, ...]] = []
    postings: list[tuple[int, int]] = []
    fresh: dict[int, Numbered] = {}
    references: list[tuple[Batch, Statement, int]] = []
    for batch in batches:
        origin = batch.origin
        where = [numbers[SOURCE, str(origin.source)] << 1]
        if origin.border:
            where.append(numbers[BORDER, str(origin.border)] << 1)
        for statement, packed in zip(batch.statements, batch.packed or batch.pack().packed, strict=True):
            row, found = _row_of(statement, numbers, fresh)
            rows.append((sequence, statement.id, stored, statement.timestamp, origin.source, *row, *packed))
            found.update(where)
            postings += [(term, sequence) for term in found]
            if statement.object.kind == REFERENCE:
                references.append((batch, statement, sequence))
            sequence += 1
    _insert_rows(rows, postings)
    for batch in batches:
        parts = {id(p): p for s in batch.statements for p in s.parts if p.definitions or p.agents}.values()
        _note_definitions(batch.origin.border, parts, numbers)
        _note_names(batch.origin.border, parts, numbers)
    _follow_references(batches, references)
    done = list(fresh.values())
    transaction.on_commit(lambda: _keep_parts(done))


def _insert_rows(rows: list[tuple[Any, ...]], postings: list[tuple[int, int]]) -> None:
    postings.sort()  # neighbours in the index are written together
    if connection.vendor == "postgresql":
        with connection.wrap_database_errors, connection.cursor() as cursor:  # Django wraps no COPY by itself
            with cursor.copy(f"COPY records_statement ({COLUMNS}) FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)
            with cursor.copy("COPY records_posting (term, sequence) FROM STDIN") as copy:
                for posting in postings:
                    copy.write_row(posting)
        return
    _insert_many("records_statement", COLUMNS, rows)
    _insert_many("records_posting", "term, sequence", postings)


_SIZES = (128, 32, 8, 1)


def _insert_many(table: str, columns: str, rows: Sequence[tuple[Any, ...]]) -> None:
    """SQLite: many rows in one step. Each step lets other threads run Python, and taking back the turn costs more than a row."""
    width, start = columns.count(",") + 1, 0
    connection.ensure_connection()
    with connection.wrap_database_errors:
        while start < len(rows):
            size = next(n for n in _SIZES if n <= len(rows) - start)
            values = ",".join([f"({','.join('?' * width)})"] * size)
            flat = [value for row in rows[start : start + size] for value in row]
            connection.connection.execute(f"INSERT INTO {table} ({columns}) VALUES {values}", flat)  # noqa: S608  # our own names
            start += size


# ---- references and voiding ----------------------------------------------------------------------------------------------------


def _row(where: str, value: bytes) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT s.sequence, s.id, s.refers, s.dictionary, s.json, s.verb, COALESCE(o.cluster_id, 0) FROM records_statement s "  # noqa: S608  # `where` is ours
            f"JOIN records_source o ON o.id = s.source_id WHERE s.{where} = %s",
            [value],
        )
        return cursor.fetchall()


def _terms_of(row: tuple[Any, ...], seen: set[bytes]) -> set[int]:
    """Terms that find this statement, with those of the statements it refers to in turn."""
    statement = rules.read_stored(packing.unpack(row[3], row[4]))
    numbers = terms.find([n for part in statement.parts for n in _part_names(part, part is statement.verb)])
    found: set[int] = set()
    for part in statement.parts:
        found.update(_number_part(part, part is statement.verb, numbers)[0])
    if statement.registration is not None:
        found.update(n << 1 for n in terms.find([(REGISTRATION, statement.registration.hex())]).values())
    if row[2] is not None and bytes(row[2]) not in seen:
        seen.add(bytes(row[2]))
        for target in _row("id", bytes(row[2])):
            if _may_follow(row[6], target[6]):
                found |= _terms_of(target, seen)
    return found


def postings_of(row: StatementRow) -> set[int]:
    """The terms under which a stored statement is found: its own, its source's and border's, and those of what it refers to."""
    border = Source.objects.values_list("cluster_id", flat=True).get(pk=row.source_id) or 0
    numbers = terms.find([(SOURCE, str(row.source_id)), (BORDER, str(border))])
    found = _terms_of((row.sequence, row.id, row.refers, row.dictionary, row.json, row.verb, border), {bytes(row.id)})
    return found | {n << 1 for n in numbers.values()}


def _may_follow(border: int, target: int) -> bool:
    """A statement speaks about another only inside its own border; the network's own speak about all."""
    return border in {target, 0}


def _inherit(sequence: int, found: set[int]) -> None:
    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO records_posting (term, sequence) VALUES (%s, %s) ON CONFLICT DO NOTHING",
            [(term, sequence) for term in sorted(found)],
        )


def _void(target: tuple[Any, ...]) -> None:
    """Voids a stored statement; a voiding statement itself cannot be voided (Data 2.3.2)."""
    if target[5] not in terms.find([(VERB, rules.VOIDED)]).values():
        with connection.cursor() as cursor:
            cursor.execute("UPDATE records_statement SET voided = %s WHERE sequence = %s", [True, target[0]])


def _follow_references(batches: Sequence[Batch], references: list[tuple[Batch, Statement, int]]) -> None:
    """What refers to a statement is found by what finds that statement, whichever of the two came first."""
    for batch, statement, sequence in references:
        for target in _row("id", statement.object.target or b""):
            if _may_follow(batch.origin.border, target[6]):
                _inherit(sequence, _terms_of(target, {statement.id}))
                if statement.voids:
                    _void(target)
    ids = [s.id for b in batches for s in b.statements]
    with connection.cursor() as cursor:
        waiting: list[bytes] = []
        for start in range(0, len(ids), 500):
            some = ids[start : start + 500]
            cursor.execute(f"SELECT refers FROM records_statement WHERE refers IN ({', '.join(['%s'] * len(some))})", some)  # noqa: S608
            waiting += [bytes(row[0]) for row in cursor.fetchall()]
    for key in set(waiting):
        for target in _row("id", key):
            _tell_referrers(target, _terms_of(target, {key}), {key})


def _tell_referrers(target: tuple[Any, ...], found: set[int], seen: set[bytes]) -> None:
    voided = terms.find([(VERB, rules.VOIDED)]).values()
    for row in _row("refers", bytes(target[1])):
        if bytes(row[1]) in seen or not _may_follow(row[6], target[6]):
            continue
        _inherit(row[0], found)
        if row[5] in voided:
            _void(target)
        _tell_referrers(row, found, seen | {bytes(row[1])})


# ---- clashes -------------------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Outcome:
    """What `write_what_fits` did: statements new and known, and the ids of those that clash."""

    new: int = 0
    known: int = 0
    conflicts: list[str] = field(default_factory=list)


def sift(origin: Origin, statements: Sequence[Statement]) -> tuple[list[Statement], Outcome]:
    """(those that are new, what became of the others)."""
    ids = [s.id for s in statements]
    known: dict[bytes, tuple[bytes, int]] = {}
    with connection.cursor() as cursor:
        for start in range(0, len(ids), 500):
            some = ids[start : start + 500]
            cursor.execute(
                "SELECT s.id, s.dictionary, s.json, COALESCE(o.cluster_id, 0) FROM records_statement s "  # noqa: S608
                f"JOIN records_source o ON o.id = s.source_id WHERE s.id IN ({', '.join(['%s'] * len(some))})",
                some,
            )
            known |= {bytes(row[0]): (packing.unpack(row[1], row[2]), row[3]) for row in cursor.fetchall()}
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


# ---- one writer per process ----------------------------------------------------------------------------------------------------

MOST_AT_ONCE = 2_000  # statements in one transaction


class Busy(Exception):
    """The database did not take the statements in time. Nothing was stored; try again."""


@dataclass(slots=True)
class _Job:
    batch: Batch | None
    call: Callable[[], Any] | None
    done: threading.Lock
    answer: Any = None
    error: BaseException | None = None


_waiting: queue.SimpleQueue[_Job] = queue.SimpleQueue()
_starting = threading.Lock()
_thread: threading.Thread | None = None
_inline = False


def write_inline(*, inline: bool) -> None:
    """Whether `commit` and `run` work in the caller's thread and transaction: what a test wants that undoes its writes."""
    global _inline  # noqa: PLW0603
    _inline = inline


def commit(batch: Batch) -> None:
    """Stores the batch and returns once it is on the disk. Raises Conflict, Busy."""
    if _inline:
        write([batch])
    else:
        _hand_over(_Job(batch, None, threading.Lock()))
    if batch.error is not None:
        raise batch.error


def run(call: Callable[[], Any]) -> Any:
    """`call()` inside the writer's next transaction: every write through the door waits in one line. Answers once it is on the disk."""
    if _inline:
        with transaction.atomic():
            return call()
    return _hand_over(_Job(None, call, threading.Lock()))


def _hand_over(job: _Job) -> Any:
    global _thread  # noqa: PLW0603
    if _thread is None or not _thread.is_alive():
        with _starting:
            if _thread is None or not _thread.is_alive():
                _thread = threading.Thread(target=_work, name="records-writer", daemon=True)
                _thread.start()
    job.done.acquire()
    _waiting.put(job)
    job.done.acquire()  # the writer releases it
    if job.error is not None:
        raise job.error
    return job.answer


def _take() -> list[_Job]:
    """All jobs that wait now, at least one."""
    jobs = [_waiting.get()]
    size = len(jobs[0].batch.statements) if jobs[0].batch else 1
    while size < MOST_AT_ONCE:
        try:
            job = _waiting.get_nowait()
        except queue.Empty:
            break
        jobs.append(job)
        size += len(job.batch.statements) if job.batch else 1
    return jobs


def _prepare_thread() -> None:
    """The writer's own connection leaves tidying SQLite's log to a thread beside it, so that no answer waits for it."""
    # The writer gives up its turn at every step into the database; with the usual 5 ms it would get it back far too late.
    sys.setswitchinterval(min(sys.getswitchinterval(), 0.0005))
    if connection.vendor == "sqlite":
        try:
            with connection.cursor() as cursor:
                cursor.execute("PRAGMA wal_autocheckpoint = 65536")
        except OperationalError:
            log.warning("the writer starts without its own settings: the database did not answer")
        threading.Thread(target=_tidy_log, name="records-log", daemon=True).start()


_written = threading.Event()


def _tidy_log() -> None:
    """Moves what the log holds into the database, about once a second while there is something."""
    while True:
        _written.wait()
        _written.clear()
        time.sleep(1)
        try:
            with connection.cursor() as cursor:
                cursor.execute("PRAGMA wal_checkpoint(PASSIVE)")
        except OperationalError:
            log.warning("the database's log could not be tidied this time")


def _work() -> None:
    _prepare_thread()
    while True:
        jobs = _take()
        try:
            _settle(jobs)
        except BaseException as e:  # whoever waits must hear of it, and the writer must live on
            if not isinstance(e, OperationalError):
                log.exception("storing statements failed")
            for job in jobs:
                job.error = Busy(str(e)) if isinstance(e, OperationalError) else e
            close_old_connections()
            if not connection.is_usable():
                connection.close()
        for job in jobs:
            job.done.release()
        _written.set()


def _settle(jobs: list[_Job]) -> None:
    calls = [job for job in jobs if job.call]
    batches = [job.batch for job in jobs if job.batch]
    if not calls:
        write(batches)
        return
    with transaction.atomic():
        write(batches)
        for job in calls:
            try:
                with transaction.atomic():
                    job.answer = job.call()  # type: ignore[misc]
            except OperationalError:
                raise
            except Exception as e:  # noqa: BLE001  # it is the caller's to hear
                job.error = e
