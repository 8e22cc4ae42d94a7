"""Outside tools, where they are shown, and what they sent."""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from uuid import UUID

from django.db.models import Count, Q, QuerySet

from talka.clusters.models import Cluster
from talka.courses.models import Course, Enrolment, LtiAlias, LtiLineItem, LtiScore, LtiTool, Material, Topic
from talka.people.queries import Viewer, standing_of


def tools_of(cluster: Cluster, *, viewer: Viewer) -> QuerySet[LtiTool]:
    """The cluster's tools, and for operators the network's; revoked ones last. Each with its number of people."""
    seen = Q(cluster=cluster) | (Q(cluster=None) if standing_of(viewer).operator else Q(pk=None))
    return LtiTool.objects.filter(seen).annotate(people_n=Count("aliases", distinct=True)).order_by("revoked_at", "name", "pk")


def tools_for(course: Course) -> QuerySet[LtiTool]:
    """Tools that the course's topics may open: those of its cluster and of the network."""
    own = Q(cluster=course.cluster_id) if course.cluster_id else Q(cluster=None)
    return LtiTool.objects.filter(own | Q(cluster=None), revoked_at=None).order_by("name", "pk")


def shown_tool(material: Material) -> LtiTool | None:
    """The tool that a material opens; None where it is revoked, or belongs to another cluster."""
    return tools_for(material.topic.course).filter(uuid=material.definition.get("tool", "")).first()


def materials_of(tool: LtiTool) -> QuerySet[Material]:
    """What learners see now that opens this tool."""
    rows = Material.objects.current().pieces().filter(kind="outside", topic__live=True, definition__tool=str(tool.uuid))
    if tool.cluster_id is not None:
        rows = rows.filter(topic__course__cluster=tool.cluster_id)
    return rows.select_related("topic__course")


def material_at(topic: Topic, uuid: UUID) -> tuple[Material, LtiTool] | None:
    """A current material of the topic that opens a tool, with the tool."""
    row = Material.objects.current().pieces().filter(topic=topic, kind="outside", uuid=uuid).first()
    if row is None:
        return None
    row.topic = topic
    tool = shown_tool(row)
    return (row, tool) if tool is not None else None


def course_served(tool: LtiTool, course: UUID) -> Course | None:
    """A course in which the tool is shown: only for these do its services answer."""
    return Course.objects.filter(uuid=course, pk__in=materials_of(tool).values("topic__course")).first()


def line_items(tool: LtiTool, course: Course) -> QuerySet[LtiLineItem]:
    return tool.line_items.filter(course=course).select_related("material")


def members_of(tool: LtiTool, course: Course) -> QuerySet[LtiAlias]:
    """Those who learn in the course, have opened the tool and were told what it learns. Nobody else is named to it."""
    learning = Enrolment.objects.filter(course=course, left_at=None).values("user")
    return tool.aliases.filter(user__in=learning, user__is_active=True).exclude(agreed_at=None).select_related("user").order_by("pk")


def best_of(materials: Sequence[Material], user: int) -> dict[int, LtiScore]:
    """The person's score that counts for each material: that of its own line item, otherwise the best of those that the tool made."""
    found: dict[int, LtiScore] = {}
    rows = LtiScore.objects.filter(user=user, line_item__material__in=materials).select_related("line_item")
    for row in rows.order_by("line_item__is_own", "score"):
        found[row.line_item.material_id or 0] = row
    return found


def done_outside(enrolment: Enrolment, materials: Sequence[Material]) -> AbstractSet[int]:
    """Keys of those of these materials for which the tool has sent a final score; one whose tool is gone asks for nothing."""
    sent = LtiScore.objects.filter(user=enrolment.user_id, line_item__material__in=materials, done_at__isnull=False)
    return set(sent.values_list("line_item__material", flat=True)) | {row.pk for row in materials if shown_tool(row) is None}
