"""What the sample network is made of, read from `content/network/` into frozen values. No table, no chance."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, Literal

import yaml
from django.conf import settings

FOLDER = "network"
_NAMESPACE = uuid.UUID("5f0c2f53-6a3b-4b8e-9f0e-3d0c6f1f7a11")

Role = Literal["operator", "manager", "editor", "evaluator", "contact", "learner", "newcomer", "visitor"]


class BrokenBlueprint(Exception):
    """A file of the sample network cannot be used. The text names the file and what is wrong."""


@dataclass(frozen=True, slots=True)
class Organisation:
    name: str
    kind: str
    place: str
    employees: int


@dataclass(frozen=True, slots=True)
class Service:
    name: str
    summary: str
    unit: str
    price: int | None = None


@dataclass(frozen=True, slots=True)
class Cluster:
    key: str
    name: str
    sector: str
    region: str
    country: str
    latitude: float
    longitude: float
    pilot: bool
    people: int
    zone: str
    language: str
    founded: date
    summary: str
    services: tuple[Service, ...]
    organisations: tuple[Organisation, ...]


@dataclass(frozen=True, slots=True)
class SignIn:
    """A person of the sample that visitors of the demo can be."""

    kind: str
    email: str
    role: Role
    see: str
    name: str = ""
    country: str = ""
    at: str = ""
    works: int = 0
    topics: int = 0


@dataclass(frozen=True, slots=True)
class Learners:
    """A way of going through the course. `ability` in logits, `drop` the chance to stop at each topic."""

    kind: str
    share: float
    topics_a_week: float
    drop: float
    ability: float


@dataclass(frozen=True, slots=True)
class Phase:
    name: str
    until_week: int
    arrivals: float
    stays: float


@dataclass(frozen=True, slots=True)
class Questionnaire:
    """Answers of one audience; `invited` None leaves the number of the survey's own file."""

    audience: str
    answers: int
    invited: int | None = None


@dataclass(frozen=True, slots=True)
class Survey:
    file: str
    slug: str
    scale: int
    questionnaires: tuple[Questionnaire, ...]
    second: tuple[Questionnaire, ...]
    accepted: int
    reasons: Mapping[str, str]
    items: Mapping[str, tuple[float, float, float, float]]


@dataclass(frozen=True, slots=True)
class Blueprint:
    """The whole plan. `seed` decides everything that looks like chance."""

    seed: int
    course: str
    framework: str
    domain: str
    password: str
    statements: int
    adoption: Mapping[str, Mapping[str, float]]
    phases: tuple[Phase, ...]
    weekdays: tuple[float, ...]
    hours: Mapping[int, float]
    holidays: Mapping[str, tuple[tuple[str, str, float], ...]]
    learners: tuple[Learners, ...]
    hard_topics: Mapping[str, float]
    never_open: float
    two_sittings: float
    film_again: float
    come_back: float
    lapsed: float
    survey: Survey
    sign_ins: tuple[SignIn, ...]
    clusters: tuple[Cluster, ...]
    names: Mapping[str, Mapping[str, tuple[str, ...]]]

    def uuid(self, *parts: object) -> uuid.UUID:
        """The same identifier for the same thing in every build with this seed."""
        return uuid.uuid5(_NAMESPACE, "/".join(map(str, (self.seed, *parts))))


def _load(folder: Path, name: str) -> dict[str, Any]:
    file = folder / name
    try:
        return dict(yaml.safe_load(file.read_text(encoding="utf-8")))
    except (OSError, yaml.YAMLError, TypeError, ValueError) as broken:
        raise BrokenBlueprint(f"{file}: {broken}") from broken


@cache
def blueprint(folder: Path | None = None, seed: int | None = None) -> Blueprint:
    """The plan in `folder` (content/network if not given). Raises BrokenBlueprint."""
    folder = folder or settings.CONTENT / FOLDER
    plan, places, names = (_load(folder, f"{name}.yaml") for name in ("network", "clusters", "names"))
    if plan.get("format") != "talka-network/1":
        raise BrokenBlueprint(f"{folder / 'network.yaml'}: format must be talka-network/1, not {plan.get('format')}")
    try:
        return _blueprint(plan, places, names, seed)
    except (KeyError, TypeError, ValueError) as broken:
        raise BrokenBlueprint(f"{folder}: {type(broken).__name__} {broken}") from broken


def _blueprint(plan: dict[str, Any], places: dict[str, Any], names: dict[str, Any], seed: int | None) -> Blueprint:
    survey = plan["survey"]
    return Blueprint(
        seed=plan["seed"] if seed is None else seed,
        adoption=plan["adoption"],
        phases=tuple(Phase(**p) for p in plan["phases"]),
        weekdays=tuple(plan["weekdays"]),
        hours=plan["hours"],
        holidays={land: tuple((str(h["from"]), str(h["to"]), h["left"]) for h in rows) for land, rows in plan["holidays"].items()},
        learners=tuple(Learners(**k) for k in plan["learners"]),
        hard_topics=plan["hard_topics"],
        survey=Survey(
            file=survey["file"],
            slug=survey["slug"],
            scale=survey["scale"],
            questionnaires=tuple(Questionnaire(**q) for q in survey["questionnaires"]),
            second=tuple(Questionnaire(**q) for q in survey["second"]),
            accepted=survey["accepted"],
            reasons=survey["reasons"],
            items={code: tuple(values) for code, values in survey["items"].items()},
        ),
        sign_ins=tuple(SignIn(**s) for s in plan["sign_ins"]),
        clusters=tuple(_cluster(c) for c in places["clusters"]),
        names={land: {part: tuple(rows) for part, rows in parts.items()} for land, parts in names.items()},
        **{
            key: plan[key]
            for key in (
                "course",
                "framework",
                "domain",
                "password",
                "statements",
                "never_open",
                "two_sittings",
                "film_again",
                "come_back",
                "lapsed",
            )
        },
    )


def _cluster(row: dict[str, Any]) -> Cluster:
    return Cluster(
        **{**row, "founded": date.fromisoformat(str(row["founded"]))}
        | {
            "services": tuple(Service(**s) for s in row["services"]),
            "organisations": tuple(Organisation(*o) for o in row["organisations"]),
        }
    )
