"""Costly answers, made once for all processes of this installation: the web server, the worker, the command line.

They lie as files under TALKA_DATA/cache/shared, so that a process that has just started finds what others made, without a query.
"""

import hashlib
import logging
import os
import threading
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from django.core.cache import cache as own
from django.core.cache import caches

from talka import __version__

log = logging.getLogger("talka.memory")
Answer = TypeVar("Answer")

DAY = 86_400.0


def kept(name: object, *, state: object, make: Callable[[], Answer], seconds: float = DAY) -> Answer:
    """The answer to the question `name`, made by `make` unless one of the same `state` is known.

    `name` is unique by its text and says what was asked of whom; `state` says what the answer rests on (the lake's version, the newest
    row). An answer of another state, of another version of the program or older than `seconds` is never given: it is made anew and takes
    the old one's place, so there is one file for each question. With `state` None only the file counts, so that `forget` reaches every
    process at once.
    """
    key, stamp = _key(name), f"{_edition()} {state}"
    stores = (caches["shared"],) if state is None else (own, caches["shared"])
    for store in stores:
        found = _read(store, key)
        if found is not None and found[0] == stamp and time.time() - found[1] < seconds:
            if store is not stores[0]:
                own.set(key, found, seconds)
            answer: Answer = found[2]
            return answer
    made = make()
    entry = (stamp, time.time(), made)
    for store in stores:
        store.set(key, entry, seconds)
    return made


def forget(name: object) -> None:
    """The answer is made anew by whoever asks next. One with a state may still be given by processes that know it."""
    for store in (own, caches["shared"]):
        store.delete(_key(name))


def _read(store: Any, key: str) -> Any:
    try:
        return store.get(key)
    except Exception:  # noqa: BLE001  # whatever a file of another version or a half-written one raises: it is made anew
        return None


def _key(name: object) -> str:
    return "kept:" + hashlib.sha256(repr(name).encode()).hexdigest()[:40]


@cache
def _edition() -> str:
    """Which code makes the answers: another version's answers may have another form."""
    here = Path(__file__).resolve().parent.parent
    seen = hashlib.sha256()
    for path in sorted(here.rglob("*.py")):
        stat = path.stat()
        seen.update(f"{path} {stat.st_size} {stat.st_mtime_ns}\n".encode())
    return f"{__version__} {seen.hexdigest()[:16]}"


_ahead: dict[str, Callable[[], object]] = {}


def ahead(make: Callable[[], object], *, name: str) -> None:
    """`make` answers beforehand what the next visitors will ask. Called from a room's `apps.ready()`; the same name twice is one."""
    _ahead[name] = make


def answer_ahead() -> None:
    """Everything registered with `ahead`, one after the other; one that fails does not stop the others."""
    for name, make in list(_ahead.items()):
        try:
            make()
        except Exception:
            log.exception("%s could not be answered ahead; the first visitor waits for it", name)


SHARE = 0.1  # of the time at most is spent on answering ahead


class Ahead:
    """What the worker calls every half minute: in a thread of its own, behind everybody else, never more than a tenth of the time."""

    def __init__(self) -> None:
        self._thread: threading.Thread | None = None
        self._not_before = 0.0

    def __call__(self) -> None:
        if time.monotonic() < self._not_before or (self._thread and self._thread.is_alive()):
            return
        self._thread = threading.Thread(target=self._run, name="answers ahead", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        from django.db import connections

        # On Linux a thread has a niceness of its own: visitors go first.
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), 15)
        began = time.monotonic()
        try:
            answer_ahead()
        finally:
            connections.close_all()
            took = time.monotonic() - began
            self._not_before = time.monotonic() + took * (1 / SHARE - 1)
