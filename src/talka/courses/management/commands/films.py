"""`talka manage films`: draws the slide films of published courses that are not there yet."""

from typing import Any

from django.core.management.base import BaseCommand

from talka.courses import films


class Command(BaseCommand):
    help = "Draw the slide films of published courses that are not there yet. The worker does the same by itself after a publication."

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002  # Django's signature
        def tell(done: int, total: int) -> None:
            self.stdout.write(f"\r{done} of {total}", ending="")
            self.stdout.flush()

        made = films.make_missing(tell)
        self.stdout.write(f"\n{made} made")
