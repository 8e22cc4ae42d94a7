"""The activity log of a real course, imported, answers as the log itself does: computed here straight from the file, without any of our code."""

import csv
import gzip
import io
from collections import defaultdict
from datetime import date, datetime, timedelta

import pytest
from django.conf import settings
from django.utils.timezone import now

from talka.insight import actions, queries
from talka.insight.rules import Period
from talka.records.actions import import_file
from talka.records.models import Source
from tests.factories.people import operator

LOG = settings.CONTENT.parent.parent / "shared" / "data" / "moodle-log.csv.gz"
MAP = settings.CONTENT / "maps" / "moodle-log.yaml"

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.real_input,
    pytest.mark.skipif(not LOG.exists(), reason=f"the published activity log is not at {LOG}; see tests/README.md"),
]


def weekly_from_the_log(text: str) -> dict[date, int]:
    """Distinct names per Monday-to-Sunday week of 2018; a sign-in is no learning, the system is nobody."""
    people = defaultdict(set)
    for row in csv.DictReader(io.StringIO(text, newline=None)):
        if row["User full name"] in {"", "-", "System"} or row["Event name"] == "User logged in":
            continue
        day = datetime.strptime(f"2018 {row['Time'].split(',')[0]}", "%Y %d %b").date()  # noqa: DTZ007  # the log's own, Dublin's day
        people[day - timedelta(days=day.weekday())].add(row["User full name"])
    return {week: len(names) for week, names in sorted(people.items())}


def test_weekly_active_learners_equal_those_counted_straight_from_the_log(settings, tmp_path):
    settings.DATA, settings.TIME_ZONE = tmp_path, "Europe/Dublin"
    # A slice, cut at the log's bare carriage returns: the first lines of several people, from January to August.
    lines = gzip.decompress(LOG.read_bytes()).decode("utf-8-sig").split("\r")
    text = "\r".join(lines[:6000])
    file = tmp_path / "slice.csv"
    file.write_text(text, newline="")

    first = import_file(file, map=MAP, by=None, at=now())
    assert import_file(file, map=MAP, by=None, at=now()).new == 0, "the same file twice changes nothing"
    actions.refresh_lake(at=now(), wait=True)
    source = Source.objects.get(is_own=False)
    found = queries.source_use(source, viewer=operator(), period=Period(None, date(2018, 12, 31)))
    assert found["learners"].rows[0][1] <= first.new
    assert {r["week"]: r["people"] for r in found["weekly-active"]} == weekly_from_the_log(text)
    titles = queries.names_of([r["unit"] for r in found["use-by-unit"]])
    assert "Quiz: Group 7 MCQ" in titles.values()
