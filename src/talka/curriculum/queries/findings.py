"""Findings in words: what the matrix lacks, what to do about it, and the cell or row where."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from talka.curriculum.models import CurriculumNeed, PlannedOutcome, PlannedTopic
from talka.curriculum.queries.plans import Plan
from talka.science import curriculum as science
from talka.skills.models import Outcome

Kind = science.Kind


@dataclass(frozen=True, slots=True)
class Found:
    """One finding. `place` is where in the matrix: an id on its page, "" if the matrix has no place for it."""

    kind: str
    says: str
    todo: str
    place: str
    outcome: PlannedOutcome | None
    topics: tuple[PlannedTopic, ...]
    need: CurriculumNeed | None

    @property
    def name(self) -> str:
        return kinds()[self.kind]


def kinds() -> dict[str, str]:
    """Every kind of finding in words."""
    return {
        Kind.NEED_WITHOUT_OUTCOME: _("Need without outcome"),
        Kind.NOT_COVERED: _("Outcome not covered"),
        Kind.ASSESSED_NOT_TAUGHT: _("Assessed, not taught"),
        Kind.TAUGHT_NOT_ASSESSED: _("Taught, not assessed"),
        Kind.ASSESSED_BELOW_LEVEL: _("Assessed below its level"),
        Kind.CYCLE: _("Topics that depend on each other"),
        Kind.TOPIC_WITHOUT_NEED: _("Topic without need"),
    }


def found_in(plan: Plan) -> list[Found]:
    """What the plan lacks, in the order of needs, outcomes and topics."""
    return [_in_words(finding, plan) for finding in science.findings(*plan.for_science())]


def _in_words(finding: science.Finding, plan: Plan) -> Found:
    outcome = plan.outcome[int(finding.outcome)] if finding.outcome else None
    topics = tuple(plan.topic[int(key)] for key in finding.topics)
    need = plan.need[int(finding.need)] if finding.need else None
    says, todo = _words(finding, outcome, topics, need)
    return Found(finding.kind.value, says, todo, _place(finding, outcome, topics), outcome, topics, need)


def _place(finding: science.Finding, outcome: PlannedOutcome | None, topics: Sequence[PlannedTopic]) -> str:
    if outcome is not None:
        return f"c-{outcome.pk}-{topics[-1].pk}" if topics else f"o-{outcome.pk}"
    return f"t-{topics[0].pk}" if topics and finding.kind is not Kind.CYCLE else ""


def _words(  # noqa: PLR0911  # one answer per kind reads best
    finding: science.Finding, outcome: PlannedOutcome | None, topics: Sequence[PlannedTopic], need: CurriculumNeed | None
) -> tuple[str, str]:
    names = pgettext("between titles", ", ").join(topic.title for topic in topics)
    match finding.kind:
        case Kind.NEED_WITHOUT_OUTCOME:
            return _("No outcome answers “{need}”.").format(need=need), _("Write an outcome for it, or tie an existing one to it.")
        case Kind.NOT_COVERED:
            return _("No topic treats “{outcome}”.").format(outcome=outcome), _("Mark the topic that teaches it, or drop the outcome.")
        case Kind.ASSESSED_NOT_TAUGHT:
            return (
                _("“{outcome}” is assessed, but no topic teaches it.").format(outcome=outcome),
                _("Mark where it is taught, or leave the assessment out."),
            )
        case Kind.TAUGHT_NOT_ASSESSED:
            return (
                _("“{outcome}” is taught, but never assessed.").format(outcome=outcome),
                _("Without an assessment nobody can show that the need is closed. Plan one."),
            )
        case Kind.ASSESSED_BELOW_LEVEL:
            return (
                _("“{outcome}” is to be reached at the level “{wanted}”, but is assessed at “{found}” at most.").format(
                    outcome=outcome, wanted=level(finding.wanted), found=level(finding.found)
                ),
                _("Plan an assessment that asks for more, or lower the outcome."),
            )
        case Kind.CYCLE:
            if len(topics) == 1:
                return _("“{topic}” builds on itself.").format(topic=names), _("Remove the prerequisite.")
            return _("Each of these topics builds on the next, round in a circle: {topics}.").format(topics=names), _(
                "Remove one of these prerequisites: as it is, nobody could begin."
            )
        case Kind.TOPIC_WITHOUT_NEED:
            return (
                _("“{topic}” treats no outcome that answers a need.").format(topic=names),
                _("Tie it to an outcome with a need, or leave it out."),
            )


def level(bloom: science.Bloom | None) -> str:
    """Bloom's level in the reader's words."""
    return str(Outcome.Bloom(bloom.name.lower()).label) if bloom else ""
