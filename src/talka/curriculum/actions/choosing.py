"""Choose for me: topics under an hours budget, and what people pin, ban and take over."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from talka.curriculum.actions.planning import changed, may_change
from talka.curriculum.models import Choice, Curriculum, Mark, PlannedModule, PlannedTopic
from talka.curriculum.queries.plans import Plan, plan_of
from talka.people.models import User
from talka.science import curriculum as science

SECONDS = 4.0
LONGEST = 120.0


class NothingToChoose(Exception):
    """There are no topics, or no topic treats any outcome, so that every choice would be as good. The text says which."""


class NoHours(ValueError):
    """A budget of zero hours or less."""


class ImpossibleChoice(Exception):
    """What was pinned and demanded can't be had together. The text explains it; `topics` and `modules` are a smallest set that clashes."""

    def __init__(self, message: str, topics: Sequence[PlannedTopic], modules: Sequence[PlannedModule]) -> None:
        super().__init__(message)
        self.topics, self.modules = tuple(topics), tuple(modules)


@transaction.atomic
def mark(*, topic: PlannedTopic, kind: str, by: User | None, at: datetime) -> Mark | None:
    """`topic` is pinned ("pin") or banned ("ban") in the next choice, or free again (""). Raises NotAllowed."""
    may_change(topic.curriculum, by)
    changed(topic.curriculum, by, at)
    if not kind:
        Mark.objects.filter(topic=topic).delete()
        return None
    row, _made = Mark.objects.update_or_create(topic=topic, defaults={"kind": Mark.Kind(kind), "at": at, "by": by})
    return row


def choose_topics(*, curriculum: Curriculum, hours: float, by: User | None, at: datetime, seconds: float = SECONDS) -> Choice:
    """The topics that answer the most within `hours`, kept as a choice that can be taken over. Nothing in the plan changes yet.

    `seconds` for each of the two solutions; what is found by then comes back with its proven gap.
    Raises NoHours, NothingToChoose, ImpossibleChoice, NotAllowed; TimeoutError if nothing was found in time.
    """
    may_change(curriculum, by)
    if not hours > 0:
        raise NoHours(hours)
    plan = plan_of(curriculum)
    result = solve(plan, hours=hours, seconds=seconds)
    asked = {"hours": hours, "seconds": seconds, "asked_at": at, "asked_by": by}
    return Choice.objects.create(curriculum=curriculum, **asked, result=result, solved_at=at, ended_at=at)


def solve(plan: Plan, *, hours: float, seconds: float) -> dict[str, Any]:
    """What the solver finds, as it is kept. Writes nothing. Raises NothingToChoose, ImpossibleChoice, TimeoutError."""
    needs, outcomes, topics, cells = plan.for_science(every=True)
    if not topics:
        raise NothingToChoose(_("No topic is planned yet, so there is nothing to choose from."))
    given = science.contributions(cells)
    if not given:
        raise NothingToChoose(_("The matrix is empty: no topic teaches an outcome, so every choice would be as good as another."))
    weights = science.outcome_weights(outcomes, {key: plan.need[int(key)].weight for key in needs})
    # Without a weighted need behind any taught outcome, all outcomes count the same.
    equal = not any(weights[outcome] for _topic, outcome in given)
    if equal:
        weights = dict.fromkeys(weights, 1.0)
    marks = {str(t.pk): t.mark.kind for t in plan.every_topic if hasattr(t, "mark")}
    pins = [key for key, kind in marks.items() if kind == Mark.Kind.PIN]
    bans = [key for key, kind in marks.items() if kind == Mark.Kind.BAN]
    used = {topic.module for topic in topics}
    limits = [
        science.ModuleLimit(str(m.pk), min_hours=m.min_hours or 0.0, max_hours=m.max_hours)
        for m in plan.modules
        if str(m.pk) in used and (m.min_hours or m.max_hours is not None)
    ]
    try:
        found = science.choose(topics, weights, given, hours=hours, pins=pins, bans=bans, limits=limits, seconds=seconds)
    except science.InfeasibleChoice as clash:
        raise _explained(plan, topics, clash, bans, hours) from clash
    return {
        "topics": list(found.topics),
        "hours": found.hours,
        "value": found.value,
        "highest": found.highest,
        "reached": found.reached,
        "left_out": [{"topic": row.topic, "why": row.why.value, "hours": row.hours, "gain": row.gain} for row in found.left_out],
        "next_hour": {"gain": found.next_hour.gain, "added": list(found.next_hour.added), "removed": list(found.next_hour.removed)}
        if found.next_hour
        else None,
        "gap": found.gap,
        "proven": found.proven,
        "equal_weights": equal,
        "weights": weights,
        "outcomes": {str(o.pk): o.text for o in plan.outcomes},
        "titles": {str(t.pk): t.title for t in plan.every_topic},
        "hours_of": {topic.key: topic.hours for topic in topics},
    }


def _explained(
    plan: Plan, topics: Sequence[science.Topic], clash: science.InfeasibleChoice, bans: Sequence[str], hours: float
) -> ImpossibleChoice:
    """The contradiction in the reader's words."""
    before = {topic.key: topic.prerequisites for topic in topics}
    along, waiting = set(clash.pins), list(clash.pins)
    while waiting:
        fresh = set(before[waiting.pop()]) - along
        along |= fresh
        waiting += fresh
    pinned = [plan.topic[int(key)] for key in clash.pins]
    modules = [plan.module[int(key)] for key in clash.modules]
    names = ", ".join(f"“{topic}”" for topic in pinned)
    needed = sum(topic.hours for topic in topics if topic.key in along)
    if barred := [str(plan.topic[int(key)]) for key in bans if key in along]:
        says = _("{pins} is pinned, but builds on what is banned: {banned}. Release one of them.").format(
            pins=names, banned=", ".join(barred)
        )
    elif needed > hours + 1e-9:
        says = _(
            "The pinned topics and what they build on take {needed} hours; the budget is {hours}. Release a topic or raise the budget."
        ).format(needed=number_format(f"{needed:.1f}"), hours=number_format(f"{hours:g}"))
    elif pinned and modules:
        says = _("{pins} can't be pinned within the hours of {modules} and a budget of {hours} hours.").format(
            pins=names, modules=", ".join(f"“{m}”" for m in modules), hours=number_format(f"{hours:g}")
        )
    else:
        says = _("The hours that the modules must have ({modules}) can't be met with these topics and a budget of {hours} hours.").format(
            modules=", ".join(f"“{m}”" for m in modules), hours=number_format(f"{hours:g}")
        )
    return ImpossibleChoice(says, pinned, modules)


@transaction.atomic
def take_choice(*, choice: Choice, by: User | None, at: datetime) -> int:
    """The plan is as chosen: chosen topics are in, the others of that day are left out. Later topics stay. Answers how many are left out.

    Raises NotAllowed.
    """
    curriculum = choice.curriculum
    may_change(curriculum, by)
    chosen = {int(key) for key in choice.result.get("topics", ())}
    known = {int(key) for key in choice.result.get("titles", {})}
    curriculum.topics.filter(pk__in=chosen).update(left_out_at=None, left_out_by=None)
    out = curriculum.topics.filter(pk__in=known - chosen)
    out.filter(left_out_at=None).update(left_out_at=at, left_out_by=by)
    choice.taken_at, choice.taken_by = at, by
    choice.save(update_fields=["taken_at", "taken_by"])
    Curriculum.objects.filter(pk=curriculum.pk).update(budget=choice.hours)
    changed(curriculum, by, at)
    return out.count()


def ask_longer(*, curriculum: Curriculum, hours: float, by: User | None, at: datetime, seconds: float = LONGEST) -> Choice:
    """A choice that is still to be found: `improve` is called until it is proven, cancelled, or `seconds` are over. Raises NoHours, NotAllowed."""
    may_change(curriculum, by)
    if not hours > 0:
        raise NoHours(hours)
    return Choice.objects.create(curriculum=curriculum, hours=hours, seconds=seconds, asked_at=at, asked_by=by)


def improve(*, choice: Choice, seconds: float, at: datetime) -> bool:
    """Searches `seconds` long and keeps what is found. Answers whether the search is over: proven, impossible, or cancelled meanwhile.

    The solver can't be stopped half-way or taken up again, so callers search in growing spans; together they cost at most twice the last.
    """
    if Choice.objects.filter(pk=choice.pk, cancelled_at__isnull=False).exists():
        return True
    try:
        result = solve(plan_of(choice.curriculum), hours=choice.hours, seconds=seconds)
    except TimeoutError:
        return False
    except (ImpossibleChoice, NothingToChoose) as no:
        result = {"impossible": str(no)}
    Choice.objects.filter(pk=choice.pk).update(result=result, solved_at=at)
    return bool(result.get("proven") or "impossible" in result)


@transaction.atomic
def end_search(*, choice: Choice, at: datetime) -> None:
    """The search is over with what it has."""
    Choice.objects.filter(pk=choice.pk, solved_at=None).update(solved_at=at)
    Choice.objects.filter(pk=choice.pk, ended_at=None).update(ended_at=at)


@transaction.atomic
def cancel_choice(*, choice: Choice, by: User | None, at: datetime) -> None:
    """A search that is still going on ends, at the latest after its present span, with what it has. Raises NotAllowed."""
    may_change(choice.curriculum, by)
    Choice.objects.filter(pk=choice.pk, cancelled_at=None).update(cancelled_at=at)
