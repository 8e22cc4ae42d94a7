"""Use of a stack: how often it is opened, from which sign, and which of its tiles lead on."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from talka.clusters.models import Cluster
from talka.courses.models import Stack
from talka.insight import queries
from talka.insight.ask import Scope, Table
from talka.insight.dimensions import activity
from talka.insight.figures import Frame, short
from talka.insight.pages import Csv, Page
from talka.insight.queries import Answered
from talka.insight.rules import Period, few
from talka.kit import charts
from talka.kit.charts import Columns, Figure
from talka.people.queries import Viewer, standing_of
from talka.people.rules import STAFF


def stack_seen(cluster: Cluster, code: str, *, viewer: Viewer) -> Stack:
    """A stack whose use `viewer` may see: its cluster's staff. Raises LookupError for others."""
    standing = standing_of(viewer)
    found = Stack.objects.filter(cluster=cluster, code=code).first()
    if found is None or not (standing.operator or cluster.pk in standing.clusters_as(*STAFF)):
        raise LookupError(code)
    return found


def use_of(stack: Stack, *, period: Period) -> Answered:
    """The answers for a stack that `stack_seen` let through."""
    scope = Scope(zone=settings.TIME_ZONE, until=period.until, since=period.since, course=activity("stack", stack.uuid))
    return queries.asked(scope, "stack-weeks", "stack-signs", "stack-tiles")


def of_stack(stack: Stack, *, days: Period, csv: Csv) -> Page:
    """The figures of a stack that `stack_seen` let through. Threshold: people signed in, and openings of everybody else."""
    used = use_of(stack, period=days)
    total = sum(row["openings"] for row in used["stack-weeks"])
    frame = Frame(used.computed_at, sum(row["visitors"] for row in used["stack-signs"]), queries.THRESHOLD_INSIDE, days.until, csv)
    names = names_of(stack)
    made: dict[str, Callable[[], Figure | None]] = {
        "stack-weeks": lambda: weeks(frame, used["stack-weeks"], total),
        "stack-signs": lambda: signs(frame, used["stack-signs"], names),
        "stack-tiles": lambda: tiles(frame, used["stack-tiles"], names),
    }
    return Page(frame.people, used, made if total else {})


def names_of(stack: Stack) -> Mapping[str, str]:
    """Signs and tiles by the identifier that statements give them. Two queries."""

    def named(kind: str, rows: list[tuple[UUID, str]]) -> dict[str, str]:
        return {activity(kind, uuid): name for uuid, name in rows}

    signs = named("sign", list(stack.signs.values_list("uuid", "place")))
    return signs | named("tile", [(t.uuid, str(t)) for t in stack.tiles.select_related("topic", "target")]) | {"": _("without a sign")}


def weeks(frame: Frame, answer: Table, total: int) -> Figure:
    """Openings per week."""
    known = {row["week"]: row for row in answer}
    points: list[tuple[date, int, int]] = []
    monday = min(known, default=frame.until)
    while known and monday <= frame.until:
        row = known.get(monday, {"openings": 0, "visitors": 0})
        points.append((monday, row["openings"], row["visitors"]))
        monday += timedelta(days=7)
    drawn = [(day, None if few(people, frame.minimum) else n) for day, n, people in points]
    spec = charts.line({str(_("openings")): drawn}, y=_("openings a week")) if len(points) > 1 else None
    title = ngettext("The stack was opened {n} time", "The stack was opened {n} times", total).format(n=total)
    table = Columns(
        [_("Week from"), _("Openings")], [(day, frame.few_words() if few(people, frame.minimum) else n) for day, n, people in points]
    )
    return frame.figure("stack-weeks", spec, title=title, table=table)


def signs(frame: Frame, answer: Table, names: Mapping[str, str]) -> Figure:
    """Openings by the place where the code hangs."""
    rows = [(names.get(r["sign"], _("a removed sign")), r["openings"], r["visitors"]) for r in answer]
    first, drawn, table = _ranked(frame, rows, heads=(_("Place"), _("Openings")), x=_("openings"))
    title = _("Most openings come from “{place}”").format(place=first) if first else _("No place stands out yet")
    return frame.figure("stack-signs", drawn, title=title, table=table)


def tiles(frame: Frame, answer: Table, names: Mapping[str, str]) -> Figure:
    """Which tiles lead on."""
    rows = [(names.get(r["tile"], _("a removed tile")), r["uses"], r["visitors"]) for r in answer]
    first, drawn, table = _ranked(frame, rows, heads=(_("Tile"), _("Uses")), x=_("uses"))
    title = _("“{tile}” is used most").format(tile=first) if first else _("No tile stands out yet")
    return frame.figure("stack-tiles", drawn, title=title, table=table)


def _ranked(frame: Frame, rows: Sequence[tuple[str, int, int]], *, heads: Sequence[str], x: str) -> tuple[str, Any, Columns]:
    """The first name that may be told ('' if none), the picture and the table of rows (name, times, visitors), most first."""
    shown = [(short(name), n) for name, n, people in rows if not few(people, frame.minimum)]
    table = Columns(list(heads), [(name, frame.few_words() if few(people, frame.minimum) else n) for name, n, people in rows])
    return (shown[0][0], charts.ranks(shown, x=x), table) if shown else ("", None, table)
