"""Reads about surveys; the viewer is an argument."""

from talka.surveys.queries.answers import answer_rows, answers_as_csv, csv_lines, example_csv
from talka.surveys.queries.items import audiences_of, items_of, question_of, questions_of, scale_of
from talka.surveys.queries.needs import ranked_needs
from talka.surveys.queries.results import AudienceResponse, RankedNeed, Results, Spread, results_of, spreads_of
from talka.surveys.queries.surveys import may_read, surveys_for, surveys_of

__all__ = [
    "AudienceResponse",
    "RankedNeed",
    "Results",
    "Spread",
    "answer_rows",
    "answers_as_csv",
    "audiences_of",
    "csv_lines",
    "example_csv",
    "items_of",
    "may_read",
    "question_of",
    "questions_of",
    "ranked_needs",
    "results_of",
    "scale_of",
    "spreads_of",
    "surveys_for",
    "surveys_of",
]
