"""Addresses of cmi5: units fetch their token by the secret of their session, whoever they are; a learner sees the own session; those who write
the course see its learners' registrations.
"""

import uuid

from django.contrib.auth import get_user_model

from talka.courses.cmi5 import actions
from tests.borders import EVERYONE, Row, expect, staff_only
from tests.factories import cmi5
from tests.factories import courses as make
from tests.factories import packages as boxes


def build(world):
    world.launched = make.plain_course("launched", cluster=world.north, visibility="cluster")
    manager = get_user_model().objects.get(pk=world.viewers["manager"].pk)
    world.cmi5 = cmi5.package(world.launched, cmi5.block("b", cmi5.unit("u")), by=manager)
    boxes.show(world.cmi5, make.topic(world.launched, "t0"))
    world.unit = cmi5.units(world.cmi5)["u"]
    enrolment = cmi5.enrolment(world.launched, world.viewers["member"])
    launch = actions.launch(enrolment=enrolment, unit=world.unit, url="https://content.example/", return_url="", at=make.WHEN)
    world.session = launch.session


def play(world):
    return {"course": world.launched.slug, "topic": "t0", "unit": world.unit.uuid}


def desk(world):
    return {"cluster": world.north.slug, "course": world.launched.slug, "package": world.cmi5.uuid}


def one(world):
    return desk(world) | {"registration": world.session.registration.uuid}


LEARNER = expect(200, signed_out=302, stranger=404, other_cluster=404)
AUTHORS = staff_only() | {"evaluator": 403}
SENT = AUTHORS | {"editor": 302, "manager": 302, "operator": 302}
ROWS = [
    Row("cmi5:fetch", EVERYONE, {"secret": "nobody-was-given-this"}, data={}, note="an error object"),
    Row("cmi5:returned", EVERYONE, note="knows nobody"),
    Row("cmi5:session", expect(404, signed_out=302, member=200), lambda w: {"uuid": w.session.uuid}, note="the member's own"),
    Row("packages:play", LEARNER, play, note="cmi5"),
    Row("cmi5:registrations", AUTHORS, desk),
    Row("cmi5:registrations", AUTHORS, desk, query="?format=csv"),
    Row("cmi5:registration", AUTHORS, one),
    Row(
        "cmi5:registration",
        expect(404, signed_out=302, evaluator=403),
        lambda w: one(w) | {"registration": uuid.UUID(int=1)},
        note="no such registration",
    ),
    Row("cmi5:waive", SENT, one, data=lambda w: {"unit": w.unit.uuid, "reason": "Administrative"}),
    Row(
        "cmi5:waive",
        expect(404, signed_out=302, evaluator=403),
        one,
        data=lambda w: {"unit": w.unit.uuid, "reason": "Because"},
        note="no reason",
    ),
    Row("cmi5:abandon", SENT, one, data={}),
]
