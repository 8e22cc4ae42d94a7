"""Words inside topics, transcripts and documents: SQLite's FTS5 or PostgreSQL's tsvector, the same answers in the same form."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from django.db import connection

_WORD = re.compile(r"\w+", re.UNICODE)
# Marks that no text holds; they become <mark> after everything else is escaped.
_ON, _OFF = "\u0002", "\u0003"


@dataclass(frozen=True, slots=True)
class Found:
    """A material that holds the words; `snippet` is safe HTML with the words marked."""

    material: int
    snippet: str
    rank: float


def find(text: str, courses: Sequence[int], *, limit: int) -> list[Found]:
    """Materials of live topics of `courses` that hold all words of `text` (the last may be unfinished), best first."""
    words = [w.lower() for w in _WORD.findall(text)][:12]
    if not words or not courses:
        return []
    rows = _sqlite(words, courses, limit) if connection.vendor == "sqlite" else _postgresql(words, courses, limit)
    return [Found(pk, escape(snippet).replace(_ON, "<mark>").replace(_OFF, "</mark>"), rank) for pk, snippet, rank in rows]


def _sqlite(words: Sequence[str], courses: Sequence[int], limit: int) -> list[tuple[int, str, float]]:
    asked = " ".join(f'"{w}"' for w in words[:-1]) + f' "{words[-1]}"*'
    marks = ", ".join(["%s"] * len(courses))
    sql = f"""
        SELECT m.id, snippet(courses_search, 1, %s, %s, '…', 24), bm25(courses_search, 4.0, 1.0)
        FROM courses_search JOIN courses_material m ON m.id = courses_search.rowid JOIN courses_topic t ON t.id = m.topic_id
        WHERE courses_search MATCH %s AND t.live AND m.retired_at IS NULL AND t.course_id IN ({marks})
        ORDER BY 3 LIMIT %s"""  # noqa: S608  # only placeholders are put in
    with connection.cursor() as cursor:
        cursor.execute(sql, [_ON, _OFF, asked, *courses, limit])
        return list(cursor.fetchall())


def _postgresql(words: Sequence[str], courses: Sequence[int], limit: int) -> list[tuple[int, str, float]]:
    asked = " & ".join([*words[:-1], f"{words[-1]}:*"])
    sql = """
        SELECT m.id, ts_headline('simple', m.plain, q, %s), -ts_rank(to_tsvector('simple', m.title || ' ' || m.plain), q)
        FROM courses_material m JOIN courses_topic t ON t.id = m.topic_id, to_tsquery('simple', %s) q
        WHERE to_tsvector('simple', m.title || ' ' || m.plain) @@ q AND t.live AND m.retired_at IS NULL AND t.course_id = ANY(%s)
        ORDER BY 3, m.id LIMIT %s"""
    options = f"StartSel={_ON}, StopSel={_OFF}, MaxWords=24, MinWords=12, ShortWord=0, MaxFragments=1"
    with connection.cursor() as cursor:
        cursor.execute(sql, [options, asked, list(courses), limit])
        return list(cursor.fetchall())
