"""Answers as numbers, for science."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from talka.science.estimate import Floats
from talka.surveys.models import Answer, Item, Response, Scale, Survey


@dataclass(frozen=True, slots=True)
class Matrix:
    """Answers as numbers: importance and ability (respondents, items), NaN = missing, and each respondent's audience."""

    items: Sequence[Item]
    importance: Floats
    ability: Floats
    audience: Sequence[str]

    def of(self, audience: str) -> tuple[Floats, Floats]:
        """Only this audience's rows; "" is everybody."""
        if not audience:
            return self.importance, self.ability
        rows = np.array([a == audience for a in self.audience], dtype=bool)
        return self.importance[rows], self.ability[rows]


def matrix_of(survey: Survey, scale: Scale) -> Matrix:
    """What was handed in on `scale`. Two queries and one for the answers."""
    items = list(survey.items.filter(kind=Item.Kind.NEED).order_by("section__order", "order", "pk"))
    people = list(
        Response.objects.handed_in().filter(survey=survey, scale=scale).order_by("pk").values_list("pk", "questionnaire__audience")
    )
    row = {pk: n for n, (pk, _audience) in enumerate(people)}
    place = {item.pk: n for n, item in enumerate(items)}
    shape = (len(people), len(items))
    importance, ability = np.full(shape, np.nan), np.full(shape, np.nan)
    answers = Answer.objects.filter(item__in=items, response__survey=survey, response__scale=scale, response__submitted_at__isnull=False)
    for response_id, item_id, wanted, can in answers.values_list("response_id", "item_id", "importance", "ability").iterator(
        chunk_size=20_000
    ):
        # Somebody may have handed in since the people were listed; they count the next time.
        if (r := row.get(response_id)) is None:
            continue
        if wanted is not None:
            importance[r, place[item_id]] = wanted
        if can is not None:
            ability[r, place[item_id]] = can
    return Matrix(items, importance, ability, [audience for _pk, audience in people])
