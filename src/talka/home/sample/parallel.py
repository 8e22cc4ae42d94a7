"""Two processes for work that is mostly thinking: each takes its share, the database lets one write at a time."""

import gc
import multiprocessing
import os
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection

from django.db import connection, connections


class HalfFailed(Exception):
    """The other process ended with an error. The text is that error."""


@dataclass(frozen=True, slots=True)
class Share:
    """Which part of the work is mine: number `mine` of `of`."""

    mine: int
    of: int


def in_a_hurry() -> None:
    """SQLite flushes to the disk at its checkpoints only, on this connection, from now on.

    A power cut would lose the sample's last seconds (it is then built anew), never break the file or what was there before.
    """
    if connection.vendor == "sqlite" and not connection.in_atomic_block:
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA synchronous=NORMAL")
            cursor.execute("PRAGMA wal_autocheckpoint=20000")


def side_by_side(work: Callable[[Share], dict[str, int]]) -> dict[str, int]:
    """`work` for every share, two at once where there are two cores; answers the sum of what they count. Raises HalfFailed.

    Inside a transaction nobody else would see what it has written, so everything is then one share.
    """
    if connection.in_atomic_block or (os.cpu_count() or 1) < 2 or not hasattr(os, "fork"):
        return work(Share(0, 1))
    # A connection must not be used from both sides; each side opens its own.
    connections.close_all()
    gc.freeze()
    ours, theirs = multiprocessing.Pipe(duplex=False)
    other = multiprocessing.get_context("fork").Process(target=_other, args=(work, theirs), name="talka-sample", daemon=True)
    other.start()
    theirs.close()
    try:
        mine = work(Share(0, 2))
        try:
            error, count = ours.recv()
        except EOFError:
            other.join()
            raise HalfFailed(f"the second process ended with status {other.exitcode}") from None
    finally:
        gc.unfreeze()
        if other.is_alive():
            other.join(timeout=60)
    if error:
        raise HalfFailed(error)
    return dict(Counter(mine) + Counter(count))


def _other(work: Callable[[Share], dict[str, int]], answer: Connection) -> None:
    try:
        answer.send(("", work(Share(1, 2))))
    except BaseException as broken:
        answer.send((f"{type(broken).__name__}: {broken}", {}))
        raise
    finally:
        connections.close_all()
