"""A package becomes a material of a topic."""

import json
from datetime import datetime
from uuid import uuid4

from django.db import transaction
from django.utils.text import slugify

from talka.courses.body import Piece, to_block
from talka.courses.models import Package, Topic
from talka.courses.rules.access import WRITE
from talka.people.actions import require
from talka.people.models import User


@transaction.atomic
def show_package(*, package: Package, topic: Topic, by: User, at: datetime, publish: bool = False) -> bool:  # verbs take their moment
    """Puts the package at the end of the topic's draft, once. With `publish` the topic's newest draft goes out, if the topic is live.

    The caller has checked that `by` may publish. Raises NotAllowed. Answers whether learners see it now.
    """
    require(by, WRITE, cluster=topic.course.cluster_id)
    require(by, WRITE, cluster=package.course.cluster_id)
    # What somebody added a moment ago is in it too.
    topic = Topic.objects.select_for_update().get(pk=topic.pk)
    draft = topic.get_latest_revision_as_object() if topic.latest_revision_id else topic
    body = list(draft.body.raw_data)
    if not any(block["type"] == "package" and block["value"].get("package") == str(package.uuid) for block in body):
        taken = {block["value"].get("key") for block in body}
        stem = slugify(package.title)[:70].strip("-") or "package"
        key = next(k for k in (stem, *(f"{stem}-{n}" for n in range(2, 1000))) if k not in taken)
        value = {"title": package.title, "package": str(package.uuid)}
        body.append(to_block(Piece(uuid4(), "package", key, package.title, f"{key}.yaml", value)))
    draft.body = json.dumps(body)
    revision = draft.save_revision(user=by, clean=False)
    if publish and topic.live:
        revision.publish(user=by)
        return True
    return False
