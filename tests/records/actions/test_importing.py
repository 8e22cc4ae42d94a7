import gzip
import json
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from django.conf import settings

from talka.people.actions import NotAllowed
from talka.records import actions, queries
from talka.records.models import Statement
from talka.records.queries import Filter, Reader
from talka.records.rules import maps
from tests.factories import people
from tests.factories.records import NOON, statement

MOODLE = settings.CONTENT / "maps" / "moodle-log.yaml"
HEADER = "Time,User full name,Affected user,Event context,Component,Event name,Description,Origin,IP address"
REAL = settings.CONTENT.parent.parent / "shared" / "data" / "moodle-log.csv.gz"
ALL = Reader(source=0, border=0)


def row(time="11 May, 09:44", who="Ada", context="File: Lab 1", component="File", event="Course module viewed"):
    return f'"{time}",{who},-,{context},{component},{event},x,web,127.0.0.1'


def run(path: Path, *, map: Path | None = MOODLE, **fields):  # noqa: A002  # the name of the option
    return actions.import_file(path, map=map, by=None, at=NOON, **fields)


def summary(report):
    return report.lines, report.new, report.known, report.skipped, report.refused


@pytest.mark.django_db
@pytest.mark.parametrize("end", ["\r", "\n", "\r\n"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("packed", [False, True])
def test_any_line_ending_and_encoding(tmp_path, end, encoding, packed):
    raw = end.join([HEADER, row(who="Żółć" if encoding != "cp1252" else "Müller"), row(), ""]).encode(encoding)
    file = tmp_path / "log.csv"
    file.write_bytes(gzip.compress(raw) if packed else raw)
    assert summary(run(file)) == (2, 2, 0, 0, 0)
    actors = {r[4] for r in queries.rows_after(0, limit=9)}
    name = "Müller" if encoding == "cp1252" else "Żółć"
    assert actors == {f"http://localhost:8000/id/import/moodle {n}" for n in (name, "Ada")}


@pytest.mark.django_db
def test_twice_is_once_and_equal_rows_are_two(tmp_path):
    file = tmp_path / "log.csv"
    file.write_text("\n".join([HEADER, row(), row(), row(who="Bo"), row(who="-")]))
    assert summary(run(file)) == (4, 3, 0, 1, 0)
    assert summary(run(file)) == (4, 0, 3, 1, 0)
    file.write_text("\n".join([HEADER, row(who="Bo"), row(), row(), row()]))  # another order, and one more of the equal ones
    assert summary(run(file)) == (4, 1, 3, 0, 0)
    assert Statement.objects.count() == 4


@pytest.mark.django_db
def test_what_is_wrong_is_reported_by_line(tmp_path):
    file = tmp_path / "log.csv"
    file.write_text("\n".join([HEADER, row(time="whenever"), "too,few", row()]))
    report = run(file)
    assert summary(report) == (3, 1, 0, 0, 2)
    assert [line for line, _why in report.reasons] == [2, 3]
    assert "whenever" in report.reasons[0][1]
    assert report.as_text().splitlines()[-1].endswith("1 new, 0 known already, 0 skipped by the map, 2 refused.")


@pytest.mark.django_db
def test_a_preview_stores_nothing(tmp_path):
    file = tmp_path / "log.csv"
    file.write_text(f"{HEADER}\n{row()}")
    report = run(file, preview=True)
    assert (report.new, len(report.first), Statement.objects.count()) == (1, 1, 0)
    assert report.first[0]["timestamp"] == "2018-05-11T09:44:00+01:00"


@pytest.mark.django_db
@pytest.mark.parametrize("shape", ["lines", "list", "result"])
def test_xapi_json(tmp_path, shape):
    made = [statement(n) for n in range(3)] + [statement(0), {"actor": 1}]
    texts = {
        "lines": "\r\n".join(json.dumps(s) for s in made),
        "list": json.dumps(made, indent=2),
        "result": json.dumps({"statements": made, "more": ""}),
    }
    file = tmp_path / "export.json"
    file.write_text(texts[shape])
    assert summary(run(file, map=None)) == (5, 4, 0, 0, 1)
    assert summary(run(file, map=None)) == (5, 0, 4, 0, 1)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("content", "why"),
    [("", "empty"), ("a,b\n1,2", "needs a map"), ('[{"actor"', "breaks off"), ("[1,", "breaks off")],
)
def test_files_that_cannot_be_read(tmp_path, content, why):
    file = tmp_path / "x"
    file.write_text(content)
    with pytest.raises(actions.BadFile, match=why):
        run(file, map=None)


@pytest.mark.django_db
def test_missing_columns_are_named(tmp_path):
    file = tmp_path / "log.csv"
    file.write_text("Time,Who\n1,2")
    with pytest.raises(actions.BadFile, match="lacks the columns Component"):
        run(file)
    with pytest.raises(actions.BadFile, match="no file"):
        run(tmp_path / "none.csv")


@pytest.mark.django_db
def test_not_everybody_imports(tmp_path):
    file = tmp_path / "log.csv"
    file.write_text(HEADER)
    with pytest.raises(NotAllowed):
        actions.import_file(file, map=MOODLE, by=people.person(), at=NOON)


@pytest.mark.parametrize(
    ("times", "text", "read"),
    [
        ({"year": 2018}, "29 Feb, 10:00", None),
        ({"year": 2020}, "29 Feb, 10:00", "2020-02-29T10:00:00+00:00"),
        ({"starts": date(2017, 9, 1)}, "1 Sep, 10:00", "2017-09-01T10:00:00+00:00"),
        ({"starts": date(2017, 9, 1)}, "31 Aug, 10:00", "2018-08-31T10:00:00+00:00"),
        ({}, "31 Aug, 10:00", None),
        ({}, "2018-05-11T09:44:00", "2018-05-11T09:44:00+00:00"),
        ({}, "2018-05-11T09:44:00+02:00", "2018-05-11T07:44:00+00:00"),
    ],
)
def test_times_without_a_year(times, text, read):
    chart = maps.Times("Time", ("%d %b, %H:%M",), ZoneInfo("UTC"), **times)
    if read is None:
        with pytest.raises(maps.BadRow):
            chart.read(text)
    else:
        assert chart.read(text).isoformat() == read


@pytest.mark.parametrize(
    "given",
    [None, {}, {"name": "x", "time": {}, "statement": {}}, {"name": "x", "time": {"column": "T", "zone": "Moon"}, "statement": {"actor": 1, "verb": 1, "object": 1}},
     {"name": "x", "time": {"column": "T"}, "statement": {"actor": "{a|nofilter}", "verb": 1, "object": 1}}],
)  # fmt: skip
def test_maps_that_are_none(given):
    with pytest.raises(maps.BadMap):
        maps.read_map(given)


@pytest.mark.django_db
@pytest.mark.real_input
def test_a_slice_of_the_real_log(tmp_path):
    if not REAL.exists():
        pytest.skip(f"the published activity log is not at {REAL}; see tests/README.md")
    lines = gzip.decompress(REAL.read_bytes()).split(b"\r")
    file = tmp_path / "slice.csv"
    file.write_bytes(b"\r".join(lines[:1501]))
    first, second = run(file), run(file)
    assert (first.lines, first.new + first.skipped + first.refused, first.refused) == (1500, 1500, 0)
    assert (second.new, second.known) == (0, first.new)
    assert Statement.objects.count() == first.new
    assert len(queries.search(Filter(verb="http://adlnet.gov/expapi/verbs/experienced"), reader=ALL).rows) == 100
