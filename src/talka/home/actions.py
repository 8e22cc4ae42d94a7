"""The one thing that the front desk writes: the sample network, which composes all rooms."""

import gc
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random

from django.conf import settings
from django.db import connection, transaction
from django.utils.translation import gettext as _

from talka.courses.actions import import_pack
from talka.curriculum.actions import from_course
from talka.home import queries
from talka.home.sample import blueprint, needs, people, removal, stacks, use, year
from talka.home.sample.parallel import Share, in_a_hurry, side_by_side
from talka.home.sample.removal import Removal
from talka.home.sample.voices import Voices
from talka.insight.actions import refresh_lake
from talka.kit import memory
from talka.people.actions import NotAllowed, require
from talka.people.models import User
from talka.people.rules import Ability
from talka.records.actions import make_source, store_bulk

__all__ = ["NotAllowed", "SampleExists", "build_sample", "remove_sample", "sample_signins"]

REMOVE_SAMPLE = Ability("remove the sample network")

# Told what is being made, and how much of all is done, from 0 to 1.
Progress = Callable[[str, float], None]


class SampleExists(Exception):
    """There is a sample network already. Remove it first."""


@dataclass(frozen=True, slots=True)
class SignIn:
    """A person whom a visitor of the demo can be. `look` says what there is to see."""

    kind: str
    email: str
    password: str
    look: str


@dataclass(frozen=True, slots=True)
class Sample:
    """What was built, and how long it took in seconds."""

    sign_ins: tuple[SignIn, ...]
    counts: dict[str, int]
    seconds: float


def sample_signins() -> tuple[SignIn, ...]:
    """One sign-in per kind of person, as the plan names them; they work while the sample network stands."""
    plan = blueprint.blueprint()
    return tuple(SignIn(s.kind, f"{s.email}@{plan.domain}", plan.password, s.see) for s in plan.sign_ins)


def build_sample(*, at: datetime, progress: Progress | None = None, seed: int | None = None) -> Sample:
    """Builds the sample network as it stands at `at`: the same for the same seed and time. Raises SampleExists, BrokenBlueprint.

    People, needs and the course are there together or not at all; statements follow in large portions and then the lake. Whatever breaks
    off on the way is removed by `remove_sample`.
    """
    if queries.look_for_sample():
        raise SampleExists
    began = time.monotonic()
    # Half a million small values live until the end: looking through them again and again for garbage would cost a third of the time.
    gc.disable()
    try:
        counts = _build(blueprint.blueprint(seed=seed), at, progress or (lambda _text, _share: None))
    finally:
        gc.enable()
    memory.forget(queries.SAMPLE)
    return Sample(sample_signins(), counts, time.monotonic() - began)


def _build(plan: blueprint.Blueprint, at: datetime, say: Progress) -> dict[str, int]:
    with transaction.atomic():
        say(_("Clusters, organisations and people"), 0.01)
        population = people.settle(plan, at=at)
        say(_("The needs survey and its answers"), 0.03)
        framework = needs.load(plan, at=at)
        surveys = needs.ask(plan, population, at=at)
        say(_("The course"), 0.1)
        pack = settings.CONTENT / "courses" / plan.course
        course = import_pack(pack, by=None, at=at - timedelta(days=370), visibility="public", is_sample=True)
        from_course(course=course, cluster=surveys[0].cluster, by=None, at=at - timedelta(days=340), survey=surveys[0], is_sample=True)
        say(_("What people say after a year"), 0.17)
        Voices(plan, population, at=at).speak(course, surveys[0])
        say(_("A year of learning"), 0.2)
        learners = [p for p in population.people if p.cluster and (not p.sign_in or p.sign_in.role != "newcomer")]
        walked = use.outline(plan, course)
        ways = year.play(plan, [_learner(plan, p) for p in learners], walked.stops, at=at)
        begun = {w.learner for w in ways}
        needs.assess(
            plan,
            framework,
            [_learned(learners[w.learner], w, len(walked.stops)) for w in ways],
            [p for n, p in enumerate(learners) if n not in begun and not p.sign_in],
            at=at,
        )
        source = make_source(name="Sample network", by=None, at=at, is_sample=True)
        scans = stacks.put_up(plan, population, course, at=at)

    def half(shares: Share) -> use.Counts:
        """Every second person's year, from their moves to stored statements."""
        in_a_hurry()
        rows = use.walk_all(plan, walked, learners, ways[shares.mine :: shares.of])
        counts = use.write(rows)
        total = max(1, counts["statements"])
        told = use.tell_all(rows)
        store_bulk(told, source=source, at=at, progress=lambda done: say(_("Its traces and statements"), 0.35 + 0.55 * done / total))
        return counts

    say(_("Its traces and statements"), 0.3)
    counts = side_by_side(half)
    # As careful as before with what comes next.
    if not connection.in_atomic_block:
        connection.close()
    counts["statements"] += store_bulk(scans, source=source, at=at)
    say(_("The lake for the figures"), 0.92)
    refresh_lake(at=at, wait=True)
    return {
        "clusters": len(population.clusters),
        "organisations": sum(map(len, population.organisations.values())),
        "people": len(population.people),
        **counts,
    }


def _learned(person: people.Person, way: year.Way, topics: int) -> needs.Learned:
    first, last = (datetime.fromtimestamp(m.at, UTC) for m in (way.moves[0], way.moves[-1]))
    return needs.Learned(person, first, last, len(set(way.done)) / max(topics, 1))


def _learner(plan: blueprint.Blueprint, person: people.Person) -> year.Learner:
    if person.cluster is None or person.organisation is None:
        raise ValueError(person.user.email)
    sign_in = person.sign_in
    # Some organisations have lost interest; not those of the people whom visitors of the demo can be.
    chance = Random(f"{plan.seed}/lapsed/{person.organisation.slug}")  # noqa: S311  # a sample must come out the same every time
    starred = any(
        s.at == person.cluster.key and person.cluster.organisations[s.works].name == person.organisation.name for s in plan.sign_ins
    )
    until = 0.5 + 0.3 * chance.random() if chance.random() < plan.lapsed and not starred else 1.0
    return year.Learner(person.cluster, sign_in.role if sign_in else "", sign_in.topics if sign_in else 0, until)


def remove_sample(*, by: User | None, at: datetime) -> Removal:
    """Takes the sample network away; what real people have done since stays. Doing it twice changes nothing.

    `by` is None for whoever sits at the machine's command line. Raises NotAllowed.
    """
    if by is not None:
        require(by, REMOVE_SAMPLE)
    with transaction.atomic():
        report = removal.remove(blueprint.blueprint(), by=by, at=at)
    refresh_lake(at=at, wait=True)
    memory.forget(queries.SAMPLE)
    return report
