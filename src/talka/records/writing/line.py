"""One line for all who write through the door: whoever comes first commits all that wait, together, and answers come after the commit.

There is no thread for it: to hand work to another thread and back costs more time than the work. All who lead use one connection in turn.
"""

import logging
import os
import sys
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.db import IntegrityError, OperationalError, connection, connections, transaction

from talka.records import driver, open_writes
from talka.records.writing import clashes
from talka.records.writing.batches import Batch, Busy
from talka.records.writing.rows import insert

log = logging.getLogger(__name__)

MOST_AT_ONCE = 2_000  # statements in one transaction
LOG_PAGES = 8_192  # SQLite's log is started anew when it has grown to this and all of it is in the database (32 MB)


@dataclass(slots=True, eq=False)
class _Job:
    batch: Batch | None = None
    call: Callable[[], Any] | None = None
    answer: Any = None
    error: BaseException | None = None
    done: bool = False
    turn: Any = field(default_factory=threading.Lock)  # released when the job is done, or when it is its turn to lead

    @property
    def size(self) -> int:
        return len(self.batch.statements) if self.batch else 1


_guard = threading.Lock()
_waiting: deque[_Job] = deque()
_led = False
_inline = False
_shared: Any = None


def write_inline(*, inline: bool) -> None:
    """Whether `commit` and `run` work in the caller's transaction: what a test wants that undoes its writes."""
    global _inline  # noqa: PLW0603
    _inline = inline


def commit(batch: Batch) -> None:
    """Stores the batch and returns once it is on the disk. Raises Conflict, Busy."""
    if _inline:
        clashes.write([batch])
    else:
        if not batch.packed:
            batch.pack()
        _hand_over(_Job(batch=batch))
    if batch.error is not None:
        raise batch.error


def run(call: Callable[[], Any]) -> Any:
    """`call()` inside the line's next transaction: every write through the door waits in one line. Answers once it is on the disk."""
    if _inline:
        with transaction.atomic():
            return call()
    return _hand_over(_Job(call=call))


def _hand_over(job: _Job) -> Any:
    global _led
    with _guard:
        leads, _led = not _led, True
        if not leads:
            job.turn.acquire()
            _waiting.append(job)
    if not leads:
        job.turn.acquire()  # whoever leads releases it
    if not job.done:
        _lead(job)
    if job.error is not None:
        raise job.error
    return job.answer


def _lead(first: _Job) -> None:
    """Commits `first` and what waits beside it, then passes the lead on."""
    global _led  # noqa: PLW0603
    jobs, size = [first], first.size
    with _guard:
        while _waiting and size < MOST_AT_ONCE:
            jobs.append(_waiting.popleft())
            size += jobs[-1].size
    try:
        _settle(jobs)
    finally:
        with _guard:
            heir = _waiting.popleft() if _waiting else None
            _led = heir is not None
        if heir:
            heir.turn.release()
        for job in jobs:
            job.done = True
            if job is not first:
                job.turn.release()


def _settle(jobs: list[_Job]) -> None:
    own = connections["default"]
    connections["default"] = _connection()
    try:
        _commit(jobs)
    except BaseException as e:  # whoever waits must hear of it
        if not isinstance(e, OperationalError):
            log.exception("storing statements failed")
        for job in jobs:
            job.error = Busy(str(e)) if isinstance(e, OperationalError) else e
        if connection.in_atomic_block or not connection.is_usable():
            connection.close()
    finally:
        connections["default"] = own


def _commit(jobs: list[_Job]) -> None:
    batches = [job.batch for job in jobs if job.batch]
    calls = [job for job in jobs if job.call]
    if not calls and driver.is_sqlite():
        _commit_batches(batches)
        return
    with transaction.atomic():
        clashes.write(batches)
        for job in calls:
            try:
                with transaction.atomic():
                    job.answer = job.call()  # type: ignore[misc]
            except OperationalError:
                raise
            except Exception as e:  # noqa: BLE001  # it is the caller's to hear
                job.error = e


def _commit_batches(batches: list[Batch]) -> None:
    """SQLite, statements alone: the shortest way, without Django's transaction."""
    after: list[Callable[[], None]] = []
    try:
        with driver.errors(), open_writes.held():
            database = driver.raw()
            database.execute("BEGIN IMMEDIATE")
            try:
                insert(batches, later=after.append)
                database.execute("COMMIT")
            except BaseException:
                if database.in_transaction:
                    database.execute("ROLLBACK")
                raise
    except IntegrityError:
        for batch in batches:
            clashes.write([batch])
    else:
        for call in after:
            call()


# ---- the connection of the line ------------------------------------------------------------------------------------------------


def _connection() -> Any:
    """The one connection of this process for the line, made by the first who leads."""
    global _shared  # noqa: PLW0603
    if _shared is None:
        made = connections.create_connection("default")
        made.inc_thread_sharing()
        # A writer gives up its turn at every step into the database; with the usual 5 ms it would get it back far too late.
        sys.setswitchinterval(min(sys.getswitchinterval(), 0.0005))
        if made.vendor == "sqlite":
            made.ensure_connection()
            made.connection.execute(f"PRAGMA wal_autocheckpoint = {LOG_PAGES}")
            threading.Thread(target=_tidy_log, name="records-log", daemon=True).start()
        _shared = made
    return _shared


def _tidy_log() -> None:
    """Moves what SQLite's log holds into the database, twice a second while there is something, so that no answer waits for it."""
    seen = 0
    while True:
        time.sleep(0.5)
        changed = _shared.connection.total_changes if _shared is not None and _shared.connection is not None else seen
        if changed == seen:
            continue
        seen = changed
        try:
            with connection.cursor() as cursor:
                cursor.execute("PRAGMA wal_checkpoint(PASSIVE)")
        except OperationalError:
            log.warning("the database's log could not be tidied this time")


def _forget_after_fork() -> None:
    global _shared, _led, _guard
    _shared, _led, _guard = None, False, threading.Lock()
    _waiting.clear()


os.register_at_fork(after_in_child=_forget_after_fork)
