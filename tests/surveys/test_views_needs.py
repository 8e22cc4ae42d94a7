import csv

import pytest
from django.urls import reverse

from talka.people.rules import Part
from talka.surveys.models import NeedDecision
from tests.factories import surveys as make
from tests.factories.clusters import cluster, staff

pytestmark = pytest.mark.django_db


@pytest.fixture
def needs():
    return make.survey(cluster())


@pytest.fixture
def manager(needs, client):
    user = staff(needs.cluster, Part.MANAGER)
    client.force_login(user)
    return user


def page(client, survey, name="survey", query="", **kwargs):
    return client.get(reverse(f"surveys:{name}", kwargs={"cluster": survey.cluster.slug, "survey": survey.slug, **kwargs}) + query)


def test_the_ranking_says_its_finding_and_how_sure_it_is(client, needs, manager):
    make.answers(needs, managers=10, partners=10)
    text = page(client, needs).content.decode()
    assert "Funding is the greatest need" in text
    assert "20 answers" in text
    assert text.index("Funding</a>") < text.index("Leading</a>") < text.index("Digital</a>")


def test_an_audience_has_its_own_ranking(client, needs, manager):
    make.answers(needs, managers=10, partners=10)
    response = page(client, needs, query="?audience=partners")
    assert response.context["results"].n == 10
    assert page(client, needs, query="?audience=nobody").status_code == 404


def test_a_small_audience_is_hidden_and_cannot_be_worked_out(client, needs, manager):
    make.answers(needs, managers=10, partners=3)
    assert page(client, needs).context["results"].shown_audiences == ()
    assert page(client, needs, query="?audience=partners").status_code == 404
    assert page(client, needs, query="?audience=managers").status_code == 404
    text = page(client, needs, "need-csv", item="funding").getvalue().decode()
    assert "partners,,,not shown: too few" in text
    assert "managers,,,not shown: too few" in text


def test_few_answers_show_no_figure_anywhere(client, needs, manager):
    make.answers(needs, managers=4)
    response = page(client, needs)
    assert "Ranks are shown from 5 on" in response.content.decode()
    assert "ranking" not in response.context
    assert page(client, needs, "need", item="funding").status_code == 404
    assert page(client, needs, "picture-csv").status_code == 404
    assert "4 answers so far" in b"".join(page(client, needs, query="?format=csv").streaming_content).decode()


def test_a_named_survey_shows_staff_three_answers(client):
    named = make.survey(cluster(), identity="named")
    client.force_login(staff(named.cluster, Part.MANAGER))
    make.answers(named, managers=3)
    assert page(client, named).context["results"].ranked[0].code == "funding"


def test_all_equal_answers_and_a_single_one_show_no_nan(client, manager, needs):
    named = make.survey(needs.cluster, identity="named")
    for rows in (["r1,managers,3,3,3,3,3,3"], ["r1,managers,3,3,3,3,3,3", "r2,managers,3,3,3,3,3,3"]):
        from talka.surveys import actions

        actions.import_answers(named, make.csv(*rows), by=None, at=make.SPRING)
        for response in (page(client, named), page(client, named, "need", item="funding")):
            assert response.status_code == 200
            assert "nan" not in response.content.decode().replace("nance", "")


def test_the_file_equals_the_page_and_says_how_sure_the_order_is(client, needs, manager):
    make.answers(needs, managers=10)
    text = b"".join(page(client, needs, query="?format=csv").streaming_content).decode("utf-8-sig")
    heads, first, *_others = csv.reader(text.splitlines())
    named = dict(zip(heads, first, strict=True))
    assert heads[:7] == ["Need", "Rank", "Rank, best", "Rank, worst", "Score", "from", "to"]
    assert (named["Need"], named["Rank"], named["Score"], named["Importance"], named["n"]) == ("Funding", "1", "17.5", "5.0", "10")
    shown = page(client, needs).context["results"].rows[0]
    assert (int(named["Rank, best"]), int(named["Rank, worst"])) == (shown.figures["rank_low"], shown.figures["rank_high"])
    assert float(named["from"]) <= 17.5 <= float(named["to"])


def test_a_need_is_decided_with_a_reason(client, needs, manager):
    make.answers(needs, managers=10)
    url = reverse("surveys:decide", kwargs={"cluster": needs.cluster.slug, "survey": needs.slug, "item": "leading"})
    assert client.post(url, {"verdict": "accept", "reason": " "}).status_code == 422
    assert client.post(url, {"verdict": "merge", "reason": "Same thing"}).status_code == 422
    into = needs.needs.get(item__code="funding")
    assert client.post(url, {"verdict": "merge", "into": into.pk, "reason": "Same thing"}).status_code == 302
    assert client.post(url, {"verdict": "reject", "reason": "Not ours"}).status_code == 302
    assert [(d.verdict, d.into, d.reason, d.by) for d in NeedDecision.objects.all()] == [
        ("merge", into, "Same thing", manager),
        ("reject", None, "Not ours", manager),
    ]
    assert "Not ours" in page(client, needs, "need", item="leading").content.decode()


@pytest.mark.parametrize("people", [5, 15])
def test_the_page_costs_the_same_however_many_answered(client, needs, manager, people, django_assert_max_num_queries):
    make.answers(needs, managers=people, partners=people)
    with django_assert_max_num_queries(20):
        page(client, needs)
    with django_assert_max_num_queries(20):
        page(client, needs, "need", item="funding")
