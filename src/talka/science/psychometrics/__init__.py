"""Reliability, response, usability, comparison of groups, learning gain, item analysis, Rasch difficulties and retention."""

from talka.science.psychometrics.gain import Gain, PersonGain, learning_gain, normalised_change
from talka.science.psychometrics.groups import (
    Comparison,
    GroupComparison,
    GroupMean,
    GroupReport,
    compare_groups,
    compare_two,
    holm,
    shrink,
)
from talka.science.psychometrics.items import Distractor, ItemFlag, TestItem, TestReport, distractors, item_analysis, kr20
from talka.science.psychometrics.rasch import RaschDifficulties, RaschItem, rasch
from talka.science.psychometrics.reliability import (
    OneFactor,
    Reliability,
    alpha_of_covariance,
    feldt_interval,
    omega_of_loadings,
    one_factor,
    reliability,
)
from talka.science.psychometrics.response import (
    Response,
    finite_population_factor,
    response,
    score_interval,
    share,
    wilson,
    worst_case,
)
from talka.science.psychometrics.retention import Retention, kaplan_meier
from talka.science.psychometrics.usability import Promoters, Usability, net_promoter, sus, sus_grade, sus_percentile, sus_score

__all__ = [
    "Comparison",
    "Distractor",
    "Gain",
    "GroupComparison",
    "GroupMean",
    "GroupReport",
    "ItemFlag",
    "OneFactor",
    "PersonGain",
    "Promoters",
    "RaschDifficulties",
    "RaschItem",
    "Reliability",
    "Response",
    "Retention",
    "TestItem",
    "TestReport",
    "Usability",
    "alpha_of_covariance",
    "compare_groups",
    "compare_two",
    "distractors",
    "feldt_interval",
    "finite_population_factor",
    "holm",
    "item_analysis",
    "kaplan_meier",
    "kr20",
    "learning_gain",
    "net_promoter",
    "normalised_change",
    "omega_of_loadings",
    "one_factor",
    "rasch",
    "reliability",
    "response",
    "score_interval",
    "share",
    "shrink",
    "sus",
    "sus_grade",
    "sus_percentile",
    "sus_score",
    "wilson",
    "worst_case",
]
