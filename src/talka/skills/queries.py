"""Reads about competences; the viewer is an argument wherever people could be seen."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

import numpy as np
from django.db.models import Count, Prefetch, QuerySet

from talka.clusters.models import Affiliation, Cluster, Organisation
from talka.people.models import Consent, User
from talka.people.queries import Viewer, standing_of
from talka.people.rules import may
from talka.science.closing import Closing, Status, needs_closed
from talka.science.disclosure import THRESHOLD_INSIDE, protect_list
from talka.skills.models import Assessment, Competence, Evidence, Framework, Level, Profile, ProfileTarget
from talka.skills.rules import SEE_AGGREGATES, Basis, Measurement, basis_of

State = Literal["open", "in_progress", "closed"]
STATES: dict[int, State] = {Status.OPEN: "open", Status.IN_PROGRESS: "in_progress", Status.CLOSED: "closed"}


@dataclass(frozen=True, slots=True)
class Gap:
    """A competence in which a person was measured below the target. Levels 0 to 5; moments are None where nothing happened yet."""

    user_id: int
    competence_id: int
    profile_id: int
    target: int
    measured: int
    state: State
    measured_at: datetime
    started_at: datetime | None
    closed_at: datetime | None

    @property
    def size(self) -> int:
        return self.target - self.measured


def frameworks_seen(*, viewer: Viewer) -> QuerySet[Framework]:
    """All frameworks: what people should be able to do is no secret."""
    profiles = Prefetch("profiles", Profile.objects.annotate(size=Count("targets")))
    return Framework.objects.annotate(size=Count("competences", distinct=True)).prefetch_related(profiles)


def newest(key: str) -> Framework | None:
    """The newest version of the framework with that key."""
    return Framework.objects.filter(key=key).order_by("-version").first()


def assessment_under_way(profile: Profile, *, viewer: User) -> Assessment | None:
    return Assessment.objects.filter(user=viewer, profile=profile, source=Assessment.Source.SELF, finished_at=None).first()


def last_levels(profile: Profile, *, viewer: User) -> dict[str, int]:
    """The levels that `viewer` gave themselves last, by competence key: where a new assessment starts from."""
    last = Assessment.objects.filter(user=viewer, profile=profile, source=Assessment.Source.SELF).order_by("-at").first()
    return dict(Level.objects.filter(assessment=last).values_list("competence__key", "level")) if last else {}


def _bases(users: QuerySet[User] | Sequence[int], *, at: datetime) -> dict[tuple[int, int], tuple[int, Basis]]:
    """(user, competence) -> (profile, basis) of everybody who was measured up to `at`. Three queries."""
    targets = {(p, c): level for p, c, level in ProfileTarget.objects.values_list("profile_id", "competence_id", "level")}
    measured: dict[tuple[int, int], list[tuple[int, Measurement]]] = defaultdict(list)
    levels = Level.objects.filter(assessment__user__in=users, assessment__at__lte=at).order_by("assessment__at", "assessment_id")
    for user, competence, profile, when, level in levels.values_list(
        "assessment__user_id", "competence_id", "assessment__profile_id", "assessment__at", "level"
    ):
        if (target := targets.get((profile, competence))) is not None:
            measured[user, competence].append((profile, Measurement(when, level, target)))
    results: dict[tuple[int, int], list[tuple[datetime, bool]]] = defaultdict(list)
    evidence = Evidence.objects.filter(user__in=users, at__lte=at, outcome__links__isnull=False).order_by("at", "pk")
    for user, competence, when, mastered in evidence.values_list("user_id", "outcome__links__competence_id", "at", "mastered"):
        results[user, competence].append((when, mastered))
    bases = {}
    for key, found in measured.items():
        basis = basis_of([m for _profile, m in found], results.get(key, ()))
        if basis is not None:
            bases[key] = (next(p for p, m in reversed(found) if m is basis.measurement), basis)
    return bases


def _keys(users: Iterable[User | int] | QuerySet[User]) -> QuerySet[User] | list[int]:
    return users if isinstance(users, QuerySet) else [u.pk if isinstance(u, User) else u for u in users]


def gaps_of(users: Iterable[User | int] | QuerySet[User], *, at: datetime) -> list[Gap]:
    """The gaps of `users` as they stood at `at`: open, in progress, or closed by evidence (design: `science.closing`). Three queries.

    Not for showing as it is: callers ask `my_gaps`, `gaps_in` or `gaps_at_work`, which know who may see what.
    """
    bases = _bases(_keys(users), at=at)
    closing, people, competences = _closing(bases)
    row, column = {u: n for n, u in enumerate(people)}, {c: n for n, c in enumerate(competences)}
    gaps = []
    for (user, competence), (profile, basis) in bases.items():
        state = STATES.get(int(closing.status[row[user], column[competence]]))
        if state is None:
            continue
        gaps.append(
            Gap(
                user_id=user,
                competence_id=competence,
                profile_id=profile,
                target=basis.measurement.target,
                measured=basis.measurement.level,
                state=state,
                measured_at=basis.measurement.at,
                started_at=basis.started_at,
                closed_at=basis.mastered_at,
            )
        )
    return gaps


def closing_of(users: Iterable[User | int] | QuerySet[User], *, at: datetime) -> tuple[Closing, list[int], list[int]]:
    """Needs closed of `users` for science (totals, intervals, per group): the matrix, the users' keys of its rows, the competences' of its columns."""
    return _closing(_bases(_keys(users), at=at))


def _closing(bases: Mapping[tuple[int, int], tuple[int, Basis]]) -> tuple[Closing, list[int], list[int]]:
    people, competences = sorted({u for u, _c in bases}), sorted({c for _u, c in bases})
    row, column = {u: n for n, u in enumerate(people)}, {c: n for n, c in enumerate(competences)}
    shape = (len(people), len(competences))
    target, level = np.full(shape, np.nan), np.full(shape, np.nan)
    started, mastered = np.zeros(shape, dtype=bool), np.zeros(shape, dtype=bool)
    for (user, competence), (_profile, basis) in bases.items():
        place = row[user], column[competence]
        target[place], level[place] = basis.measurement.target, basis.measurement.level
        started[place], mastered[place] = basis.started_at is not None, basis.mastered_at is not None
    return needs_closed(target, level, started=started, mastered=mastered), people, competences


@dataclass(frozen=True, slots=True)
class ShownGap:
    """A gap with its competence, for the person's own page."""

    gap: Gap
    competence: Competence


def my_gaps(viewer: User, *, at: datetime) -> list[ShownGap]:
    """The viewer's own gaps, open ones first, the largest first. Four queries."""
    gaps = gaps_of([viewer], at=at)
    competences = Competence.objects.in_bulk([g.competence_id for g in gaps])
    order = {"in_progress": 0, "open": 1, "closed": 2}
    shown = [ShownGap(g, competences[g.competence_id]) for g in gaps]
    return sorted(shown, key=lambda s: (order[s.gap.state], -s.gap.size, s.competence.order))


@dataclass(frozen=True, slots=True)
class CompetenceGaps:
    """Gaps of a group in one competence; None where a number would tell about fewer than the threshold."""

    competence: Competence
    people: int | None
    open: int | None
    in_progress: int | None
    closed: int | None
    share: float | None


def gaps_in(cluster: Cluster, *, viewer: Viewer, at: datetime) -> list[CompetenceGaps] | None:
    """How many people of the cluster's members have a gap in each competence, largest first; None if `viewer` may not see it.

    Competences with fewer than five people say nothing; states of fewer than five are hidden, with whatever would give them away.
    """
    if not may(standing_of(viewer), SEE_AGGREGATES, cluster=cluster.pk):
        return None
    gaps = gaps_of(people_of(cluster, on=at.date()), at=at)
    found: dict[int, list[Gap]] = defaultdict(list)
    for gap in gaps:
        found[gap.competence_id].append(gap)
    competences = Competence.objects.in_bulk(list(found))
    rows = []
    for key, these in found.items():
        states = [g.state for g in these]
        if len(these) < THRESHOLD_INSIDE:
            rows.append(CompetenceGaps(competences[key], None, None, None, None, None))
            continue
        counts = [states.count(state) for state in ("open", "in_progress", "closed")]
        safe = all(n == 0 or n >= THRESHOLD_INSIDE for n in counts)
        cells: list[int | None] = list(counts) if safe else protect_list(counts, threshold=THRESHOLD_INSIDE).cells()
        closed = cells[2]
        share = None if closed is None else closed / len(these)
        rows.append(CompetenceGaps(competences[key], len(these), cells[0], cells[1], closed, share))
    return sorted(rows, key=lambda r: (-(r.people or 0), r.competence.order))


def people_of(cluster: Cluster, *, on: date) -> QuerySet[User]:
    """Everybody who works for a current member of `cluster`."""
    members = cluster.memberships.current(on).values("organisation")
    here = Affiliation.objects.current(on).filter(organisation__in=members)
    return User.objects.filter(pk__in=here.values("user"), is_active=True)


def gaps_at_work(organisation: Organisation, *, viewer: Viewer, at: datetime) -> dict[User, list[ShownGap]] | None:
    """Gaps of the organisation's people who agreed that their employer sees them; None if `viewer` is not its training contact."""
    # Not even an operator: the consent is given to the employer alone.
    if organisation.pk not in standing_of(viewer).contacts:
        return None
    agreed = Consent.objects.filter(purpose=Consent.Purpose.EMPLOYER, withdrawn_at=None).values("user")
    here = Affiliation.objects.current(at.date()).filter(organisation=organisation, user__in=agreed)
    people = User.objects.filter(pk__in=here.values("user"), is_active=True).order_by("name", "email")
    gaps = gaps_of(people, at=at)
    competences = Competence.objects.in_bulk([g.competence_id for g in gaps])
    found: dict[int, list[ShownGap]] = defaultdict(list)
    for gap in gaps:
        found[gap.user_id].append(ShownGap(gap, competences[gap.competence_id]))
    return {person: sorted(found[person.pk], key=lambda s: (s.gap.state == "closed", -s.gap.size)) for person in people}
