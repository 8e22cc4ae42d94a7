"""Long searches for a choice of topics, in the background."""

from django.urls import reverse
from django.utils.timezone import now
from django.utils.translation import gettext as _

from talka.curriculum import actions
from talka.curriculum.models import Choice
from talka.kit.tasks import Progress, long_task

FIRST = 5.0


@long_task(queue="slow")
def search_longer(progress: Progress, *, choice: str) -> dict[str, str]:
    """Searches in growing spans until the choice is proven, cancelled, or its time is over; each span keeps what it found."""
    row = Choice.objects.select_related("curriculum__cluster").get(uuid=choice)
    span, spent, over = FIRST, 0.0, False
    while not over and spent < row.seconds:
        span = min(span, row.seconds - spent)
        over = actions.improve(choice=row, seconds=span, at=now())
        spent += span
        progress(round(spent), round(row.seconds))
        span *= 2
    actions.end_search(choice=row, at=now())
    address = reverse("curriculum:choice", args=[row.curriculum.cluster.slug, row.curriculum.slug, row.uuid])
    return {"said": _("The search for topics is over."), "result_url": address}
