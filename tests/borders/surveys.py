"""Who may open the pages of surveys."""

from django.core.files.uploadedfile import SimpleUploadedFile

from tests.borders import EVERYONE, Row, expect, staff_only
from tests.factories import surveys as make


def build(world):
    world.survey = make.survey(world.north, slug="needs")
    make.answers(world.survey, managers=6, partners=6)


def at(world):
    return {"cluster": world.north.slug, "survey": "needs"}


def item(world):
    return {**at(world), "item": "funding"}


# The evaluator reads but does not change.
writers = staff_only("manager", "editor") | {"evaluator": 403}
ROWS = [
    Row("surveys:needs", staff_only(), lambda w: {"cluster": w.north.slug}),
    Row("surveys:survey", staff_only(), at),
    Row("surveys:survey", staff_only(), at, query="?audience=managers"),
    Row("surveys:survey", staff_only(), at, query="?format=csv"),
    Row("surveys:picture-csv", staff_only(), at),
    Row("surveys:need", staff_only(), item),
    Row("surveys:need-csv", staff_only(), item),
    Row(
        "surveys:decide",
        expect(404, signed_out=302, manager=302, operator=302, editor=403, evaluator=403),
        item,
        data={"verdict": "accept", "reason": "Because."},
    ),
    Row("surveys:import", writers, at),
    Row("surveys:import", writers, at, data=lambda _w: {"file": SimpleUploadedFile("a.csv", make.csv("x1,managers,5,1,5,1,5,1"))}),
    Row("surveys:example-csv", writers, at),
    Row("surveys:answers-csv", staff_only(), at),
    Row("surveys:method", EVERYONE),
]
