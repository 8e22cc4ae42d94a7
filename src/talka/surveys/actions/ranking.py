"""Answers become needs: computed by science, kept with their evidence."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

import numpy as np
from django.db import transaction
from django.db.models import F, Max, Q

from talka.people.actions import require
from talka.people.models import User
from talka.science.needs import NeedsAnalysis, analyse
from talka.science.needs import Scale as Span
from talka.science.psychometrics import compare_groups, reliability
from talka.surveys.models import Analysis, Item, Need, Scale, Survey
from talka.surveys.queries.matrices import Matrix, matrix_of
from talka.surveys.rules import ASK
from talka.surveys.rules.privacy import threshold

SEED = 20261
Progress = Callable[[int, int], None]


def rank_needs(survey: Survey, *, by: User | None, at: datetime, progress: Progress | None = None) -> int:
    """Computes scores, intervals, ranks and reliability of `survey` from all that was handed in, and keeps them. Answers the number of needs.

    Needs that people have decided on keep their row and their decisions. Each version of the scale is computed apart; needs rest on
    the newest that has answers. `by` None is the system. `progress` hears after each audience (done, of). Raises NotAllowed.
    """
    if by is not None:
        require(by, ASK, cluster=survey.cluster_id)
    found: list[tuple[Scale, Matrix, dict[str, dict[str, Any]]]] = []
    matrices = [(scale, matrix_of(survey, scale)) for scale in survey.scales.order_by("version")]
    answered = [(scale, matrix) for scale, matrix in matrices if len(matrix.audience) and matrix.items]
    steps, done = sum(len(_audiences(matrix)) for _scale, matrix in answered), 0
    for scale, matrix in answered:
        results = {}
        for audience in _audiences(matrix):
            results[audience] = _result(matrix, scale, audience)
            done += 1
            if progress is not None:
                progress(done, steps)
        _compare(results, matrix, least=threshold(survey.identity))
        found.append((scale, matrix, results))
    with transaction.atomic():
        # Two who rank at once take turns.
        Survey.objects.select_for_update().get(pk=survey.pk)
        survey.analyses.exclude(scale__in=[scale.pk for scale, _m, _r in found]).delete()
        for scale, _matrix, results in found:
            for audience, result in results.items():
                Analysis.objects.update_or_create(
                    survey=survey,
                    scale=scale,
                    audience=audience,
                    defaults={"computed_at": at, "n": result["n"], "result": result},
                )
        if not found:
            survey.needs.filter(decisions=None).delete()
            return 0
        return _keep_needs(survey, *found[-1], at=at)


def behind(survey: Survey) -> bool:
    """Whether answers came in since the last analysis of `survey`, and it asks for needs at all."""
    newest = survey.analyses.aggregate(at=Max("computed_at"))["at"]
    if survey.answers_changed_at is None or (newest is not None and newest >= survey.answers_changed_at):
        return False
    return newest is not None or survey.items.filter(kind=Item.Kind.NEED).exists()


def bring_up_to_date(survey: Survey, *, at: datetime, most: int | None = None) -> bool:
    """Ranks the needs of `survey` anew if answers came in since the last time. Answers whether they are up to date now.

    Above `most` responses what stands stays until the worker makes the next analysis (`rank_large`): no page waits for it.
    """
    if behind(survey):
        if most is not None and survey.responses.count() > most:
            return False
        rank_needs(survey, by=None, at=at)
    return True


def rank_large(*, at: datetime) -> int:
    """Brings every survey up to date whose answers came in since its last analysis. Answers how many there were."""
    asks = Survey.objects.filter(items__kind=Item.Kind.NEED).distinct().annotate(last=Max("analyses__computed_at"))
    late = asks.filter(Q(last__lt=F("answers_changed_at")) | Q(last=None, answers_changed_at__isnull=False))
    return sum(bring_up_to_date(survey, at=at) for survey in late)


def _audiences(matrix: Matrix) -> list[str]:
    """Everybody together (""), and each audience that answered."""
    return ["", *sorted(set(matrix.audience))]


def _result(matrix: Matrix, scale: Scale, audience: str) -> dict[str, Any]:
    wanted, can = matrix.of(audience)
    found = analyse(wanted, can, Span(scale.low, scale.high), seed=SEED)
    return {
        **_summary(found, matrix.items),
        "reliability": {"importance": plain(asdict(reliability(wanted))), "ability": plain(asdict(reliability(can)))},
    }


def _compare(results: dict[str, dict[str, Any]], matrix: Matrix, *, least: int) -> None:
    """Says of everybody's result where the audiences differ."""
    if len(set(matrix.audience)) > 1:
        report = compare_groups(matrix.importance - matrix.ability, list(matrix.audience), threshold=max(least, 2))
        codes = [item.code for item in matrix.items]
        results[""]["comparisons"] = [{**plain(asdict(c)), "item": codes[c.item]} for c in report.comparisons]


def _summary(found: NeedsAnalysis, items: Sequence[Item]) -> dict[str, Any]:
    everything = plain(asdict(found))
    everything["items"] = {item.code: row for item, row in zip(items, everything["items"], strict=True)}
    everything["ranking"] = [items[index].code for index in found.ranking]
    return everything


def _keep_needs(survey: Survey, scale: Scale, matrix: Matrix, results: Mapping[str, Mapping[str, Any]], *, at: datetime) -> int:
    together = results[""]
    kept = []
    for column, item in enumerate(matrix.items):
        row = together["items"][item.code]
        if not row["n_pairs"]:
            continue
        evidence = {
            "item": row,
            "audiences": {audience: result["items"][item.code] for audience, result in results.items() if audience},
            "counts": _counts(matrix, column, scale),
            "scale": {"version": scale.version, "low": scale.low, "high": scale.high},
            "method": {name: together[name] for name in ("level", "draws", "bootstrap_draws", "seed", "tau", "n")},
        }
        need, _made = Need.objects.update_or_create(
            survey=survey,
            item=item,
            defaults={
                "competence_id": item.competence_id,
                "n": row["n_pairs"],
                "score": row["score"]["value"],
                "score_low": row["score"]["low"],
                "score_high": row["score"]["high"],
                "rank": row["rank"],
                "rank_low": row["rank_low"],
                "rank_high": row["rank_high"],
                "evidence": evidence,
                "computed_at": at,
            },
        )
        kept.append(need.pk)
    survey.needs.filter(decisions=None).exclude(pk__in=kept).delete()
    return len(kept)


def _counts(matrix: Matrix, column: int, scale: Scale) -> dict[str, dict[str, list[int]]]:
    """How many gave each answer, from the lowest to the highest, per audience."""
    steps = np.arange(scale.low, scale.high + 1)
    counts = {}
    for audience in sorted(set(matrix.audience)):
        wanted, can = matrix.of(audience)
        counts[audience] = {
            "importance": [int((wanted[:, column] == step).sum()) for step in steps],
            "ability": [int((can[:, column] == step).sum()) for step in steps],
        }
    return counts


def plain(value: Any) -> Any:
    """Numbers and texts that JSON knows; what is not a number becomes None, so that no page can ever show NaN."""
    if isinstance(value, Mapping):
        return {str(key): plain(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [plain(part) for part in value]
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return str(value) if isinstance(value, str) else value
