"""`import_answers SURVEY FILE`: answers from CSV; the same as the page does."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.timezone import now

from talka.surveys import actions
from talka.surveys.models import Survey


class Command(BaseCommand):
    help = "Imports answers to a survey from a CSV file. The same file twice changes nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("survey", help="the survey's address; CLUSTER/SURVEY where two clusters have one of the same address")
        parser.add_argument("file", type=Path)
        parser.add_argument("--good-rows-only", action="store_true", help="import the good rows although others are refused")
        parser.add_argument("--preview", action="store_true", help="only say what would happen")

    def handle(self, *_args: Any, survey: str, file: Path, **options: Any) -> None:
        cluster, slash, slug = survey.rpartition("/")
        found = list(Survey.objects.filter(slug=slug, **({"cluster__slug": cluster} if slash else {})).select_related("cluster")[:2])
        if len(found) != 1:
            raise CommandError(
                f"There is no survey '{survey}'." if not found else f"Several clusters have a survey '{slug}'. Write CLUSTER/{slug}."
            )
        if not file.is_file():
            raise CommandError(f"{file} is no file.")
        if options["preview"]:
            report = actions.preview_answers(found[0], file, by=None, at=now())
        else:
            report = actions.import_answers(found[0], file, by=None, at=now(), only_good=options["good_rows_only"])
        self.stdout.write(report.as_text())
        if report.refused and not report.done and not options["preview"]:
            raise CommandError("Nothing was changed. Mend the rows, or add --good-rows-only.")
