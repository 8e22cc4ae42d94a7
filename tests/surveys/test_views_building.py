import pytest
from django.urls import reverse
from django.utils.timezone import now

from talka.kit.models import Work
from talka.people.rules import Part
from talka.skills.actions import load_framework
from talka.surveys.models import Item, Survey
from talka.surveys.tasks import rank_answers
from talka.surveys.views import building, places
from tests.factories import surveys as make
from tests.factories.clusters import cluster, staff

pytestmark = pytest.mark.django_db


@pytest.fixture
def north():
    return cluster()


@pytest.fixture
def editor(north, client):
    user = staff(north, Part.EDITOR)
    client.force_login(user)
    return user


def url(survey, name, **kwargs):
    return reverse(f"surveys:{name}", kwargs={"cluster": survey.cluster.slug, "survey": survey.slug, **kwargs})


def test_a_needs_survey_is_made_from_the_template_and_opened(client, north, editor, settings, noon):
    page = reverse("surveys:new", args=[north.slug])
    assert client.post(page, {"title": "Needs 2026", "template": "training-needs"}).status_code == 422
    load_framework(settings.CONTENT / "frameworks" / "cluster-manager.yaml", by=None, at=noon)
    response = client.post(page, {"title": "Needs 2026", "template": "training-needs"})
    survey = Survey.objects.get()
    assert response.url == url(survey, "build")
    assert survey.items.filter(kind="need").count() == 20
    assert "Pricing" in client.get(response.url).content.decode() or survey.items.exists()
    assert client.post(url(survey, "state"), {"open": "1"}).url == url(survey, "invite")
    survey.refresh_from_db()
    assert survey.opens_at is not None


def test_an_empty_survey_is_filled_by_hand(client, north, editor):
    client.post(reverse("surveys:new", args=[north.slug]), {"title": "Über uns", "template": ""})
    survey = Survey.objects.get()
    client.post(url(survey, "new-audience"), {"title": "For members", "audience": "members"})
    client.post(url(survey, "new-section"), {"title": "First page"})
    add = url(survey, "new-item", section=survey.sections.get().pk)
    client.post(f"{add}?kind=choice", {"text": "Which one?", "choices": "first = The first\nSecond choice"})
    item = Item.objects.get()
    assert (item.code, item.options["choices"]) == (
        "which-one",
        [{"code": "first", "text": "The first"}, {"code": "second-choice", "text": "Second choice"}],
    )
    edit = url(survey, "item", item=item.code)
    assert client.post(edit, {"text": "Which?", "code": "which", "choices": "only one"}).status_code == 422
    client.post(edit, {"text": "Which?", "code": "which", "choices": "a\nb", "text_de": "Welche?", "required": "on"})
    item.refresh_from_db()
    assert (item.text, item.code, item.required, item.translations) == ("Which?", "which", True, {"de": {"text": "Welche?"}})
    client.post(url(survey, "move"), {"thing": f"item:{item.pk}", "up": "1"})
    client.post(url(survey, "remove"), {"thing": f"item:{item.pk}"})
    assert not Item.objects.exists()
    assert client.post(url(survey, "remove"), {"thing": "user:1"}).status_code == 404


def test_a_condition_names_what_can_be_answered(client, north, editor):
    client.post(reverse("surveys:new", args=[north.slug]), {"title": "Evenings", "template": ""})
    survey = Survey.objects.get()
    client.post(url(survey, "new-section"), {"title": "First page"})
    add = url(survey, "new-item", section=survey.sections.get().pk)
    client.post(f"{add}?kind=choice", {"text": "Do you come?", "code": "come", "choices": "yes = Yes, I do\nno = No"})
    client.post(f"{add}?kind=choices", {"text": "When?", "code": "when", "choices": "mon = Monday\ntue = Tuesday"})
    client.post(f"{add}?kind=number", {"text": "How often?", "code": "often"})
    text = {"text": "Why?", "code": "why"}
    refused = client.post(f"{add}?kind=text", {**text, "depends": "come", "test": "eq", "value": "maybe"})
    assert refused.context["form"].errors == {"value": ["“maybe” is none of the choices: yes, no."]}
    refused = client.post(f"{add}?kind=text", {**text, "depends": "often", "test": "gt", "value": "many"})
    assert refused.context["form"].errors == {"value": ["Enter a number."]}
    client.post(f"{add}?kind=text", {**text, "depends": "come", "test": "eq", "value": "yes, i do"})
    client.post(url(survey, "new-section"), {"title": "Mondays", "depends": "when", "test": "eq", "value": "mon"})
    page = client.get(url(survey, "build")).content.decode()
    assert "shown only if come is yes" in page
    assert "shown only if when has mon" in page


def test_a_survey_is_tried_before_it_opens_and_nothing_is_kept(client, north, editor):
    items = [
        {"code": "come", "kind": "choice", "text": "Do you come?", "choices": [{"code": c, "text": c.title()} for c in ("yes", "no")]},
        {"code": "why", "kind": "text", "text": "You said {come}. Why?", "condition": {"item": "come", "is": "eq", "value": "no"}},
    ]
    survey = make.survey(north, sections=[{"title": "Evenings", "items": items}])
    Survey.objects.update(translations={"de": {"title": "Abende"}})
    page = client.get(url(survey, "preview")).content.decode()
    assert "Do you come?" in page
    assert "Why?" not in page
    page = client.get(url(survey, "preview"), {"_audience": "partners", "_language": "de", "come": "no"}).content.decode()
    assert "You said No. Why?" in page
    assert client.get(url(survey, "preview"), {"come": "perhaps"}).status_code == 200
    assert not survey.responses.exists()
    client.post(reverse("surveys:new", args=[north.slug]), {"title": "Bare", "template": ""})
    empty = Survey.objects.get(title="Bare")
    assert url(empty, "new-audience") in client.get(url(empty, "preview")).content.decode()


def test_settings_say_what_is_wrong(client, north, editor):
    survey = make.survey(north)
    values = {
        "title": "Needs",
        "identity": "pseudonymous",
        "language": "en",
        "visibility": "cluster",
        "low": "5",
        "high": "1",
        "opens_at": "2026-03-02T10:00",
        "closes_at": "2026-03-01T10:00",
    }
    response = client.post(url(survey, "settings"), values)
    assert set(response.context["form"].errors) == {"high", "closes_at"}
    response = client.post(url(survey, "settings"), {**values, "low": "1", "high": "5", "closes_at": "", "importance": "low\nhigh"})
    assert response.status_code == 302
    assert survey.scales.get().labels == {"importance": ["low", "high"]}


def test_a_question_that_was_answered_says_why_it_stays(client, north, editor):
    survey = make.survey(north)
    make.answers(survey, managers=1)
    response = client.post(url(survey, "item", item="funding"), {"text": "Funding", "code": "money"})
    assert response.status_code == 422
    assert "People have already answered" in response.content.decode()
    response = client.post(url(survey, "remove"), {"thing": f"item:{survey.items.get(code='funding').pk}"}, follow=True)
    assert "it stays" in response.content.decode()


def test_links_and_codes_to_print(client, north, editor):
    survey = make.survey(north)
    page = url(survey, "invite")
    response = client.post(page, {"questionnaire": survey.questionnaires.first().pk, "addresses": "a@x.org, b@x.org\nwrong"}, follow=True)
    text = response.content.decode()
    assert "2 personal links were made." in text
    assert "wrong" in text
    qr = client.get(url(survey, "qr", audience="managers"))
    assert (qr["Content-Type"], qr.content[:4]) == ("image/svg+xml", b"<svg")
    rows = b"".join(client.get(url(survey, "links-csv")).streaming_content).decode().splitlines()
    assert len(rows) == 3
    assert "/s/" in rows[1]
    assert "The survey is not open" in client.post(url(survey, "send"), {"send": "1"}, follow=True).content.decode()


def test_closing_a_survey_of_many_leaves_the_ranking_to_the_worker(client, north, editor, monkeypatch):
    monkeypatch.setattr(places, "LARGE", 5)
    monkeypatch.setattr(building, "LARGE", 5)
    survey = make.survey(north, opens_at=make.SPRING)
    make.answers(survey, managers=6)
    Survey.objects.update(answers_changed_at=now())
    response = client.post(url(survey, "state"), {"close": "1"})
    work = Work.objects.get()
    assert response.url == reverse("kit:work", args=[work.uuid])
    page = client.get(url(survey, "survey"))
    assert page.context["late"]
    assert response.url in page.content.decode()
    rank_answers.call(work=str(work.uuid), survey=survey.pk)
    work.refresh_from_db()
    assert (work.outcome, work.done, work.total, work.result_url) == ("done", 2, 2, url(survey, "survey"))
    assert not client.get(work.result_url).context["late"]
