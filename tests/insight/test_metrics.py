"""Every metric against numbers worked out by hand."""

from datetime import date
from uuid import UUID

import pyarrow as pa
import pytest

from talka.insight import ask
from talka.insight.ask import Scope, answers
from talka.insight.lake import Lake
from talka.insight.metrics import BadMetric, all_metrics, read
from tests.factories.insight import COURSE, VIDEO, row, store

T1, T2, EX1, EX2, FILM = (
    f"http://localhost:8000/id/{kind}" for kind in ("topic/t1", "topic/t2", "exercise/e1", "exercise/e2", "material/f")
)
UNITS = [
    {
        "unit": T1,
        "course": COURSE,
        "kind": "topic",
        "title": "First",
        "place": 1,
        "topic": T1,
        "topic_title": "First",
        "lesson": "L",
        "module": "M",
    },
    {
        "unit": EX1,
        "course": COURSE,
        "kind": "exercise",
        "title": "E1",
        "place": 2,
        "topic": T1,
        "topic_title": "First",
        "lesson": "L",
        "module": "M",
    },
    {
        "unit": FILM,
        "course": COURSE,
        "kind": "film",
        "title": "F",
        "place": 3,
        "topic": T1,
        "topic_title": "First",
        "lesson": "L",
        "module": "M",
    },
    {
        "unit": T2,
        "course": COURSE,
        "kind": "topic",
        "title": "Second",
        "place": 4,
        "topic": T2,
        "topic_title": "Second",
        "lesson": "L",
        "module": "M",
    },
    {
        "unit": EX2,
        "course": COURSE,
        "kind": "exercise",
        "title": "E2",
        "place": 5,
        "topic": T2,
        "topic_title": "Second",
        "lesson": "L",
        "module": "M",
    },
]
PEOPLE = [
    {"actor": a, "organisation": o, "organisation_name": f"Firm {o}", "cluster": c, "cluster_name": f"Cluster {c}", "sample": a == "cid"}
    for a, o, c in (("ada", 1, 1), ("bob", 1, 1), ("cid", 2, 2), ("dan", 3, 1))
]
SCOPE = Scope(zone="Europe/Berlin", until=date(2026, 11, 20), course=COURSE)


def lake_of(tmp_path, rows) -> Lake:
    lake = Lake(tmp_path / "lake")
    lake.take_in(store(rows), through=rows[-1][0])
    lake.put_dimension("units", pa.Table.from_pylist(UNITS, schema=ask.UNITS))
    lake.put_dimension("people", pa.Table.from_pylist(PEOPLE, schema=ask.PEOPLE))
    return lake


def rows_of(*steps) -> list[tuple]:
    """(moment, actor, verb, activity, further fields) numbered from 1."""
    return [row(n, at, actor, verb, activity, **(more[0] if more else {})) for n, (at, actor, verb, activity, *more) in enumerate(steps, 1)]


def test_weeks_begin_on_local_monday_and_enrolling_is_no_learning(tmp_path):
    lake = lake_of(
        tmp_path,
        rows_of(
            ("2026-11-01T22:59:00", "ada", "experienced", T1),  # Sunday 23:59 in Berlin
            ("2026-11-01T23:01:00", "bob", "experienced", T1),  # Monday 00:01
            ("2026-11-03T10:00:00", "bob", "experienced", T2),
            ("2026-11-04T10:00:00", "cid", "registered", COURSE),
        ),
    )
    assert answers(lake, SCOPE, "weekly-active")["weekly-active"].rows == ((date(2026, 10, 26), 1, 1), (date(2026, 11, 2), 1, 2))


def test_active_within_one_seven_and_twenty_eight_days(tmp_path):
    lake = lake_of(
        tmp_path,
        rows_of(
            ("2026-10-23T10:00:00", "ada", "experienced", T1),  # 28 days before the last day: outside its window
            ("2026-10-24T10:00:00", "bob", "experienced", T1),
            ("2026-11-14T10:00:00", "cid", "experienced", T1),
            ("2026-11-20T10:00:00", "dan", "experienced", T1),
            ("2026-11-20T11:00:00", "dan", "experienced", T1),
        ),
    )
    table = answers(lake, SCOPE, "active")["active"]
    assert table.columns == ("day", "daily", "weekly", "monthly")
    assert table.rows[-1] == (date(2026, 11, 20), 1, 2, 3)
    assert table.rows[0] == (date(2026, 10, 23), 1, 1, 1)
    assert len(table.rows) == 29


def test_the_funnel_counts_people_once_per_stage(tmp_path):
    lake = lake_of(
        tmp_path,
        rows_of(
            ("2026-11-01T10:00:00", "ada", "registered", COURSE),
            ("2026-11-01T10:00:00", "bob", "registered", COURSE),
            ("2026-11-01T10:00:00", "cid", "registered", COURSE),
            ("2026-11-01T10:01:00", "ada", "experienced", T1),
            ("2026-11-01T10:02:00", "ada", "completed", T1),
            ("2026-11-01T10:03:00", "ada", "completed", T2),
            ("2026-11-01T10:03:00", "ada", "completed", COURSE),
            ("2026-11-01T10:03:00", "bob", "completed", T1),
        ),
    )
    assert answers(lake, SCOPE, "funnel")["funnel"].rows == ((3, 2, 2, 1, 0),)


def test_time_is_gaps_of_at_most_five_minutes_and_the_last_is_the_median(tmp_path):
    lake = lake_of(
        tmp_path,
        rows_of(
            ("2026-11-01T10:00:00", "ada", "experienced", T1),
            ("2026-11-01T10:01:00", "ada", "answered", EX1),  # a gap of 60 s, on topic 1
            ("2026-11-01T10:03:00", "ada", "experienced", T2),  # 120 s, on topic 1 through its exercise
            ("2026-11-01T10:06:00", "ada", "completed", T2),  # 180 s on topic 2
            ("2026-11-01T11:00:00", "ada", "experienced", T1),  # the pause counts as the median, 120 s, on topic 2
            ("2026-11-02T11:00:00", "bob", "experienced", T1),  # ada's and bob's last: 120 s each
        ),
    )
    rows = {
        r["title"]: (r["people"], r["statements"], round(r["hours"] * 3600), r["completed"])
        for r in answers(lake, SCOPE, "use-by-unit")["use-by-unit"]
    }
    assert rows == {"First": (2, 4, 60 + 120 + 120 + 120, 0), "Second": (1, 2, 180 + 120, 1)}


def test_who_is_still_learning_has_not_stopped(tmp_path):
    lake = lake_of(
        tmp_path,
        rows_of(
            ("2026-09-01T10:00:00", "ada", "experienced", T1),  # long gone: stopped at 1
            ("2026-09-01T10:00:00", "bob", "experienced", T1),
            ("2026-09-02T10:00:00", "bob", "experienced", T2),
            ("2026-09-02T10:00:00", "bob", "completed", COURSE),  # gone because done
            ("2026-11-19T10:00:00", "cid", "experienced", T1),  # may go on
        ),
    )
    assert [(r["title"], r["reached"], r["stopped"]) for r in answers(lake, SCOPE, "stops")["stops"]] == [("First", 3, 1), ("Second", 1, 0)]


def test_difficulty_is_the_first_attempt_and_discrimination_leaves_the_item_out(tmp_path):
    def answer(n, actor, exercise, score):
        return (f"2026-11-01T10:00:{n:02d}", actor, "answered", exercise, {"score": score, "success": score == 1})

    lake = lake_of(
        tmp_path,
        rows_of(
            answer(1, "ada", EX1, 0.0), answer(2, "ada", EX1, 1.0), answer(3, "ada", EX2, 0.0),
            answer(4, "bob", EX1, 1.0), answer(5, "bob", EX2, 1.0),
            answer(6, "cid", EX1, 1.0), answer(7, "cid", EX2, 0.5),
        ),
    )  # fmt: skip
    got = {
        r["title"]: (r["people"], round(r["share"], 4), round(r["discrimination"], 4), round(r["attempts"], 4))
        for r in answers(lake, SCOPE, "exercises")["exercises"]
    }
    # Correlation of (0, 1, 1) with (0, 1, .5): .8660.
    assert got == {"E1": (3, 0.6667, 0.866, 1.3333), "E2": (3, 0.5, 0.866, 1.0)}


def test_each_second_of_a_film_knows_its_viewers(tmp_path):
    def at(n, actor, verb, frm=None, to=None):
        return (f"2026-11-01T10:00:{n:02d}", actor, VIDEO + verb, FILM, {"position_from": frm, "position_to": to})

    lake = lake_of(
        tmp_path,
        rows_of(
            at(1, "ada", "played", to=0), at(4, "ada", "seeked", 3, 1), at(4, "ada", "played", to=1), at(6, "ada", "paused", to=2),
            at(8, "bob", "played", to=2), at(9, "bob", "paused", to=4),
        ),
    )  # fmt: skip
    got = [(r["second"], r["people"], r["plays"]) for r in answers(lake, SCOPE, "film-audience")["film-audience"]]
    assert got == [(0, 1, 1), (1, 1, 2), (2, 2, 2), (3, 1, 1)]


def test_organisations_and_the_borders_of_a_scope(tmp_path):
    lake = lake_of(
        tmp_path,
        rows_of(
            ("2026-11-19T10:00:00", "ada", "experienced", T1),
            ("2026-09-01T10:00:00", "bob", "experienced", T1),
            ("2026-11-19T10:00:00", "cid", "experienced", T1),
        ),
    )

    def asked(**scope):
        return [
            r[1:2] + r[4:]
            for r in answers(lake, Scope(zone="Europe/Berlin", until=SCOPE.until, course=COURSE, **scope), "organisations")[
                "organisations"
            ].rows
        ]

    assert asked(cluster=1) == [("Firm 1", 2, 2, 1, date(2026, 11, 19)), ("Firm 3", 1, 0, 0, None)]
    assert asked(sample=True) == [("Firm 2", 1, 1, 1, date(2026, 11, 19))]
    assert asked(sample=False) == [("Firm 1", 2, 2, 1, date(2026, 11, 19)), ("Firm 3", 1, 0, 0, None)]


def test_a_statement_voided_later_disappears(tmp_path):
    rows = rows_of(("2026-11-02T10:00:00", "ada", "experienced", T1), ("2026-11-09T10:00:00", "bob", "experienced", T1))
    rows.append(row(3, "2026-11-10T10:00:00", "cid", "voided", str(UUID(rows[0][1])), object_kind="StatementRef"))
    assert answers(lake_of(tmp_path, rows), SCOPE, "weekly-active")["weekly-active"].rows == ((date(2026, 11, 9), 1, 1),)


def test_imported_logs_answer_the_same_questions_by_activity(tmp_path):
    rows = [
        row(n, f"2026-11-0{n}T10:00:00", actor, "viewed:x", f"http://x/{a}", source=7, grouping="http://x/c")
        for n, (actor, a) in enumerate([("m1", "quiz"), ("m2", "file"), ("m1", "file")], 1)
    ]
    scope = Scope(zone="Europe/Dublin", until=date(2026, 11, 20), source=7)
    got = answers(lake_of(tmp_path, rows), scope, "use-by-unit", "weekly-active")
    assert [(r["unit"], r["people"], r["statements"]) for r in got["use-by-unit"]] == [("http://x/file", 2, 2), ("http://x/quiz", 1, 1)]
    assert got["weekly-active"].rows == ((date(2026, 10, 26), 1, 1), (date(2026, 11, 2), 2, 2))


def test_an_empty_lake_answers_with_nothing(tmp_path):
    got = {key: table.rows for key, table in answers(Lake(tmp_path / "none"), SCOPE, *all_metrics()).items()}
    expected = {"active": ((SCOPE.until, 0, 0, 0),), "funnel": ((0, 0, 0, 0, 0),), "learners": ((0, 0),)}
    assert got == dict.fromkeys(all_metrics(), ()) | expected


@pytest.mark.parametrize("key", all_metrics())
def test_a_metric_is_defined_and_translates_to_spark(key):
    import sqlglot

    metric = all_metrics()[key]
    assert metric.title
    assert metric.definition.endswith(".")
    assert metric.unit
    assert sqlglot.transpile(metric.sql, read="duckdb", write="spark", unsupported_level=sqlglot.ErrorLevel.RAISE)


def test_a_metric_without_a_proper_header_is_refused(tmp_path):
    file = tmp_path / "bad.sql"
    file.write_text("-- title: Bad\nSELECT 1")
    with pytest.raises(BadMetric, match=r"bad\.sql.*definition"):
        read(file)
