"""What surveys get in the end: a scale that changed, an audience that nobody belongs to, scripts of every direction. Each page answers, none shows NaN."""

import re

import pytest
from django.urls import reverse

from talka.clusters.models import Role
from talka.people.rules import Part
from talka.surveys import actions
from talka.surveys.models import Questionnaire, Survey
from tests.factories import clusters as make
from tests.factories.surveys import SPRING, answers, csv, survey

pytestmark = pytest.mark.django_db
FILES = ("answers-csv", "codebook", "lime-responses")
PAGES = ("survey", "report", "build", "invite", "import", "settings")
MIXED = "يصعب العثور على وقت 🪵👩‍🏭 for עברית"


@pytest.fixture
def manager(client):
    found = make.staff(make.cluster("North"), Part.MANAGER)
    client.force_login(found)
    return found


@pytest.fixture
def north(manager):
    return Role.objects.get(user=manager).cluster


def every_page(client, of: Survey) -> str:
    """All staff pages of a survey and all its files as one text; each must open and show no NaN."""
    found = [b"".join(client.get(reverse(f"surveys:{name}", args=[of.cluster.slug, of.slug]))).decode() for name in FILES]
    found += [client.get(reverse("surveys:report-csv", args=[of.cluster.slug, of.slug, i.code])).content.decode() for i in of.items.all()]
    assert client.get(reverse("surveys:report-pdf", args=[of.cluster.slug, of.slug])).content.startswith(b"%PDF-")
    for name in PAGES:
        # A survey without pairs has no ranking: its address leads on to the report.
        answer = client.get(reverse(f"surveys:{name}", args=[of.cluster.slug, of.slug]), follow=True)
        assert answer.status_code == 200, name
        found.append(answer.content.decode())
    together = "\n".join(found)
    assert not re.search(r"\bnan\b|\binfinity\b|\bNone\b(?! )", re.sub(r"<script.*?</script>", "", together, flags=re.DOTALL)), (
        "NaN on a page"
    )
    return together


def test_answers_on_an_older_scale_are_kept_apart(client, north, manager):
    made = survey(north)
    answers(made, 6)
    actions.change_scale(survey=made, low=1, high=7, labels={}, by=manager, at=SPRING)
    rows = [f"later{n},managers,7,1,6,2,5,3" for n in range(5)]
    assert actions.import_answers(made, csv(*rows), by=None, at=SPRING).done
    text = every_page(client, made)
    assert "6 answers on the older scale 1–5 are kept apart." in text
    refused = actions.preview_answers(made, csv("r0,managers,5,1,5,1,5,1"), by=None, at=SPRING)
    assert [r.code for r in refused.refused] == ["other_scale"]


def test_an_audience_of_nobody(client, north):
    made = survey(north)
    Questionnaire.objects.filter(survey=made, audience="partners").update(invited=0)
    answers(made, 6)
    text = every_page(client, made)
    assert "Partners" in text


def test_a_survey_that_nobody_answered(client, north):
    every_page(client, survey(north))


def test_one_respondent_and_all_equal_answers(client, north):
    one, equal = survey(north, identity="named"), survey(north)
    actions.import_answers(one, csv("r1,managers,5,1,4,4,3,3"), by=None, at=SPRING)
    actions.import_answers(equal, csv(*[f"r{n},managers,3,3,3,3,3,3" for n in range(8)]), by=None, at=SPRING)
    for made in (one, equal):
        every_page(client, made)


def test_emoji_and_right_to_left_text_come_through(client, north):
    one = [{"audience": "all", "title": MIXED}]
    sections = [{"title": MIXED, "items": [{"code": "why", "kind": "text", "text": MIXED}]}]
    made = survey(north, title=MIXED, questionnaires=one, sections=sections, identity="anonymous", opens_at=SPRING)
    begun = client.post(reverse("surveys:start", args=[made.uuid, "all"]))
    sent = client.post(begun.url, {"shown": "why", "why": f"{MIXED} <b>&"})
    assert sent.status_code == 302
    page = client.get(begun.url).content.decode()
    assert f"{MIXED} &lt;b&gt;&amp;" in page
    assert 'dir="auto"' in page
    client.post(sent.url, {"may_quote": "1"})
    assert MIXED in every_page(client, made)
    assert MIXED in b"".join(client.get(reverse("surveys:answers-csv", args=[north.slug, made.slug])).streaming_content).decode()
