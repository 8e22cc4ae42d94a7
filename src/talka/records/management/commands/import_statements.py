"""`import_statements FILE [--map MAP.yaml]`: statements out of what another system exported."""

import sys
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.timezone import now

from talka.records import actions


class Command(BaseCommand):
    help = (
        "Stores the statements of a file: CSV with a map, or xAPI JSON (a list, a result with 'statements', or one statement per line), plain or "
        "gzip. Run twice, it stores them once."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--map", type=Path, help="how a row becomes a statement; content/maps holds some (by name, such as moodle-log)")
        parser.add_argument("--preview", action="store_true", help="store nothing; show the first statements and what would be refused")
        parser.add_argument("--show", type=int, default=20, help="how many refused lines to print (20)")

    def handle(self, *, file: Path, map: Path | None, preview: bool, show: int, **_options: Any) -> None:  # noqa: A002  # the option's name
        if map and not map.exists() and (known := settings.CONTENT / "maps" / f"{map}.yaml").exists():
            map = known  # noqa: A001
        try:
            report = actions.import_file(file, map=map, by=None, at=now(), preview=preview, progress=None if preview else self._progress)
        except actions.BadImport as e:
            raise CommandError(str(e)) from e
        if sys.stderr.isatty():
            self.stderr.write("")
        for statement in report.first:
            self.stdout.write(str(statement))
        self.stdout.write(report.as_text(show=show))

    def _progress(self, lines: int, refused: int, per_second: float) -> None:
        if sys.stderr.isatty():
            self.stderr.write(f"\r{lines:,} lines read, {refused:,} refused, {per_second:,.0f} a second", ending="")
