"""Writes about surveys."""

from talka.surveys.actions.importing import Change, ImportReport, import_answers, preview_answers, words
from talka.surveys.actions.making import create_survey, load_survey
from talka.surveys.actions.ranking import rank_needs

__all__ = ["Change", "ImportReport", "create_survey", "import_answers", "load_survey", "preview_answers", "rank_needs", "words"]
