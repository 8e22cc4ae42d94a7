from datetime import UTC, datetime

import pytest

from talka.surveys.rules.files import AnswerRow, Refusal, read_file, write_file
from talka.surveys.rules.questions import Question

QUESTIONS = [Question("a", "need", 1, 5), Question("b", "need", 1, 5, audiences=frozenset({"partners"})), Question("t", "text")]
AUDIENCES = ["managers", "partners"]
HEADER = "respondent,audience,submitted_at,a.importance,a.ability,b.importance,b.ability,t"


def found(text: str | bytes):
    return read_file(text if isinstance(text, bytes) else text.encode(), QUESTIONS, AUDIENCES)


def lines(*rows: str) -> str:
    return "\n".join(rows)


def codes(text: str | bytes) -> list[tuple[int, str, str]]:
    return [(r.row, r.column, r.code) for r in found(text).refused]


def test_a_good_file_is_read_whole():
    file = found(f"{HEADER}\nr1,managers,2026-03-01T10:00:00+01:00,5,2,,,Yes\nr2,partners,,4,,3,3,\n")
    assert file.refused == []
    assert list(file.rows) == [
        AnswerRow(2, "r1", "managers", datetime(2026, 3, 1, 9, tzinfo=UTC), {"a": (5, 2), "t": "Yes"}),
        AnswerRow(3, "r2", "partners", None, {"a": (4, None), "b": (3, 3), "t": None}),
    ]


@pytest.mark.parametrize(
    "change",
    [
        str,
        lambda t: t.replace(",", ";"),
        lambda t: t.replace(",", "\t"),
        lambda t: t.replace("\n", "\r\n"),
        lambda t: t.replace("\n", "\r"),
        lambda t: "\ufeff" + t,
        lambda t: t.rstrip(),
    ],
)
def test_separators_line_ends_and_the_mark_do_not_matter(change):
    text = f"{HEADER}\nr1,managers,,5,2,,,Yes\nr2,partners,,4,,3,3,No\n"
    assert found(change(text)) == found(text)


def test_every_reason_names_its_row_and_column():
    assert codes(
        lines(
            HEADER,
            "r1,managers,,5,2,,,",
            "r1,managers,,5,2,,,",
            ",managers,,5,2,,,",
            "r2,nobody,,5,2,,,",
            "r3,managers,,6,x,,,",
            "r4,managers,yesterday,5,2,,,",
            "r5,managers,,5,2,1,,",
            "r6,managers,,5,2",
            "r7,managers,,,,,,",
            "who@example.org,managers,,1,1,,,",
            "",
            "r8,managers,,1.5,2,,,",
        )
    ) == [
        (3, "respondent", "duplicate"),
        (4, "respondent", "no_respondent"),
        (5, "audience", "unknown_audience"),
        (6, "a.importance", "off_scale"),
        (7, "submitted_at", "not_a_date"),
        (8, "b.importance", "not_asked"),
        (9, "", "cells"),
        (10, "", "no_answer"),
        (11, "respondent", "address"),
        (13, "a.importance", "not_whole"),
    ]


def test_bytes_that_are_not_utf8_harm_only_their_row():
    file = found(HEADER.encode() + b"\nr1,managers,,5,2,,,gut\nr2,managers,,5,2,,,f\xfcr\n")
    assert [row.respondent for row in file.rows] == ["r1"]
    assert list(file.refused) == [Refusal(3, "t", "not_utf8", {"byte": "0xFC", "position": 2})]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", [(1, "", "empty_file")]),
        (b"\xff\xfer\x00", [(1, "", "utf16")]),
        (
            "name,colour\n",
            [
                (1, "respondent", "column_missing"),
                (1, "audience", "column_missing"),
                (1, "name", "column_unknown"),
                (1, "colour", "column_unknown"),
            ],
        ),
        ("respondent,audience,a.importance\n", [(1, "a.ability", "column_missing")]),
        ("respondent,audience,t,t\n", [(1, "t", "column_twice")]),
        ("respondent,audience\n", [(1, "", "no_question")]),
    ],
)
def test_a_wrong_header_stops_the_whole_file(text, expected):
    assert codes(text) == expected
    assert found(text).broken


def test_the_audience_may_be_left_out_when_there_is_one():
    file = read_file(b"respondent,t\nr1,Hello\n", QUESTIONS, ["managers"])
    assert [(row.audience, row.answers) for row in file.rows] == [("managers", {"t": "Hello"})]
    assert file.absent == ["a", "b"]


def test_what_is_written_reads_the_same():
    rows = [
        AnswerRow(2, "r1", "managers", datetime(2026, 3, 1, 9, 0, 0, 123456, tzinfo=UTC), {"a": (5, 2), "t": '=1+1\n"quoted", 🙂 עברית'}),
        AnswerRow(3, "r2", "partners", datetime(2026, 3, 2, tzinfo=UTC), {"a": (4, None), "b": (3, 3), "t": "'=kept"}),
    ]
    text = "".join(write_file(rows, QUESTIONS))
    assert "'=1+1" in text
    again = found(text)
    assert list(again.rows) == rows
    assert "".join(write_file(again.rows, QUESTIONS)) == text
