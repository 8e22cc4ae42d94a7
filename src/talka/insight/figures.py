"""The lake's answers as figures: a title that says the finding, a picture, the numbers, and nothing about groups that are too small."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from talka.insight.ask import Table
from talka.insight.metrics import Metric, all_metrics
from talka.insight.rules import change, exercise_flags, few
from talka.kit import charts
from talka.kit.charts import Columns, Figure, Size
from talka.science.disclosure import protect_list

# Definitions of figures that other files of this room make, by key; they add theirs.
_NAMED: dict[str, Metric] = {}


def define(metrics: Iterable[Metric]) -> None:
    """Further figures may be made in this frame."""
    _NAMED.update({m.key: m for m in metrics})


def defined() -> dict[str, Metric]:
    """Every definition by its key."""
    return {**all_metrics(), **_NAMED}


@dataclass(frozen=True, slots=True)
class Frame:
    """What all figures of a page share: when they were computed, of how many people, the privacy threshold, and the address of their CSV."""

    computed_at: datetime
    people: int
    minimum: int
    until: date
    csv: Callable[[str], str]

    def figure(
        self, key: str, spec: Any, *, title: str, table: Columns, metric: str = "", people: int | None = None, **more: Any
    ) -> Figure:
        n = self.people if people is None else people
        known = defined()[metric or key]
        return charts.figure(
            spec,
            # Of a hidden figure not even the finding is told.
            title=known.title if n < self.minimum else title,
            n=n,
            computed_at=self.computed_at,
            table=table,
            definition=reverse("insight:definition", kwargs={"metric": metric or key}),
            csv_url=self.csv(key),
            minimum=self.minimum,
            **more,
        )

    def few_words(self) -> str:
        return _("fewer than {n}").format(n=self.minimum)

    def count(self, n: int) -> int | str:
        """A number of people as a table says it."""
        return self.few_words() if few(n, self.minimum) else n

    def drawn(self, n: int) -> int | None:
        """A number of people as a picture draws it: nothing for a small group."""
        return None if few(n, self.minimum) else n


def weekly(frame: Frame, weeks: Table, active: Table) -> Figure:
    """Active learners per week, as far as weeks are over."""
    known = {row["week"]: row["people"] for row in weeks}
    points: list[tuple[date, int]] = []
    monday = min(known, default=frame.until)
    while known and monday + timedelta(days=6) <= frame.until:
        points.append((monday, known.get(monday, 0)))
        monday += timedelta(days=7)
    spec = charts.line({str(_("people")): [(day, frame.drawn(n)) for day, n in points]}, y=_("people a week")) if len(points) > 1 else None
    table = Columns([_("Week from"), _("People")], [(day, frame.count(n)) for day, n in points])
    hides = any(few(n, frame.minimum) for _day, n in points)
    note = _("weeks with fewer than {n} people are left out").format(n=frame.minimum) if hides else ""
    return frame.figure("weekly-active", spec, title=_month_title(frame, active), table=table, note=note)


def _month_title(frame: Frame, active: Table) -> str:
    rows = active.rows
    now = rows[-1][3] if rows else 0
    if not now:
        return _("Nobody learned in the last 28 days")
    if few(now, frame.minimum):
        return _("Fewer than {n} people learned in the last 28 days").format(n=frame.minimum)
    text = ngettext("{n} person learned in the last 28 days", "{n} people learned in the last 28 days", now).format(n=now)
    before = {row[0]: row[3] for row in rows}.get(rows[-1][0] - timedelta(days=28)) if rows else None
    more = None if before is None else change(now, before, frame.minimum)
    if more is None or not before:
        return text
    if more == 0:
        return _("{text}, as many as in the 28 days before").format(text=text)
    words = _("{text}, {n} more than in the 28 days before") if more > 0 else _("{text}, {n} fewer than in the 28 days before")
    return words.format(text=text, n=abs(more))


def stickiness(frame: Frame, active: Table) -> Figure:
    """Daily, weekly and monthly active learners on rolling windows."""
    # One point a week is enough for the eye; the day that is not over yet counts for nothing.
    full = [r for r in active.rows if r[0] < frame.until] or list(active.rows)
    rows = full[::-1]
    rows = [r for r in rows if (rows[0][0] - r[0]).days % 7 == 0][::-1]
    month = sum(r[3] for r in full[-28:])
    share = sum(r[1] for r in full[-28:]) / month if month else 0
    series = {
        str(_("28 days")): [(r[0], frame.drawn(r[3])) for r in rows],
        str(_("7 days")): [(r[0], frame.drawn(r[2])) for r in rows],
        str(_("1 day")): [(r[0], frame.drawn(r[1])) for r in rows],
    }
    title = _("An active learner comes back on {n} of 28 days").format(n=_decimal(share * 28))
    table = Columns(
        [_("Day"), _("1 day"), _("7 days"), _("28 days")], [(r[0], frame.count(r[1]), frame.count(r[2]), frame.count(r[3])) for r in rows]
    )
    return frame.figure("active", charts.line(series, y=_("people")) if len(rows) > 1 else None, title=title, table=table)


def _decimal(value: float) -> str:
    from django.utils.formats import number_format

    return str(number_format(round(value, 1), use_l10n=True))


def _percent(value: float) -> str:
    return f"{round(100 * value)}\u202f%"


def funnel(frame: Frame, answer: Table) -> Figure:
    """From enrolled to completed (and certified, once anybody is)."""
    row = answer.rows[0] if answer.rows else (0, 0, 0, 0, 0)
    names = [_("enrolled"), _("started"), _("half-way"), _("completed"), _("certified")]
    steps = list(zip(names, (int(n) for n in row), strict=True))
    if not steps[-1][1]:
        steps.pop()
    enrolled, completed = int(row[0]), int(row[3])
    shown = [(name, n) for name, n in steps if not few(n, frame.minimum)]
    if few(completed, frame.minimum):
        title = _("Fewer than {n} of {all} have completed the course so far").format(n=frame.minimum, all=enrolled)
    else:
        title = _("{n} of {all} have completed the course, {half} are at least half-way").format(
            n=completed, all=enrolled, half=frame.count(int(row[2]))
        )
    table = Columns(
        [_("Stage"), _("People"), _("Share of enrolled in %")],
        [(name, frame.count(n), "" if few(n, frame.minimum) or not enrolled else round(100 * n / enrolled, 1)) for name, n in steps],
    )
    return frame.figure("funnel", charts.funnel(shown, x=_("people")), title=title, table=table, people=enrolled)


def topics(frame: Frame, use: Table) -> Figure:
    """How many people each topic has, in the order of the course."""
    rows = [r for r in use if r["place"] is not None]
    spec = None
    if len(rows) > 1:
        spec = _profile(
            [(i, frame.drawn(r["people"]), frame.drawn(r["completed"])) for i, r in enumerate(rows, 1)],
            str(_("opened")),
            str(_("done")),
            frame,
        )
    hours = sum(r["hours"] for r in rows if not few(r["people"], frame.minimum))
    title = _("People spent {hours} hours in {topics} topics").format(hours=whole(hours), topics=len(rows))
    table = Columns(
        [_("No."), _("Topic"), _("Lesson"), _("Opened by"), _("Hours"), _("Done by")],
        [
            (
                i,
                r["title"],
                r["lesson"],
                frame.count(r["people"]),
                "" if few(r["people"], frame.minimum) else round(r["hours"], 1),
                frame.count(r["completed"]),
            )
            for i, r in enumerate(rows, 1)
        ],
    )
    return frame.figure("topics", spec, title=title, table=table, metric="use-by-unit")


def whole(value: float) -> str:
    from django.utils.formats import number_format

    return str(number_format(round(value), use_l10n=True, force_grouping=True))


def _profile(points: Sequence[tuple[int, int | None, int | None]], opened: str, done: str, frame: Frame) -> Any:
    """Two step lines over the numbers of the topics; the words stand at their ends."""
    values = [{"x": i, "y": n, "s": s} for i, a, b in points for s, n in ((opened, a), (done, b))]
    # The words stand where the lines lie apart: at the beginning above, at the end below.
    first = next((v for v in values if v["s"] == opened and v["y"] is not None), None)
    last = next((v for v in reversed(values) if v["s"] == done and v["y"] is not None), None)

    def spec(size: Size) -> dict[str, Any]:
        x = {
            "field": "x",
            "type": "quantitative",
            "title": _("topic number"),
            "scale": {"domain": [1, len(points)], "nice": False},
            "axis": {"format": "d"},
        }
        y = {"field": "y", "type": "quantitative", "title": _("people")}
        colour = {
            "field": "s",
            "type": "nominal",
            "legend": None,
            "scale": {"domain": [opened, done], "range": ["var(--sky)", "var(--pine)"]},
        }
        dash = {"field": "s", "type": "nominal", "legend": None, "scale": {"domain": [opened, done], "range": [[5, 3], [1, 0]]}}
        return {
            "width": size.value,
            "height": 190,
            "data": {"values": values},
            "layer": [
                {
                    "mark": {"type": "line", "interpolate": "step", "strokeWidth": 2},
                    "encoding": {"x": x, "y": y, "color": colour, "strokeDash": dash},
                },
                *(
                    {
                        "data": {"values": [word]},
                        "mark": {"type": "text", "align": align, "dy": dy, "fontWeight": 600},
                        "encoding": {"x": x, "y": y, "text": {"field": "s"}, "color": colour},
                    }
                    for word, align, dy in ((first, "left", -9), (last, "right", 15))
                    if word
                ),
            ],
        }

    return spec


def stops(frame: Frame, answer: Table, *, most: int = 6) -> Figure:
    """The topics after which most people did not come back."""
    rows = list(answer)
    counted = [r for r in rows if not few(r["reached"], frame.minimum) and not few(r["stopped"], frame.minimum) and r["reached"]]
    worst = sorted((r for r in counted if r["stopped"]), key=lambda r: r["stopped"] / r["reached"], reverse=True)[:most]
    if worst:
        top = worst[0]
        title = _("Most people stop at “{topic}”: {stopped} of the {reached} who reached it").format(
            topic=top["title"], stopped=top["stopped"], reached=top["reached"]
        )
        spec = charts.ranks(
            [(r["title"], r["stopped"] / r["reached"]) for r in worst], x=_("share of those who reached the topic"), x_format=".0%"
        )
    else:
        title, spec = _("There is no topic at which many people stop"), None
    table = Columns(
        [_("No."), _("Topic"), _("Reached by"), _("Stopped"), _("Share in %")],
        [
            (i, r["title"], frame.count(r["reached"]), frame.count(r["stopped"]) if not few(r["reached"], frame.minimum) else "",
             round(100 * r["stopped"] / r["reached"], 1) if r in counted else "")
            for i, r in enumerate(rows, 1)
        ],
    )  # fmt: skip
    return frame.figure("stops", spec, title=title, table=table)


def exercises(frame: Frame, answer: Table, *, most: int = 8) -> Figure:
    """The exercises that few solve at the first attempt, and whether each tells who can do it."""
    words = {
        "hard": _("few solve it"),
        "easy": _("nearly all solve it"),
        "key": _("those who know more do worse: check the key"),
        "weak": _("hardly shows who can do it"),
    }
    rows = [r for r in answer if not few(r["people"], frame.minimum)]
    left_out = len(answer.rows) - len(rows)
    hardest = sorted(rows, key=lambda r: r["share"])[:most]
    below = sum(r["share"] < 0.5 for r in rows)
    title = ngettext(
        "{n} exercise of {all} is right at the first try for fewer than half",
        "{n} exercises of {all} are right at the first try for fewer than half",
        below,
    ).format(n=below, all=len(rows))
    spec = (
        charts.ranks(
            [(short(r["title"] or r["unit"]), r["share"]) for r in hardest],
            x=_("mean score of first attempts"),
            x_format=".0%",
            domain=(0, 1),
        )
        if hardest
        else None
    )
    table = Columns(
        [_("Exercise"), _("Topic"), _("People"), _("First attempt in %"), _("Discrimination"), _("Attempts a person"), _("Look at")],
        [
            (
                r["title"] or r["unit"], r["topic_title"] or "", r["people"], round(100 * r["share"], 1),
                None if r["discrimination"] is None or np.isnan(r["discrimination"]) else round(r["discrimination"], 2),
                round(r["attempts"], 2), "; ".join(words[f] for f in exercise_flags(r["share"], _number(r["discrimination"]))),
            )
            for r in rows
        ],
    )  # fmt: skip
    note = (
        ngettext("{n} exercise with fewer people is left out", "{n} exercises with fewer people are left out", left_out).format(n=left_out)
        if left_out
        else ""
    )
    return frame.figure("exercises", spec, title=title, table=table, note=note, subtitle=_("the hardest first") if hardest else "")


def _number(value: float | None) -> float | None:
    return None if value is None or np.isnan(value) else value


def short(text: str, most: int = 42) -> str:
    return text if len(text) <= most else f"{text[: most - 1].rstrip()}…"


def film(frame: Frame, answer: Table, *, unit: str = "") -> Figure | None:
    """Who watches each second of one film, by default the one that most people began. None where no film was watched."""
    by_film: dict[str, list[dict[str, Any]]] = {}
    for row in answer:
        by_film.setdefault(row["unit"], []).append(row)
    if not by_film:
        return None
    chosen = unit if unit in by_film else max(by_film, key=lambda u: max(r["people"] for r in by_film[u]))
    rows = by_film[chosen]
    most = max(r["people"] for r in rows)
    last = rows[-1]["people"]
    name = rows[0]["title"] or chosen
    if few(last, frame.minimum):
        title = _("“{film}”: fewer than {n} of {most} watched it to the end").format(film=name, n=frame.minimum, most=most)
    else:
        title = _("“{film}”: {last} of {most} watched it to the end").format(film=name, last=last, most=most)
    # One point every two seconds draws the same line.
    points = [(r["second"], frame.drawn(r["people"]), frame.drawn(r["plays"] - r["people"])) for r in rows[:: max(1, len(rows) // 75)]]
    table = Columns(
        [_("Second"), _("People"), _("Played again")],
        [(r["second"], frame.count(r["people"]), frame.count(r["plays"] - r["people"])) for r in rows],
    )
    return frame.figure("film-audience", _seconds(points), title=title, table=table, people=most)


def _seconds(points: Sequence[tuple[int, int | None, int | None]]) -> Any:
    first, again = str(_("watched")), str(_("watched again"))
    values = [{"x": s, "y": n, "s": label} for s, a, b in points for label, n in ((first, a), (again, b)) if n is not None]

    def spec(size: Size) -> dict[str, Any]:
        colour = {
            "field": "s",
            "type": "nominal",
            "title": None,
            "scale": {"domain": [first, again], "range": ["var(--pine)", "var(--amber)"]},
        }
        return {
            "width": size.value,
            "height": 160,
            "data": {"values": values},
            "mark": {"type": "line"},
            "encoding": {
                "x": {"field": "x", "type": "quantitative", "title": _("second of the film"), "scale": {"nice": False}},
                "y": {"field": "y", "type": "quantitative", "title": _("people")},
                "color": colour,
                "strokeDash": {**colour, "scale": {"domain": [first, again], "range": [[1, 0], [5, 3]]}},
            },
        }

    return spec


def rhythm(frame: Frame, answer: Table) -> Figure:
    """When people learn: weekday by part of the day."""
    days = [_("Mon"), _("Tue"), _("Wed"), _("Thu"), _("Fri"), _("Sat"), _("Sun")]
    parts = ["0–6", "6–9", "9–12", "12–14", "14–18", "18–21", "21–24"]
    edges = [6, 9, 12, 14, 18, 21, 24]
    total = sum(r["statements"] for r in answer)
    cells = {(d, p): 0.0 for d in range(7) for p in range(len(parts))}
    people = dict.fromkeys(cells, 0)
    for row in answer:
        cell = (row["weekday"] - 1, next(p for p, edge in enumerate(edges) if row["hour"] < edge))
        cells[cell] += row["statements"]
        people[cell] = max(people[cell], row["people"])
    values = [
        (days[d], parts[p], None if few(people[d, p], frame.minimum) else round(100 * n / total, 1) if total else None)
        for (d, p), n in cells.items()
    ]
    evening = sum(n for (_d, p), n in cells.items() if p >= 5) / total if total else 0
    weekend = sum(n for (d, _p), n in cells.items() if d >= 5) / total if total else 0
    title = _("{evening} of learning happens after six in the evening, {weekend} at the weekend").format(
        evening=_percent(evening), weekend=_percent(weekend)
    )
    table = Columns([_("Day"), *parts], [(days[d], *[values[d * len(parts) + p][2] for p in range(len(parts))]) for d in range(7)])
    return frame.figure("rhythm", charts.heat(values, unit=_("% of all learning"), v_format=".0f"), title=title, table=table)


def organisations(frame: Frame, answer: Table) -> Figure:
    """Learners by organisation of one cluster; small ones hidden, and with them as many as keep them from being worked out."""
    rows = list(answer)
    learned = protect_list([r["learners"] for r in rows], threshold=frame.minimum)
    active = protect_list([r["active"] for r in rows], threshold=frame.minimum)
    hidden = _("not shown")
    total = sum(r["learners"] > 0 for r in rows)
    title = ngettext(
        "In {n} of {all} member organisations somebody has learned", "In {n} of {all} member organisations people have learned", total
    ).format(n=total, all=len(rows))
    table = Columns(
        [_("Organisation"), _("People who learned"), _("in the last 28 days")],
        [
            (r["organisation_name"], hidden if n is None else n, hidden if m is None else m)
            for r, n, m in zip(rows, learned.cells(), active.cells(), strict=True)
        ],
    )
    shown = sorted(((r["organisation_name"], n) for r, n in zip(rows, learned.cells(), strict=True) if n), key=lambda pair: -pair[1])[:10]
    spec = charts.ranks(shown, x=_("people who learned")) if shown else None
    note = _("organisations with fewer than {n} learners are not shown").format(n=frame.minimum)
    return frame.figure("organisations", spec, title=title, table=table, note=note, people=sum(r["learners"] for r in rows))


def activities(frame: Frame, use: Table, names: dict[str, str], *, most: int = 12) -> Figure:
    """Use by activity, for what other systems sent."""
    rows = sorted(use, key=lambda r: -r["people"])
    shown = [r for r in rows if not few(r["people"], frame.minimum)]
    label = lambda r: names.get(r["unit"]) or _tail(r["unit"])  # noqa: E731  # one line, used twice
    top = shown[0] if shown else None
    title = (
        _("“{name}” is used by most: {n} people").format(name=label(top), n=top["people"])
        if top
        else _("No activity is used by enough people to be shown")
    )
    spec = charts.ranks([(short(label(r)), r["people"]) for r in shown[:most]], x=_("people")) if shown else None
    table = Columns(
        [_("Activity"), _("People"), _("Statements"), _("Hours")],
        [(label(r), r["people"], r["statements"], round(r["hours"], 1)) for r in shown],
    )
    left = len(rows) - len(shown)
    note = (
        ngettext("{n} activity with fewer people is left out", "{n} activities with fewer people are left out", left).format(n=left)
        if left
        else ""
    )
    return frame.figure("activities", spec, title=title, table=table, metric="use-by-unit", note=note)


def _tail(iri: str) -> str:
    return iri.rstrip("/").rpartition("/")[2] or iri
