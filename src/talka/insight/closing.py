"""Needs closed: of the gaps that were measured among some people, which does evidence now show as closed?"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import numpy as np
from django.db.models import Max, QuerySet, Subquery
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from talka.clusters.models import Affiliation, Cluster, Organisation
from talka.insight.actions import the_lake
from talka.insight.figures import Frame, define, short, whole
from talka.insight.metrics import Metric
from talka.insight.rules import few
from talka.kit import charts, memory
from talka.kit.charts import Columns, Figure
from talka.people.models import User
from talka.people.queries import Viewer, standing_of
from talka.people.rules import STAFF
from talka.science.closing import Closing, NeedsClosed
from talka.science.disclosure import THRESHOLD_INSIDE, protect_list
from talka.skills.models import Competence, Evidence, Level
from talka.skills.queries import STATES, gaps_of, people_of

_SOURCE = gettext_lazy("Self-assessments and surveys; evidence from assessed exercises; docs/metrics.md")
define(
    (
        Metric(
            "needs-closed",
            gettext_lazy("Needs closed"),
            gettext_lazy(
                "A need is a competence of a person whose measured level lies below the level that the person's profile asks for. It is closed "
                "when, after the measurement, assessed outcomes of that competence reached mastery; in progress when work on one has begun. "
                "The line shows, of the needs known today, the share that was closed by each day."
            ),
            gettext_lazy("share of measured needs"),
            _SOURCE,
            "",
        ),
        Metric(
            "needs-by-competence",
            gettext_lazy("Needs closed by competence"),
            gettext_lazy(
                "Like needs closed, but for each competence alone, with a 95 % interval that takes into account that people, not needs, were asked."
            ),
            gettext_lazy("share of measured needs"),
            _SOURCE,
            "",
        ),
        Metric(
            "needs-by-cluster",
            gettext_lazy("Needs closed by cluster"),
            gettext_lazy("Like needs closed, but for each cluster with enough people. A person is counted once, in one cluster."),
            gettext_lazy("share of measured needs"),
            _SOURCE,
            "",
        ),
        Metric(
            "needs-by-organisation",
            gettext_lazy("Needs closed by organisation"),
            gettext_lazy(
                "Like needs closed, but for each member organisation with enough people. A person of two organisations counts in both."
            ),
            gettext_lazy("share of measured needs"),
            _SOURCE,
            "",
        ),
    )
)


_STATUS = {state: status for status, state in STATES.items()}


@dataclass(frozen=True, slots=True)
class Gaps:
    """Where a group of people stands. `closed_on` are the days on which closed needs were closed; `organisation` maps people to the name of
    their group: an organisation, or in the network a cluster.
    """

    closing: Closing
    people: tuple[int, ...]
    competences: tuple[str, ...]
    closed_on: tuple[date, ...]
    organisation: dict[int, str]
    computed_at: datetime

    @property
    def total(self) -> NeedsClosed:
        return self.closing.total()

    def closed_by(self, day: date) -> int:
        """How many of today's needs were closed by the end of `day`."""
        return sum(on <= day for on in self.closed_on)

    def percent(self) -> int | None:
        total = self.total
        return round(100 * total.closed / total.measured) if total.measured else None


def of_cluster(cluster: Cluster, *, viewer: Viewer, at: datetime) -> Gaps:
    """The needs of everyone who works for a member of `cluster`. Raises LookupError for who is not of its staff."""
    standing = standing_of(viewer)
    if not standing.operator and cluster.pk not in standing.clusters_as(*STAFF):
        raise LookupError(cluster.slug)
    # The lake's version stands for who works where, and for what was erased.
    state = (newest(), the_lake().manifest().state, localdate(at))
    return memory.kept(("needs closed", cluster.pk), state=state, make=lambda: _of_cluster(cluster, at))


def of_organisation(organisation: Organisation, *, viewer: Viewer, at: datetime) -> Gaps | None:
    """The needs of the people of `organisation`, for its training contact and for staff of its clusters. Raises LookupError for all others.

    None where they are too few; for staff also where another member could be worked out from what the cluster's page shows beside it.
    """
    standing, on = standing_of(viewer), localdate(at)
    contact = organisation.pk in standing.contacts
    clusters = list(Cluster.objects.filter(memberships__in=organisation.memberships.current(on)).order_by("pk"))
    mine = [c for c in clusters if standing.operator or c.pk in standing.clusters_as(*STAFF)]
    if not contact and not mine:
        raise LookupError(organisation.slug)
    if not contact and not all(organisation.name in shown_organisations(of_cluster(c, viewer=viewer, at=at)) for c in mine):
        return None
    here = Affiliation.objects.current(on).filter(organisation=organisation)
    found = gaps(User.objects.filter(pk__in=here.values("user"), is_active=True), {}, at)
    return found if found.total.people >= THRESHOLD_INSIDE else None


def shown_organisations(found: Gaps) -> frozenset[str]:
    """Names of the organisations with enough people for figures of their own, so that no other can be worked out from them."""
    per = found.closing.per_group([found.organisation.get(pk, "") for pk in found.people])
    names = [name for name, n in per.items() if n.measured]
    protected = protect_list([per[name].people for name in names], threshold=THRESHOLD_INSIDE)
    return frozenset(name for name, ok in zip(names, protected.shown, strict=True) if ok)


def of_network(*, viewer: Viewer, at: datetime) -> Gaps:
    """The needs of everyone in the network, each under the cluster they work in. Raises LookupError for who is no operator.

    Sample people count only where there is nobody else.
    """
    if not standing_of(viewer).operator:
        raise LookupError
    on = localdate(at)
    sample = not Level.objects.filter(assessment__user__is_sample=False).exists()
    works = Affiliation.objects.current(on).filter(organisation__memberships__left_on=None, user__is_active=True)
    works = works.filter(user__is_sample=sample)
    cluster = dict(
        works.order_by("organisation__memberships__cluster__name").values_list("user_id", "organisation__memberships__cluster__name")
    )
    state = (newest(), the_lake().manifest().state, on, sample)
    return memory.kept(("needs closed", "network"), state=state, make=lambda: gaps(User.objects.filter(pk__in=list(cluster)), cluster, at))


def newest() -> tuple[int | None, int | None]:
    """Marks that grow with every piece of evidence and every measured level. One query."""
    level = Subquery(Level.objects.order_by("-pk").values("pk")[:1])
    evidence = Evidence.objects.order_by("-pk").values_list("pk", level)[:1]
    return next(iter(evidence), None) or (None, Level.objects.aggregate(m=Max("pk"))["m"])


def _of_cluster(cluster: Cluster, at: datetime) -> Gaps:
    on = localdate(at)
    works = Affiliation.objects.current(on).filter(organisation__memberships__in=cluster.memberships.current(on))
    organisation = dict(works.order_by("organisation__name").values_list("user_id", "organisation__name"))
    return gaps(people_of(cluster, on=on), organisation, at)


def gaps(users: QuerySet[User], organisation: dict[int, str], at: datetime) -> Gaps:
    """The needs of `users` as one matrix of people and competences. Four queries."""
    rows = gaps_of(users, at=at)
    people = sorted({r.user_id for r in rows})
    titles = dict(Competence.objects.filter(pk__in={r.competence_id for r in rows}).order_by("order", "pk").values_list("pk", "title"))
    row, column = {pk: n for n, pk in enumerate(people)}, {pk: n for n, pk in enumerate(titles)}
    status = np.zeros((len(people), len(titles)), dtype=np.int8)
    gap = np.full(status.shape, np.nan)
    for r in rows:
        status[row[r.user_id], column[r.competence_id]] = _STATUS[r.state]
        gap[row[r.user_id], column[r.competence_id]] = r.size
    closed = tuple(sorted(localdate(r.closed_at) for r in rows if r.state == "closed" and r.closed_at))
    return Gaps(Closing(status, gap), tuple(people), tuple(titles.values()), closed, organisation, at)


def figure_over_time(frame: Frame, found: Gaps) -> Figure | None:
    """The share of needs closed, week by week."""
    total = found.total
    if not total.measured:
        return None
    start = min([found.closed_on[0] if found.closed_on else frame.until, frame.until - timedelta(days=28)])
    days = [start + timedelta(days=n) for n in range(0, (frame.until - start).days + 1, 7)]
    if days[-1] != frame.until:
        days.append(frame.until)
    closed = [found.closed_by(day) for day in days]
    spec = charts.line(
        {str(_("closed")): [(day, n / total.measured) for day, n in zip(days, closed, strict=True)]}, y=_("share of needs"), y_format=".0%"
    )
    more = closed[-1] - found.closed_by(frame.until - timedelta(days=28))
    title = _("{percent} of the measured needs are closed: {closed} of {measured}, {more} more than four weeks ago").format(
        percent=f"{found.percent()}\u202f%", closed=whole(total.closed), measured=whole(total.measured), more=whole(more)
    )
    table = Columns(
        [_("Day"), _("Closed"), _("Share in %")], [(d, n, round(100 * n / total.measured, 1)) for d, n in zip(days, closed, strict=True)]
    )
    return frame.figure("needs-closed", spec, title=title, table=table, people=total.people)


def figure_by_competence(frame: Frame, found: Gaps) -> Figure | None:
    """Which needs get closed and which wait."""
    rows = [(title, n) for title, n in zip(found.competences, found.closing.per_competence(), strict=True) if n.measured]
    if not rows:
        return None
    shown = sorted(((t, n) for t, n in rows if not few(n.people, frame.minimum)), key=lambda pair: pair[1].closed / pair[1].measured)
    waiting = shown[0] if shown else None
    title = (
        _("“{competence}” waits longest: {open} of {measured} needs are still open or in progress").format(
            competence=waiting[0], open=waiting[1].measured - waiting[1].closed, measured=waiting[1].measured
        )
        if waiting
        else _("No competence has enough people to be shown")
    )
    points = [
        (short(t), n.closed / n.measured, *((n.share.low, n.share.high) if n.share.low is not None else (n.closed / n.measured,) * 2))
        for t, n in shown[::-1]
    ]
    spec = charts.ranks(points, x=_("share of needs closed"), x_format=".0%", domain=(0, 1)) if points else None
    table = Columns(
        [_("Competence"), _("Needs"), _("open"), _("in progress"), _("closed"), _("Share closed in %")],
        [(t, n.measured, n.open, n.in_progress, n.closed, round(100 * n.closed / n.measured, 1)) for t, n in shown[::-1]],
    )
    return frame.figure(
        "needs-by-competence", spec, title=title, table=table, people=found.total.people, note=_("95 % interval drawn"), wide=True
    )


def figure_by_organisation(frame: Frame, found: Gaps) -> Figure | None:
    """Needs closed by organisation, as far as enough people stand behind each."""

    def title(n: int) -> str:
        return ngettext(
            "{n} organisation has enough people for figures of its own", "{n} organisations have enough people for figures of their own", n
        ).format(n=n)

    note = _("organisations with fewer than {n} people are not shown").format(n=frame.minimum)
    return _by_group("needs-by-organisation", frame, found, _("Organisation"), title, note)


def figure_by_cluster(frame: Frame, found: Gaps) -> Figure | None:
    """Needs closed by cluster, as far as enough people stand behind each."""

    def title(n: int) -> str:
        return ngettext("{n} cluster has enough people to be shown", "{n} clusters have enough people to be shown", n).format(n=n)

    note = _("clusters with fewer than {n} people are not shown").format(n=frame.minimum)
    return _by_group("needs-by-cluster", frame, found, _("Cluster"), title, note)


def _by_group(key: str, frame: Frame, found: Gaps, heading: str, title: Callable[[int], str], note: str) -> Figure | None:
    if not found.people:
        return None
    per = found.closing.per_group([found.organisation.get(pk, "") for pk in found.people])
    names = [name for name, n in per.items() if n.measured]
    protected = protect_list([per[name].people for name in names], threshold=frame.minimum)
    shown = [(name, per[name]) for name, ok in zip(names, protected.shown, strict=True) if ok]
    shown.sort(key=lambda pair: -pair[1].closed / pair[1].measured)
    spec = (
        charts.ranks([(short(name), n.closed / n.measured) for name, n in shown[:10]], x=_("share of needs closed"), x_format=".0%")
        if shown
        else None
    )
    table = Columns(
        [heading, _("People"), _("Needs"), _("closed"), _("Share closed in %")],
        [(name, n.people, n.measured, n.closed, round(100 * n.closed / n.measured, 1)) for name, n in shown],
    )
    return frame.figure(key, spec, title=title(len(shown)), table=table, people=found.total.people, note=note)
