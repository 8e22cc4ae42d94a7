"""Writes about surveys."""

from talka.surveys.actions.deciding import CannotMerge, ReasonMissing, decide
from talka.surveys.actions.importing import ImportReport, Taken, import_answers, preview_answers, words
from talka.surveys.actions.making import create_survey, load_survey
from talka.surveys.actions.ranking import bring_up_to_date, rank_needs

__all__ = [
    "CannotMerge",
    "ImportReport",
    "ReasonMissing",
    "Taken",
    "bring_up_to_date",
    "create_survey",
    "decide",
    "import_answers",
    "load_survey",
    "preview_answers",
    "rank_needs",
    "words",
]
