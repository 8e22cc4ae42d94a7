"""The curriculum document: one content, shown as a page, a PDF and a text file for word processors."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.formats import date_format, number_format
from django.utils.timezone import localtime
from django.utils.translation import get_language_info, ngettext
from django.utils.translation import gettext as _

from talka.curriculum.models import PlannedModule, PlannedTopic
from talka.curriculum.queries.findings import level
from talka.curriculum.queries.plans import Plan
from talka.curriculum.rules import BLOOM
from talka.science.curriculum import Bloom

LETTERS = {1: "I", 2: "R", 3: "M"}


@dataclass(frozen=True, slots=True)
class OutcomeLine:
    """number: place in the document; needs: numbers of the needs it answers."""

    number: int
    text: str
    level: str
    eqf: str
    competences: str
    needs: Sequence[int]


@dataclass(frozen=True, slots=True)
class TopicLine:
    number: int
    title: str
    hours: str
    summary: str
    # (outcome's number, letter of the depth, name of the level assessed)
    outcomes: Sequence[tuple[int, str, str]]


@dataclass(frozen=True, slots=True)
class LessonPart:
    title: str
    hours: str
    topics: Sequence[TopicLine]


@dataclass(frozen=True, slots=True)
class ModulePart:
    number: int
    title: str
    summary: str
    hours: str
    lessons: Sequence[LessonPart]


@dataclass(frozen=True, slots=True)
class MatrixPart:
    """A module's part of the matrix: topics' numbers over the columns, a row per outcome that they treat."""

    title: str
    topics: Sequence[int]
    rows: Sequence[tuple[int, Sequence[str]]]


@dataclass(frozen=True, slots=True)
class Document:
    """A curriculum in words, everything in the reader's language and way of writing numbers."""

    title: str
    summary: str
    facts: Sequence[tuple[str, str]]
    audience: str
    needs: Sequence[tuple[int, str, str]]
    outcomes: Sequence[OutcomeLine]
    modules: Sequence[ModulePart]
    matrix: Sequence[MatrixPart]
    assessment: str
    assessed: Sequence[tuple[str, str]]
    kinds: Sequence[tuple[str, str, str]]
    literature: Sequence[str]
    partners: Sequence[str]
    made: str


def language_name(code: str) -> str:
    """The language as those who speak it call it; the code itself if it is unknown."""
    try:
        return str(get_language_info(code)["name_local"])
    except KeyError:
        return code


def hours_text(hours: float) -> str:
    return _("{n} h").format(n=number_format(round(hours, 1), use_l10n=True))


def ects_text(low: float, high: float) -> str:
    return _("{low} to {high} ECTS").format(
        low=number_format(round(low, 1), decimal_pos=1, use_l10n=True), high=number_format(round(high, 1), decimal_pos=1, use_l10n=True)
    )


def document_of(plan: Plan, *, at: datetime, kind_names: dict[str, str]) -> Document:
    """What the document says of a plan that was fetched for a viewer; topics that were left out are not in it."""
    found, work = plan.curriculum, plan.workload
    outcome_n = {outcome.pk: n for n, outcome in enumerate(plan.outcomes, 1)}
    topic_n = {topic.pk: n for n, topic in enumerate(plan.topics, 1)}
    needs = sorted(plan.needs, key=lambda need: -need.weight)
    need_n = {need.pk: n for n, need in enumerate(needs, 1)}
    facts = [
        (_("Offered by"), str(found.cluster)),
        (_("Workload"), f"{hours_text(work.hours)}, {ects_text(work.ects.low, work.ects.high)}"),
        (_("EQF level"), str(found.eqf or "")),
        (_("Language"), language_name(found.language)),
        (_("Competence framework"), str(found.framework or "")),
        (_("Needs from"), str(found.survey or "")),
        (_("Course"), str(found.course or "")),
    ]
    return Document(
        title=found.title,
        summary=found.summary,
        facts=[(name, value) for name, value in facts if value],
        audience=found.audience,
        needs=[(need_n[n.pk], n.title, number_format(round(n.weight, 2), decimal_pos=2, use_l10n=True)) for n in needs],
        outcomes=[
            OutcomeLine(
                number=outcome_n[o.pk],
                text=o.text,
                level=o.get_bloom_display(),
                eqf=str(o.eqf or ""),
                competences=", ".join(c.title for c in o.competences.all()),
                needs=sorted(need_n[n.pk] for n in o.needs.all()),
            )
            for o in plan.outcomes
        ],
        modules=[_module(plan, n, module, outcome_n, topic_n) for n, module in enumerate(_modules(plan), 1)],
        matrix=[part for module in _modules(plan) if (part := _matrix(plan, module, outcome_n, topic_n)).rows],
        assessment=found.assessment,
        assessed=_assessed(plan),
        kinds=[(kind_names.get(kind, kind), str(_count(plan, kind)), hours_text(hours)) for kind, hours in plan.hours_by_kind.items()],
        literature=[line.strip() for line in found.literature.splitlines() if line.strip()],
        partners=[line.strip() for line in found.partners.splitlines() if line.strip()],
        made=_("Written on {day} from the plan as it was then.").format(day=date_format(localtime(at), "DATE_FORMAT")),
    )


def _count(plan: Plan, kind: str) -> int:
    return sum(line.count for topic in plan.topics for line in topic.materials.all() if line.kind == kind)


def _modules(plan: Plan) -> list[PlannedModule | None]:
    """Modules that have topics in the plan, in order; None stands for topics without one."""
    return list(dict.fromkeys(topic.module for topic in plan.topics))


def _of(plan: Plan, module: PlannedModule | None) -> list[PlannedTopic]:
    return [topic for topic in plan.topics if topic.module == module]


def _module(plan: Plan, number: int, module: PlannedModule | None, outcome_n: dict[int, int], topic_n: dict[int, int]) -> ModulePart:
    lessons: dict[str, list[PlannedTopic]] = {}
    for topic in _of(plan, module):
        lessons.setdefault(topic.lesson, []).append(topic)
    return ModulePart(
        number=number,
        title=module.title if module else _("Further topics"),
        summary=module.summary if module else "",
        hours=hours_text(sum(plan.minutes(t) for t in _of(plan, module)) / 60),
        lessons=[
            LessonPart(
                title=title,
                hours=hours_text(sum(plan.minutes(t) for t in topics) / 60),
                topics=[
                    TopicLine(
                        number=topic_n[t.pk],
                        title=t.title,
                        hours=hours_text(plan.minutes(t) / 60),
                        summary=t.summary,
                        outcomes=[
                            (outcome_n[o], LETTERS.get(cell.taught or 0, ""), level(Bloom(cell.assessed)) if cell.assessed else "")
                            for (o, topic), cell in sorted(plan.cells.items(), key=lambda pair: outcome_n[pair[0][0]])
                            if topic == t.pk
                        ],
                    )
                    for t in topics
                ],
            )
            for title, topics in lessons.items()
        ],
    )


def _matrix(plan: Plan, module: PlannedModule | None, outcome_n: dict[int, int], topic_n: dict[int, int]) -> MatrixPart:
    topics = _of(plan, module)
    rows = []
    for outcome in plan.outcomes:
        cells = [plan.cells.get((outcome.pk, topic.pk)) for topic in topics]
        if any(cells):
            words = [f"{LETTERS.get(c.taught or 0, '')}{' ' + str(c.assessed) if c.assessed else ''}".strip() if c else "" for c in cells]
            rows.append((outcome_n[outcome.pk], words))
    return MatrixPart(module.title if module else _("Further topics"), [topic_n[t.pk] for t in topics], rows)


def _assessed(plan: Plan) -> list[tuple[str, str]]:
    """How many outcomes are assessed at which level."""
    inside = {topic.pk for topic in plan.topics}
    highest: dict[int, int] = {}
    for (outcome, topic), cell in plan.cells.items():
        if topic in inside and cell.assessed:
            highest[outcome] = max(highest.get(outcome, 0), cell.assessed)
    reached = sum(1 for outcome in plan.outcomes if highest.get(outcome.pk, 0) >= BLOOM[outcome.bloom])
    lines = [
        (level(Bloom(n)), ngettext("{n} outcome", "{n} outcomes", count).format(n=count))
        for n in range(1, 7)
        if (count := sum(1 for value in highest.values() if value == n))
    ]
    if plan.outcomes:
        lines.append((_("at the outcome's own level"), _("{n} of {all}").format(n=reached, all=len(plan.outcomes))))
    return lines
