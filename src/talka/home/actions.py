"""The one thing that the front desk writes: the sample network, which composes all rooms."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from talka.home.sample import blueprint, people, removal
from talka.home.sample.removal import Removal
from talka.people.actions import NotAllowed, require
from talka.people.models import User
from talka.people.rules import Ability

__all__ = ["NotAllowed", "SampleExists", "build_sample", "remove_sample", "sign_ins"]

REMOVE_SAMPLE = Ability("remove the sample network")

Progress = Callable[[str], None]


class SampleExists(Exception):
    """There is a sample network already. Remove it first."""


@dataclass(frozen=True, slots=True)
class SignIn:
    """A person whom a visitor of the demo can be."""

    kind: str
    email: str
    password: str
    look_at: str


@dataclass(frozen=True, slots=True)
class Sample:
    """What was built, and how long it took in seconds."""

    sign_ins: tuple[SignIn, ...]
    counts: dict[str, int]
    seconds: float


def sign_ins() -> tuple[SignIn, ...]:
    """One sign-in per kind of person, as the plan names them; they work while the sample network stands."""
    plan = blueprint.blueprint()
    return tuple(SignIn(s.kind, f"{s.email}@{plan.domain}", plan.password, s.see) for s in plan.sign_ins)


def build_sample(*, at: datetime, progress: Progress | None = None, seed: int | None = None) -> Sample:
    """Builds the sample network as it stands at `at`: the same for the same seed and time. Raises SampleExists, BrokenBlueprint.

    `progress` is told in a sentence what is being made.
    """
    began = time.monotonic()
    say = progress or (lambda _text: None)
    plan = blueprint.blueprint(seed=seed)
    if User.objects.filter(is_sample=True).exists():
        raise SampleExists
    with transaction.atomic():
        say("clusters, organisations and people")
        population = people.settle(plan, at=at)
    counts = {
        "clusters": len(population.clusters),
        "organisations": sum(map(len, population.organisations.values())),
        "people": len(population.people),
    }
    return Sample(sign_ins(), counts, time.monotonic() - began)


def remove_sample(*, by: User | None, at: datetime) -> Removal:
    """Takes the sample network away; what real people have done since stays. Doing it twice changes nothing.

    `by` is None for whoever sits at the machine's command line. Raises NotAllowed.
    """
    if by is not None:
        require(by, REMOVE_SAMPLE)
    with transaction.atomic():
        return removal.remove_people(blueprint.blueprint())
