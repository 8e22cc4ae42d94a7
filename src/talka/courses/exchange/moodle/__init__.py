"""Moodle XML: question banks of Moodle, and what many other programs write for it."""

from talka.courses.exchange.moodle.reading import NAME, PENALTY, question_of, read, read_questions
from talka.courses.exchange.moodle.writing import write_pack, write_question

__all__ = ["NAME", "PENALTY", "question_of", "read", "read_questions", "write_pack", "write_question"]
