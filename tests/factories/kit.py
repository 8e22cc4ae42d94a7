"""Files to import and long tasks to watch."""

import csv
from pathlib import Path

from django.core.files.uploadedfile import SimpleUploadedFile

from talka.kit.imports import ImportView, Preview, Report, Row, State
from talka.kit.tasks import Progress, long_task


def upload(text: str, name: str = "rows.csv") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, text.encode(), content_type="text/csv")


def judged(file: Path) -> list[Row]:
    """Rows with a key are new, rows without are refused."""
    with file.open(newline="") as f:
        return [
            Row(n, State.NEW, r["key"], r["text"]) if r["key"] else Row(n, State.REFUSED, text=r["text"], why="the key is missing")
            for n, r in enumerate(csv.DictReader(f), 2)
        ]


class Things(ImportView):
    kind = "things"
    heading = "Import things"
    done: list[str] = []

    def preview(self, file: Path) -> Preview:
        if not file.read_text().startswith("key,text"):
            return Preview(trouble="The heading must be key,text.")
        return Preview(rows=judged(file))

    def perform(self, file: Path, *, only_good: bool) -> Report:
        rows = judged(file)
        if any(r.state == State.REFUSED for r in rows) and not only_good:
            return Report(rows=rows, trouble="Some rows are refused.")
        self.done.extend(r.key for r in rows if r.state == State.NEW)
        return Report(rows=rows)


@long_task()
def count_up(progress: Progress, *, to: int) -> dict:
    for n in range(to):
        progress(n + 1, total=to)
    return {"said": f"Counted to {to} for {progress.by}.", "result_url": "/style/", "report": {"counted": to}}


@long_task()
def break_down(progress: Progress) -> None:
    raise RuntimeError("the cable is loose")
