"""A survey's results as its pages show them: small groups are already gone."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count

from talka.people.queries import Viewer
from talka.science.psychometrics import response
from talka.surveys.models import Analysis, Need, NeedDecision, Survey
from talka.surveys.queries.items import scale_of
from talka.surveys.queries.needs import ranked_needs
from talka.surveys.queries.surveys import may_read
from talka.surveys.rules.privacy import shown_groups, threshold


@dataclass(frozen=True, slots=True)
class RankedNeed:
    """One line of the ranking. `figures` is the item's entry of the analysis; with `hidden` it is empty, because too few answered."""

    code: str
    text: str
    group: str
    need: Need | None
    figures: Mapping[str, Any]
    hidden: bool
    decision: NeedDecision | None

    @property
    def rank(self) -> int | None:
        return self.figures.get("rank")

    @property
    def ranks(self) -> str:
        """As in 1–3, or 2 where the interval is one place, or the bare rank where there is no interval."""
        low, high = self.figures.get("rank_low"), self.figures.get("rank_high")
        if low is None or high is None:
            return str(self.rank or "")
        return f"{low}–{high}" if low != high else str(low)

    @property
    def score(self) -> float | None:
        return self.figures["score"]["value"] if self.figures else None

    @property
    def low(self) -> float | None:
        return self.figures["score"]["low"] if self.figures else None

    @property
    def high(self) -> float | None:
        return self.figures["score"]["high"] if self.figures else None

    @property
    def n(self) -> int | None:
        return self.figures.get("n_pairs")

    @property
    def share(self) -> float | None:
        """Score as percent of the greatest possible."""
        share = self.figures.get("share_of_highest")
        return None if share is None else 100 * share

    @property
    def discrepancy(self) -> float | None:
        return self.figures.get("ranked_discrepancy")

    @property
    def discrepancy_rank(self) -> int | None:
        return self.figures.get("ranked_discrepancy_rank")

    @property
    def importance(self) -> float | None:
        return self.figures.get("importance")

    @property
    def ability(self) -> float | None:
        return self.figures.get("ability")

    @property
    def could_be_top(self) -> bool:
        return bool(self.figures.get("could_be_top"))


@dataclass(frozen=True, slots=True)
class AudienceResponse:
    """How many of an audience answered. `response` as `science.psychometrics.response`, None where nobody said how many were invited."""

    audience: str
    title: str
    answered: int
    invited: int | None
    response: Mapping[str, Any] | None
    shown: bool


def rate_of(answered: int, invited: int | None) -> Mapping[str, Any] | None:
    """The response rate with its interval; None where it is not known how many were invited, or more have answered than were."""
    return asdict(response(answered, invited)) if invited and answered <= invited else None


@dataclass(frozen=True, slots=True)
class Results:
    """Everything on the page of one survey. `rows` is empty when fewer than `least` answered: then `n` is all there is to say."""

    survey: Survey
    audience: str
    n: int
    least: int
    computed_at: datetime | None
    rows: tuple[RankedNeed, ...]
    analysis: Mapping[str, Any]
    responses: tuple[AudienceResponse, ...]
    scale: tuple[int, int]
    older: tuple[tuple[str, int], ...]

    @property
    def enough(self) -> bool:
        return self.n >= self.least

    @property
    def ranked(self) -> tuple[RankedNeed, ...]:
        """Only those with a figure."""
        return tuple(row for row in self.rows if row.rank is not None)

    @property
    def inseparable(self) -> int:
        """How many needs could be the greatest."""
        return sum(1 for row in self.ranked if row.figures.get("rank_low") == 1)

    @property
    def shown_audiences(self) -> tuple[AudienceResponse, ...]:
        return tuple(r for r in self.responses if r.shown)

    @property
    def total(self) -> AudienceResponse:
        """All audiences together."""
        invited = [r.invited for r in self.responses]
        known = sum(n for n in invited if n) if all(invited) else None
        answered = sum(r.answered for r in self.responses)
        return AudienceResponse("", "", answered, known, rate_of(answered, known), shown=True)


def results_of(survey: Survey, *, viewer: Viewer, audience: str = "") -> Results | None:
    """The ranked needs of `survey`, of everybody ("") or of one audience; None if `viewer` may not read them or the audience must stay hidden.

    Seven queries, however many needs and answers.
    """
    if not may_read(survey, viewer=viewer):
        return None
    least = threshold(survey.identity)
    analyses = list(survey.analyses.select_related("scale").order_by("-scale__version"))
    newest = analyses[0].scale if analyses else None
    current = {a.audience: a for a in analyses if a.scale == newest}
    scale = newest or scale_of(survey)
    handed_in = survey.responses.handed_in().filter(scale=scale).order_by()
    counts = dict(handed_in.values_list("questionnaire__audience").annotate(n=Count("pk")))
    shown = shown_groups(counts, least=least)
    responses = tuple(
        AudienceResponse(
            q.audience,
            q.title,
            counts.get(q.audience, 0),
            q.invited,
            rate_of(counts.get(q.audience, 0), q.invited),
            shown=q.audience in shown,
        )
        for q in survey.questionnaires.all()
    )
    if audience and (audience not in shown or audience not in current):
        return None
    needs = {need.item.code: need for need in ranked_needs(survey, viewer=viewer)}
    found = current.get(audience)
    n = sum(counts.values())
    items = list(survey.items.filter(kind="need").select_related("competence").order_by("section__order", "order"))
    return Results(
        survey=survey,
        audience=audience,
        n=counts.get(audience, 0) if audience else n,
        least=least,
        computed_at=found.computed_at if found else None,
        rows=_rows(items, found, current, needs, least=least) if n >= least and found else (),
        analysis=found.result if found and n >= least else {},
        responses=responses,
        scale=(scale.low, scale.high),
        older=tuple((str(a.scale), a.n) for a in analyses if a.scale != newest and not a.audience),
    )


def _rows(
    items: list[Any], found: Analysis, current: Mapping[str, Analysis], needs: Mapping[str, Need], *, least: int
) -> tuple[RankedNeed, ...]:
    rows = []
    for item in items:
        figures = found.result["items"].get(item.code)
        if figures is None:
            continue
        by_audience = {a: c.result["items"][item.code]["n_pairs"] for a, c in current.items() if a and item.code in c.result["items"]}
        few = figures["n_pairs"] < least or (found.audience and found.audience not in shown_groups(by_audience, least=least))
        need = needs.get(item.code)
        decisions = list(need.decisions.all()) if need else []
        rows.append(
            RankedNeed(
                code=item.code,
                text=item.text,
                group=item.competence.group if item.competence else "",
                need=need,
                figures={} if few else figures,
                hidden=bool(few),
                decision=decisions[-1] if decisions else None,
            )
        )
    return tuple(sorted(rows, key=lambda row: (row.rank is None, row.rank or 0)))


@dataclass(frozen=True, slots=True)
class Spread:
    """How one audience ("" for all) answered one item: counts from the lowest answer to the highest. Hidden: fewer than the threshold."""

    audience: str
    title: str
    importance: tuple[int, ...]
    ability: tuple[int, ...]
    figures: Mapping[str, Any]
    hidden: bool


def spreads_of(need: Need, *, viewer: Viewer) -> tuple[Spread, ...]:
    """The distribution behind `need`: all together, then each audience that may be shown beside them. Empty if `viewer` may not read it."""
    survey = need.survey
    if not may_read(survey, viewer=viewer):
        return ()
    least = threshold(survey.identity)
    counts, figures = need.evidence["counts"], need.evidence["audiences"]
    people = {audience: max(sum(c["importance"]), sum(c["ability"])) for audience, c in counts.items()}
    shown = shown_groups(people, least=least)
    steps = len(next(iter(counts.values()))["importance"])
    together = [tuple(sum(c[half][s] for c in counts.values()) for s in range(steps)) for half in ("importance", "ability")]
    spreads = [Spread("", "", together[0], together[1], need.evidence["item"], hidden=sum(people.values()) < least)]
    for q in survey.questionnaires.all():
        if q.audience not in counts or not people[q.audience]:
            continue
        open_ = q.audience in shown
        c = counts[q.audience] if open_ else {"importance": (), "ability": ()}
        spreads.append(
            Spread(q.audience, q.title, tuple(c["importance"]), tuple(c["ability"]), figures[q.audience] if open_ else {}, hidden=not open_)
        )
    return tuple(spreads)
