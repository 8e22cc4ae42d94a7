"""Packages and people's runs through them."""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Count, QuerySet
from django.urls import reverse

from talka.courses.cmi5.queries import lines_of
from talka.courses.models import Course, Enrolment, Material, Package, PackageRun, PackageUnit, Topic
from talka.courses.packages.sequencing import Step, waiting_for
from talka.people.queries import Viewer, standing_of
from talka.people.rules import Part


def packages_of(course: Course) -> QuerySet[Package]:
    """The course's packages, removed ones too, each with its number of `runs`; offers are shown with what they replace."""
    return course.packages.exclude(state=Package.State.OFFERED).select_related("by").annotate(runs=Count("units__runs", distinct=True))


def run_of(unit: PackageUnit, enrolment: Enrolment) -> PackageRun | None:
    """The person's run through this unit, if there is one."""
    return PackageRun.objects.filter(unit=unit, enrolment=enrolment).first()


def shown_package(material: Material) -> Package | None:
    """The package that this material shows: one of the material's course or of another course of the same cluster, and not removed."""
    uuid = material.definition.get("package", "")
    course = material.topic.course
    found = Package.objects.ready().filter(uuid=uuid).select_related("course").first()
    if found is None or (found.course_id != course.pk and (course.cluster_id is None or found.course.cluster_id != course.cluster_id)):
        return None
    return found


def material_of(unit: PackageUnit, topic: Topic) -> Material | None:
    """The material of this topic that shows the unit's package."""
    rows = Material.objects.current().pieces().filter(topic=topic, kind="package", definition__package=str(unit.package.uuid))
    for row in rows:
        row.topic = topic
        if shown_package(row) is not None:
            return row
    return None


@dataclass(frozen=True, slots=True)
class Line:
    """A unit as a menu shows it: how deep it stands, the person's run, and what it waits for where it is not open yet."""

    unit: PackageUnit
    depth: int
    run: PackageRun | None = None
    waits: str = ""
    # Where the kind itself knows: whether its criterion is met, and what was said of it, in words.
    met: bool | None = None
    says: str = ""

    @property
    def done(self) -> bool:
        if self.met is not None:
            return self.met
        return self.run is not None and self.run.completed_at is not None

    @property
    def percent(self) -> int | None:
        return None if self.run is None or self.run.score is None else round(self.run.score * 100)


def menu_of(package: Package, enrolment: Enrolment | None) -> list[Line]:
    """All current units in order with how the person stands. Two or three queries."""
    if package.kind == Package.Kind.CMI5:
        return [Line(one.unit, one.depth, one.run, met=one.done, says=one.says) for one in lines_of(package, enrolment)]
    units = list(package.units.current())
    runs = {r.unit_id: r for r in PackageRun.objects.filter(unit__in=units, enrolment=enrolment)} if enrolment else {}
    keys = {u.pk: u.key for u in units}
    titles = {u.key: u.title for u in units}
    steps = [
        Step(
            u.key,
            block=u.kind == PackageUnit.Kind.BLOCK,
            parent=keys.get(u.parent_id or 0),
            prerequisites=u.settings.get("prerequisites", ""),
            linear=bool(u.settings.get("linear")),
        )
        for u in units
    ]
    done = {keys[pk] for pk, run in runs.items() if run.completed_at is not None}
    waiting = waiting_for(steps, done)
    depths: dict[int, int] = {}
    made = []
    for unit in units:
        depths[unit.pk] = depths.get(unit.parent_id, -1) + 1 if unit.parent_id else 0
        waits = waiting.get(unit.key, "")
        made.append(Line(unit, depths[unit.pk], runs.get(unit.pk), titles.get(waits, waits)))
    return made


def done_packages(enrolment: Enrolment, materials: Sequence[Material]) -> AbstractSet[int]:
    """Keys of those of these package materials of which the person has completed every unit; one whose package is gone asks for nothing."""
    made = set()
    for row in materials:
        package = shown_package(row)
        lines = [line for line in menu_of(package, enrolment) if line.unit.kind != PackageUnit.Kind.BLOCK] if package else []
        if all(line.done for line in lines):
            made.add(row.pk)
    return made


def run_stands(run: int, unit: int, user: int) -> bool:
    """Whether this is the person's run through this unit, in a course that they have not left; an author's trial (0) is nobody's run."""
    if not run:
        return True
    return PackageRun.objects.filter(pk=run, unit=unit, enrolment__user=user, enrolment__left_at=None).exists()


def topics_with(package: Package) -> list[Topic]:
    """Live topics that show the package to learners now, in the order of the course."""
    rows = Material.objects.current().pieces().filter(kind="package", topic__live=True, definition__package=str(package.uuid))
    return [row.topic for row in rows.select_related("topic__course").order_by("topic__course", "topic__lesson__order", "topic__order")]


def page_of_unit(uuid: UUID, *, courses: Any) -> str | None:
    """The page of the topic that shows a unit named in statements, in one of these courses."""
    unit = PackageUnit.objects.filter(uuid=uuid).select_related("package").first()
    if unit is None:
        return None
    row = (
        Material.objects.current()
        .pieces()
        .filter(kind="package", topic__live=True, topic__course__in=courses, definition__package=str(unit.package.uuid))
        .select_related("topic__course")
        .first()
    )
    return f"{reverse('courses:topic', args=[row.topic.course.slug, row.topic.slug])}#m-{row.key}" if row else None


@dataclass(frozen=True, slots=True)
class Changes:
    """What a new version of a package would change, by titles of units."""

    kept: list[str]
    new: list[str]
    gone: list[str]
    # How many people have runs in what would be gone.
    runs: int


def changes_between(before: Package, after: Package) -> Changes:
    """`after` is an offer to replace `before`."""
    old = {u.key: u.title for u in before.units.current().exclude(kind=PackageUnit.Kind.BLOCK)}
    new = {u.key: u.title for u in after.units.current().exclude(kind=PackageUnit.Kind.BLOCK)}
    gone = old.keys() - new.keys()
    return Changes(
        kept=[title for key, title in new.items() if key in old],
        new=[title for key, title in new.items() if key not in old],
        gone=[title for key, title in old.items() if key in gone],
        runs=PackageRun.objects.filter(unit__package=before, unit__key__in=gone).count(),
    )


def may_publish(viewer: Viewer, course: Course) -> bool:
    """Managers publish; what editors write, others look at first."""
    standing = standing_of(viewer)
    return standing.operator or (course.cluster_id or 0) in standing.clusters_as(Part.MANAGER)
