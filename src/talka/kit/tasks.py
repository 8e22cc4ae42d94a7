"""Work in the background that shows how far it is.

    @long_task(queue="slow")
    def read_log(progress: Progress, *, file: str) -> str | None: ...

    work = start(read_log, title=_("Import of statements"), by=request.user, at=now(), unit=_("lines"), file=path)
    return redirect("kit:work", work.uuid)

A long task gets its Progress first; what it returns (a sentence, or a dict with `said`, `report`, `result_url`, `failed`) becomes the row's end.
"""

import logging
from collections.abc import Callable
from datetime import datetime
from functools import partial, wraps
from typing import Any

from django.db import transaction
from django.utils import translation
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django_tasks import task
from django_tasks.base import Task

from talka.kit import actions
from talka.kit.models import Work

log = logging.getLogger("talka.work")


class Progress:
    """What a long task tells its row."""

    def __init__(self, work: Work) -> None:
        self.work = work

    @property
    def by(self) -> Any:
        return self.work.by

    def __call__(self, done: int, total: int | None = None) -> None:
        actions.step(self.work, done=done, total=total)


def long_task(*, queue: str = "default") -> Callable[[Callable[..., Any]], Task[Any, Any]]:
    """Makes a module's function a task that runs with a Work row; `start` starts it."""

    def make(function: Callable[..., Any]) -> Task[Any, Any]:
        @wraps(function)
        def run(work: str, **values: Any) -> None:
            row = Work.objects.select_related("by").get(uuid=work)
            if row.ended_at:
                return
            actions.begin(row, at=now())
            # What it says is read by whoever asked for it.
            with translation.override(getattr(row.by, "language", "") or translation.get_language()):
                _do(row, function, values)

        return task(queue_name=queue)(run)

    return make


def _do(row: Work, function: Callable[..., Any], values: dict[str, Any]) -> None:
    try:
        came = function(Progress(row), **values)
    except Exception:
        log.exception("%s failed", row.title)
        actions.fail(
            row,
            at=now(),
            why=_(
                "Something broke on our side. What was saved before stays saved. The cause is in the site's log; try again or tell whoever runs this site."
            ),
        )
        raise
    _end(row, came)


def _end(row: Work, came: Any) -> None:
    ended = came if isinstance(came, dict) else {"said": came or ""}
    if ended.get("failed"):
        actions.fail(row, at=now(), why=ended["failed"], report=ended.get("report"))
    else:
        actions.finish(row, at=now(), said=ended.get("said", ""), report=ended.get("report"), result_url=ended.get("result_url", ""))


def start(
    job: Task[Any, Any], *, title: str, by: Any, at: datetime, kind: str = "", total: int | None = None, unit: str = "", **values: Any
) -> Work:
    """Queues `job` once the transaction commits, with the row that shows it. `values` must be JSON."""
    work = actions.start_work(kind=kind or job.name, title=title, by=by, at=at, total=total, unit=unit, begun=False)
    transaction.on_commit(partial(job.enqueue, work=str(work.uuid), **values))
    return work
