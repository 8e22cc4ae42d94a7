"""Writes about competences: frameworks, assessments, outcomes, evidence."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import yaml
from django.db import transaction
from django.db.models import ProtectedError

from talka.people.actions import require
from talka.people.models import User
from talka.skills import rules
from talka.skills.models import (
    HIGHEST,
    Assessment,
    Competence,
    Evidence,
    Framework,
    Level,
    Outcome,
    OutcomeCompetence,
    Profile,
    ProfileTarget,
)
from talka.skills.rules import BadFramework


class CompetenceInUse(Exception):
    """The new file leaves out competences or profiles that answers or assessments rest on. The text names them."""


class OffScale(ValueError):
    """A level outside 0 to 5."""


class UnknownCompetence(LookupError):
    """A competence that the profile or framework does not have. The text names it."""


def load_framework(source: Path | str | Mapping[str, Any], *, by: User | None, at: datetime) -> Framework:
    """The framework in a YAML file (or its parsed content) is loaded, or brought up to the file if its key and version are known.

    `by` is an operator; None stands for the command line. Loading the same file again changes nothing.
    Raises BadFramework with every finding; CompetenceInUse; OSError; NotAllowed.
    """
    if by is not None:
        require(by, rules.LOAD)
    if isinstance(source, Mapping):
        data: object = source
    else:
        try:
            data = yaml.safe_load(Path(source).read_text(encoding="utf-8"))
        except (yaml.YAMLError, UnicodeDecodeError) as e:
            raise BadFramework([f"{Path(source).name} is no readable YAML: {e}"]) from e
    return _put(rules.read_framework(data), by=by, at=at)


@transaction.atomic
def _put(text: rules.FrameworkText, *, by: User | None, at: datetime) -> Framework:
    words = {
        "title": text.title,
        "summary": text.summary,
        "language": text.language,
        "licence": text.licence,
        "labels": list(text.labels),
    }
    framework, made = Framework.objects.get_or_create(
        key=text.key, version=text.version, defaults={**words, "loaded_at": at, "loaded_by": by}
    )
    if not made and any(getattr(framework, name) != value for name, value in words.items()):
        Framework.objects.filter(pk=framework.pk).update(**words, loaded_at=at, loaded_by=by)
        framework.refresh_from_db()
    competences = {
        c.key: Competence.objects.update_or_create(
            framework=framework,
            key=c.key,
            defaults={"title": c.title, "description": c.description, "group": c.group, "order": n, "levels": list(c.levels)},
        )[0]
        for n, c in enumerate(text.competences, 1)
    }
    profiles = {}
    for n, p in enumerate(text.profiles, 1):
        profile, _made = Profile.objects.update_or_create(
            framework=framework, key=p.key, defaults={"title": p.title, "description": p.description, "order": n}
        )
        profiles[p.key] = profile
        profile.targets.exclude(competence__key__in=p.targets).delete()
        for key, level in p.targets.items():
            ProfileTarget.objects.update_or_create(profile=profile, competence=competences[key], defaults={"level": level})
    for gone in (framework.profiles.exclude(key__in=profiles), framework.competences.exclude(key__in=competences)):
        names = ", ".join(gone.values_list("key", flat=True))
        try:
            gone.delete()
        except ProtectedError as clash:
            raise CompetenceInUse(f"{names}: give the file a new version, so that what was measured stays") from clash
    return framework


@transaction.atomic
def assess(*, profile: Profile, levels: Mapping[str, int], by: User, at: datetime, finish: bool = False) -> Assessment:
    """`by` says what they can do: a level 0 to 5 per competence key. Saved on the assessment under way, or on a new one.

    Levels that are not named stay as they were. Raises OffScale, UnknownCompetence.
    """
    known = {c.key: c.pk for c in Competence.objects.filter(targets__profile=profile)}
    for key, level in levels.items():
        if key not in known:
            raise UnknownCompetence(key)
        if not 0 <= level <= HIGHEST:
            raise OffScale(f"{key}: {level}")
    assessment, _made = Assessment.objects.get_or_create(
        user=by, profile=profile, source=Assessment.Source.SELF, finished_at=None, defaults={"at": at, "by": by}
    )
    Level.objects.bulk_create(
        [Level(assessment=assessment, competence_id=known[key], level=level) for key, level in levels.items()],
        update_conflicts=True,
        unique_fields=["assessment", "competence"],
        update_fields=["level"],
    )
    if finish:
        assessment.finished_at = at
        assessment.save(update_fields=["finished_at"])
    return assessment


@dataclass(frozen=True, slots=True)
class OutcomeText:
    """An outcome as a course pack says it; `competences` are keys of the framework."""

    key: str
    text: str
    bloom: str = ""
    eqf: int | None = None
    competences: tuple[str, ...] = ()


@transaction.atomic
def put_outcomes(outcomes: Iterable[OutcomeText], *, framework: Framework | None, by: User | None, at: datetime) -> dict[str, Outcome]:
    """Each outcome exists as said, and builds exactly the competences named. Answers them by key. Whoever may write the course may call this.

    Raises UnknownCompetence, naming the outcome and the competence.
    """
    known = dict(framework.competences.values_list("key", "pk")) if framework else {}
    put: dict[str, Outcome] = {}
    for o in outcomes:
        for key in o.competences:
            if key not in known:
                raise UnknownCompetence(f"outcome {o.key}: competence {key}")
        outcome, _made = Outcome.objects.update_or_create(
            framework=framework, key=o.key, defaults={"text": o.text, "bloom": o.bloom, "eqf": o.eqf}
        )
        wanted = {known[key] for key in o.competences}
        outcome.links.exclude(competence__in=wanted).delete()
        OutcomeCompetence.objects.bulk_create(
            [OutcomeCompetence(outcome=outcome, competence_id=pk) for pk in sorted(wanted)], ignore_conflicts=True
        )
        put[o.key] = outcome
    return put


def note_evidence(
    *, user: User, outcome: Outcome, at: datetime, score: float | None, mastered: bool, about: str = "", kind: str = "exercise"
) -> Evidence:
    """An assessed result of `user` on `outcome` is kept; `score` is a share 0 to 1, `about` names what was assessed (an activity's id).

    Joins the caller's transaction: courses call it while they keep the attempt.
    """
    return Evidence.objects.create(user=user, outcome=outcome, at=at, score=score, mastered=mastered, about=about[:300], kind=kind)
