"""The pictures of this room: a title that says the finding, the numbers, and where they come from."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from talka.kit.charts import Columns, Figure, distribution, figure, quadrants, ranks
from talka.kit.text import shortened
from talka.science.psychometrics import worst_case
from talka.surveys.models import Need
from talka.surveys.queries import Results, Spread
from talka.surveys.tables import number


def method_url(anchor: str) -> str:
    return f"{reverse('surveys:method')}#{anchor}"


def answered(results: Results) -> str:
    """As in: 146 of 150 answered."""
    whole = results.total if not results.audience else next(r for r in results.responses if r.audience == results.audience)
    if whole.invited:
        return _("{n} of {invited} answered").format(n=results.n, invited=whole.invited)
    return ngettext("{n} answer", "{n} answers", results.n).format(n=results.n)


def ranking_title(results: Results) -> str:
    """What the ranking shows, in one sentence."""
    first, k = results.ranked[0], results.inseparable
    if k == 0:
        return _("{need} has the highest score; the answers do not say how sure that is").format(need=first.text)
    if k == 1:
        return _("{need} is the greatest need").format(need=first.text)
    if k >= len(results.ranked):
        return _("{need} has the highest score, but the answers can't tell the needs apart").format(need=first.text)
    return _("{need} leads; any of {k} needs could be the greatest").format(need=first.text, k=k)


def ranking(results: Results, kwargs: Mapping[str, Any]) -> Figure:
    """Scores with their intervals, from the greatest need to the least."""
    rows = results.ranked
    label = {r.code: shortened(r.text, 40) for r in rows}
    bars = [(label[r.code], r.score, r.low, r.high) if r.low is not None and r.high is not None else (label[r.code], r.score) for r in rows]
    greatest = results.scale[1] * (results.scale[1] - results.scale[0])
    return figure(
        ranks(bars, x=_("Score, {greatest} is the most possible").format(greatest=greatest)),  # type: ignore[arg-type]
        title=ranking_title(results),
        n=results.n,
        n_label=answered(results),
        computed_at=results.computed_at,  # type: ignore[arg-type]  # a ranking was computed
        table=Columns(
            [_("Rank"), _("Need"), _("Score"), _("low"), _("high"), _("n")],
            [[r.ranks, r.text, r.score, r.low, r.high, r.n] for r in rows],
        ),
        definition=method_url("score"),
        csv_url=f"{reverse('surveys:survey', kwargs=dict(kwargs))}?format=csv"
        + (f"&audience={results.audience}" if results.audience else ""),
        note=_("line: 95 % interval"),
    )


QUADRANTS = ("concentrate_here", "keep_up", "possible_overkill", "low_priority")


def quadrant_words() -> dict[str, str]:
    return {
        "concentrate_here": _("concentrate here"),
        "keep_up": _("keep it up"),
        "low_priority": _("low priority"),
        "possible_overkill": _("more than needed"),
    }


def picture(results: Results, kwargs: Mapping[str, Any]) -> Figure:
    """Importance against ability, with the cross-hair at the means."""
    rows = [r for r in results.ranked if r.importance is not None and r.ability is not None]
    words = quadrant_words()
    here = [r for r in rows if r.figures["quadrant"] == "concentrate_here"]
    cross = results.analysis["cross_hair"] or (0, 0)
    url = reverse("surveys:picture-csv", kwargs=dict(kwargs)) + (f"?audience={results.audience}" if results.audience else "")
    return figure(
        quadrants(
            [(r.text, r.ability, r.importance) for r in rows],  # type: ignore[misc]
            x=_("Ability"),
            y=_("Importance"),
            cross=(cross[1], cross[0]),
            names=(words["concentrate_here"], words["keep_up"], words["possible_overkill"], words["low_priority"]),
        ),
        title=ngettext(
            "{k} of {all} competences matters much and is mastered little",
            "{k} of {all} competences matter much and are mastered little",
            len(here),
        ).format(k=len(here), all=len(rows)),
        n=results.n,
        n_label=answered(results),
        computed_at=results.computed_at,  # type: ignore[arg-type]
        table=Columns(
            [_("No."), _("Competence"), _("Importance"), _("Ability"), _("Quadrant"), _("Sure of it, %")],
            [
                [n, r.text, r.importance, r.ability, words[r.figures["quadrant"]], round(100 * r.figures["quadrant_probability"])]
                for n, r in enumerate(rows, 1)
            ],
        ),
        definition=method_url("picture"),
        csv_url=url,
        note=_("numbers as in the table; lines at the means"),
    )


def spread(need: Need, of: Spread, half: str, kwargs: Mapping[str, Any]) -> Figure:
    """How many gave each answer on one half of the pair."""
    low = need.evidence["scale"]["low"]
    counts = of.importance if half == "importance" else of.ability
    n = sum(counts)
    mean = of.figures.get(half)
    who = of.title or _("Everybody")
    # Each label stands in its own sentence, so that a translator can turn it.
    if of.hidden or not n:
        title = who
    elif half == "importance":
        title = _("{who}: importance {mean} on average").format(who=who, mean=number(mean, 2))
    else:
        title = _("{who}: ability {mean} on average").format(who=who, mean=number(mean, 2))
    steps = [(low + i, count) for i, count in enumerate(counts)]
    made = figure(
        distribution(
            steps,
            x=_("Importance, answer") if half == "importance" else _("Ability, answer"),
            y=_("People"),
            mark_at=mean,
            mark_label=_("mean"),
        )
        if n
        else None,
        title=title,
        n=n,
        computed_at=need.computed_at,
        table=Columns([_("Answer"), _("People")], steps),
        definition=method_url("spread"),
        csv_url=reverse("surveys:need-csv", kwargs=dict(kwargs)),
    )
    if of.hidden:
        hidden = _("Too few answered, or the group could be worked out from the others: not shown, so that nobody can be recognised.")
        return Figure(
            title=title,
            computed_at=need.computed_at,
            spec=None,
            table=Columns(made.table.heads, []),
            definition=made.definition,
            hidden=hidden,
        )
    return made


def spread_table(need: Need, spreads: Sequence[Spread]) -> tuple[list[str], list[list[Any]]]:
    """Heads and rows of the distribution: audience, half, answer, people."""
    low = need.evidence["scale"]["low"]
    rows: list[list[Any]] = []
    for of in spreads:
        who = of.audience or _("everybody")
        if of.hidden:
            rows.append([who, "", "", _("not shown: too few")])
            continue
        for half, counts in (("importance", of.importance), ("ability", of.ability)):
            rows += [[who, half, low + i, count] for i, count in enumerate(counts)]
    return [_("Audience"), _("Half of the pair"), _("Answer"), _("People")], rows


def worst_case_of(need: Need) -> dict[str, Any] | None:
    """Share of people whose ability is below the importance, and its bounds if those who were silent had answered either way."""
    figures = need.evidence["item"]
    n, below = figures["n_pairs"], figures["below"]
    asked = [q.invited or 0 for q in need.survey.questionnaires.all()]
    invited = sum(asked)
    if not n or below is None or not all(asked) or invited < n:
        return None
    bounds = worst_case(round(below * n), n, invited)
    return None if bounds is None else {"share": 100 * below, "n": n, "invited": invited, "low": 100 * bounds[0], "high": 100 * bounds[1]}
