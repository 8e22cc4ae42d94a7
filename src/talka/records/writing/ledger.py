"""Sequences and times for new statements: both only ever grow, and together."""

import time

from talka.records import driver, terms

_epoch = 0


def allocate(count: int) -> tuple[int, int, bool]:
    """(first sequence, stored in microseconds, whether another process erased names since, and all known ones were forgotten)."""
    if not driver.is_sqlite():
        ((first, stored),) = driver.ask("SELECT first, stored FROM records_allocate(?)", [count])
        rows = driver.ask("SELECT epoch FROM records_ledger WHERE id = 1")
        return first, stored, _notice(rows[0][0] if rows else 0)
    rows = _grow(count)
    if not rows:
        driver.do("INSERT INTO records_ledger (id, last_sequence, last_stored, epoch) VALUES (1, 0, 0, 0)")
        rows = _grow(count)
    ((last, stored, epoch),) = rows
    return last - count + 1, stored, _notice(epoch)


def _grow(count: int) -> list[driver.Row]:
    return driver.ask(
        "UPDATE records_ledger SET last_sequence = last_sequence + ?, last_stored = max(?, last_stored + 1) WHERE id = 1 "
        "RETURNING last_sequence, last_stored, epoch",
        [count, time.time_ns() // 1000],
    )


def _notice(epoch: int) -> bool:
    global _epoch  # noqa: PLW0603  # one number per process
    if epoch == _epoch:
        return False
    terms.forget()
    _epoch = epoch
    return True
