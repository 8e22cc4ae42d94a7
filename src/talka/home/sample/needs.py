"""The sample's needs: the competence framework, a survey with its answers, and what people say about themselves before they learn."""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from django.conf import settings

from talka.clusters.models import Cluster
from talka.home.sample.blueprint import Blueprint
from talka.home.sample.blueprint import Questionnaire as Asked
from talka.home.sample.people import Person, Population
from talka.people.models import User
from talka.skills.actions import load_framework
from talka.skills.models import Assessment, Framework, Level, Profile
from talka.surveys.actions import decide, import_answers, load_survey
from talka.surveys.models import Survey


def load(plan: Blueprint, *, at: datetime) -> Framework:
    """The framework that survey, course and self-assessments speak of. It stays when the sample goes: it is no sample."""
    return load_framework(settings.CONTENT / "frameworks" / f"{plan.framework}.yaml", by=None, at=at)


def ask(plan: Blueprint, population: Population, *, at: datetime) -> list[Survey]:
    """The needs survey of each pilot, answered a year ago and ranked, by the same way in that everyone uses; most needs are decided on."""
    pilots = [population.clusters[c.key] for c in plan.clusters if c.pilot]
    surveys = []
    for cluster, asked in zip(pilots, (plan.survey.questionnaires, plan.survey.second), strict=False):
        survey = _ask(plan, cluster, asked, at=at)
        manager = population.manager_of(cluster.slug)
        decide_on(plan, survey, manager, at=at - timedelta(days=350))
        surveys.append(survey)
    return surveys


def _ask(plan: Blueprint, cluster: Cluster, asked: Sequence[Asked], *, at: datetime) -> Survey:
    begun = at - timedelta(days=390)
    survey = load_survey(
        settings.CONTENT / "surveys" / plan.survey.file,
        cluster=cluster,
        by=None,
        at=begun,
        slug=plan.survey.slug,
        is_sample=True,
        visibility="network",
        opens_at=begun + timedelta(days=2),
        closes_at=begun + timedelta(days=25),
        published_at=at - timedelta(days=360),
    )
    for one in asked:
        if one.invited is not None:
            survey.questionnaires.filter(audience=one.audience).update(invited=one.invited)
    import_answers(survey, answers_csv(plan, asked, cluster.slug, begun + timedelta(days=2)), by=None, at=at - timedelta(days=364))
    return survey


def decide_on(plan: Blueprint, survey: Survey, by: User, *, at: datetime) -> None:
    """The greatest needs are accepted, three are put off, the rest waits for a decision."""
    for need in survey.needs.exclude(rank=None).order_by("rank", "pk")[: plan.survey.accepted + 3]:
        verdict = "accept" if (need.rank or 0) <= plan.survey.accepted else "reject"
        decide(need=need, verdict=verdict, reason=plan.survey.reasons[verdict], by=by, at=at)


def answers_csv(
    plan: Blueprint, asked: Sequence[Asked], cluster: str, opened: datetime, *, grown: Mapping[str, float] | None = None
) -> bytes:
    """Generated answers in the layout of the import: importance and ability per competence, around the means of the plan, abilities `grown`."""
    chance = Random(f"{plan.seed}/survey/{cluster}")  # noqa: S311  # a sample must come out the same every time
    text = io.StringIO()
    codes = list(plan.survey.items)
    writer = csv.writer(text)
    writer.writerow(["respondent", "audience", "submitted_at", *[f"{code}.{half}" for code in codes for half in ("importance", "ability")]])
    number = 0
    for questionnaire in asked:
        for _n in range(questionnaire.answers):
            number += 1
            # Many answer in the first days, some after the reminder.
            day = min(22.0, chance.expovariate(1 / 4) if chance.random() < 0.65 else 9 + chance.expovariate(1 / 3))
            generous, able = chance.gauss(0, 0.25), chance.gauss(0, 0.35)
            row = [f"P{number:03d}", questionnaire.audience, (opened + timedelta(days=day)).isoformat(timespec="seconds")]
            for code in codes:
                importance, ability, more, other = plan.survey.items[code]
                if questionnaire.audience != asked[0].audience:
                    importance, ability = importance + more, ability + other
                row += [
                    _answer(importance + generous, 0.62, plan.survey.scale, chance),
                    _answer(ability + able + (grown or {}).get(code, 0.0), 0.85, plan.survey.scale, chance),
                ]
            writer.writerow(row)
    return text.getvalue().encode()


def _answer(mean: float, spread: float, scale: int, chance: Random) -> str:
    if chance.random() < 0.015:
        return ""
    return str(max(1, min(scale, round(chance.gauss(mean, spread)))))


@dataclass(frozen=True, slots=True)
class Learned:
    """A person with when they began to learn, when they were last seen learning, and which share of the course they have done (0 to 1)."""

    person: Person
    began: datetime
    ended: datetime
    share: float


def assess(
    plan: Blueprint, framework: Framework, people: Sequence[Learned], waiting: Sequence[Person], *, at: datetime
) -> dict[int, dict[int, int]]:
    """What people say they can do: most who learn say so before they begin, many again afterwards; some say so and never begin (`waiting`).

    Who rates themselves again and still lies below the target has an open gap again, whatever was shown before: so few gaps stay closed, and
    more of those who came to the end. Answers the gaps found first: by user and competence, how many levels are missing.
    """
    chance = Random(f"{plan.seed}/assess")  # noqa: S311  # as above
    profiles = {p.key: p for p in Profile.objects.filter(framework=framework).prefetch_related("targets")}
    made: list[tuple[Assessment, Profile, Learned | None]] = []
    for one in people:
        role = one.person.sign_in.role if one.person.sign_in else ""
        if role == "learner" or chance.random() < 0.72:
            profile = profiles["running" if role in {"manager", "learner", "editor"} or chance.random() < 0.15 else "initiating"]
            made.append((_assessment(one.person.user, profile, one.began - timedelta(minutes=5 + chance.random() * 200)), profile, one))
    for person in waiting:
        if chance.random() < 0.5:
            said = at - timedelta(days=20 + chance.random() * 300)
            made.append((_assessment(person.user, profiles["initiating"], said), profiles["initiating"], None))
    Assessment.objects.bulk_create([a for a, _p, _one in made], batch_size=500)
    levels: list[Level] = []
    gaps: dict[int, dict[int, int]] = {}
    again: list[tuple[Assessment, list[tuple[int, int]]]] = []
    for assessment, profile, one_ in made:
        skill = chance.gauss(-0.55, 0.55)
        said_now = []
        for target in profile.targets.all():
            level = max(0, min(5, round(target.level + skill + chance.gauss(0, 0.9))))
            said_now.append((target.competence_id, level))
            if level < target.level:
                gaps.setdefault(assessment.user_id, {})[target.competence_id] = target.level - level
        levels += [Level(assessment=assessment, competence_id=competence, level=level) for competence, level in said_now]
        if one_ and (later := _again(one_, at, chance)):
            again.append((_assessment(one_.person.user, profile, later), _grown(said_now, one_.share, chance)))
    Assessment.objects.bulk_create([a for a, _said in again], batch_size=500)
    levels += [Level(assessment=a, competence_id=competence, level=level) for a, said in again for competence, level in said]
    Level.objects.bulk_create(levels, batch_size=2000)
    return gaps


def _assessment(user: User, profile: Profile, at: datetime) -> Assessment:
    return Assessment(user=user, profile=profile, at=at, source="self", by=user, finished_at=at + timedelta(minutes=4))


def _again(one: Learned, at: datetime, chance: Random) -> datetime | None:
    """When somebody rates themselves again: the further they came, the likelier, some days after they were last seen. None: not at all.

    People whom visitors of the demo can be do not: their gaps should show every state.
    """
    likely, days = 0.55 + 0.35 * one.share, 1 + chance.expovariate(1 / 6)
    if chance.random() >= likely or one.person.sign_in:
        return None
    later = one.ended + timedelta(days=days)
    return later if later < at else None


def _grown(said: Sequence[tuple[int, int]], share: float, chance: Random) -> list[tuple[int, int]]:
    """Levels some months on: a person who did the whole course gains about one level, one who only looked in gains little."""
    return [(competence, max(0, min(5, level + max(0, round(chance.gauss(0.15 + 0.6 * share, 0.55)))))) for competence, level in said]
