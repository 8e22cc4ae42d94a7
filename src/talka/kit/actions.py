"""Writes of the shared tools: long work as it goes on, files kept between two pages."""

import hashlib
from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils.timezone import now
from django.utils.translation import gettext as _

from talka.kit.models import Letter, Upload, Work

UPLOADS_LIVE = timedelta(days=1)
LETTERS_LIVE = timedelta(days=365)
SILENCE = timedelta(minutes=10)
STEP_EVERY = timedelta(seconds=1)


def start_work(*, kind: str, title: str, by: Any, at: datetime, total: int | None = None, unit: str = "", begun: bool = True) -> Work:
    """A row that shows `by` how far something is. `unit` is what is counted ("rows"). `begun=False`: it waits for the worker."""
    moment = at if begun else None
    return Work.objects.create(kind=kind, title=title, by=by, asked_at=at, started_at=moment, stepped_at=moment, total=total, unit=unit)


def begin(work: Work, *, at: datetime) -> None:
    """The worker has taken it up."""
    work.started_at = work.stepped_at = at
    work.save(update_fields=["started_at", "stepped_at"])


def step(work: Work, *, done: int, total: int | None = None, at: datetime | None = None) -> None:
    """`done` of the whole are done. Cheap to call often: written at most once a second, and when all is done.

    Others see it once the transaction around it commits, so commit long work in batches.
    """
    at = at or now()
    due = work.stepped_at is None or at - work.stepped_at >= STEP_EVERY
    work.total = work.total if total is None else total
    work.done = done if work.total is None else min(done, work.total)
    if due or work.done == work.total:
        work.stepped_at = at
        work.save(update_fields=["done", "total", "stepped_at"])


def _end(work: Work, outcome: Work.Outcome, at: datetime, said: str) -> Work:
    work.outcome, work.ended_at, work.said = outcome, at, said
    work.started_at = work.started_at or at
    work.save()
    return work


def finish(work: Work, *, at: datetime, report: dict[str, Any] | None = None, said: str = "", result_url: str = "") -> Work:
    """It is done. `said` sums it up in a sentence, `result_url` leads to what came out."""
    if work.total is not None:
        work.done = work.total
    work.report, work.result_url = report or {}, result_url
    return _end(work, Work.Outcome.DONE, at, said)


def fail(work: Work, *, at: datetime, why: str, report: dict[str, Any] | None = None) -> Work:
    """It could not be done. `why` says what happened, what was kept and what to do."""
    work.report = report or work.report
    return _end(work, Work.Outcome.FAILED, at, why)


def interrupt_silent(*, at: datetime) -> int:
    """Work whose process is gone is called interrupted instead of running for ever. Answers how many."""
    said = _("It stopped half-way, probably because the site was restarted. Start it again: repeating it is safe.")
    silent = Work.objects.silent_since(at - SILENCE)
    return silent.update(outcome=Work.Outcome.INTERRUPTED, ended_at=at, said=said)


def folder() -> Path:
    """Where uploads wait: beside the public media, never under it."""
    return Path(settings.DATA) / "uploads"


def file_of(upload: Upload) -> Path:
    return folder() / upload.uuid.hex


def keep_upload(file: UploadedFile, *, kind: str, by: Any, at: datetime) -> Upload:
    """Keeps what was sent for a day, for `by` alone."""
    upload = Upload(kind=kind, by=by, name=(file.name or "")[:255], at=at, expires_at=at + UPLOADS_LIVE)
    digest, size = hashlib.sha256(), 0
    target = file_of(upload)
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with target.open("wb") as out:
        for chunk in file.chunks():
            digest.update(chunk)
            size += len(chunk)
            out.write(chunk)
    upload.sha256, upload.size = digest.hexdigest(), size
    try:
        upload.save()
    except Exception:
        target.unlink(missing_ok=True)
        raise
    return upload


@transaction.atomic
def take_upload(upload: Upload, *, at: datetime, report: dict[str, Any]) -> None:
    """What the file asked for is done: its report stays, the file goes."""
    upload.taken_at, upload.report = at, report
    upload.save(update_fields=["taken_at", "report"])
    transaction.on_commit(lambda: file_of(upload).unlink(missing_ok=True))


def drop_expired(*, at: datetime) -> tuple[int, int]:
    """Files nobody confirmed within a day and letters older than a year are deleted. Answers how many of each."""
    waiting = Upload.objects.filter(taken_at=None, expires_at__lt=at)
    _unlink(file_of(upload) for upload in waiting)
    uploads, _rows = waiting.delete()
    letters, _rows = Letter.objects.filter(at__lt=at - LETTERS_LIVE).delete()
    return uploads, letters


def _unlink(files: Iterable[Path]) -> None:
    for file in files:
        file.unlink(missing_ok=True)
