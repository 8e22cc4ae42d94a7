"""Pure decisions about curricula: who may do what, what an exercise can show, how a topic's minutes fall to its materials."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from talka.people.rules import STAFF, Ability, Part
from talka.science.curriculum import Bloom, Depth, learner_minutes

SEE = Ability("see the curricula of this cluster", STAFF)
PLAN = Ability("change curricula of this cluster", frozenset({Part.MANAGER, Part.EDITOR}))

BLOOM: Mapping[str, Bloom] = {level.name.lower(): level for level in Bloom}
BLOOM_NAME: Mapping[int, str] = {level.value: level.name.lower() for level in Bloom}

# The highest level that a kind of exercise can show: picking an answer shows that one can apply, putting things in order or computing that
# one can analyse, judging on a scale that one can evaluate, making something of one's own that one can create (ours, after Anderson & Krathwohl 2001).
SHOWS: Mapping[str, Bloom] = {
    **dict.fromkeys(("truefalse", "single", "multiple", "match", "hotspot", "cloze", "short"), Bloom.APPLY),
    **dict.fromkeys(("order", "categorise", "number"), Bloom.ANALYSE),
    "scale": Bloom.EVALUATE,
    **dict.fromkeys(("open", "upload"), Bloom.CREATE),
}
# Minutes of work that a material asks for beside reading it (ours).
ACTIVITY: Mapping[str, float] = {"tool": 15, "case": 8, "infographic": 3, "timeline": 2, "open": 8, "upload": 20}
PLAYED = frozenset({"film", "video", "audio"})


@dataclass(frozen=True, slots=True)
class Treatment:
    """How a topic of a course treats an outcome, in the course's order. `shown`: the highest level its exercises can show, None without."""

    topic: int
    shown: Bloom | None


def level_shown(wanted: Bloom, exercises: Sequence[str]) -> Bloom | None:
    """The level at which exercises of these types assess an outcome of level `wanted`: as high as they can show, never above it."""
    shown = max((SHOWS[kind] for kind in exercises if kind in SHOWS), default=None)
    return None if shown is None else min(wanted, shown)


def depths(treatments: Sequence[Treatment]) -> dict[int, Depth]:
    """How deeply each topic treats an outcome, read from a course that only lists the outcome: mastered where it is assessed last,
    introduced where it comes first, reinforced in between. A first guess for people to correct.
    """
    if not treatments:
        return {}
    assessed = [t.topic for t in treatments if t.shown is not None]
    found = {t.topic: Depth.REINFORCED for t in treatments}
    found[treatments[0].topic] = Depth.INTRODUCED
    if assessed:
        found[assessed[-1]] = Depth.MASTERED
    return found


def estimated_minutes(kind: str, *, words: int, seconds: float, questions: int, exercise: str = "") -> float:
    """Minutes of work that a material of `kind` takes, estimated from what is known of it; at least one."""
    return max(
        1.0,
        learner_minutes(
            words=0 if kind in PLAYED else words,
            played_minutes=seconds / 60 if kind in PLAYED else 0.0,
            questions=questions,
            activity_minutes=ACTIVITY.get(exercise or kind, 0.0),
        ),
    )


def shared_minutes(total: int, estimates: Mapping[str, float]) -> dict[str, int]:
    """`total` minutes of a topic fall to its kinds of material in proportion to `estimates`, in whole minutes that add up to `total`."""
    whole = sum(estimates.values())
    if total <= 0 or whole <= 0:
        return dict.fromkeys(estimates, 0)
    exact = {kind: total * share / whole for kind, share in estimates.items()}
    shares = {kind: int(minutes) for kind, minutes in exact.items()}
    missing = total - sum(shares.values())
    for kind in sorted(exact, key=lambda k: (shares[k] - exact[k], k))[:missing]:
        shares[kind] += 1
    return shares


def in_order(before: Mapping[int, Sequence[int]]) -> bool:
    """Whether topics with these prerequisites can be taken one after another at all: no cycle among them."""
    waiting = {topic: set(earlier) & set(before) for topic, earlier in before.items()}
    while free := [topic for topic, earlier in waiting.items() if not earlier]:
        for topic in free:
            del waiting[topic]
        for earlier in waiting.values():
            earlier.difference_update(free)
    return not waiting
