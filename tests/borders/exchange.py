"""Addresses of the exchange of courses: managers and editors of the cluster bring in and take out; nobody else sees that there is something."""

from tests.borders import Row, expect, staff_only
from tests.factories import courses


def build(world):
    world.exchanged = courses.plain_course("exchanged", cluster=world.north)


def course(world):
    return {"cluster": world.north.slug, "course": world.exchanged.slug}


def topic(world):
    return {"course": world.exchanged.slug, "topic": "t0"}


# Whoever may open the course may come through its door; a course of the cluster stays with the cluster.
LEARNER = expect(200, signed_out=302, stranger=404, other_cluster=404)
WRITERS = staff_only() | {"evaluator": 403}
ROWS = [
    Row("exchange:import", WRITERS, lambda w: {"cluster": w.north.slug}),
    Row("exchange:course", WRITERS, course),
    Row("exchange:import-lesson", WRITERS, lambda w: course(w) | {"lesson": "only"}),
    Row(
        "exchange:import-lesson",
        expect(404, signed_out=302, evaluator=403),
        lambda w: course(w) | {"lesson": "no-such"},
        note="no such lesson",
    ),
    Row("exchange:export", WRITERS, lambda w: course(w) | {"form": "moodle"}),
    Row("exchange:export", WRITERS, lambda w: course(w) | {"form": "qti"}, note="qti"),
    Row("exchange:export", expect(404, signed_out=302, evaluator=403), lambda w: course(w) | {"form": "no-such"}, note="no such format"),
    *(
        Row("exchange:export", WRITERS, lambda w, form=form: course(w) | {"form": form}, note=form)
        for form in ("cartridge", "scorm", "cmi5")
    ),
    Row("exchange:door", LEARNER, topic),
    Row("exchange:door-state", LEARNER, topic),
]
