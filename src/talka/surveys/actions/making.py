"""Surveys are made: empty, or from a file such as a shipped template."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import yaml
from django.db import IntegrityError, transaction
from django.utils.text import slugify

from talka.clusters.models import Cluster
from talka.people.actions import require
from talka.people.models import User
from talka.skills.actions import UnknownCompetence
from talka.skills.models import Framework
from talka.surveys.models import Item, Questionnaire, Scale, Section, Survey
from talka.surveys.rules import ASK
from talka.surveys.rules.definitions import BadDefinition, ItemText, SectionText, SurveyText, read_definition
from talka.surveys.rules.limesurvey import read_structure

DEFAULT_LABELS = {
    "importance": ["not important", "slightly important", "moderately important", "important", "essential"],
    "ability": ["not at all", "a little", "somewhat", "well", "very well"],
}


class AddressTaken(Exception):
    """The cluster has a survey with this address."""


class UnknownFramework(LookupError):
    """The survey's file names a framework that is not loaded. The text is its key."""


@transaction.atomic
def create_survey(
    *,
    cluster: Cluster,
    title: str,
    by: User | None,
    at: datetime,
    slug: str = "",
    framework: Framework | None = None,
    low: int = 1,
    high: int = 5,
    labels: Mapping[str, Any] | None = None,
    **fields: Any,
) -> Survey:
    """An empty survey of `cluster` with its scale. `slug` is made from the title when not given. Raises AddressTaken; NotAllowed."""
    if by is not None:
        require(by, ASK, cluster=cluster.pk)
    address = slug or _free_address(cluster, title)
    try:
        with transaction.atomic():
            survey = Survey.objects.create(
                cluster=cluster, title=title, slug=address, framework=framework, created_at=at, created_by=by, **fields
            )
    except IntegrityError as clash:
        raise AddressTaken(address) from clash
    if labels is None:
        labels = DEFAULT_LABELS if (low, high) == (1, 5) else {}
    Scale.objects.create(survey=survey, version=1, low=low, high=high, labels=dict(labels), set_at=at, set_by=by)
    return survey


def _free_address(cluster: Cluster, title: str) -> str:
    base = slugify(title)[:70] or "survey"
    taken = set(cluster.surveys.filter(slug__startswith=base).values_list("slug", flat=True))
    return next(name for n in range(1, len(taken) + 2) if (name := base if n == 1 else f"{base}-{n}") not in taken)


@transaction.atomic
def load_survey(
    source: Path | str | Mapping[str, Any], *, cluster: Cluster, by: User | None, at: datetime, slug: str = "", **fields: Any
) -> Survey:
    """A survey of `cluster` as a YAML file (or its parsed content) says it: content/surveys/ holds templates. `fields` go on the survey.

    Raises BadDefinition with every finding; UnknownFramework; UnknownCompetence; AddressTaken; NotAllowed; OSError.
    """
    return _make(definition(source), cluster=cluster, by=by, at=at, slug=slug, **fields)


@transaction.atomic
def load_limesurvey(
    raw: bytes, *, cluster: Cluster, by: User | None, at: datetime, **fields: Any
) -> tuple[Survey, tuple[tuple[str, str], ...]]:
    """A survey of `cluster` from LimeSurvey's structure file, and the questions (code, why) that have no counterpart here.

    Its responses can then be imported like any answers. Raises limesurvey.BadStructure, NotAllowed.
    """
    found = read_structure(raw)
    return _make(found.survey, cluster=cluster, by=by, at=at, slug="", **fields), found.left_out


def _make(text: SurveyText, *, cluster: Cluster, by: User | None, at: datetime, slug: str, **fields: Any) -> Survey:
    framework = None
    if text.framework:
        framework = Framework.objects.filter(key=text.framework).order_by("-version").first()
        if framework is None:
            raise UnknownFramework(text.framework)
    words = {"title": text.title, "summary": text.summary, "identity": text.identity, "language": text.language, "template": text.key}
    survey = create_survey(
        cluster=cluster,
        by=by,
        at=at,
        slug=slug,
        framework=framework,
        low=text.low,
        high=text.high,
        labels=text.labels or None,
        **{**words, **fields},
    )
    _fill(survey, text)
    return survey


def definition(source: Path | str | Mapping[str, Any]) -> SurveyText:
    """The survey that a file describes. Raises BadDefinition, OSError."""
    if isinstance(source, Mapping):
        return read_definition(source)
    try:
        return read_definition(yaml.safe_load(Path(source).read_text(encoding="utf-8")))
    except (yaml.YAMLError, UnicodeDecodeError) as e:
        raise BadDefinition([f"{Path(source).name} is no readable YAML: {e}"]) from e


def _fill(survey: Survey, text: SurveyText) -> None:
    questionnaires = {
        q.audience: Questionnaire.objects.create(
            survey=survey,
            audience=q.audience,
            title=q.title,
            intro=q.intro,
            thanks=q.thanks,
            invited=q.invited,
            target=q.target,
            quota=q.quota,
            prompts=dict(q.prompts),
            order=n,
            translations=dict(q.translations),
        )
        for n, q in enumerate(text.questionnaires, 1)
    }
    for n, s in enumerate(text.sections, 1):
        section = Section.objects.create(
            survey=survey, title=s.title, text=s.text, order=n, condition=dict(s.condition), translations=dict(s.translations)
        )
        _put_items(survey, section, s, questionnaires)


def _put_items(survey: Survey, section: Section, text: SectionText, questionnaires: Mapping[str, Questionnaire]) -> None:
    known = {c.key: c for c in survey.framework.competences.all()} if survey.framework else {}
    for n, i in enumerate(text.items, 1):
        if i.competence and i.competence not in known:
            raise UnknownCompetence(f"item {i.code}: competence {i.competence}")
        item = Item.objects.create(survey=survey, section=section, order=n, competence=known.get(i.competence), **_words(i))
        item.only_for.set([questionnaires[a] for a in i.only_for])
    if text.grid:
        put_grid(survey, section, start=len(text.items) + 1)


def _words(i: ItemText) -> dict[str, Any]:
    return {
        "code": i.code,
        "kind": i.kind,
        "text": i.text,
        "help": i.help,
        "required": i.required,
        "options": dict(i.options),
        "condition": dict(i.condition),
        "translations": dict(i.translations),
    }


def put_grid(survey: Survey, section: Section, *, start: int = 1) -> list[Item]:
    """A pair of importance and ability for each competence of the survey's framework that has none yet. Answers the new items."""
    if survey.framework is None:
        return []
    there = set(survey.items.exclude(competence=None).values_list("competence_id", flat=True))
    codes = set(survey.items.values_list("code", flat=True))
    return Item.objects.bulk_create(
        Item(
            survey=survey,
            section=section,
            kind=Item.Kind.NEED,
            code=c.key if c.key not in codes else f"{c.key}-need",
            text=c.title,
            help=c.description,
            competence=c,
            order=n,
        )
        for n, c in enumerate((c for c in survey.framework.competences.all() if c.pk not in there), start)
    )
