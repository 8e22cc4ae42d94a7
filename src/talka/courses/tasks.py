"""Work of this room in the background."""

from django_tasks import task

from talka.courses import films


@task(queue_name="slow")
def make_films() -> int:
    """The slide films of published topics that are not there yet. Repeating it is safe and quick."""
    return films.make_missing()
