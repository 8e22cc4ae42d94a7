"""Work of the front desk that takes longer than a page may."""

from typing import Any

from django.utils.timezone import now
from django.utils.translation import gettext as _

from talka.home import actions
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
        said += " " + _("Kept, because real people hang on them: {names}.").format(names=", ".join(report.kept))
    return {"said": said, "report": report.gone}
