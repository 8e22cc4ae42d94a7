import pytest

from talka.surveys.rules.questions import BadCell, Question, read, write

PAIR = Question("q", "need", low=1, high=5)
CHOICES = ("a", "b", "c")


@pytest.mark.parametrize(
    ("question", "cells", "value"),
    [
        (PAIR, {"q.importance": "5", "q.ability": "2"}, (5, 2)),
        (PAIR, {"q.importance": "3.0", "q.ability": ""}, (3, None)),
        (PAIR, {"q.importance": " ", "q.ability": ""}, None),
        (Question("q", "likert", low=1, high=7), {"q": "7"}, 7),
        (Question("q", "nps"), {"q": "0"}, 0),
        (Question("q", "number"), {"q": "2,5"}, 2.5),
        (Question("q", "choice", choices=CHOICES), {"q": "b"}, "b"),
        (Question("q", "choices", choices=CHOICES), {"q": "c|a"}, ["c", "a"]),
        (Question("q", "ranking", choices=CHOICES), {"q": "b|c|a"}, ["b", "c", "a"]),
        (Question("q", "text"), {"q": "Line\r\nשלום 🙂"}, "Line\nשלום 🙂"),
        (Question("q", "sus"), {f"q.{n}": "4" for n in range(1, 10)}, [4] * 9 + [None]),
        (Question("q", "impact"), {"q.before": "x", "q.after": "z"}, {"before": "x", "contribution": "", "after": "z"}),
    ],
)
def test_cells_become_values_and_cells_again(question, cells, value):
    assert read(question, cells) == value
    assert read(question, write(question, value)) == value


@pytest.mark.parametrize(
    ("question", "text", "code"),
    [
        (PAIR, "6", "off_scale"),
        (PAIR, "0", "off_scale"),
        (PAIR, "2.5", "not_whole"),
        (PAIR, "five", "not_a_number"),
        (PAIR, "nan", "not_a_number"),
        (PAIR, "1e400", "not_a_number"),
        (PAIR, "1_0", "not_a_number"),
        (Question("q", "nps"), "11", "off_scale"),
        (Question("q", "choice", choices=CHOICES), "z", "unknown_choice"),
        (Question("q", "choices", choices=CHOICES), "a|a", "twice"),
        (Question("q", "text"), "a\x00b", "nul"),
        (Question("q", "text"), "x" * 5001, "too_long"),
    ],
)
def test_what_is_no_answer_is_refused_with_its_column(question, text, code):
    column = question.columns[0]
    with pytest.raises(BadCell) as e:
        read(question, {column: text})
    assert (e.value.column, e.value.code) == (column, code)
