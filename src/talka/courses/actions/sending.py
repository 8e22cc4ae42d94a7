"""Files that authors send into a topic."""

from datetime import datetime
from pathlib import Path

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction

from talka.courses import files
from talka.courses.models import CourseFile, Topic
from talka.courses.rules.access import WRITE
from talka.people.actions import require
from talka.people.models import User


def send_file(*, topic: Topic, file: UploadedFile, wanted: str, by: User, at: datetime) -> CourseFile:
    """The file is one of the topic's, under a free name with the ending of what it really is. The same content twice is one file.

    Raises files.FileRefused, with nothing kept; NotAllowed.
    """
    require(by, WRITE, cluster=topic.course.cluster_id)
    found = files.examine(file, size=file.size or 0, wanted=wanted)
    kept = files.keep(file)
    called = Path(file.name or "file").name[:200]
    with transaction.atomic():
        here = CourseFile.objects.filter(course=topic.course_id, is_source=False, path__startswith=f"topics/{topic.slug}/")
        if (same := here.filter(sha256=kept.sha256, path__endswith=f".{found.ending}").first()) is not None:
            return same
        taken = {path.rsplit("/", 1)[-1] for path in here.values_list("path", flat=True)}
        return CourseFile.objects.create(
            course=topic.course, path=f"topics/{topic.slug}/{files.free_name(called, found.ending, taken)}", content=kept.content,
            sha256=kept.sha256, on_disk=kept.on_disk, name=called, media_type=files.type_of(f"x.{found.ending}"), seconds=found.seconds,
            added_at=at, added_by=by,
        )  # fmt: skip
