"""Recurring work: rooms name a function and a rhythm, the worker keeps it."""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from django.db import close_old_connections

log = logging.getLogger("talka.schedule")


@dataclass(slots=True)
class Recurring:
    """`run` every `seconds`, first after `first` seconds."""

    name: str
    run: Callable[[], object]
    seconds: float
    first: float = 5.0
    due: float = field(default=0.0)


_known: dict[str, Recurring] = {}


def every(seconds: float, run: Callable[[], object], *, name: str, first: float = 5.0) -> None:
    """The worker calls `run` every `seconds`. Called from a room's `apps.ready()`; the same name twice is one."""
    _known[name] = Recurring(name, run, seconds, first)


def known() -> list[Recurring]:
    return list(_known.values())


def keep(stop: threading.Event, *, clock: Callable[[], float] = time.monotonic) -> None:
    """Runs what is due until `stop` is set. One failing function does not stop the others; its error is logged."""
    begin = clock()
    for each in known():
        each.due = begin + each.first
    while not stop.wait(0.5):
        for each in known():
            if clock() < each.due:
                continue
            each.due = clock() + each.seconds
            try:
                each.run()
            except Exception:
                log.exception("%s failed; it is tried again in %s seconds", each.name, each.seconds)
            finally:
                close_old_connections()
