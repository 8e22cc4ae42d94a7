"""Addresses of packages: whoever may learn in the course plays them; its authors bring them in, and nobody else sees that page."""

import uuid

from django.contrib.auth import get_user_model
from django.core.files.uploadedfile import SimpleUploadedFile

from talka.courses.models import Package
from talka.kit.actions import keep_upload
from talka.kit.models import Upload
from tests.borders import Row, expect, staff_only
from tests.factories import courses as make
from tests.factories import packages as boxes


def build(world):
    world.boxed = make.plain_course("boxed", cluster=world.north, visibility="cluster")
    world.package = boxes.take(world.boxed, boxes.h5p(), "tiny.h5p")
    boxes.show(world.package, make.topic(world.boxed, "t0"))
    world.offer = boxes.take(world.boxed, boxes.h5p(), "tiny.h5p", replaces=world.package)
    world.removed = boxes.take(world.boxed, boxes.h5p(), "tiny.h5p")
    Package.objects.filter(pk=world.removed.pk).update(state="removed", removed_at=make.WHEN)
    # A file that the manager sent; it is nobody else's.
    manager = get_user_model().objects.get(pk=world.viewers["manager"].pk)
    world.upload = keep_upload(SimpleUploadedFile("a.h5p", b"no zip"), kind="courses.package", by=manager, at=make.WHEN)
    Upload.objects.filter(pk=world.upload.pk).update(report={"course": world.boxed.pk, "replaces": None})


def unit(world):
    return {"course": world.boxed.slug, "topic": "t0", "unit": world.package.units.get().uuid}


def desk(**more):
    return lambda world: {"cluster": world.north.slug, "course": world.boxed.slug, **more}


def of(name):
    return lambda world: desk()(world) | {"package": getattr(world, name).uuid}


LEARNER = expect(200, signed_out=302, stranger=404, other_cluster=404)
AUTHORS = staff_only() | {"evaluator": 403}
SENT = AUTHORS | {"editor": 302, "manager": 302, "operator": 302}
GONE = expect(404, signed_out=302, evaluator=403)
ROWS = [
    Row("packages:play", LEARNER, unit),
    Row("packages:play", expect(404, signed_out=302), lambda w: unit(w) | {"unit": uuid.UUID(int=1)}, note="no such unit"),
    Row("packages:play", expect(404, signed_out=302), lambda w: unit(w) | {"topic": "t1"}, note="a topic that does not show it"),
    Row("packages:keep", expect(422, signed_out=302, stranger=404, other_cluster=404), unit, data={"ticket": "nothing"}),
    Row("packages:packages", AUTHORS, desk()),
    Row("packages:packages", AUTHORS | dict.fromkeys(("editor", "manager", "operator"), 422), desk(), data={}),
    Row("packages:package", AUTHORS, of("package")),
    Row("packages:package", GONE, desk(package=uuid.UUID(int=1)), note="no such package"),
    Row("packages:try", AUTHORS, lambda w: of("package")(w) | {"unit": w.package.units.get().uuid}),
    Row("packages:again", GONE | {"manager": 422}, lambda w: desk()(w) | {"upload": w.upload.uuid}, data={}, note="another's file"),
    Row("packages:show", SENT, of("package"), data={"topic": "t0"}),
    Row("packages:accept", GONE, of("package"), data={}, note="no offer"),
    Row("packages:restore", SENT, of("removed"), data={}),
    Row("packages:remove", SENT, of("removed"), data={}),
]
