"""LimeSurvey's files, by a small structure of our own in both the old and the new form."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from talka.people.rules import Part
from talka.surveys import actions, queries
from talka.surveys.models import Survey
from talka.surveys.rules.limesurvey import BadStructure, read_structure
from talka.surveys.rules.limesurvey_in import LimeItem, read_responses
from tests.factories.clusters import cluster, staff

QUESTIONS = [
    ("1", "one", "L", "Which <b>one</b>?"),
    ("2", "many", "M", "Which of these?"),
    ("3", "agree", "F", "How far do you agree?"),
    ("4", "pair", "1", "What matters, what can you do?"),
    ("5", "order", "R", "In which order?"),
    ("6", "hours", "N", "Hours?"),
    ("7", "why", "T", "Why?"),
    ("8", "hello", "X", "Welcome"),
]
SUBS = [
    ("21", "2", "SQ1", "Tea"),
    ("22", "2", "SQ2", "Milk"),
    ("31", "3", "SQ1", "It is clear"),
    ("41", "4", "SQ1", "Funding"),
    ("42", "4", "SQ2", "Leading"),
]
ANSWERS = [
    ("1", "A1", "Red", "0"),
    ("1", "A2", "Blue", "0"),
    *[("3", str(n), f"step {n}", "0") for n in range(1, 6)],
    *[("4", f"A1{n}", f"i {n}", "0") for n in range(1, 6)],
    *[("4", f"A2{n}", f"a {n}", "1") for n in range(1, 6)],
    ("5", "P1", "First", "0"),
    ("5", "P2", "Second", "0"),
]


def rows(table, *found):
    cells = "".join("<row>" + "".join(f"<{k}><![CDATA[{v}]]></{k}>" for k, v in row.items()) + "</row>" for row in found)
    return f"<{table}><rows>{cells}</rows></{table}>"


def structure(*, old: bool) -> bytes:
    """The same survey as version 2 and version 6 write it; the old form repeats each row per language."""
    languages = ("en", "de")

    def told(name, text, **row):
        return [{**row, name: text if lang == "en" else f"{text} (de)", "language": lang} for lang in languages] if old else [row]

    groups = told("group_name", "First page", gid="9", group_order="1")
    questions = [
        r
        for n, (qid, title, kind, text) in enumerate(QUESTIONS)
        for r in told(
            "question",
            text,
            qid=qid,
            parent_qid="0",
            gid="9",
            type=kind,
            title=title,
            question_order=str(n),
            mandatory="Y" if n == 0 else "N",
            other="N",
        )
    ]
    subs = [
        r
        for n, (qid, parent, title, text) in enumerate(SUBS)
        for r in told("question", text, qid=qid, parent_qid=parent, gid="9", type="T", title=title, question_order=str(n), scale_id="0")
    ]
    answers = [
        r
        for n, (qid, code, text, scale) in enumerate(ANSWERS)
        for r in told("answer", text, qid=qid, code=code, sortorder=str(n), scale_id=scale, aid=str(n))
    ]
    parts = [rows("groups", *groups), rows("questions", *questions), rows("subquestions", *subs), rows("answers", *answers)]
    if not old:
        parts += [
            rows("group_l10ns", *({"gid": "9", "group_name": "First page", "language": lang} for lang in languages)),
            rows(
                "question_l10ns", *({"qid": q, "question": t, "language": lang} for q, *_x, t in [*QUESTIONS, *SUBS] for lang in languages)
            ),
            rows(
                "answer_l10ns",
                *({"aid": str(n), "answer": t, "language": lang} for n, (_q, _c, t, _s) in enumerate(ANSWERS) for lang in languages),
            ),
        ]
    parts.append(rows("surveys", {"sid": "1", "language": "en"}))
    parts.append(
        rows(
            "surveys_languagesettings",
            {"surveyls_language": "en", "surveyls_title": "Ours &amp; theirs", "surveyls_welcometext": "<p>Hello</p>"},
        )
    )
    head = "<LimeSurveyDocType>Survey</LimeSurveyDocType><DBVersion>1</DBVersion><languages><language>en</language><language>de</language></languages>"
    return f'<?xml version="1.0" encoding="UTF-8"?><document>{head}{"".join(parts)}</document>'.encode()


RESPONSES = (
    b'"id","submitdate","lastpage","startlanguage","seed","one","many[SQ1]","many[SQ2]","agree[SQ1]","pair[SQ1][1]","pair[SQ1][2]","pair[SQ2][1]","pair[SQ2][2]","order[1]","order[2]","hours","why"\n'
    b'"1","2026-02-01 10:00:00","1","en","7","A2","Y","","4","A15","A21","A13","A23","P2","P1","2.5","Because"\n'
    b'"2","","1","en","7","A1","","","","","","","","","","",""\n'
    b'"3","2026-02-01 11:00:00","1","en","7","A9","","","2","","","","","","","many",""\n'
)


@pytest.mark.parametrize("old", [True, False], ids=["version 2", "version 6"])
def test_a_structure_becomes_a_survey(old):
    found = read_structure(structure(old=old))
    assert found.left_out == (("hello", "text without a question"),)
    assert (found.survey.title, found.survey.low, found.survey.high) == ("Ours & theirs", 1, 5)
    section = found.survey.sections[0]
    assert (section.title, [(i.code, i.kind, i.text) for i in section.items]) == (
        "First page",
        [
            ("one", "choice", "Which one?"),
            ("many", "choices", "Which of these?"),
            ("agree-sq1", "likert", "It is clear"),
            ("pair-sq1", "need", "Funding"),
            ("pair-sq2", "need", "Leading"),
            ("order", "ranking", "In which order?"),
            ("hours", "number", "Hours?"),
            ("why", "text", "Why?"),
        ],
    )
    assert section.items[0].required
    assert section.items[0].options["choices"] == [{"code": "a1", "text": "Red"}, {"code": "a2", "text": "Blue"}]


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"no xml",
        b"<document><LimeSurveyDocType>Group</LimeSurveyDocType></document>",
        b"<document><LimeSurveyDocType>Survey</LimeSurveyDocType></document>",
        b'<!DOCTYPE d [<!ENTITY a "b">]><document>&a;</document>',
    ],
)
def test_what_is_no_structure_is_refused(raw):
    with pytest.raises(BadStructure):
        read_structure(raw)


@pytest.mark.django_db
def test_its_responses_come_in_with_a_report_by_row(noon):
    survey, _left = actions.load_limesurvey(structure(old=False), cluster=cluster(), by=None, at=noon)
    preview = actions.preview_answers(survey, RESPONSES, by=None, at=noon)
    assert (preview.new, [(r.row, r.column, r.code) for r in preview.refused]) == (
        1,
        [(4, "hours", "not_a_number"), (4, "one", "unknown_choice")],
    )
    assert actions.import_answers(survey, RESPONSES, by=None, at=noon, only_good=True).done
    row = next(queries.answer_rows(survey))
    assert (row.respondent, row.answers) == (
        "lime-1",
        {
            "one": "a2",
            "many": ["sq1"],
            "agree-sq1": 4,
            "pair-sq1": (5, 1),
            "pair-sq2": (3, 3),
            "order": ["p2", "p1"],
            "hours": 2.5,
            "why": "Because",
        },
    )
    again = actions.import_answers(survey, RESPONSES, by=None, at=noon, only_good=True)
    assert (again.new, again.changed, again.same) == (0, 0, 1)


@pytest.mark.django_db
def test_a_structure_is_sent_on_the_page(client):
    north = cluster()
    client.force_login(staff(north, Part.MANAGER))
    page = reverse("surveys:new", args=[north.slug])
    wrong = client.post(page, {"title": "From elsewhere", "structure": SimpleUploadedFile("a.lss", b"<x/>")})
    assert "not a LimeSurvey structure" in wrong.content.decode()
    response = client.post(page, {"title": "From elsewhere", "structure": SimpleUploadedFile("a.lss", structure(old=True))}, follow=True)
    assert "hello (text without a question)" in response.content.decode()
    assert Survey.objects.get().items.count() == 8


@pytest.mark.django_db
def test_the_codebook_says_what_each_column_means(noon):
    survey, _left = actions.load_limesurvey(structure(old=True), cluster=cluster(), by=None, at=noon)
    book = {row[0]: row[1:4] for row in queries.codebook(survey)}
    assert book["one"] == ["Which one?", "nominal", "a1 = Red; a2 = Blue"]
    assert book["pair-sq1.ability"] == [
        "Funding [ability]",
        "ordinal",
        "1 = not at all; 2 = a little; 3 = somewhat; 4 = well; 5 = very well",
    ]
    assert book["agree-sq1"][2] == "1 = step 1; 2 = step 2; 3 = step 3; 4 = step 4; 5 = step 5"
    assert list(book) == queries.answers_as_csv(survey).splitlines()[0].split(",")[3:]


# The same person's answers in every way that LimeSurvey exports them.
CODES = ["id", "submitdate", "one", "one[other]", "many[SQ1]", "many[SQ2]", "many[other]", "agree[SQ1]", "pair[SQ1][1]", "pair[SQ1][2]",
         "order[1]", "order[2]", "hours"]  # fmt: skip
TEXTS = ["Response ID", "Date submitted", "Which one?", "Which one? [Other]", "Which of these? [Tea]", "Which of these? [Milk]",
         "Which of these? [Other]", "How far do you agree? [It is clear]", "What matters, what can you do? [Funding] [Scale 1]",
         "What matters, what can you do? [Funding] [Scale 2]", "In which order? [Rank 1]", "In which order? [Rank 2]", "Hours?"]  # fmt: skip
GERMAN = ["Antwort ID", "Datum Abgeschickt", "Which one? (de)", "Which one? (de) [Sonstiges]", "Which of these? (de) [Tea (de)]",
          "Which of these? (de) [Milk (de)]", "Which of these? (de) [Sonstiges]", "How far do you agree? (de) [It is clear (de)]",
          "What matters, what can you do? (de) [Funding (de)] [Skala 1]", "What matters, what can you do? (de) [Funding (de)] [Skala 2]",
          "In which order? (de) [Rang 1]", "In which order? (de) [Rang 2]", "Hours? (de)"]  # fmt: skip
SHORT = ["Response ID", "Date submitted", "Which one?", "Which one? [Other]", "Which of thes.. e? [Tea]", "Which of thes.. e? [Milk]",
         "Which of thes.. e? [Other]", "How far do yo.. e? [It is clear]", "What matters,.. o? [Funding] [Scale 1]",
         "What matters,.. o? [Funding] [Scale 2]", "In which orde.. r? [Rank 1]", "In which orde.. r? [Rank 2]", "Hours?"]  # fmt: skip
CODED = ["5", "2026-02-01 10:00:00", "-oth-", "green", "Y", "", "lemon", "4", "A15", "A21", "P2", "P1", "2.5"]
WORDED = ["5", "2026-02-01 10:00:00", "Other", "green", "Yes", "No", "lemon", "step 4", "i 5", "a 1", "Second", "First", "2.5"]
WORDED_GERMAN = ["5", "2026-02-01 10:00:00", "Sonstiges", "green", "Ja", "Nein", "lemon", "step 4 (de)", "i 5 (de)", "a 1 (de)",
                 "Second (de)", "First (de)", "2.5"]  # fmt: skip


def lime_items(*, old=False):
    found = read_structure(structure(old=old).replace(b"<other><![CDATA[N]]>", b"<other><![CDATA[Y]]>"))
    return [LimeItem(i.code, i.kind, i.options["lime"]) for s in found.survey.sections for i in s.items]


def as_csv(*rows, delimiter=","):
    return "\n".join(delimiter.join(f'"{cell}"' for cell in row) for row in rows).encode()


@pytest.mark.parametrize(
    ("heads", "cells", "delimiter"),
    [
        (CODES, CODED, ","),
        ([c.replace("][", "_").replace("[", "_").replace("]", "") for c in CODES], CODED, ","),
        (TEXTS, WORDED, ";"),
        ([*CODES[:2], *(f"{c}. {t}" for c, t in zip(CODES[2:], TEXTS[2:], strict=True))], WORDED, ","),
        (SHORT, CODED, ","),
        (GERMAN, WORDED_GERMAN, ";"),
    ],
    ids=["codes", "expression codes", "whole questions", "codes and questions", "shortened questions", "another language"],
)
def test_every_way_in_which_limesurvey_exports_says_the_same(heads, cells, delimiter):
    found = read_responses(as_csv(heads, cells, delimiter=delimiter), lime_items(old=heads is GERMAN))
    assert (found.foreign, found.unfinished) == ((), ())
    assert found.raw.decode().splitlines() == [
        "respondent,submitted_at,one,one-other,many,many-other,agree-sq1,pair-sq1.importance,pair-sq1.ability,order,hours",
        "lime-5,2026-02-01T10:00:00,other,green,sq1,lemon,4,5,1,p2|p1,2.5",
    ]


def test_what_a_file_of_responses_lacks_or_has_too_much():
    items = lime_items()
    no_dates = read_responses(as_csv(["Hours?", "Why?", "Weather"], ["N/A", "Because", "sunny"]), items)
    assert no_dates.foreign == ("Weather",)
    assert no_dates.raw.decode().splitlines()[1:] == ["lime-row-2,,,Because"]
    unfinished = read_responses(as_csv(["id", "submitdate", "hours"], ["1", "", "3"], ["2", "2026-02-01", "4"], ["3", "N/A", "5"]), items)
    assert (unfinished.unfinished, unfinished.raw.decode().splitlines()[1:]) == ((2, 4), ["", "lime-2,2026-02-01,4", ""])
    assert read_responses(as_csv(["respondent", "hours"], ["P1", "3"]), items) is None
    assert read_responses(as_csv(["Weather"], ["sunny"]), items) is None
    assert read_responses(b"", items) is None


def test_questions_worded_alike_are_taken_in_order_or_not_at_all():
    items = [LimeItem(code, "number", {"column": code, "heads": {code: ["Hours?"]}}) for code in ("a", "b")]
    both = read_responses(as_csv(["Hours?", "Hours?"], ["1", "2"]), items)
    assert both.raw.decode().splitlines() == ["respondent,submitted_at,a,b", "lime-row-2,,1,2"]
    assert read_responses(as_csv(["Hours?"], ["1"]), items) is None, "whose hours?"
