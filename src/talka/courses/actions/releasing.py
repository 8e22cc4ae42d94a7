"""Drafts to their readers: many topics at once, each only if it is whole."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction

from talka.courses.actions.publishing import check_topic
from talka.courses.faults import Fault
from talka.courses.models import Course, Topic
from talka.courses.rules.access import PUBLISH, WRITE
from talka.people.actions import require
from talka.people.models import User


@dataclass(slots=True)
class Released:
    """Topics that went on, those that wait for their time, and those that stay drafts with what is to mend in them."""

    done: list[Topic] = field(default_factory=list)
    waiting: list[Topic] = field(default_factory=list)
    held: list[tuple[Topic, list[Fault]]] = field(default_factory=list)


def drafts_of(course: Course) -> list[Topic]:
    """Topics that readers do not see as their authors have them now, in order, each in its newest version."""
    rows = course.topics.select_related("lesson", "course", "latest_revision").order_by(
        "lesson__module__order", "lesson__order", "order", "pk"
    )
    return [row.get_latest_revision_as_object() for row in rows if not row.live or row.has_unpublished_changes]


@transaction.atomic
def publish_drafts(*, course: Course, topics: Sequence[Topic], by: User, at: datetime) -> Released:
    """Every topic that is whole is published, or waits for the time that it says; the others say why not. Raises NotAllowed.

    For a course that came by import as for one that was written here.
    """
    require(by, PUBLISH, cluster=course.cluster_id)
    made = Released()
    for topic in topics:
        if faults := check_topic(topic):
            made.held.append((topic, faults))
            continue
        revision = topic.latest_revision or topic.save_revision(user=by, clean=False)
        revision.publish(user=by)
        (made.waiting if topic.go_live_at and topic.go_live_at > at else made.done).append(topic)
    return made


@transaction.atomic
def submit_drafts(*, course: Course, topics: Sequence[Topic], by: User, at: datetime) -> Released:  # verbs carry their time
    """Every topic that is whole goes to its review, unless it is in one; the others say why not. Raises NotAllowed."""
    require(by, WRITE, cluster=course.cluster_id)
    made = Released()
    for topic in topics:
        if faults := check_topic(topic):
            made.held.append((topic, faults))
        elif topic.current_workflow_state is None and (workflow := topic.get_workflow()) is not None:
            if topic.latest_revision is None:
                topic.save_revision(user=by, clean=False)
            workflow.start(topic, by)
            made.done.append(topic)
    return made
