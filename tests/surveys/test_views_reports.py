import pytest
from django.urls import reverse
from django.utils.timezone import now

from talka.kit.models import Letter
from talka.people.rules import Part
from talka.surveys import actions, queries
from talka.surveys.models import Invitation
from talka.surveys.rules.files import AnswerRow, write_file
from tests.factories import surveys as make
from tests.factories.clusters import cluster, employee, organisation, staff
from tests.factories.people import person

pytestmark = pytest.mark.django_db
CHOICES = [{"code": "a", "text": "Alpha"}, {"code": "b", "text": "Beta"}]
ITEMS = [
    {"code": "likert", "kind": "likert", "text": "It matters."},
    {"code": "one", "kind": "choice", "text": "Which?", "choices": CHOICES},
    {"code": "order", "kind": "ranking", "text": "Order?", "choices": CHOICES},
    {"code": "hours", "kind": "number", "text": "Hours?"},
    {"code": "nps", "kind": "nps", "text": "Recommend?"},
    {"code": "sus", "kind": "sus", "text": "the platform"},
    {"code": "why", "kind": "text", "text": "You gave {nps}. Why?"},
    {"code": "impact", "kind": "impact", "text": "What changed?"},
]


def fill(survey, people):
    questions = [q for _item, q in queries.questions_of(survey)]
    # 20 promoters and 5 detractors of 35: the published figure 42.9.
    rows = []
    for n in range(people):
        nps = 9 if n % 7 < 4 else (0 if n % 7 == 4 else 7)
        impact = {"before": f"Before {n}", "contribution": "Help", "after": "After"}
        answers = {
            "likert": 4 + n % 2,
            "one": "a" if n % 4 else "b",
            "order": ["a", "b"],
            "hours": float(n),
            "nps": nps,
            "sus": [4, 2, 4, 1, 4, 2, 5, 2, 4, 2],
            "why": f"Pricing exercises were good number{n}",
            "impact": impact,
        }
        rows.append(AnswerRow(n, f"r{n}", "managers", make.SPRING, answers))
    report = actions.import_answers(survey, "".join(write_file(rows, questions)).encode(), by=None, at=now())
    assert report.done, report.as_text()


@pytest.fixture
def validation(client):
    survey = make.survey(cluster(), sections=[{"title": "S", "items": ITEMS}])
    client.force_login(staff(survey.cluster, Part.MANAGER))
    return survey


def url(survey, name="report", **kwargs):
    return reverse(f"surveys:{name}", kwargs={"cluster": survey.cluster.slug, "survey": survey.slug, **kwargs})


def test_every_kind_is_summed_up_with_its_published_figures(client, validation):
    fill(validation, 35)
    text = client.get(url(validation)).content.decode()
    assert "“Alpha” is named most often, by 74 % (58 to 86 %)" in text
    assert "Net promoter score 42.9" in text
    assert "80.0 of 100, grade " in text, text[text.index("System Usability") :][:400]
    assert "You gave …. Why?" in text
    assert "nan" not in text.lower().replace("nance", "")


def test_words_are_quoted_only_from_those_who_allowed_it(client, validation):
    fill(validation, 8)
    assert "Before 3" not in client.get(url(validation)).content.decode()
    validation.responses.filter(respondent="r3").update(may_quote=True)
    validation.answers_changed_at = now()
    validation.save()
    text = client.get(url(validation)).content.decode()
    assert "Before 3" in text
    assert "Before 4" not in text


def test_few_answers_show_nothing(client, validation):
    fill(validation, 4)
    text = client.get(url(validation)).content.decode()
    assert text.count("Too few answered to show it.") == len(ITEMS)
    assert client.get(url(validation, "report-csv", item="likert")).status_code == 404


def test_a_survey_without_pairs_opens_at_its_report(client, validation):
    assert client.get(url(validation, "survey")).url == url(validation)


def test_the_report_as_pdf_and_its_numbers_as_csv(client, validation):
    fill(validation, 35)
    pdf = client.get(url(validation, "report-pdf"))
    assert (pdf["Content-Type"], pdf.content[:5]) == ("application/pdf", b"%PDF-")
    lines = b"".join(client.get(url(validation, "report-csv", item="one")).streaming_content).decode().splitlines()
    assert lines[1].startswith("Alpha,26,74.3,")


def test_the_report_of_needs_says_how_reliable_it_is_and_where_audiences_differ(client):
    survey = make.survey(cluster())
    client.force_login(staff(survey.cluster, Part.EVALUATOR))
    make.answers(survey, managers=12)
    rows = [f"p{n},partners,{2 + n % 2},4,4,3,3,3" for n in range(12)]
    actions.import_answers(survey, make.csv(*rows), by=None, at=now())
    response = client.get(url(survey))
    text = response.content.decode()
    assert "Funding: the distance is greater for “Managers” than for “Partners”" in text
    assert "Publish the summary" not in text
    assert client.get(url(survey, "report-pdf")).content[:5] == b"%PDF-"


def test_two_waves_are_compared(client):
    first = make.survey(cluster())
    manager = staff(first.cluster, Part.MANAGER)
    client.force_login(manager)
    make.answers(first, managers=20)
    second = actions.repeat(survey=first, title="Again", by=manager, at=now())
    assert "Too few have answered one of the waves." in client.get(url(second)).content.decode()
    rows = [f"s{n},managers,5,{4 + n % 2},{4 + n % 2},3,{3 + n % 2},{3 + n % 2}" for n in range(20)]
    actions.import_answers(second, make.csv(*rows), by=None, at=now())
    assert "1 need shrank for certain since Needs" in client.get(url(second)).content.decode()
    lines = b"".join(client.get(url(second, "waves-csv")).streaming_content).decode().splitlines()
    assert lines[1].startswith("Funding,17.5,2.5,-15.0,")
    second.scales.update(high=7)
    assert "different scales" in client.get(url(second)).content.decode()


def test_the_summary_is_published_by_choice(client, client_class):
    survey = make.survey(cluster(), opens_at=make.SPRING)
    manager = staff(survey.cluster, Part.MANAGER)
    client.force_login(manager)
    make.answers(survey, managers=6)
    Invitation.objects.create(questionnaire=survey.questionnaires.first(), token="t", email="a@x.org", made_at=now(), sent_at=now())
    page = reverse("surveys:summary", args=[survey.uuid])
    member = client_class()
    member.force_login(employee(organisation(of=survey.cluster)))
    assert member.get(page).status_code == 404
    client.post(url(survey, "publish"), {"send": "1"})
    assert "Funding stands first" in member.get(page).content.decode()
    assert list(Letter.objects.values_list("to", flat=True)) == ["a@x.org"]
    stranger = client_class()
    stranger.force_login(person())
    assert stranger.get(page).status_code == 404
    # Beyond the cluster a figure rests on ten people at least.
    survey.refresh_from_db()
    survey.visibility = "public"
    survey.save()
    assert "Too few have answered" in client_class().get(page).content.decode()
    client.post(url(survey, "publish"), {"withdraw": "1"})
    assert member.get(page).status_code == 404


@pytest.fixture
def client_class():
    from django.test import Client

    return Client
