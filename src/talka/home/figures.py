"""The figures of a manager's front page."""

from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from talka.home.queries import Overview
from talka.insight.rules import change, few
from talka.kit import charts
from talka.kit.charts import Columns, Figure
from talka.people.queries import Viewer
from talka.science.disclosure import THRESHOLD_INSIDE


@dataclass(frozen=True, slots=True)
class Shown:
    """Numbers of the overview's cards as they may be said."""

    percent: str
    people: str
    organisations: int
    trend: str
    gaps_few: bool


def shown(seen: Overview) -> Shown:
    """Small groups are called so, and no difference gives one away."""
    total = seen.gaps.total
    gaps_few = total.people < THRESHOLD_INSIDE
    more = change(total.closed, seen.closed_before, 0) or 0
    trend = ngettext("{n} more than four weeks ago", "{n} more than four weeks ago", more).format(n=more)
    learning = seen.learning.people
    return Shown(
        percent="" if gaps_few else f"{seen.gaps.percent()}\u202f%",
        people=_("fewer than {n}").format(n=THRESHOLD_INSIDE) if few(learning, THRESHOLD_INSIDE) else str(learning),
        organisations=seen.learning.organisations,
        trend=trend,
        gaps_few=gaps_few,
    )


def of_overview(seen: Overview, *, viewer: Viewer) -> dict[str, Figure]:
    """By name: who learned week by week, and the needs that rank highest."""
    made = {}
    if any(n for _week, n in seen.learning.weeks):
        made["learning"] = _learning(seen)
    if seen.survey and seen.needs and seen.needs.ranked:
        made["needs"] = _needs(seen)
    return made


def _csv(seen: Overview, name: str) -> str:
    return f"{reverse('home:overview', args=[seen.cluster.slug])}?csv={name}"


def _learning(seen: Overview) -> Figure:
    weeks = [(week, None if few(n, THRESHOLD_INSIDE) else n) for week, n in seen.learning.weeks[:-1]]
    known = [(week, n) for week, n in weeks if n is not None]
    best = max(known, key=lambda pair: pair[1], default=None)
    if best:
        title = _("Most people learned in the week of {week}: {n}; in the last whole week {last}").format(
            week=_day(best[0]), n=best[1], last=known[-1][1]
        )
    else:
        title = _("Fewer than {n} people learned in any week").format(n=THRESHOLD_INSIDE)
    return charts.figure(
        charts.line({str(_("people")): weeks}, y=_("people a week")) if len(known) > 1 else None,
        title=title,
        n=seen.learning.people,
        n_label=_("learning now: {n}").format(n=shown(seen).people),
        computed_at=seen.learning.computed_at,
        table=Columns(
            [_("Week from"), _("People")], [(week, _("fewer than {n}").format(n=THRESHOLD_INSIDE) if n is None else n) for week, n in weeks]
        ),
        definition=reverse("insight:definition", args=["weekly-active"]),
        csv_url=_csv(seen, "learning"),
    )


def _day(day: Any) -> str:
    from django.utils.formats import date_format

    return str(date_format(day, "SHORT_DATE_FORMAT"))


def _needs(seen: Overview, most: int = 6) -> Figure:
    results = seen.needs
    if results is None or seen.survey is None:
        raise ValueError(seen.cluster.slug)
    ranked = sorted(results.ranked, key=lambda r: r.rank or 0)
    top = ranked[:most]
    points = [(r.text, r.score or 0.0, *((r.low, r.high) if r.low is not None else (r.score, r.score))) for r in top]
    together = results.inseparable
    if together > 1:
        title = _("“{need}” is needed most; the first {n} can't be told apart yet").format(need=top[0].text, n=together)
    else:
        title = _("“{need}” is needed most").format(need=top[0].text)
    total = results.total
    label = _("{n} of {all} answered").format(n=total.answered, all=total.invited) if total.invited else ""
    return charts.figure(
        charts.ranks(points, x=_("score of need")),  # type: ignore[arg-type]
        title=title,
        n=results.n,
        n_label=label,
        minimum=results.least,
        computed_at=results.computed_at or seen.learning.computed_at,
        table=Columns([_("Need"), _("Score"), _("from"), _("to"), _("Rank")], [(r.text, r.score, r.low, r.high, r.ranks) for r in ranked]),
        definition=reverse("surveys:method"),
        csv_url=_csv(seen, "needs"),
        note=_("95 % interval drawn"),
    )
