"""The names beside the lake: whose statements belong to which organisation and cluster, and what an activity is. No name of a person."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import pyarrow as pa
from django.conf import settings
from django.db.models import Q

from talka.clusters.models import Affiliation, Membership
from talka.courses.models import Course, Material, Topic
from talka.insight.ask import PEOPLE, UNITS
from talka.records.rules import actor_of, agent_key


def actor_key(uuid: object) -> str:
    """The text by which the record store knows one of our people."""
    return agent_key(actor_of(uuid, settings.NAMES_URL))


def activity(kind: str, uuid: object) -> str:
    """The identifier of something of ours in statements."""
    return f"{settings.NAMES_URL}/id/{kind}/{uuid}"


def people(on: date) -> pa.Table:
    """Everyone who works somewhere on that day: one row per organisation and cluster of theirs. Two queries."""
    clusters: dict[int, list[tuple[int, str]]] = {}
    current = Membership.objects.current(on).order_by("cluster_id")
    for organisation, cluster, name in current.values_list("organisation_id", "cluster_id", "cluster__name"):
        clusters.setdefault(organisation, []).append((cluster, name))
    columns: dict[str, list[Any]] = {name: [] for name in PEOPLE.names}
    works = Affiliation.objects.current(on).order_by("pk")
    for uuid, organisation, name, sample in works.values_list("user__uuid", "organisation_id", "organisation__name", "user__is_sample"):
        for cluster, cluster_name in clusters.get(organisation, [(None, None)]):
            for column, value in zip(PEOPLE.names, (actor_key(uuid), organisation, name, cluster, cluster_name, sample), strict=True):
                columns[column].append(value)
    return pa.table(columns, schema=PEOPLE)


def units() -> pa.Table:
    """Every topic and every piece of it, with its place in its course. Three queries."""
    courses = {pk: activity("course", uuid) for pk, uuid in Course.objects.values_list("pk", "uuid")}
    rows = list(_units(courses))
    return pa.Table.from_pylist(rows, schema=UNITS)


def _units(courses: dict[int, str]) -> Iterator[dict[str, Any]]:
    topics: dict[int, dict[str, Any]] = {}
    order = ("course", "lesson__module__order", "lesson__module", "lesson__order", "lesson", "order", "pk")
    fields = ("pk", "uuid", "course_id", "title", "lesson__title", "lesson__module__title")
    place, seen = 0, None
    for pk, uuid, course, title, lesson, module in Topic.objects.order_by(*order).values_list(*fields):
        place = 1 if course != seen else place + 1
        seen = course
        iri = activity("topic", uuid)
        topics[pk] = {
            "unit": iri, "course": courses[course], "kind": "topic", "title": title, "place": place * 1000, "topic": iri,
            "topic_title": title, "lesson": lesson, "module": module,
        }  # fmt: skip
        yield topics[pk]
    pieces = Material.objects.filter(Q(retired_at=None) | Q(attempts__isnull=False)).distinct().order_by("topic", "order", "pk")
    for uuid, kind, title, key, topic, order_ in pieces.values_list("uuid", "kind", "title", "key", "topic_id", "order"):
        if topic in topics:
            at = topics[topic]
            own = activity("exercise" if kind == "exercise" else "material", uuid)
            yield at | {"unit": own, "kind": kind, "title": title or key, "place": at["place"] + min(999, order_ + 1)}
