"""Addresses of `home`."""

from uuid import UUID

from django.utils.timezone import now

from talka.courses.models import Course, Lesson, Module, Topic
from tests.borders import EVERYONE, Row, expect, staff_only

NOTHING = UUID("00000000-0000-4000-8000-000000000000")


def build(world):
    world.closed_course = Course.objects.create(
        key="closed", slug="closed", title="Closed", cluster=world.north, visibility="cluster", published_at=now()
    )
    module = Module.objects.create(course=world.closed_course, slug="m", title="M")
    lesson = Lesson.objects.create(course=world.closed_course, module=module, slug="l", title="L")
    world.closed_topic = Topic.objects.create(course=world.closed_course, lesson=lesson, slug="t", title="T", live=True)


def topic(world):
    return {"kind": "topic", "uuid": world.closed_topic.uuid}


SIGNED_IN = expect(200, signed_out=302)
INSIDE = expect(302, signed_out=404, stranger=404, other_cluster=404)
ROWS = [
    Row("home:front", EVERYONE),
    Row("home:about", EVERYONE),
    Row("home:today", SIGNED_IN),
    Row("home:my-cluster", expect(302)),
    Row("home:overview", staff_only(), lambda w: {"cluster": w.north.slug}),
    Row("home:overview", expect(404, signed_out=302), lambda w: {"cluster": w.north.slug}, query="?csv=nothing", note="no such file"),
    Row("home:search", EVERYONE),
    Row("home:search", EVERYONE, query="?q=north"),
    Row("home:door", INSIDE, topic, note="of a closed course"),
    Row("home:door", expect(404), {"kind": "topic", "uuid": NOTHING}, note="of nothing"),
    Row("home:door-bare", INSIDE, topic),
    Row("home:remove-sample", expect(403, signed_out=302, operator=200)),
    Row("home:remove-sample", expect(403, signed_out=302, operator=200), data={}, note="there is none"),
]
