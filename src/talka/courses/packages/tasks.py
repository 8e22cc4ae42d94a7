"""Packages that take longer to unpack than a page may."""

from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.timezone import now
from django.utils.translation import gettext as _

from talka.courses.models import Course, Package
from talka.courses.packages import actions
from talka.kit.actions import file_of, take_upload
from talka.kit.models import Upload
from talka.kit.tasks import Progress, long_task


def take(upload: Upload, *, by: Any, at: datetime, progress: Any = None) -> Package:
    """The package in an upload whose report names its course. Raises PackageRefused; the upload stays for a second try."""
    wanted = upload.report or {}
    course = Course.objects.get(pk=wanted["course"])
    replaces = Package.objects.filter(pk=wanted.get("replaces") or 0, course=course).first()
    return actions.take_package(course=course, file=file_of(upload), name=upload.name, by=by, at=at, replaces=replaces, progress=progress)


@long_task(queue="slow")
def take_large_package(progress: Progress, *, upload: str) -> dict[str, Any]:
    """Unpacks a large package and leads to what was found in it."""
    kept = Upload.objects.get(uuid=upload)
    course = Course.objects.select_related("cluster").get(pk=(kept.report or {})["course"])
    place = [course.cluster.slug if course.cluster else "", course.slug]
    try:
        made = take(kept, by=progress.by, at=now(), progress=progress)
    except actions.PackageRefused as refused:
        return {
            "failed": _("{name} was not accepted. The file is kept for a day, for a second try.").format(name=kept.name)
            + "\n"
            + str(refused),
            "report": {"findings": [[f.place, f.says] for f in refused.findings]},
        }
    take_upload(kept, at=now(), report=kept.report or {})
    return {"said": _("It is unpacked."), "result_url": reverse("packages:package", args=[*place, made.uuid])}
