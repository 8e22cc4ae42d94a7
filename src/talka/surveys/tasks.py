"""Work of this room that takes longer than a page may."""

from typing import Any

from django.urls import reverse
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from talka.kit import actions as kit_actions
from talka.kit.models import Upload
from talka.kit.tasks import Progress, long_task
from talka.surveys import actions
from talka.surveys.models import Survey
from talka.surveys.tables import report_of


@long_task(queue="slow")
def read_answers(progress: Progress, *, survey: int, upload: int, only_good: bool) -> dict[str, Any]:
    """Imports the answers in a file that waits for confirmation."""
    file = Upload.objects.get(pk=upload)
    report = actions.import_answers(
        Survey.objects.get(pk=survey), kit_actions.file_of(file), by=progress.by, at=now(), only_good=only_good, progress=progress
    )
    told = report_of(report)
    kit_actions.take_upload(file, at=now(), report=told.as_json())
    said = _("{new} new, {changed} changed, {same} as before, {refused} refused.").format(
        new=report.new, changed=report.changed, same=report.same, refused=report.refused_rows
    )
    return {"said": said}


@long_task(queue="slow")
def rank_answers(progress: Progress, *, survey: int) -> dict[str, Any]:
    """Ranks the needs of a survey with so many answers that no page should wait for it."""
    row = Survey.objects.select_related("cluster").get(pk=survey)
    n = actions.rank_needs(row, by=None, at=now(), progress=progress) if actions.behind(row) else row.needs.count()
    said = ngettext("One need is ranked.", "{n} needs are ranked.", n).format(n=n)
    return {"said": said, "result_url": reverse("surveys:survey", args=[row.cluster.slug, row.slug])}
