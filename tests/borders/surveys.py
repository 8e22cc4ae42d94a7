"""Who may open the pages of surveys."""

from datetime import timedelta

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils.timezone import now

from talka.surveys.models import Invitation
from tests.borders import EVERYONE, Row, expect, staff_only
from tests.factories import surveys as make


def build(world):
    world.survey = make.survey(world.north, slug="needs")
    make.answers(world.survey, managers=6, partners=6)
    opened = now() - timedelta(hours=1)
    world.asked = make.survey(world.north, slug="asked", opens_at=opened)
    world.open = make.survey(world.north, slug="open", identity="anonymous", opens_at=opened)
    world.published = make.survey(world.north, slug="published", opens_at=opened)
    world.published.published_at = opened
    world.published.save()
    Invitation.objects.create(questionnaire=world.asked.questionnaires.first(), token="personal-link", made_at=opened)


def open_(world):
    return {"survey": world.open.uuid, "audience": "managers"}


def asked(world):
    return {"survey": world.asked.uuid, "audience": "managers"}


def at(world):
    return {"cluster": world.north.slug, "survey": "needs"}


def item(world):
    return {**at(world), "item": "funding"}


# The evaluator reads but does not change.
writers = staff_only("manager", "editor") | {"evaluator": 403}
done = {viewer: 302 if status == 200 else status for viewer, status in writers.items()}
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
    Row("surveys:new", writers, lambda w: {"cluster": w.north.slug}),
    *(Row(f"surveys:{name}", writers, at) for name in ("settings", "build", "new-audience", "new-section", "invite", "live", "links-csv")),
    Row("surveys:audience", writers, lambda w: {**at(w), "audience": "managers"}),
    Row("surveys:qr", writers, lambda w: {**at(w), "audience": "managers"}),
    Row("surveys:section", writers, lambda w: {**at(w), "section": w.survey.sections.get().pk}),
    Row("surveys:new-item", writers, lambda w: {**at(w), "section": w.survey.sections.get().pk}, query="?kind=text"),
    Row("surveys:item", writers, item),
    Row("surveys:move", done, at, data=lambda w: {"thing": f"section:{w.survey.sections.get().pk}", "up": "1"}),
    Row("surveys:remove", done, at, data=lambda w: {"thing": f"section:{w.survey.sections.get().pk}"}),
    Row("surveys:grid", done, at, data=lambda w: {"section": w.survey.sections.get().pk}),
    Row("surveys:state", done, at, data={"open": "1"}),
    Row("surveys:repeat", done, at, data={"again": "1"}),
    Row("surveys:send", done, at, data={"send": "1"}),
    Row("surveys:report", staff_only(), at),
    Row("surveys:report-pdf", staff_only(), at),
    # Neither question nor wave there: what cannot be seen and what does not exist look the same.
    Row("surveys:report-csv", expect(404, signed_out=302), item),
    Row("surveys:waves-csv", expect(404, signed_out=302), at),
    Row("surveys:publish", done, at, data={"publish": "1"}),
    Row("surveys:summary", expect(200, signed_out=404, stranger=404, other_cluster=404), lambda w: {"survey": w.published.uuid}),
    Row("surveys:summary", expect(404), lambda w: {"survey": w.survey.uuid}, note="not published"),
    Row("surveys:import", writers, at),
    Row("surveys:import", writers, at, data=lambda _w: {"file": SimpleUploadedFile("a.csv", make.csv("x1,managers,5,1,5,1,5,1"))}),
    Row("surveys:example-csv", writers, at),
    Row("surveys:answers-csv", staff_only(), at),
    Row("surveys:languages", done, at),
    Row("surveys:preview", writers, at),
    Row("surveys:language", writers, lambda w: {**at(w), "language": "de"}),
    Row("surveys:language", done, lambda w: {**at(w), "language": "de"}, data={"survey.title": "Bedarf"}),
    Row("surveys:codebook", staff_only(), at),
    Row("surveys:spss", staff_only(), at),
    Row("surveys:lime-structure", staff_only(), at),
    Row("surveys:lime-responses", staff_only(), at),
    Row("surveys:method", EVERYONE),
    Row("surveys:door", EVERYONE, lambda w: {"survey": w.open.uuid}),
    Row("surveys:start", EVERYONE, open_),
    # One answer each: by a personal link, or signed in as somebody of the cluster. An operator is no respondent.
    Row("surveys:start", expect(200, signed_out=302, stranger=403, other_cluster=403, operator=403), asked, note="pseudonymous"),
    # Who has not begun is led to the beginning.
    Row("surveys:page", dict.fromkeys(EVERYONE, 302), lambda w: {**open_(w), "page": 1}),
    Row("surveys:end", dict.fromkeys(EVERYONE, 302), open_),
    Row("surveys:personal", dict.fromkeys(EVERYONE, 302), {"token": "personal-link"}),
]
