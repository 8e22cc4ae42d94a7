"""Work of this room in the background."""

from typing import Any

from django.urls import reverse
from django.utils.timezone import localdate, now
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django_tasks import task

from talka.courses import actions, films
from talka.courses.models import Assignment, Course, TriedLink
from talka.courses.queries import still_to_enrol
from talka.kit.tasks import Progress, long_task

# A rule that reaches more people than this is applied in the background, with a line that shows how far it is.
AT_ONCE = 40


@task(queue_name="slow")
def make_films() -> int:
    """The slide films of published topics that are not there yet. Repeating it is safe and quick."""
    return films.make_missing()


@long_task()
def apply_rule(progress: Progress, *, rule: int) -> dict[str, Any]:
    """A rule of assignment that reaches many. Safe to repeat: who is in stays in."""
    found = Assignment.objects.select_related("course", "cluster", "organisation", "made_in").get(pk=rule)
    n = 0
    people = list(still_to_enrol(found, on=localdate()))
    for start in range(0, len(people), 20):
        n += actions.apply_rule(found, at=now(), people=people[start : start + 20])
        progress(min(start + 20, len(people)), len(people))
    there = [found.made_in.slug, found.course.slug, found.pk] if found.made_in else []
    said = ngettext("{n} person was enrolled.", "{n} people were enrolled.", n).format(n=n)
    return {"said": said, "result_url": reverse("courses:rule", args=there) if there else ""}


@long_task(queue="slow")
def try_links(progress: Progress, *, course: int, result_url: str) -> dict[str, Any]:
    """The links of a course to other sites. Safe to repeat: what was found before is replaced at the end."""
    found = actions.try_links(course=Course.objects.get(pk=course), by=progress.by, at=now(), progress=progress)
    well = {TriedLink.Outcome.FINE, TriedLink.Outcome.NOT_TRIED}
    said = _("{all} links were checked, {n} of them lead nowhere.").format(
        all=len(found), n=sum(link.outcome not in well for link in found)
    )
    return {"said": said, "result_url": result_url}
