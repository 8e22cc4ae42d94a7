"""Figures: colours pass through, text is escaped, small groups are not there at all."""

import re
from datetime import UTC, date, datetime

import pytest
from django.template import Context, Template
from django.utils import translation

from talka.kit import charts, tokens

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
SPECS = {
    "line": charts.line({"A": [(date(2026, 1, n), n) for n in range(1, 9)]}, y="people", forecast_from=date(2026, 1, 5)),
    "interval": charts.line({"A": [(date(2026, n, 1), n, n - 1, n + 1) for n in range(1, 9)], "B": [(date(2026, 1, 1), None)]}, y="people"),
    "bars": charts.bars([("Mon", 1), ("Tue", 2)], y="hours", highlight="Tue"),
    "ranks": charts.ranks([("Need A", 6.8, 6.1, 7.4), ("Need B", 5, 4, 6)], x="score"),
    "lying bars": charts.ranks([("Need A", 6.8)], x="score"),
    "quadrants": charts.quadrants([("a", 3, 4.4)], x="ability", y="importance", cross=(3.3, 4.1), names=("1", "2", "3", "4")),
    "funnel": charts.funnel([("Enrolled", 412), ("Done", 61)], x="people"),
    "funnel of nobody": charts.funnel([("Enrolled", 0)], x="people"),
    "heat": charts.heat([("Mon", "8", 3), ("Mon", "9", None)], unit="people"),
    "distribution": charts.distribution([(1, 3), (2, 9), (3, 4)], x="importance", y="answers", mark_at=2.1, mark_label="mean"),
    "sparkline": charts.sparkline([1, None, 3]),
    "empty": charts.line({}, y="people"),
}
TABLE = charts.Columns(["Day", "People"], [["Monday", 1234.5]])


def figure(n=42, **more):
    return charts.figure(SPECS["bars"], title="Tuesday leads", n=n, computed_at=NOON, table=TABLE, minimum=5, **more)


def shown(fig):
    return Template("{% figure fig %}").render(Context({"fig": fig}))


@pytest.mark.parametrize("name", SPECS)
@pytest.mark.parametrize("size", list(charts.Size))
def test_every_ready_made_picture_is_drawn_in_tokens_only(name, size):
    drawn = charts.svg(SPECS[name], size)
    assert drawn.startswith("<svg ")
    assert " style=" not in drawn
    assert "#" not in drawn


def test_two_pictures_on_a_page_share_no_names():
    clipped = {
        "data": {"values": [{"a": 1}]},
        "mark": {"type": "bar", "clip": True},
        "encoding": {"x": {"field": "a", "type": "quantitative"}},
    }
    one, other = charts.svg(clipped), charts.svg({**clipped, "height": 30})
    names = [set(re.findall(r'id="([^"]+)"', drawn)) for drawn in (one, other)]
    assert names[0]
    assert names[0].isdisjoint(names[1])
    assert all(f"url(#{name})" in one for name in names[0])


def test_colours_of_the_page_pass_through_and_become_values_for_print():
    assert 'fill="var(--pine)"' in charts.svg(SPECS["bars"])
    printed = charts.printed(SPECS["bars"])
    assert f'fill="{tokens.LIGHT["pine"]}"' in printed
    assert "var(" not in printed


def test_a_plain_specification_is_themed_and_kept_by_its_hash(settings):
    spec = {
        "data": {"values": [{"a": 1, "b": 2}]},
        "mark": "bar",
        "encoding": {"x": {"field": "a"}, "y": {"field": "b", "type": "quantitative"}},
    }
    first = charts.svg(spec)
    assert charts.svg(spec) == first
    assert 'fill="var(--pine)"' in first
    assert charts.svg({**spec, "height": 50}) != first


def test_text_of_others_is_escaped():
    drawn = charts.svg(charts.bars([("<script>alert(1)</script>", 1), ("b", 2)], y="x"))
    assert "<script" not in drawn


def test_a_figure_says_everything(db):
    html = shown(figure(definition="/definitions/x/", csv_url="?format=csv", note="80 % interval shaded"))
    for expected in (
        "Tuesday leads",
        "42 people",
        "80 % interval shaded",
        "/definitions/x/",
        "?format=csv",
        "Show as table",
        "1,234.5",
        "computed 2 Mar 2026",
    ):
        assert expected in html
    assert html.count("<svg") == 2
    assert " style=" not in html


def test_a_small_group_is_not_in_the_figure_at_all(db):
    fig = figure(n=4, csv_url="?format=csv")
    assert (fig.spec, list(fig.table.rows), fig.n) == (None, [], None)
    html = shown(fig)
    assert "Fewer than 5 people" in html
    assert "1,234" not in html
    assert b"1234" not in b"".join(charts.figure_csv(fig).streaming_content)


def test_the_figures_numbers_as_a_file():
    response = charts.figure_csv(figure(), "tuesday")
    assert response["Content-Disposition"] == 'attachment; filename="tuesday.csv"'
    assert b"".join(response.streaming_content).decode() == "\ufeffDay,People\r\nMonday,1234.5\r\n"


@pytest.mark.parametrize(
    ("language", "day", "thousands"),
    [
        ("en", "15 Jan", "2,000"),
        ("de", "15 Jan", "2.000"),
        ("fr", "15 jan", "2\u00a0000"),
        ("lt", "sau 15", "2\u00a0000"),
        ("es", "15 ene", "2\u00a0000"),
    ],
)
def test_axes_speak_the_readers_language(language, day, thousands):
    with translation.override(language):
        drawn = charts.svg(charts.line({"A": [(date(2026, 1, n), 100 * n) for n in range(1, 22)]}, y="people"))
    assert f">{day}</text>" in drawn
    assert f">{thousands}</text>" in drawn
