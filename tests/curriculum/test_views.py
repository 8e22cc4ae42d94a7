"""Pages of a plan: what they show, what they answer to bad input, and that files are real files."""

import io
import re
import zipfile

import docx
import pytest
from django.urls import reverse

from talka.curriculum import actions
from talka.curriculum.models import Cell
from tests.factories import clusters, courses
from tests.factories import curriculum as plans

pytestmark = pytest.mark.django_db


@pytest.fixture
def north():
    return clusters.cluster("North")


@pytest.fixture
def small(north):
    return plans.plan(north)


@pytest.fixture
def editor(client, north):
    client.force_login(clusters.staff(north, "editor"))
    return client


def address(name, of, **kwargs):
    return reverse(f"curriculum:{name}", kwargs={"cluster": of.cluster.slug, "curriculum": of.slug, **kwargs})


def test_the_list_leads_to_the_plan(editor, small):
    page = editor.get(reverse("curriculum:curricula", args=[small.cluster.slug])).content.decode()
    assert f'<a href="{address("curriculum", small)}">Small plan</a>' in page
    assert '<td role="cell" data-label="Hours" class="n">7.0</td>' in page


@pytest.mark.parametrize("plans_there", [1, 3])
def test_the_list_costs_the_same_however_long(editor, north, plans_there, django_assert_max_num_queries):
    for n in range(plans_there):
        plans.plan(north, title=f"Plan {n}")
    with django_assert_max_num_queries(8):
        editor.get(reverse("curriculum:curricula", args=[north.slug]))


def test_a_cell_is_saved_in_place_and_the_findings_follow(editor, small):
    outcome, topic = plans.part(small, "write a proposal"), plans.part(small, "Topic c")
    data = {"outcome": outcome.pk, "topic": topic.pk, "taught": "3", "assessed": "6"}
    answer = editor.post(address("cell", small), data)
    assert answer.json() == {"css": "d3", "html": '<b>M</b><i class="">6</i>', "said": "mastered, assessed: create", "findings": 3}
    low = editor.post(address("cell", small), {**data, "assessed": "2"}).json()
    assert (low["html"], low["findings"]) == ('<b>M</b><i class="low">2</i>', 4)
    empty = editor.post(address("cell", small), {"outcome": outcome.pk, "topic": topic.pk}).json()
    assert empty == {"css": "", "html": "", "said": "nothing", "findings": 5}


@pytest.mark.parametrize("bad", [{"taught": "4"}, {"assessed": "7"}, {"outcome": "0"}, {"topic": "x"}])
def test_a_bad_cell_changes_nothing(editor, small, bad):
    data = {"outcome": plans.part(small, "find money").pk, "topic": plans.part(small, "Topic a").pk, "taught": "3", **bad}
    before = list(Cell.objects.order_by("pk").values())
    answer = editor.post(address("cell", small), data)
    assert (answer.status_code, "error" in answer.json()) == (422, True)
    assert list(Cell.objects.order_by("pk").values()) == before


def test_a_row_works_as_a_plain_form(editor, small):
    outcome, a, d = plans.part(small, "find money"), plans.part(small, "Topic a"), plans.part(small, "Topic d")
    b = plans.part(small, "Topic b")
    data = {f"taught_{a.pk}": "", f"taught_{b.pk}": "3", f"assessed_{b.pk}": "3", f"taught_{d.pk}": "2", f"assessed_{d.pk}": "4"}
    answer = editor.post(address("row", small, pk=outcome.pk), data)
    assert answer["Location"] == address("matrix", small) + f"#o-{outcome.pk}"
    assert {(c.topic_id, c.taught, c.assessed) for c in outcome.cells.all()} == {(b.pk, 3, 3), (d.pk, 2, 4)}


def test_the_matrix_shows_cells_needs_and_only_the_asked_module(editor, small):
    page = editor.get(address("matrix", small)).content.decode()
    outcome, topic = plans.part(small, "find money"), plans.part(small, "Topic b")
    assert f'<td id="c-{outcome.pk}-{topic.pk}" class="d3" title="mastered, assessed: apply"><b>M</b><i class="">3</i></td>' in page
    assert '<abbr title="Funding">need 1</abbr>' in page
    need = plans.part(small, "Leading")
    assert "No outcome matches." in editor.get(address("matrix", small) + f"?need={need.pk}").content.decode()
    assert editor.get(address("matrix", small) + "?need=x&module=y").status_code == 200


def test_an_empty_matrix_offers_the_first_step(editor, north):
    page = editor.get(address("matrix", plans.empty(north))).content.decode()
    assert "The matrix needs outcomes and topics." in page


def test_findings_lead_to_the_cell(editor, small):
    outcome, topic = plans.part(small, "write a proposal"), plans.part(small, "Topic c")
    page = editor.get(address("findings", small)).content.decode()
    assert f'href="{address("matrix", small)}#c-{outcome.pk}-{topic.pk}"' in page


@pytest.mark.parametrize(
    ("hours", "says"),
    [("0", "there is nothing to choose"), ("-3", "greater than or equal to 0"), ("nan", "Enter a number"), ("", "required")],
)
def test_a_budget_that_makes_no_sense_is_answered(editor, small, hours, says):
    answer = editor.post(address("choose", small), {"hours": hours})
    assert answer.status_code == 422
    assert says in answer.content.decode()


def test_pins_that_clash_are_explained_with_a_way_out(editor, small, noon):
    topic = plans.part(small, "Topic b")
    actions.mark(topic=topic, kind="pin", by=None, at=noon)
    answer = editor.post(address("choose", small), {"hours": "1"})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "take 3.0 hours; the budget is 1" in page
    assert f'action="{address("mark", small, pk=topic.pk)}"' in page


def test_a_choice_shows_what_was_given_up(editor, small):
    page = editor.post(address("choose", small), {"hours": "3"}, follow=True).content.decode()
    assert "Proven: no other choice within these hours answers more." in page
    assert "its outcomes are reached without it, or answer no need" in page
    assert "nan" not in page.lower()
    assert "Searching for" not in page, "it is over"


def test_a_topic_with_minutes_but_no_material_is_asked_about(editor, small):
    answer = editor.post(address("new-topic", small), {"title": "Odd", "order": "9", "count_text": "0", "minutes_text": "30"})
    assert answer.status_code == 422
    assert "Minutes without a material" in answer.content.decode()


def test_a_plan_with_a_circle_says_why_it_is_no_course(editor, small, noon):
    a, b = plans.part(small, "Topic a"), plans.part(small, "Topic b")
    actions.put_topic(curriculum=small, planned=a, title="Topic a", materials={}, builds_on=[b], by=None, at=noon)
    answer = editor.post(address("course", small))
    assert (answer.status_code, "depend on each other in a circle" in answer.content.decode()) == (422, True)


def test_the_document_is_a_page_a_pdf_and_a_docx(editor, small):
    page = editor.get(address("document", small)).content.decode()
    assert "7.0 h, 0.2 to 0.3 ECTS" in page
    assert editor.get(address("pdf", small)).content.startswith(b"%PDF-")
    content = editor.get(address("docx", small)).content
    assert zipfile.ZipFile(io.BytesIO(content)).testzip() is None
    file = docx.Document(io.BytesIO(content))
    assert [p.text for p in file.paragraphs if p.style.name == "Heading 1"] == [
        "Needs it answers", "Learning outcomes", "Modules, lessons and topics", "Which topic treats which outcome", "Assessment", "Materials",
    ]  # fmt: skip


@pytest.mark.parametrize("name", ["document", "pdf", "docx", "curriculum", "hours-csv", "matrix-csv"])
def test_an_empty_plan_has_every_page(editor, north, name):
    assert editor.get(address(name, plans.empty(north))).status_code == 200


def circle(north, noon):
    made = plans.plan(north)
    a, b = plans.part(made, "Topic a"), plans.part(made, "Topic b")
    actions.put_topic(curriculum=made, planned=a, title="Topic a", materials={}, builds_on=[b], by=None, at=noon)
    return made


def without_hours(north, noon):
    made = plans.plan(north)
    for topic in made.topics.all():
        actions.put_topic(curriculum=made, planned=topic, title=topic.title, materials={}, by=None, at=noon)
    return made


@pytest.mark.parametrize("bad", [circle, without_hours, lambda north, _noon: plans.empty(north)], ids=["a circle", "no hours", "empty"])
def test_no_page_and_no_file_of_a_bad_plan_shows_nan(editor, north, noon, bad):
    made = bad(north, noon)
    pages = [
        editor.get(address(name, made)) for name in ("curriculum", "matrix", "findings", "choose", "document", "hours-csv", "matrix-csv")
    ]
    assert {page.status_code for page in pages} == {200}
    file = docx.Document(io.BytesIO(editor.get(address("docx", made)).content))
    told = [b"".join(page).decode() for page in pages] + [p.text for p in file.paragraphs]
    told += [cell.text for table in file.tables for row in table.rows for cell in row.cells]
    told.append(editor.post(address("choose", made), {"hours": "2"}, follow=True).content.decode())
    assert not re.search(r"\b(nan|inf|infinity)\b", "\n".join(told), re.IGNORECASE)
    assert editor.get(address("pdf", made)).content.startswith(b"%PDF-")


def test_text_that_looks_like_markup_stays_text(editor, north, noon):
    odd = plans.plan(north, title="<b>#let x</b> *ñ* 🙂 العربية")
    actions.put_need(curriculum=odd, title='"><script>alert(1)</script> $x$ \\', weight=1, by=None, at=noon)
    assert editor.get(address("pdf", odd)).content.startswith(b"%PDF-")
    assert editor.get(address("docx", odd)).status_code == 200
    for name in ("curriculum", "needs", "matrix", "document"):
        assert "<script>alert" not in editor.get(address(name, odd)).content.decode()


def test_a_topics_page_shows_staff_the_needs_behind_it(client, north, noon):
    course = courses.course(cluster=north, visibility="network")
    made = actions.from_course(course=course, cluster=north, by=None, at=noon)
    need = actions.put_need(curriculum=made, title="Telling clusters apart", weight=4, by=None, at=noon)
    made.outcomes.get().needs.add(need)
    place = reverse("courses:topic", args=[course.slug, "start"])
    client.force_login(clusters.staff(north, "evaluator"))
    assert "Telling clusters apart" in client.get(place).content.decode()
    for other in (clusters.employee(clusters.organisation(of=north)), clusters.staff(clusters.cluster(), "manager")):
        client.force_login(other)
        assert "Telling clusters apart" not in client.get(place).content.decode()


def test_starting_from_a_course_brings_its_topics(editor, north):
    course = courses.course(cluster=north)
    page = editor.post(reverse("curriculum:new", args=[north.slug]), {"title": "What we teach", "course": course.pk}, follow=True)
    assert page.context["plan"].curriculum.title == "What we teach"
    assert len(page.context["plan"].topics) == 3


def test_a_search_that_goes_on_shows_how_far_it_is_and_can_be_cancelled(editor, small, noon):
    run = actions.ask_longer(curriculum=small, hours=3, by=None, at=noon)
    place = address("choice", small, choice=run.uuid)
    page = editor.get(place).content.decode()
    assert "of at most 120 seconds" in page
    assert '<meta http-equiv="refresh" content="4">' in page
    editor.post(address("cancel", small, choice=run.uuid))
    assert "It stops after its current step." in editor.get(place).content.decode()
    actions.end_search(choice=run, at=noon)
    assert "The search was cancelled before it found a choice." in editor.get(place).content.decode()


def test_the_clusters_overview_shows_the_newest_plan(editor, small):
    page = editor.get(reverse("home:overview", args=[small.cluster.slug])).content.decode()
    assert f'href="{address("findings", small)}"' in page
