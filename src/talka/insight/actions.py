"""Keeping the lake: new statements flow in, erased ones are read anew, small files become large ones."""

from collections.abc import Callable, Iterable
from datetime import datetime

from django.conf import settings
from django.utils.timezone import localdate

from talka.insight import dimensions
from talka.insight.lake import Lake
from talka.records.queries import rows_after, safe_sequence


def the_lake() -> Lake:
    """The lake of this installation."""
    return Lake(settings.DATA / "lake")


def refresh_lake(*, at: datetime, wait: bool = False, names: bool = True, progress: Callable[[int], None] | None = None) -> int:
    """Everything stored until now is in the lake afterwards. Answers how many statements came new; 0 if another process is at it.

    `wait`: until that other process is done. `names`: also bring the names of organisations, clusters and topics up to date.
    """
    lake = the_lake()
    with lake.alone(wait=wait) as mine:
        if not mine:
            return 0
        lake.erase_noted(rows_after)
        taken = lake.take_in(rows_after, through=safe_sequence(), progress=progress)
        lake.compact()
        if names:
            lake.put_dimension("people", dimensions.people(localdate(at)))
            lake.put_dimension("units", dimensions.units())
        lake.touch(at.timestamp())
    return taken


def rebuild_lake(*, at: datetime, progress: Callable[[int], None] | None = None) -> int:
    """Throws the copy away and makes it anew from the store. Answers how many statements it holds."""
    lake = the_lake()
    with lake.alone(wait=True):
        lake.empty()
    return refresh_lake(at=at, wait=True, progress=progress)


def note_erased(sequences: Iterable[int]) -> None:
    """These statements were rewritten or deleted in the store; the next refresh makes the lake follow."""
    the_lake().note_erasure(sequences)
