"""Addresses of `insight`: figures are for staff; learners see only their own progress, elsewhere."""

from django.utils.timezone import now

from talka.courses.models import Course
from talka.records.models import Source
from tests.borders import EVERYONE, Row, expect, staff_only


def build(world):
    world.insight_course = Course.objects.create(
        key="insight-north", slug="insight-north", title="Of the north", cluster=world.north, visibility="network", published_at=now()
    )
    world.insight_source = Source.objects.create(name="Moodle of the north", cluster=world.north, authority={}, made_at=now())
    world.network_source = Source.objects.create(name="Moodle of the network", authority={}, made_at=now())


def course(world):
    return {"course": world.insight_course.slug}


def source(world):
    return {"source": world.insight_source.uuid}


ROWS = [
    Row("insight:course", staff_only(), course),
    Row("insight:course", staff_only(), course, query="?of=south", note="another cluster's people"),
    Row("insight:course", expect(404, signed_out=302), course, query="?csv=nothing", note="no such file"),
    Row("insight:source", staff_only(), source),
    Row("insight:source", staff_only("operator"), lambda w: {"source": w.network_source.uuid}, note="of the network"),
    Row("insight:cluster", staff_only(), lambda w: {"cluster": w.north.slug}),
    Row("insight:validation", staff_only(), lambda w: {"cluster": w.north.slug, "survey": w.validation.survey.slug}),
    Row("insight:network-needs", staff_only("operator")),
    Row("insight:organisation-needs", staff_only() | {"contact": 200}, lambda w: {"organisation": w.ours.slug}),
    Row("insight:stack", staff_only(), lambda w: {"cluster": w.north.slug, "code": w.stack.code}),
    Row("insight:definitions", EVERYONE),
    Row("insight:definition", EVERYONE, {"metric": "weekly-active"}),
    Row("insight:definition", EVERYONE, {"metric": "needs-closed"}),
    Row("insight:definition", expect(404), {"metric": "none"}, note="unknown"),
]
