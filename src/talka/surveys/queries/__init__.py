"""Reads about surveys; the viewer is an argument."""

from talka.surveys.queries.answering import Asking, answers_given, asking, choices_said, invitation_with, key_of, quota_reached, said
from talka.surveys.queries.answers import answer_rows, answers_as_csv, codebook, csv_lines, example_csv, value_of
from talka.surveys.queries.inviting import AudienceNow, invitations_of, response_of, to_remind
from talka.surveys.queries.items import audiences_of, items_of, question_of, questions_of, scale_of
from talka.surveys.queries.limesurvey import lime_responses, lime_structure, sps_lines
from talka.surveys.queries.needs import ranked_needs
from talka.surveys.queries.report import ItemResult, differences, report_of
from talka.surveys.queries.results import AudienceResponse, RankedNeed, Results, Spread, results_of, spreads_of
from talka.surveys.queries.summaries import Summary, summary_of
from talka.surveys.queries.surveys import may_read, surveys_for, surveys_of
from talka.surveys.queries.waves import Waves, waves_of
from talka.surveys.queries.wording import Wording, wording_of

__all__ = [
    "Asking",
    "AudienceNow",
    "AudienceResponse",
    "ItemResult",
    "RankedNeed",
    "Results",
    "Spread",
    "Summary",
    "Waves",
    "Wording",
    "answer_rows",
    "answers_as_csv",
    "answers_given",
    "asking",
    "audiences_of",
    "choices_said",
    "codebook",
    "csv_lines",
    "differences",
    "example_csv",
    "invitation_with",
    "invitations_of",
    "items_of",
    "key_of",
    "lime_responses",
    "lime_structure",
    "may_read",
    "question_of",
    "questions_of",
    "quota_reached",
    "ranked_needs",
    "report_of",
    "response_of",
    "results_of",
    "said",
    "scale_of",
    "spreads_of",
    "sps_lines",
    "summary_of",
    "surveys_for",
    "surveys_of",
    "to_remind",
    "value_of",
    "waves_of",
    "wording_of",
]
