"""Results put into words, figures and paper."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from talka.kit.charts import Columns, Figure, distribution, figure, ranks
from talka.kit.text import shortened
from talka.science.estimate import Estimate
from talka.surveys.models import Item, Survey
from talka.surveys.queries import ItemResult, Results, Summary, Waves
from talka.surveys.rules.flow import pipe
from talka.surveys.tables import number
from talka.surveys.views.figures import method_url


@dataclass(frozen=True, slots=True)
class Outcome:
    """One question on the report. `said` sums it up; `figure` shows it where there is something to draw."""

    result: ItemResult
    text: str
    said: str
    figure: Figure | None


def few(results: Results) -> str:
    """Why there is no ranking, in words; empty where there is one."""
    if results.enough or not results.survey.items.filter(kind=Item.Kind.NEED).exists():
        return ""
    if not results.n:
        return _("Nobody has answered yet. Import answers, or invite people.")
    return ngettext(
        "{n} answer so far. Ranks are shown from {least} on, so that nobody can be recognised.",
        "{n} answers so far. Ranks are shown from {least} on, so that nobody can be recognised.",
        results.n,
    ).format(n=results.n, least=results.least)


def interval(estimate: Estimate, places: int = 1) -> str:
    """As in 4.1 (3.9 to 4.3), or the value alone where there is no interval."""
    if estimate.value is None:
        return "–"
    if estimate.low is None:
        return number(estimate.value, places)
    return _("{value} ({low} to {high})").format(
        value=number(estimate.value, places), low=number(estimate.low, places), high=number(estimate.high, places)
    )


def percent(estimate: Estimate) -> str:
    """A share with its interval in percent."""
    if estimate.value is None or estimate.low is None or estimate.high is None:
        return "–"
    return _("{value} % ({low} to {high} %)").format(
        value=number(100 * estimate.value, 0), low=number(100 * estimate.low, 0), high=number(100 * estimate.high, 0)
    )


def outcome(result: ItemResult, survey: Survey, at: datetime, kwargs: Mapping[str, str]) -> Outcome:
    """The question's result in a sentence, with its figure."""
    text = (
        pipe(result.item.text, {})
        if result.item.kind != Item.Kind.SUS
        else _("System Usability Scale of {system}").format(system=result.item.text)
    )
    if not result.n:
        return Outcome(result, text, _("Nobody has answered this."), None)
    if result.hidden:
        return Outcome(result, text, _("Too few answered to show it."), None)
    said = _said(result)
    url = reverse("surveys:report-csv", kwargs={**kwargs, "item": result.item.code})
    drawn = _figure(result, said, at, url) if result.rows else None
    return Outcome(result, text, said, drawn)


def _said(result: ItemResult) -> str:  # noqa: PLR0911  # one per kind
    if result.usability is not None:
        return _usability(result)
    if result.promoters is not None:
        p = result.promoters
        return _("Net promoter score {score}: {promoters} promoters, {passives} passives, {detractors} detractors").format(
            score=interval(p.score), promoters=p.promoters, passives=p.passives, detractors=p.detractors
        )
    if result.mean is not None:
        return _("{mean} on average").format(mean=interval(result.mean, 2 if result.item.kind == Item.Kind.LIKERT else 1))
    if result.item.kind == Item.Kind.RANKING and result.rows:
        return _("“{choice}” is put first most often, by {share}").format(choice=result.rows[0].label, share=percent(result.rows[0].share))
    if result.rows:
        return _("“{choice}” is named most often, by {share}").format(choice=result.rows[0].label, share=percent(result.rows[0].share))
    if result.themes:
        return ngettext("{n} theme", "{n} themes", len(result.themes)).format(n=len(result.themes))
    return ngettext("{n} text", "{n} texts", result.n).format(n=result.n)


def _usability(result: ItemResult) -> str:
    u = result.usability
    if u is None or u.score.value is None:
        return _("Nobody answered all ten sentences.")
    said = _("{score} of 100").format(score=interval(u.score))
    if u.grade:
        return _("{score}, grade {grade}; better than {percentile} % of published products").format(
            score=said, grade=u.grade, percentile=number(u.percentile, 0)
        )
    return _("{score}; a grade is given from 12 respondents on").format(score=said)


def _figure(result: ItemResult, said: str, at: datetime, url: str) -> Figure:
    rows = result.rows
    if result.item.kind in {Item.Kind.LIKERT, Item.Kind.NPS, Item.Kind.NUMBER}:
        labels = {Item.Kind.LIKERT: _("Answer"), Item.Kind.NPS: _("Answer, 0 to 10")}
        x = labels.get(Item.Kind(result.item.kind), result.item.options.get("unit") or _("Answer"))
        spec = distribution([(r.value, r.count) for r in rows], x=x, y=_("People"))
    else:
        bars = [(shortened(r.label, 40), 100 * (r.share.value or 0), 100 * (r.share.low or 0), 100 * (r.share.high or 0)) for r in rows]
        spec = ranks(bars, x=_("% of those who answered"), domain=(0, 100))
    return figure(
        spec,
        title=said,
        n=result.n,
        computed_at=at,
        table=Columns(
            [_("Answer"), _("People"), _("%"), _("low"), _("high")],
            [[r.label, r.count, _hundred(r.share.value), _hundred(r.share.low), _hundred(r.share.high)] for r in rows],
        ),
        definition=method_url("spread"),
        csv_url=url,
        note=_("line: 95 % interval") if result.item.kind in {Item.Kind.CHOICE, Item.Kind.CHOICES, Item.Kind.RANKING} else "",
    )


def _hundred(share: float | None) -> float | None:
    return None if share is None else round(100 * share, 1)


def difference(found: Mapping[str, Any], results: Results) -> str:
    """Two audiences differ on one need, in a sentence."""
    titles = {r.audience: r.title for r in results.responses}
    texts = {r.code: r.text for r in results.rows}
    delta = found["comparison"]["delta"]["value"]
    more, less = (found["first"], found["second"]) if delta > 0 else (found["second"], found["first"])
    words = {"negligible": _("negligible"), "small": _("small"), "medium": _("medium"), "large": _("large")}
    return _("{need}: the distance is greater for “{more}” than for “{less}” (Cliff's δ {delta}, {size}; p {p}).").format(
        need=texts.get(found["item"], found["item"]),
        more=titles.get(more, more),
        less=titles.get(less, less),
        delta=number(abs(delta), 2),
        size=words[found["comparison"]["magnitude"]],
        p="< 0.001" if found["p_holm"] < 0.001 else number(found["p_holm"], 3),
    )


def reliability(analysis: Mapping[str, Any]) -> list[tuple[str, str, str, int]]:
    """(half of the pair, omega, alpha, complete answers) where they could be computed."""
    rows = []
    for half, name in (("importance", _("Importance")), ("ability", _("Ability"))):
        found = analysis.get("reliability", {}).get(half)
        if not found or found["alpha"]["value"] is None:
            continue
        shown = [_estimate(found[kind]) for kind in ("omega", "alpha")]
        rows.append((name, shown[0], shown[1], found["n"]))
    return rows


def _estimate(kept: Mapping[str, Any]) -> str:
    if kept["value"] is None:
        return "–"
    if kept["low"] is None:
        return number(kept["value"], 2)
    return _("{value} ({low} to {high})").format(value=number(kept["value"], 2), low=number(kept["low"], 2), high=number(kept["high"], 2))


@dataclass(frozen=True, slots=True)
class WavesShown:
    waves: Waves
    figure: Figure | None
    why: str


def waves(found: Waves | None, at: datetime, kwargs: Mapping[str, str]) -> WavesShown | None:
    """The change since the wave before."""
    if found is None:
        return None
    whys = {
        "scale": _("The two waves were answered on different scales, so their scores can't be compared."),
        "few": _("Too few have answered one of the waves."),
        "items": _("The two waves have no question in common."),
    }
    rows = [c for c in found.changes if c.change.change.low is not None]
    if found.why or not rows:
        return WavesShown(found, None, whys.get(found.why, _("The answers allow no comparison.")))
    shrank = [c for c in rows if c.change.p is not None and c.change.p < 0.05 and (c.change.change.value or 0) < 0]
    bars = [(shortened(c.text, 40), c.change.change.value, c.change.change.low, c.change.change.high) for c in rows]
    made = figure(
        ranks(bars, x=_("Change of the score; left of 0 the need shrank"), dots=True),  # type: ignore[arg-type]
        title=ngettext("{k} need shrank for certain since {before}", "{k} needs shrank for certain since {before}", len(shrank)).format(
            k=len(shrank), before=found.before.title
        ),
        n=found.n_before + found.n_after,
        n_label=_("{before} answers before, {after} now").format(before=found.n_before, after=found.n_after),
        computed_at=at,
        table=Columns(
            [_("Need"), _("Before"), _("Now"), _("Change"), _("low"), _("high"), _("p, corrected")],
            [
                [c.text, c.change.before, c.change.after, c.change.change.value, c.change.change.low, c.change.change.high, c.change.p]
                for c in rows
            ],
        ),
        definition=method_url("waves"),
        csv_url=reverse("surveys:waves-csv", kwargs=dict(kwargs)),
        note=_("line: 95 % interval"),
    )
    return WavesShown(found, made, "")


def summary_figure(summary: Summary, survey: Survey) -> Figure:
    """The ranking as respondents see it."""
    bars = [
        (shortened(r.text, 40), r.score, r.low, r.high) if r.low is not None else (shortened(r.text, 40), r.score) for r in summary.rows
    ]
    return figure(
        ranks(bars, x=_("Score")),  # type: ignore[arg-type]
        title=_("{need} stands first").format(need=summary.rows[0].text),
        n=summary.n,
        computed_at=summary.computed_at,
        table=Columns([_("Rank"), _("Need"), _("Score")], [[r.ranks, r.text, r.score] for r in summary.rows]),
        definition=method_url("score"),
        note=_("line: 95 % interval"),
    )


def for_paper(content: Mapping[str, Any], *, at: str) -> dict[str, Any]:
    """The report as plain values for the document."""
    results: Results = content["results"]
    survey = results.survey
    response = [
        [r.title or _("Together"), str(r.answered), str(r.invited or "–"), _rate(r.response)]
        for r in (*results.responses, *([results.total] if len(results.responses) > 1 else []))
    ]
    ranking = content.get("ranking")
    picture = content.get("picture")
    return {
        "title": survey.title,
        "cluster": survey.cluster.name,
        "summary": survey.summary,
        "at": _("as of {at}").format(at=at),
        "words": {
            "response": _("Who answered"),
            "response_heads": [_("Audience"), _("Answered"), _("Invited"), _("Rate, 95 % interval")],
            "ranking": _("Needs"),
            "ranking_heads": [_("Rank"), _("Need"), _("Score"), _("Importance"), _("Ability"), _("n")],
            "differences": _("Differences between audiences"),
            "reliability": _("Reliability"),
            "reliability_heads": ["", _("McDonald's omega"), _("Cronbach's alpha"), _("complete answers")],
            "items": _("The other questions"),
            "answer_heads": [_("Answer"), _("People"), _("Share, 95 % interval")],
            "method": _("How this is computed: {url}").format(url=method_url("")),
        },
        "response": response,
        "few": content["few"],
        "ranking_title": str(ranking.title) if ranking else "",
        "picture_title": str(picture.title) if picture else "",
        "ranking": [
            [r.ranks, r.text, interval_of(r.score, r.low, r.high), number(r.importance, 2), number(r.ability, 2), str(r.n)]
            for r in results.ranked
        ],
        "differences": content["differences"],
        "reliability": [[name, omega, alpha, str(n)] for name, omega, alpha, n in content["reliability"]],
        "items": [_item_for_paper(o) for o in content["outcomes"]],
    }


def interval_of(value: float | None, low: float | None, high: float | None) -> str:
    return number(value) if low is None else f"{number(value)} ({number(low)}–{number(high)})"


def _rate(response: Mapping[str, Any] | None) -> str:
    if response is None:
        return "–"
    rate = response["rate"]
    return f"{number(100 * rate['value'], 1)} % ({number(100 * rate['low'], 1)}–{number(100 * rate['high'], 1)} %)"


def _item_for_paper(o: Outcome) -> dict[str, Any]:
    return {
        "text": o.text,
        "said": o.said,
        "n": o.result.n,
        "rows": [[r.label, str(r.count), percent(r.share)] for r in o.result.rows],
        "themes": [[", ".join(t.terms), str(t.people)] for t in o.result.themes],
        "quotes": [q if isinstance(q, str) else " → ".join(part for part in q.values() if part) for q in _quotes(o.result)],
    }


def _quotes(result: ItemResult) -> list[Any]:
    return [*(q for t in result.themes for q in t.quotes), *result.quotes][:12]
