"""Everything that a respondent reads, said in another language."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from talka.people.actions import require
from talka.people.models import User
from talka.surveys.models import Survey
from talka.surveys.queries.items import scale_of
from talka.surveys.queries.wording import HALVES
from talka.surveys.rules import ASK


class StepsDiffer(ValueError):
    """Names of steps are as many as in the survey's own language. The text is the place's name."""


@transaction.atomic
def translate(*, survey: Survey, language: str, texts: Mapping[str, str], by: User, at: datetime) -> None:
    """`texts` by the names that `queries.wording_of` gives; an empty one takes the translation away, one not named stays.

    Raises StepsDiffer, NotAllowed.
    """
    require(by, ASK, cluster=survey.cluster_id)
    _words(survey, language, texts, {"title": "survey.title", "summary": "survey.summary"})
    survey.save(update_fields=["translations"])
    _scale(survey, language, texts)
    for q in survey.questionnaires.all():
        _words(q, language, texts, {name: f"audience-{q.pk}.{name}" for name in ("title", "intro", "thanks")})
        _nested(q, language, "prompts", {half: texts.get(f"audience-{q.pk}.{half}") for half in HALVES})
        q.save(update_fields=["translations"])
    for s in survey.sections.all():
        _words(s, language, texts, {name: f"section-{s.pk}.{name}" for name in ("title", "text")})
        s.save(update_fields=["translations"])
    for i in survey.items.all():
        _words(i, language, texts, {name: f"item-{i.pk}.{name}" for name in ("text", "help")})
        codes = [c["code"] for c in i.options.get("choices", ())]
        _nested(i, language, "choices", {code: texts.get(f"item-{i.pk}.choice.{code}") for code in codes})
        if (given := texts.get(f"item-{i.pk}.labels")) is not None:
            _put(i, language, "labels", _steps(given, i.options.get("labels", []), f"item-{i.pk}.labels"))
        i.save(update_fields=["translations"])


def _put(thing: Any, language: str, name: str, value: Any) -> None:
    """One translation is set, or taken away where it is empty."""
    kept = {code: dict(words) for code, words in thing.translations.items()}
    own = kept.setdefault(language, {})
    if value:
        own[name] = value
    else:
        own.pop(name, None)
    thing.translations = {code: words for code, words in kept.items() if words}


def _words(thing: Any, language: str, texts: Mapping[str, str], names: Mapping[str, str]) -> None:
    for field, name in names.items():
        if (text := texts.get(name)) is not None:
            _put(thing, language, field, text.strip())


def _nested(thing: Any, language: str, field: str, given: Mapping[str, str | None]) -> None:
    if all(text is None for text in given.values()):
        return
    known: Mapping[str, str] = thing.translations.get(language, {}).get(field, {})
    said = {code: known.get(code, "") if text is None else text.strip() for code, text in given.items()}
    _put(thing, language, field, {code: text for code, text in said.items() if text})


def _steps(text: str, own: list[str], name: str) -> list[str]:
    found = [line.strip() for line in text.splitlines() if line.strip()]
    if found and len(found) != len(own):
        raise StepsDiffer(name)
    return found


def _scale(survey: Survey, language: str, texts: Mapping[str, str]) -> None:
    scale = scale_of(survey)
    labels = dict(scale.labels)
    for half in HALVES:
        if (given := texts.get(f"scale.{half}")) is None:
            continue
        found = _steps(given, labels.get(half, []), f"scale.{half}")
        if found:
            labels[f"{half}:{language}"] = found
        else:
            labels.pop(f"{half}:{language}", None)
    if labels != scale.labels:
        scale.labels = labels
        scale.save(update_fields=["labels"])
