"""Stacks as visitors and makers may see them. The viewer is an argument."""

from dataclasses import dataclass
from enum import StrEnum

from django.db.models import Count, Q, QuerySet

from talka.clusters.models import Cluster
from talka.clusters.queries import workspaces_of
from talka.courses.models import Sign, Stack, StackQuestion, Tile, Topic
from talka.courses.queries import courses_open_to
from talka.courses.rules.stacks import MAKE
from talka.people.queries import Viewer, standing_of
from talka.people.rules import may


class Way(StrEnum):
    """What a code leads to for one visitor."""

    OPEN = "open"
    PREVIEW = "preview"  # not open yet, or closed again, and the visitor makes it
    SIGN_IN = "sign in"  # perhaps theirs: they are signed out
    REFUSED = "refused"
    NOT_YET = "not yet"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class Door:
    """Behind a code: the stack, only if the visitor may open it; whose it is, if they may not; the sign that was scanned."""

    way: Way
    stack: Stack | None = None
    sign: Sign | None = None
    whose: str = ""


def door_of(code: str, *, viewer: Viewer) -> Door | None:
    """Where a code leads. None for a code that was never given. Three queries at most."""
    typed = code.strip().upper()
    known = Stack.objects.select_related("cluster", "organisation")
    stack, sign = known.filter(code=typed).first(), None
    if stack is None:
        sign = Sign.objects.filter(code=typed).first()
        if sign is None:
            return None
        stack = known.get(pk=sign.stack_id)
    standing = standing_of(viewer)
    makes = may(standing, MAKE, cluster=stack.cluster_id)
    if sign is not None and sign.taken_down_at is not None and not makes:
        return Door(Way.GONE)
    if stack.published_at is None or stack.closed_at is not None:
        if makes:
            return Door(Way.PREVIEW, stack, sign)
        return Door(Way.NOT_YET if stack.published_at is None else Way.GONE)
    if makes or Stack.objects.filter(pk=stack.pk).open_to(standing).exists():
        return Door(Way.OPEN, stack, sign)
    whose = str(stack.organisation if stack.visibility == "organisation" else stack.cluster)
    return Door(Way.REFUSED if standing.signed_in else Way.SIGN_IN, whose="" if stack.visibility == "network" else whose)


@dataclass(frozen=True, slots=True)
class Shown:
    """A tile as one visitor sees it. `open`: what it leads to is open to them."""

    tile: Tile
    open: bool = True


def tiles_for(stack: Stack, *, viewer: Viewer) -> list[Shown]:
    """The tiles of a stack that the viewer has been let into; those that lead elsewhere say whether that is open too. Three queries at most."""
    tiles = list(stack.tiles.current().select_related("topic__course", "target"))
    targets = [t.target_id for t in tiles if t.target_id]
    stacks = set(Stack.objects.filter(pk__in=targets).open_to(standing_of(viewer)).values_list("pk", flat=True)) if targets else set()
    topics = [t.topic_id for t in tiles if t.topic_id]
    seen = (
        set(Topic.objects.filter(pk__in=topics, live=True, course__in=courses_open_to(viewer)).values_list("pk", flat=True))
        if topics
        else set()
    )

    def opens(tile: Tile) -> bool:
        match tile.kind:
            case Tile.Kind.TOPIC:
                return tile.topic_id in seen
            case Tile.Kind.STACK:
                return tile.target_id in stacks
            case _:
                return True

    return [Shown(tile, opens(tile)) for tile in tiles]


def stacks_of(cluster: Cluster, *, viewer: Viewer) -> QuerySet[Stack]:
    """The stacks of a workspace that the viewer may open, with counts of tiles, of signs that hang, and of questions that wait."""
    if not workspaces_of(viewer=viewer).filter(pk=cluster.pk).exists():
        return Stack.objects.none()
    return cluster.stacks.select_related("organisation").annotate(
        tile_count=Count("tiles", filter=Q(tiles__removed_at=None), distinct=True),
        sign_count=Count("signs", filter=Q(signs__taken_down_at=None), distinct=True),
        waiting=Count("tiles__questions", filter=Q(tiles__questions__answered_at=None), distinct=True),
    )


def questions_of(cluster: Cluster, *, viewer: Viewer) -> QuerySet[StackQuestion]:
    """Questions asked at the cluster's stacks, for those who make them; none for others."""
    if not may(standing_of(viewer), MAKE, cluster=cluster.pk):
        return StackQuestion.objects.none()
    return StackQuestion.objects.filter(tile__stack__cluster=cluster).select_related("tile__stack", "sign", "asked_by", "answered_by")


def topics_to_show(*, viewer: Viewer) -> QuerySet[Topic]:
    """Live topics that a maker may lead to."""
    return (
        Topic.objects.filter(live=True, course__in=courses_open_to(viewer))
        .select_related("course")
        .defer("body")
        .order_by("course__title", "lesson__module__order", "lesson__order", "order")
    )
