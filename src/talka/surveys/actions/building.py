"""A survey is put together: its settings, audiences, sections and questions. What people have answered keeps its meaning."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Max, ProtectedError

from talka.people.actions import require
from talka.people.models import User
from talka.surveys.actions.making import create_survey, put_grid
from talka.surveys.models import Item, Questionnaire, Scale, Section, Survey
from talka.surveys.queries.items import items_of, scale_of
from talka.surveys.rules import ASK
from talka.surveys.rules.files import FIXED
from talka.surveys.rules.flow import loops

# After the first answer these would change what was promised or what was answered.
PROMISES = frozenset({"identity", "language"})
MEANING = frozenset({"kind", "code", "options", "competence"})


class Answered(Exception):
    """People have answered: this would change what they were promised or what their answer means. The text names what."""


class CodeTaken(Exception):
    """The survey has an item or audience with this code. The text is the code."""


class GoesRound(Exception):
    """A question would wait for an answer that waits for this question. The text names the codes."""


class NothingToAsk(Exception):
    """A survey without an audience or a question can't be opened."""


def _may(survey: Survey, by: User) -> None:
    require(by, ASK, cluster=survey.cluster_id)


def has_answers(survey: Survey) -> bool:
    """Whether anybody has begun to answer."""
    return survey.responses.exists()


@transaction.atomic
def change_survey(*, survey: Survey, by: User, at: datetime, **fields: Any) -> Survey:
    """Title, summary, identity, times and so on as named in `fields`. Raises Answered for what was promised to respondents; NotAllowed."""
    _may(survey, by)
    changed = {name: value for name, value in fields.items() if getattr(survey, name) != value}
    if changed.keys() & PROMISES and has_answers(survey):
        raise Answered(", ".join(sorted(changed.keys() & PROMISES)))
    for name, value in changed.items():
        setattr(survey, name, value)
    survey.save()
    return survey


@transaction.atomic
def change_scale(*, survey: Survey, low: int, high: int, labels: Mapping[str, Any], by: User, at: datetime) -> Scale:
    """The answering scale from now on. Answers so far stay on theirs and are computed apart. Names alone change nothing of that."""
    _may(survey, by)
    now = scale_of(survey)
    if (now.low, now.high) == (low, high):
        # Names in other languages stay as long as they fit.
        labels = {**{k: v for k, v in now.labels.items() if ":" in k and len(v) == len(labels.get(k.partition(":")[0], ()))}, **labels}
    if (now.low, now.high) == (low, high) or not now.responses.exists():
        now.low, now.high, now.labels = low, high, dict(labels)
        now.save()
        return now
    return Scale.objects.create(survey=survey, version=now.version + 1, low=low, high=high, labels=dict(labels), set_at=at, set_by=by)


def open_survey(*, survey: Survey, by: User, at: datetime) -> Survey:
    """It takes answers from `at` on. An end that has passed is taken away. Raises NothingToAsk, NotAllowed."""
    _may(survey, by)
    if not survey.questionnaires.exists() or not survey.items.exists():
        raise NothingToAsk
    ends = survey.closes_at if survey.closes_at and survey.closes_at > at else None
    return change_survey(survey=survey, by=by, at=at, opens_at=min(survey.opens_at or at, at), closes_at=ends)


def close_survey(*, survey: Survey, by: User, at: datetime) -> Survey:
    """It takes no answers from `at` on."""
    opened = survey.opens_at if survey.opens_at and survey.opens_at < at else None
    return change_survey(survey=survey, by=by, at=at, opens_at=opened, closes_at=at)


@transaction.atomic
def put_questionnaire(
    *, survey: Survey, by: User, at: datetime, questionnaire: Questionnaire | None = None, **fields: Any
) -> Questionnaire:
    """An audience is added (`questionnaire` None) or changed. Its code stays once somebody has answered. Raises Answered, CodeTaken."""
    _may(survey, by)
    made = questionnaire or Questionnaire(survey=survey, order=_next(survey.questionnaires))
    if made.pk and fields.get("audience", made.audience) != made.audience and made.responses.exists():
        raise Answered("audience")
    return _saved(made, fields, fields.get("audience", made.audience))


@transaction.atomic
def put_section(*, survey: Survey, by: User, at: datetime, section: Section | None = None, **fields: Any) -> Section:
    """A section is added at the end or changed. Raises GoesRound, NotAllowed."""
    _may(survey, by)
    made = section or Section(survey=survey, order=_next(survey.sections))
    made = _saved(made, fields, "")
    _check_conditions(survey)
    return made


@transaction.atomic
def put_item(
    *,
    survey: Survey,
    by: User,
    at: datetime,
    section: Section | None,
    item: Item | None = None,
    only_for: Iterable[Questionnaire] | None = None,
    **fields: Any,
) -> Item:
    """A question is added at the end of `section` or changed. Once answered, its kind, code and choices stay. Raises Answered, CodeTaken, GoesRound."""
    _may(survey, by)
    made = item or Item(survey=survey, order=_next(survey.items.filter(section=section)))
    if fields.get("code") in FIXED:
        raise CodeTaken(fields["code"])
    changed = {name for name in fields.keys() & MEANING if getattr(made, name) != fields[name]}
    if made.pk and changed and made.answers.exists():
        raise Answered(", ".join(sorted(changed)))
    made = _saved(made, {**fields, "section": section}, fields.get("code", made.code))
    if only_for is not None:
        made.only_for.set(only_for)
    _check_conditions(survey)
    return made


def _saved(thing: Any, fields: Mapping[str, Any], code: str) -> Any:
    for name, value in fields.items():
        setattr(thing, name, value)
    try:
        with transaction.atomic():
            thing.save()
    except IntegrityError as clash:
        raise CodeTaken(code) from clash
    return thing


def _check_conditions(survey: Survey) -> None:
    """Raises GoesRound when a question waits for itself, also through its section."""
    waits = {}
    for item in items_of(survey):
        condition = item.condition or (item.section.condition if item.section else {})
        if condition:
            waits[item.code] = condition["item"]
    if found := loops(waits):
        raise GoesRound(", ".join(found))


def _next(things: Any) -> int:
    return int(things.aggregate(last=Max("order"))["last"] or 0) + 1


@transaction.atomic
def add_grid(*, survey: Survey, section: Section, by: User, at: datetime) -> int:
    """A pair of importance and ability for each competence of the framework that is not asked yet. Answers how many were added."""
    _may(survey, by)
    return len(put_grid(survey, section, start=_next(survey.items.filter(section=section))))


@transaction.atomic
def move(*, thing: Section | Item, up: bool, by: User, at: datetime) -> None:
    """`thing` changes places with its neighbour; at the edge an item goes to the next section, a section stays."""
    _may(thing.survey, by)
    row = _row(thing)
    place = row.index(thing)
    beside = place - 1 if up else place + 1
    if 0 <= beside < len(row):
        row[place], row[beside] = row[beside], row[place]
        for n, each in enumerate(row, 1):
            type(each).objects.filter(pk=each.pk).update(order=n)
    elif isinstance(thing, Item):
        _to_next_section(thing, up=up)


def _row(thing: Section | Item) -> list[Any]:
    if isinstance(thing, Section):
        return list(thing.survey.sections.all())
    return list(thing.survey.items.filter(section=thing.section_id))


def _to_next_section(item: Item, *, up: bool) -> None:
    sections = list(item.survey.sections.all())
    keys = [s.pk for s in sections]
    place = keys.index(item.section_id) + (-1 if up else 1) if item.section_id in keys else 0
    if 0 <= place < len(sections):
        inside = item.survey.items.filter(section=sections[place])
        first = int(inside.order_by("order").values_list("order", flat=True).first() or 1)
        Item.objects.filter(pk=item.pk).update(section=sections[place], order=_next(inside) if up else max(first - 1, 0))


@transaction.atomic
def remove(*, thing: Section | Item | Questionnaire, by: User, at: datetime) -> None:
    """A question, section (its questions stay, without a section) or audience goes. Raises Answered when somebody has answered it."""
    _may(thing.survey, by)
    try:
        with transaction.atomic():
            thing.delete()
    except ProtectedError as kept:
        raise Answered(str(thing)) from kept


@transaction.atomic
def repeat(*, survey: Survey, title: str, by: User, at: datetime) -> Survey:
    """The same questions again as a new wave, with no answers, not open yet. The waves stay tied so that they can be compared."""
    _may(survey, by)
    scale = scale_of(survey)
    again = create_survey(
        cluster=survey.cluster,
        title=title,
        by=by,
        at=at,
        framework=survey.framework,
        low=scale.low,
        high=scale.high,
        labels=scale.labels,
        summary=survey.summary,
        template=survey.template,
        language=survey.language,
        identity=survey.identity,
        visibility=survey.visibility,
        translations=survey.translations,
        follows=survey,
    )
    questionnaires = {}
    for q in survey.questionnaires.all():
        old = q.pk
        q.pk, q.survey = None, again
        q._state.adding = True  # noqa: SLF001  # Django's documented way to copy a row
        q.save()
        questionnaires[old] = q
    sections = {}
    for s in survey.sections.all():
        old = s.pk
        s.pk, s.survey = None, again
        s._state.adding = True  # noqa: SLF001
        s.save()
        sections[old] = s
    only_for = {item.pk: [questionnaires[q.pk] for q in item.only_for.all()] for item in survey.items.prefetch_related("only_for")}
    for item in survey.items.all():
        only = only_for[item.pk]
        item.pk, item.survey = None, again
        item.section = sections[item.section_id] if item.section_id is not None else None
        item._state.adding = True  # noqa: SLF001
        item.save()
        item.only_for.set(only)
    return again
