"""Everything that a respondent reads, text by text, with what it is in another language."""

from collections.abc import Iterator
from dataclasses import dataclass

from talka.surveys.models import Item, Questionnaire, Section, Survey
from talka.surveys.queries.items import items_of, scale_of

HALVES = ("importance", "ability")


@dataclass(frozen=True, slots=True)
class Wording:
    """One text. `where` names its place for the reader's eye; `lines`: one per line, as many as in the survey's own language."""

    name: str
    where: str
    own: str
    said: str
    lines: bool = False

    @property
    def rows(self) -> int:
        return min(8, max(1, self.own.count("\n") + 1, len(self.own) // 70 + 1))


def wording_of(survey: Survey, language: str) -> Iterator[Wording]:
    """Each text that is not empty, in the order in which a respondent meets it. Five queries."""
    kept = survey.translations.get(language, {})
    for name in ("title", "summary"):
        if own := getattr(survey, name):
            yield Wording(f"survey.{name}", "", own, kept.get(name, ""))
    yield from _audiences(survey, language)
    yield from _scale(survey, language)
    items = items_of(survey)
    for section in survey.sections.all():
        yield from _fields(section, f"section-{section.pk}", section.title, ("title", "text"), language)
        for item in items:
            if item.section_id == section.pk:
                yield from _item(item, language)
    for item in items:
        if item.section_id is None:
            yield from _item(item, language)


def _audiences(survey: Survey, language: str) -> Iterator[Wording]:
    for q in survey.questionnaires.all():
        yield from _fields(q, f"audience-{q.pk}", q.audience, ("title", "intro", "thanks"), language)
        prompts = q.translations.get(language, {}).get("prompts", {})
        for half in HALVES:
            if own := q.prompts.get(half):
                yield Wording(f"audience-{q.pk}.{half}", q.audience, own, prompts.get(half, ""))


def _scale(survey: Survey, language: str) -> Iterator[Wording]:
    scale = scale_of(survey)
    for half in HALVES:
        if names := scale.labels.get(half):
            said = scale.labels.get(f"{half}:{language}", [])
            yield Wording(f"scale.{half}", half, "\n".join(names), "\n".join(said), lines=True)


def _fields(thing: Questionnaire | Section | Item, place: str, where: str, names: tuple[str, ...], language: str) -> Iterator[Wording]:
    kept = thing.translations.get(language, {})
    for name in names:
        if own := getattr(thing, name):
            yield Wording(f"{place}.{name}", where, own, kept.get(name, ""))


def _item(item: Item, language: str) -> Iterator[Wording]:
    place, kept = f"item-{item.pk}", item.translations.get(language, {})
    yield from _fields(item, place, item.code, ("text", "help"), language)
    for choice in item.options.get("choices", ()):
        yield Wording(f"{place}.choice.{choice['code']}", item.code, choice["text"], kept.get("choices", {}).get(choice["code"], ""))
    if names := item.options.get("labels"):
        yield Wording(f"{place}.labels", item.code, "\n".join(names), "\n".join(kept.get("labels", [])), lines=True)
