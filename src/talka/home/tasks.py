"""Work of the front desk that takes longer than a page may."""

from typing import Any

from django.conf import settings
from django.utils import translation
from django.utils.timezone import localdate, now
from django.utils.translation import gettext as _

from talka.home import actions, figures, queries
from talka.insight.queries import first_visitors, state_of_figures
from talka.kit import charts, memory
from talka.kit.tasks import Progress, long_task


@long_task(queue="slow")
def take_sample_away(progress: Progress) -> dict[str, Any]:
    """Removes the sample network; whoever may not is refused here as well."""
    by = progress.by
    if by is not None and by.is_sample:
        # The row of this work must not name a person who is gone when it ends.
        progress.work.by = None
    report = actions.remove_sample(by=by, at=now())
    said = _("{people} people, {organisations} organisations and {clusters} clusters of the sample are gone.").format(**report.gone)
    if report.kept:
        said += " " + _("Kept, because real people depend on them: {names}.").format(names=", ".join(report.kept))
    return {"said": said, "report": report.gone}


def make_ahead() -> None:
    """The overviews as their first visitors will ask for them, and the mark of the sample."""
    on = localdate()
    memory.forget(queries.SAMPLE)
    queries.sample_here()
    memory.kept("overviews ahead", state=state_of_figures(on), make=_make_ahead)


def _make_ahead() -> bool:
    at = now()
    for viewer, clusters in first_visitors(localdate(at)):
        with translation.override(viewer.language or settings.LANGUAGE_CODE):
            for cluster in clusters:
                charts.draw(figures.of_overview(queries.overview(cluster, viewer=viewer, at=at), viewer=viewer).values())
    return True
