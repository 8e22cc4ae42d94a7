"""`talka manage check_pack FOLDER`: says what is wrong with a course pack, without importing anything."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from talka.courses import actions


class Command(BaseCommand):
    help = "Check a course pack (a folder or a zip). Nothing is imported. Every problem is named with file and place."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("pack", type=Path, help="folder or zip of the pack")

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002  # Django's signature
        try:
            pack, _files = actions.read_pack(options["pack"])
        except actions.BadPack as bad:
            for problem in bad.problems:
                self.stderr.write(str(problem))
            raise CommandError(f"{len(bad.problems)} to mend") from bad
        materials = sum(len(topic.materials) for topic in pack.topics.values())
        self.stdout.write(f"{pack.course.title}: {len(pack.topics)} topics, {materials} materials, nothing to mend")
