"""Two authors in one topic: both versions are kept, and a third holds what both wrote."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from wagtail.models import Revision

from talka.courses.models import Topic
from talka.courses.rules.access import WRITE
from talka.courses.rules.merging import Merged, merge
from talka.people.actions import require
from talka.people.models import User


def content_of(revision: Revision | None) -> dict[str, Any]:
    """A version of a topic as the rules of merging read it; nothing for none."""
    if revision is None:
        return {}
    made = dict(revision.content)
    body = made.get("body")
    made["body"] = json.loads(body) if isinstance(body, str) else list(body or ())
    return made


@transaction.atomic
def bring_together(
    *,
    topic: Topic,
    base: Revision | None,
    mine: Revision,
    theirs: Revision,
    taken: Mapping[str, str] | None = None,
    otherwise: str = "theirs",
    by: User,
    at: datetime,
) -> tuple[Merged, Revision]:
    """A new newest version with what both wrote since `base`; where both changed the same, theirs unless `taken` or `otherwise` says so.

    Both versions stay in the history. Raises NotAllowed.
    """
    require(by, WRITE, cluster=topic.course.cluster_id)
    made = merge(content_of(base), content_of(mine), content_of(theirs), taken=taken, otherwise=otherwise)
    whole = dict(theirs.content) | made.fields | {"body": json.dumps(made.body)}
    newest = topic.with_content_json(whole)
    return made, newest.save_revision(user=by, clean=False, log_action=True, previous_revision=None)
