"""What was answered to the questions that are no pairs: counts, means, indices, themes."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np
from django.core.cache import cache

from talka.people.queries import Viewer
from talka.science.estimate import Estimate, mean_with_t_interval
from talka.science.psychometrics import Promoters, Usability, net_promoter, share, sus
from talka.science.themes import group_themes
from talka.surveys.models import Answer, Item, Survey
from talka.surveys.queries.items import items_of
from talka.surveys.queries.surveys import may_read
from talka.surveys.rules.privacy import threshold
from talka.surveys.rules.questions import IMPACT_PARTS

MOST_QUOTES = 6


@dataclass(frozen=True, slots=True)
class Row:
    """One answer or choice: how many gave it, and which share of those who answered, with its interval."""

    value: Any
    label: str
    count: int
    share: Estimate


@dataclass(frozen=True, slots=True)
class ThemeShown:
    """Telling words of what several people wrote, how many they are, and typical texts by those who allowed it."""

    terms: tuple[str, ...]
    people: int
    quotes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ItemResult:
    """One question. `hidden`: fewer answered than the threshold, nothing else is said."""

    item: Item
    n: int
    hidden: bool
    rows: tuple[Row, ...] = ()
    mean: Estimate | None = None
    usability: Usability | None = None
    promoters: Promoters | None = None
    themes: tuple[ThemeShown, ...] = ()
    apart: int = 0
    quotes: tuple[Any, ...] = field(default=())


def report_of(survey: Survey, *, viewer: Viewer) -> list[ItemResult] | None:
    """Every question that is no pair, in the order asked; None if `viewer` may not read it. Three queries, then kept until answers change."""
    if not may_read(survey, viewer=viewer):
        return None
    changed = survey.answers_changed_at.timestamp() if survey.answers_changed_at else 0
    key = f"surveys:report:{survey.uuid}:{changed:.6f}"
    found: list[ItemResult] | None = cache.get(key)
    if found is None:
        found = _compute(survey)
        cache.set(key, found, 60 * 60)
    return found


def _compute(survey: Survey) -> list[ItemResult]:
    items = [i for i in items_of(survey) if i.kind != Item.Kind.NEED]
    values: dict[int, list[tuple[Any, bool]]] = defaultdict(list)
    given = Answer.objects.filter(item__in=items, response__submitted_at__isnull=False, value__isnull=False).order_by("response_id")
    for item, value, may_quote in given.values_list("item_id", "value", "response__may_quote"):
        values[item].append((value, may_quote))
    least = threshold(survey.identity)
    return [_result(item, values[item.pk], least) for item in items]


def _result(item: Item, given: Sequence[tuple[Any, bool]], least: int) -> ItemResult:  # noqa: PLR0911  # one per kind
    n = len(given)
    if n < least or not n:
        return ItemResult(item, n, hidden=n > 0)
    values = [value for value, _may in given]
    match item.kind:
        case Item.Kind.TEXT:
            return _texts(item, given, least)
        case Item.Kind.IMPACT:
            allowed = [v for v, may in given if may]
            return ItemResult(item, n, hidden=False, quotes=tuple({p: v.get(p, "") for p in IMPACT_PARTS} for v in allowed[:MOST_QUOTES]))
        case Item.Kind.SUS:
            table = [[np.nan if step is None else step for step in value] for value in values]
            return ItemResult(item, n, hidden=False, usability=sus(table))
        case Item.Kind.NPS:
            steps = [(n, str(n)) for n in range(11)]
            return ItemResult(item, n, hidden=False, rows=_counted(steps, values, n), promoters=net_promoter(values))
        case Item.Kind.LIKERT:
            low, high = int(item.options.get("low", 1)), int(item.options.get("high", 5))
            steps = [(n, str(n)) for n in range(low, high + 1)]
            return ItemResult(item, n, hidden=False, rows=_counted(steps, values, n), mean=mean_with_t_interval(values))
        case Item.Kind.NUMBER:
            return ItemResult(item, n, hidden=False, rows=_binned(values, n), mean=mean_with_t_interval(values))
        case _:
            return _chosen(item, values, n)


def _counted(steps: Sequence[tuple[Any, str]], values: Sequence[Any], n: int) -> tuple[Row, ...]:
    counts = Counter(values)
    return tuple(Row(value, label, counts[value], share(counts[value], n)) for value, label in steps)


def _binned(values: Sequence[float], n: int) -> tuple[Row, ...]:
    """Numbers in at most ten ranges of equal width; a single number stays one."""
    low, high = min(values), max(values)
    if low == high:
        return (Row(low, f"{low:g}", n, share(n, n)),)
    counts, edges = np.histogram(np.asarray(values, dtype=float), bins=min(10, max(2, len(set(values)))))
    labels = [f"{a:.4g}–{b:.4g}" for a, b in pairwise(edges)]
    return tuple(Row(label, label, int(c), share(int(c), n)) for label, c in zip(labels, counts, strict=True))


def _chosen(item: Item, values: Sequence[Any], n: int) -> ItemResult:
    """Choices by how many named them; a ranking by how many put it first, with the mean number of points beside it."""
    choices = [(c["code"], c["text"]) for c in item.options.get("choices", ())]
    if item.kind == Item.Kind.CHOICE:
        rows = _counted(choices, values, n)
    elif item.kind == Item.Kind.CHOICES:
        rows = _counted(choices, [code for value in values for code in set(value)], n)
    else:
        first = Counter(value[0] for value in values if value)
        rows = tuple(Row(code, text, first[code], share(first[code], n)) for code, text in choices)
    return ItemResult(item, n, hidden=False, rows=tuple(sorted(rows, key=lambda r: -r.count)))


def _texts(item: Item, given: Sequence[tuple[Any, bool]], least: int) -> ItemResult:
    texts, allowed = [str(v) for v, _may in given], [may for _v, may in given]
    found = group_themes(texts, quotable=allowed)
    # A theme of very few would give away their words.
    shown = [t for t in found.themes if len(t.members) >= min(least, 3)]
    themes = tuple(ThemeShown(t.terms, len(t.members), tuple(texts[q] for q in t.quotes)) for t in shown)
    quoted = {q for t in themes for q in t.quotes}
    rest = [text for text, may in zip(texts, allowed, strict=True) if may and text not in quoted]
    return ItemResult(
        item,
        len(texts),
        hidden=False,
        themes=themes,
        apart=len(texts) - sum(t.people for t in themes),
        quotes=tuple(dict.fromkeys(rest))[:MOST_QUOTES],
    )


def differences(analysis: Mapping[str, Any], *, level: float = 0.05) -> list[Mapping[str, Any]]:
    """The comparisons of audiences that are more than chance after Holm's correction, the strongest first."""
    found = [c for c in analysis.get("comparisons", ()) if c["p_holm"] is not None and c["p_holm"] < level]
    return sorted(found, key=lambda c: -abs(c["comparison"]["delta"]["value"]))
