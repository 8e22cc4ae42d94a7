"""Frameworks, profiles and assessments."""

from datetime import UTC, datetime
from itertools import count

from talka.people.models import User
from talka.skills.models import Assessment, Competence, Framework, Level, Outcome, OutcomeCompetence, Profile, ProfileTarget

_number = count(1)
LAST_YEAR = datetime(2025, 3, 1, 9, tzinfo=UTC)


def framework(competences: int = 3, *, targets: int = 3) -> Framework:
    """A framework of so many competences (c1, c2, ...) and one profile that asks for level `targets` of each."""
    n = next(_number)
    made = Framework.objects.create(key=f"framework-{n}", title=f"Framework {n}", loaded_at=LAST_YEAR)
    profile = Profile.objects.create(framework=made, key="running", title="Running a cluster", order=1)
    for c in range(1, competences + 1):
        competence = Competence.objects.create(
            framework=made,
            key=f"c{c}",
            title=f"Competence {c}",
            group="Understand",
            order=c,
            levels=[f"Level {x} of {c}" for x in range(1, 6)],
        )
        ProfileTarget.objects.create(profile=profile, competence=competence, level=targets)
    return made


def assessment(user: User, profile: Profile, *, at: datetime = LAST_YEAR, finished: bool = True, **levels: int) -> Assessment:
    made = Assessment.objects.create(user=user, profile=profile, at=at, by=user, finished_at=at if finished else None)
    known = {c.key: c for c in profile.framework.competences.all()}
    for key, level in levels.items():
        Level.objects.create(assessment=made, competence=known[key], level=level)
    return made


def outcome(*competences: Competence) -> Outcome:
    n = next(_number)
    made = Outcome.objects.create(framework=competences[0].framework if competences else None, key=f"outcome-{n}", text=f"do thing {n}")
    for competence in competences:
        OutcomeCompetence.objects.create(outcome=made, competence=competence)
    return made
