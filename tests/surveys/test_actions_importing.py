import pytest

from talka.people.actions import NotAllowed
from talka.people.rules import Part
from talka.surveys import actions, queries
from talka.surveys.actions import importing
from talka.surveys.models import Answer, Need, Response
from tests.factories import surveys as make
from tests.factories.clusters import cluster, staff

pytestmark = pytest.mark.django_db

ROWS = ("r1,managers,5,2,4,4,3,1", "r2,partners,4,1,,,3,3")


@pytest.fixture
def needs():
    return make.survey(cluster())


def counts(report):
    return report.new, report.changed, report.same, report.refused_rows, report.done


def test_the_same_file_twice_changes_nothing(needs, noon):
    assert counts(actions.import_answers(needs, make.csv(*ROWS), by=None, at=noon)) == (2, 0, 0, 0, True)
    before = list(Answer.objects.order_by("pk").values_list())
    assert counts(actions.import_answers(needs, make.csv(*ROWS), by=None, at=noon)) == (0, 0, 2, 0, True)
    assert list(Answer.objects.order_by("pk").values_list()) == before


def test_a_preview_changes_nothing(needs, noon):
    assert counts(actions.preview_answers(needs, make.csv(*ROWS), by=None, at=noon)) == (2, 0, 0, 0, False)
    assert not Response.objects.exists()


def test_a_changed_row_is_brought_up_to_the_file(needs, noon):
    actions.import_answers(needs, make.csv(*ROWS), by=None, at=noon)
    report = actions.import_answers(needs, make.csv("r1,managers,5,3,4,4,,", ROWS[1]), by=None, at=noon)
    assert counts(report) == (0, 1, 1, 0, True)
    assert [(c.row, c.respondent, c.columns) for c in report.changes] == [(2, "r1", ("funding", "digital"))]
    assert [(r.respondent, r.answers) for r in queries.answer_rows(needs)] == [
        ("r1", {"funding": (5, 3), "leading": (4, 4)}),
        ("r2", {"funding": (4, 1), "digital": (3, 3)}),
    ]


def test_one_bad_row_keeps_everything_out_unless_the_person_chose_otherwise(needs, noon):
    file = make.csv(ROWS[0], "r2,partners,9,1,,,3,3", "r1,managers,1,1,1,1,1,1")
    report = actions.import_answers(needs, file, by=None, at=noon)
    assert counts(report) == (1, 0, 0, 2, False)
    assert not Response.objects.exists()
    assert report.as_text() == (
        "Nothing was imported.\n1 new, 0 changed, 0 as before, 2 refused.\n"
        "Row 3, column funding.importance: “9” is outside the scale from 1 to 5.\n"
        "Row 4, column respondent: “r1” is already in row 2."
    )
    assert counts(actions.import_answers(needs, file, by=None, at=noon, only_good=True)) == (1, 0, 0, 2, True)
    assert [r.respondent for r in Response.objects.all()] == ["r1"]


def test_a_respondent_keeps_their_audience(needs, noon):
    actions.import_answers(needs, make.csv(ROWS[0]), by=None, at=noon)
    report = actions.import_answers(needs, make.csv("r1,partners,5,2,4,4,3,1"), by=None, at=noon)
    assert [(r.row, r.code) for r in report.refused] == [(2, "other_audience")]


def test_a_broken_header_imports_nothing_even_when_good_rows_are_wanted(needs, noon):
    report = actions.import_answers(needs, b"name,age\nx,1\n", by=None, at=noon, only_good=True)
    assert (report.broken, report.done, Response.objects.exists()) == (True, False, False)


def test_every_refusal_has_words(needs):
    for code, text in actions.importing._texts().items():
        told = dict.fromkeys(
            ("value", "first", "byte", "position", "found", "expected", "length", "most", "audience", "audiences", "choices"), "x"
        )
        assert "{" not in text.format_map({**told, "low": 1, "high": 5}), code


def test_only_staff_of_the_cluster_import(needs, noon):
    other = staff(cluster(), Part.MANAGER)
    for viewer in (other, staff(needs.cluster, Part.EVALUATOR)):
        with pytest.raises(NotAllowed):
            actions.import_answers(needs, make.csv(*ROWS), by=viewer, at=noon)
    assert actions.import_answers(needs, make.csv(*ROWS), by=staff(needs.cluster, Part.EDITOR), at=noon).done


def test_importing_ranks_the_needs(needs, noon):
    make.answers(needs, managers=6, partners=6)
    assert [(n.item.code, n.rank, n.n) for n in Need.objects.order_by("rank")] == [
        ("funding", 1, 12),
        ("leading", 2, 12),
        ("digital", 3, 12),
    ]


@pytest.mark.parametrize("rows", [1, 3])
def test_the_preview_costs_the_same_however_many_rows(needs, rows, noon, django_assert_num_queries):
    file = make.csv(*(f"r{n},managers,5,2,4,4,3,1" for n in range(rows)))
    with django_assert_num_queries(6):
        actions.preview_answers(needs, file, by=None, at=noon)


def test_every_kind_round_trips_through_its_example(noon):
    needs = make.survey(
        cluster(),
        sections=[
            {
                "title": "All",
                "items": [
                    {"code": "n", "kind": "need", "text": "N"},
                    {"code": "l", "kind": "likert", "text": "L"},
                    {"code": "c", "kind": "choice", "text": "C", "choices": [{"code": "x", "text": "X"}, {"code": "y", "text": "Y"}]},
                    {"code": "m", "kind": "choices", "text": "M", "choices": [{"code": "x", "text": "X"}, {"code": "y", "text": "Y"}]},
                    {"code": "r", "kind": "ranking", "text": "R", "choices": [{"code": "x", "text": "X"}, {"code": "y", "text": "Y"}]},
                    {"code": "z", "kind": "number", "text": "Z", "low": 0, "high": 9},
                    {"code": "t", "kind": "text", "text": "T", "only_for": ["partners"]},
                    {"code": "p", "kind": "nps", "text": "P"},
                    {"code": "s", "kind": "sus", "text": "S"},
                    {"code": "i", "kind": "impact", "text": "I"},
                ],
            }
        ],
    )
    example = queries.example_csv(needs)
    assert counts(actions.import_answers(needs, example.encode(), by=None, at=noon)) == (3, 0, 0, 0, True)
    assert queries.answers_as_csv(needs) == example
    assert counts(actions.import_answers(needs, example.encode(), by=None, at=noon)) == (0, 0, 3, 0, True)


def test_a_long_file_comes_in_portions_and_the_same_file_brings_the_rest_after_a_breakdown(needs, noon, monkeypatch):
    monkeypatch.setattr(importing, "AT_ONCE", 2)
    file, heard = make.csv(*(f"r{n},managers,5,{n},4,2,3,3" for n in range(1, 6))), []

    def break_down(done, total):
        heard.append((done, total))
        if done == 4:
            raise OSError("the power went")

    with pytest.raises(OSError, match="power"):
        actions.import_answers(needs, file, by=None, at=noon, progress=break_down)
    assert heard == [(0, 5), (2, 5), (4, 5)]
    assert Response.objects.count() == 4
    assert counts(actions.import_answers(needs, file, by=None, at=noon)) == (1, 0, 4, 0, True)
    assert needs.needs.get(rank=1).n == 5
