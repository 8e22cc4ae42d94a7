"""What this room hears: a topic was published or withdrawn in the editor; somebody asks for their data, or is erased."""

import logging
from datetime import datetime
from functools import partial
from typing import Any

from django.db import transaction
from django.db.models.signals import post_migrate, post_save
from django.utils.timezone import now
from wagtail.signals import published, unpublished

from talka.clusters.models import Affiliation, Membership, Role
from talka.clusters.signals import joined
from talka.courses.models import Topic
from talka.people.models import User
from talka.people.signals import erased, own_data_asked

log = logging.getLogger("talka.courses")


def connect() -> None:
    published.connect(topic_published, sender=Topic, dispatch_uid="courses.published")
    unpublished.connect(topic_unpublished, sender=Topic, dispatch_uid="courses.unpublished")
    own_data_asked.connect(own_data, dispatch_uid="courses.own_data")
    erased.connect(person_erased, dispatch_uid="courses.erased")
    post_migrate.connect(make_workflow, dispatch_uid="courses.workflow")
    joined.connect(firm_joined, dispatch_uid="courses.joined")
    post_save.connect(person_came, sender=Affiliation, dispatch_uid="courses.affiliated")
    post_save.connect(person_came, sender=Role, dispatch_uid="courses.appointed")


def firm_joined(sender: Any, *, membership: Membership, at: datetime, **_kwargs: Any) -> None:
    """An organisation has become a member: the cluster's rules reach its people."""
    from talka.courses import actions

    transaction.on_commit(partial(actions.apply_rules, at=at, cluster=membership.cluster_id))


def person_came(sender: Any, *, instance: Affiliation | Role, created: bool, raw: bool = False, **_kwargs: Any) -> None:
    """Somebody works somewhere or has a part now: the rules that reach them are applied at once, not only by the worker's next round."""
    from talka.courses import actions

    if created and not raw:
        transaction.on_commit(partial(actions.came, instance.user_id, at=now()))


def topic_published(sender: Any, instance: Topic, **_kwargs: Any) -> None:
    """Readers get the new materials. What can't be shown leaves the old ones in place and is named in the log and among what is to mend."""
    from talka.courses import actions

    try:
        actions.republish(instance.course, instance, at=now())
    except actions.NotPublishable as bad:
        log.error(  # noqa: TRY400  # the text says it all; a trace would not help whoever reads the log
            "Topic %s was published with parts that can't be shown, its readers keep the version before: %s", instance.slug, bad
        )


def topic_unpublished(sender: Any, instance: Topic, **_kwargs: Any) -> None:
    from talka.courses import actions

    actions.publish_materials(instance.course, topics=[], at=now())


def make_workflow(**_kwargs: Any) -> None:
    """The review that every topic goes through unless a manager publishes it at once: an expert looks, then a manager publishes."""
    from django.apps import apps

    if not apps.is_installed("talka.courses"):
        return
    from talka.courses.review import ensure_workflow

    ensure_workflow()


def own_data(sender: Any, *, user: User, **_kwargs: Any) -> dict[str, Any]:
    """Everything that this room keeps about a person, as one file."""
    from talka.courses.queries import own_data_of

    return {"courses.json": own_data_of(user)}


def person_erased(sender: Any, *, user: User, keep: Any = (), **_kwargs: Any) -> None:
    """Words that a person wrote go; what was completed may stay without a name if that class of data is kept."""
    from talka.courses.actions import forget

    forget(user=user, keep=keep)
