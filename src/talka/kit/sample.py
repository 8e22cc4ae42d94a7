"""The data of the style page: one of everything."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from django import forms
from django.core.paginator import Paginator
from django.http import HttpRequest

from talka.kit import charts, tables
from talka.kit.forms import DateInput, Draft, FileInput
from talka.kit.imports import Preview, Row, State
from talka.kit.models import Work

NOON = datetime(2026, 11, 21, 9, 40, tzinfo=UTC)
MONTHS = [date(2025 + (11 + n) // 12, (11 + n) % 12 + 1, 1) for n in range(24)]
NEEDS = [
    ("Service business models", 6.8, 6.1, 7.4),
    ("Funding a project", 6.5, 5.9, 7.2),
    ("Digital tools for members", 5.9, 5.2, 6.4),
    ("Leading without authority", 5.1, 4.3, 5.9),
]


class SampleForm(forms.Form):
    name = forms.CharField(label="Name", help_text="As it shall stand on the certificate.")
    day = forms.DateField(label="Day", widget=DateInput(), required=False)
    kind = forms.ChoiceField(label="Who sees it", choices=[("c", "The cluster"), ("n", "Everyone signed in")], widget=forms.RadioSelect)
    country = forms.ChoiceField(label="Country", choices=[("lt", "Lithuania"), ("no", "Norway")])
    notes = forms.CharField(label="Notes", widget=Draft("style:notes"), required=False, help_text="Kept on this device while you type.")
    file = forms.FileField(label="File", widget=FileInput(".csv"), required=False)
    agreed = forms.BooleanField(label="I have the right to share this")


class SampleTable(tables.Table):
    name = tables.Column(verbose_name="Organisation")
    kind = tables.Column(verbose_name="Type")
    people = tables.Number(verbose_name="People")
    since = tables.Date(verbose_name="Member since")
    state = tables.Tag(verbose_name="State", kinds={"quiet": "due", "left": "plain"})


ORGANISATIONS = [
    {"name": "Baltic Timber", "kind": "SME", "people": 1240, "since": date(2021, 3, 1), "state": "active"},
    {"name": "Nordhus Bau", "kind": "SME", "people": 14, "since": date(2023, 9, 12), "state": "quiet"},
    {"name": "Agder Technical College", "kind": "school", "people": 210, "since": date(2020, 1, 7), "state": "left"},
]


def figures() -> list[charts.Figure]:
    observed = [(month, 3 + n * n) for n, month in enumerate(MONTHS[:12])]
    ahead = [(month, 140 + 14 * n, 130 + 9 * n, 150 + 20 * n) for n, month in enumerate(MONTHS[12:])]
    common = {"computed_at": NOON, "csv_url": "#", "definition": "#"}
    return [
        charts.figure(
            charts.line({"members": [*observed, *ahead]}, y="member organisations", forecast_from=MONTHS[12]),
            title="At this pace, half of all members use the course by May; 140 do today",
            n=None,
            n_label="412 member organisations, 12 months observed",
            note="80 % interval shaded",
            table=charts.Columns(["Month", "Organisations"], [[row[0], row[1]] for row in [*observed, *ahead]]),
            **common,
        ),
        charts.figure(
            charts.ranks(NEEDS, x="Borich score (0 to 20)"),
            title="Managers need service business models most; the first four can't be told apart yet",
            n=146,
            n_label="146 of 150 answered",
            note="95 % interval drawn",
            table=charts.Columns(["Need", "Score", "Low", "High"], NEEDS),
            **common,
        ),
        charts.figure(
            charts.funnel([("Enrolled", 412), ("Opened a topic", 380), ("Half of the topics", 140), ("Done", 61)], x="people"),
            title="Two of three stop before the middle",
            n=412,
            table=charts.Columns(
                ["Step", "People"], [["Enrolled", 412], ["Opened a topic", 380], ["Half of the topics", 140], ["Done", 61]]
            ),
            **common,
        ),
        charts.figure(
            charts.quadrants(
                [("Services", 2.5, 4.6), ("Funding", 2.9, 4.4), ("Events", 4, 4.1), ("Statistics", 3.8, 3.3)],
                x="ability (1 to 5)",
                y="importance (1 to 5)",
                cross=(3.3, 4.1),
                names=("work on these", "keep it up", "perhaps too much", "can wait"),
            ),
            title="Services and funding matter most and are known least",
            n=146,
            table=charts.Columns(
                ["Need", "Ability", "Importance"],
                [["Services", 2.5, 4.6], ["Funding", 2.9, 4.4], ["Events", 4.0, 4.1], ["Statistics", 3.8, 3.3]],
            ),
            **common,
        ),
        charts.figure(
            charts.distribution(
                [(1, 3), (2, 9), (3, 30), (4, 60), (5, 44)], x="importance (1 to 5)", y="answers", mark_at=3.9, mark_label="mean 3.9"
            ),
            title="Nearly all call it important",
            n=146,
            table=charts.Columns(["Importance", "Answers"], [[1, 3], [2, 9], [3, 30], [4, 60], [5, 44]]),
            **common,
        ),
        charts.figure(
            charts.heat(
                [
                    (day, hour, (a + 1) * b % 9)
                    for a, day in enumerate(("Mon", "Tue", "Wed"))
                    for b, hour in enumerate(("8", "10", "12", "14", "16", "18"))
                ],
                unit="people per hour",
            ),
            title="Learning happens in the early afternoon",
            n=87,
            table=charts.Columns(["Day", "Hour", "People"], [["Mon", 8, 0], ["Mon", 10, 1]]),
            **common,
        ),
        charts.figure(None, title="A group that is too small", n=3, computed_at=NOON, table=charts.Columns(["a"], []), minimum=5),
    ]


def values(request: HttpRequest) -> dict[str, Any]:
    table = SampleTable(ORGANISATIONS, request=request, order_by=request.GET.get("sort"))
    page = Paginator(table.rows, 25).get_page(1)
    table.page = page
    listing = tables.Listing(
        table=table,
        page=page,
        filters=[
            (
                "Type",
                [tables.Way("All", "#", current=True), tables.Way("SME", "#", current=False), tables.Way("School", "#", current=False)],
            )
        ],
        searchable=True,
        q="",
        narrowed=False,
        csv_url="#",
        clear_url="#",
        kept=[],
        empty={},
        label="Search organisations",
    )
    rows = [
        Row(2, State.NEW, "r-101", "7 answers"),
        Row(3, State.SAME, "r-102"),
        Row(4, State.REFUSED, "r-103", why="importance 9 is above the scale's 5"),
    ]
    return {
        "figures": figures(),
        "form": SampleForm({"name": "", "kind": "c", "country": "lt", "notes": "What I typed is still here."}),
        "listing": listing,
        "preview": Preview(rows=rows),
        "work": Work(
            title="Import of statements", total=300000, done=120000, unit="lines", asked_at=NOON, started_at=NOON - timedelta(seconds=40)
        ),
        "spark": [3, 5, 4, 8, 9, 7, 12],
        "schemes": ("light", "dark"),
        "colours": ("linen", "paper", "ink", "slate", "pine", "amber", "madder", "sky", "plum", "moss"),
        "crumbs": [("Clusters", "#"), ("Construction North-West", "#")],
    }
