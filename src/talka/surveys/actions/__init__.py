"""Writes about surveys."""

from talka.surveys.actions.answering import (
    AlreadyAnswered,
    AnswersMissing,
    LinkNeeded,
    NotOpen,
    QuotaReached,
    begin,
    hand_in,
    own_invitation,
    save_answers,
)
from talka.surveys.actions.deciding import CannotMerge, ReasonMissing, decide
from talka.surveys.actions.importing import ImportReport, Taken, import_answers, preview_answers, words
from talka.surveys.actions.making import create_survey, load_survey
from talka.surveys.actions.ranking import bring_up_to_date, rank_needs

__all__ = [
    "AlreadyAnswered",
    "AnswersMissing",
    "CannotMerge",
    "ImportReport",
    "LinkNeeded",
    "NotOpen",
    "QuotaReached",
    "ReasonMissing",
    "Taken",
    "begin",
    "bring_up_to_date",
    "create_survey",
    "decide",
    "hand_in",
    "import_answers",
    "load_survey",
    "own_invitation",
    "preview_answers",
    "rank_needs",
    "save_answers",
    "words",
]
