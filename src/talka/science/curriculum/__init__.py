"""From needs to a curriculum: what the matrix lacks, how much work it is, and which topics to choose."""

from talka.science.curriculum.choice import (
    Choice,
    InfeasibleChoice,
    LeftOut,
    NextHour,
    Why,
    choose,
    contributions,
    outcome_weights,
)
from talka.science.curriculum.matrix import Bloom, Cell, Chain, Depth, Finding, Kind, Outcome, Topic, chains, findings
from talka.science.curriculum.program import ModuleLimit
from talka.science.curriculum.workload import Ects, Workload, ects, learner_minutes, workload

__all__ = [
    "Bloom",
    "Cell",
    "Chain",
    "Choice",
    "Depth",
    "Ects",
    "Finding",
    "InfeasibleChoice",
    "Kind",
    "LeftOut",
    "ModuleLimit",
    "NextHour",
    "Outcome",
    "Topic",
    "Why",
    "Workload",
    "chains",
    "choose",
    "contributions",
    "ects",
    "findings",
    "learner_minutes",
    "outcome_weights",
    "workload",
]
