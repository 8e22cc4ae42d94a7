"""Which transactions of this machine are writing statements to SQLite now: what Consistent-Through must wait for.

SQLite shows nobody another's open transaction. So whoever is about to give statements their time first takes a shared lock on a file beside
the database, and keeps it until the transaction is over; a reader who gets the lock for itself knows that nobody writes.
"""

import fcntl
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connections, transaction

_lock = threading.Lock()
_mine: dict[int, Any] = {}  # connections of this process with an open transaction that writes
_files: dict[str, int] = {}
_held = False
_inside = 0  # transactions of this process below Django's layers


def forget_after_fork() -> None:
    global _held, _inside
    _mine.clear()
    _files.clear()
    _held, _inside = False, 0


os.register_at_fork(after_in_child=forget_after_fork)


def _file(purpose: str) -> int:
    # Two handles: a lock of this kind belongs to the handle, so holding and probing need one each.
    if purpose not in _files:
        path = Path(settings.DATA) / "records.lock"
        _files[purpose] = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    return _files[purpose]


def _release_if_idle() -> None:
    global _held  # noqa: PLW0603  # one lock per process
    for key, known in list(_mine.items()):
        if not known.in_atomic_block:
            del _mine[key]
    if _held and not _mine and not _inside:
        fcntl.flock(_file("hold"), fcntl.LOCK_UN)
        _held = False


def _hold() -> None:
    global _held  # noqa: PLW0603
    if not _held:
        fcntl.flock(_file("hold"), fcntl.LOCK_SH)
        _held = True


@contextmanager
def held() -> Iterator[None]:
    """A transaction that Django doesn't know of stores statements inside this block."""
    global _inside  # noqa: PLW0603
    with _lock:
        _hold()
        _inside += 1
    try:
        yield
    finally:
        with _lock:
            _inside -= 1
            _release_if_idle()


def begin() -> None:
    """This thread's transaction of Django will store statements; call before they get their time."""
    with _lock:
        _hold()
        wrapper = connections["default"]
        key = id(wrapper)
        _mine[key] = wrapper
    transaction.on_commit(lambda: _end(key))


def _end(key: int) -> None:
    with _lock:
        _mine.pop(key, None)
        _release_if_idle()


def nobody_writes() -> bool:
    """Whether no transaction on this machine has given statements a time without being over."""
    with _lock:
        _release_if_idle()
        if _mine or _inside:
            return False
        probe = _file("probe")
        try:
            fcntl.flock(probe, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        fcntl.flock(probe, fcntl.LOCK_UN)
        return True
