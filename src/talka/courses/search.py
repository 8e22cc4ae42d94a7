"""Words inside topics, transcripts and documents: SQLite's FTS5 or PostgreSQL's tsvector, the same answers in the same form."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

from django.db import connection

_WORD = re.compile(r"\w+", re.UNICODE)
# Words between quotation marks of any language stand one after the other.
_PIECE = re.compile(r"[\"“”„«»]([^\"“”„«»]*)[\"“”„«»]|([^\s\"“”„«»]+)")
# Marks that no text holds; they become <mark> after everything else is escaped.
_ON, _OFF = "\u0002", "\u0003"


@dataclass(frozen=True, slots=True)
class Found:
    """A material that holds the words; `snippet` is safe HTML with the words marked. `material` is its key, or its uuid as a translation has it."""

    material: int | str
    snippet: str
    rank: float


def find(text: str, courses: Sequence[int], *, limit: int) -> list[Found]:
    """Materials of live topics of `courses` whose source holds all words of `text` (the last may be unfinished), best first.

    Words between quotation marks stand one after the other.
    """
    words = _words(text)
    if not words or not courses:
        return []
    asked = _asked(words)
    return _found(_sqlite(asked, courses, limit) if connection.vendor == "sqlite" else _postgresql(asked, courses, limit))


def find_in(text: str, read: Mapping[int, str], *, limit: int) -> list[Found]:
    """The same in translations: `read` says for each course the language in which to look. Their index is apart from that of the sources."""
    words = _words(text)
    if not words or not read:
        return []
    asked = _asked(words)
    return _found(_sqlite_in(asked, read, limit) if connection.vendor == "sqlite" else _postgresql_in(asked, read, limit))


def _words(text: str) -> list[list[str]]:
    """The words of `text`, those between quotation marks together; the last piece may be an unfinished word."""
    made = []
    for quoted, word in _PIECE.findall(text):
        parts = [w.lower() for w in _WORD.findall(quoted or word)][:12]
        made += [parts] if quoted and parts else [[part] for part in parts]
    return made[:12]


def _asked(words: Sequence[Sequence[str]]) -> str:
    """The words in the index's own language. A single last word may go on."""
    if connection.vendor == "sqlite":
        phrases = ['"' + " ".join(parts) + '"' for parts in words]
        return " ".join(phrases) + ("*" if len(words[-1]) == 1 else "")
    phrases = ["(" + " <-> ".join(parts) + ")" for parts in words]
    return " & ".join([*phrases[:-1], phrases[-1] if len(words[-1]) > 1 else f"{words[-1][0]}:*"])


def _found(rows: Sequence[tuple[int | str, str, float]]) -> list[Found]:
    return [Found(pk, escape(snippet).replace(_ON, "<mark>").replace(_OFF, "</mark>"), rank) for pk, snippet, rank in rows]


def _sqlite(asked: str, courses: Sequence[int], limit: int) -> list[tuple[int, str, float]]:
    marks = ", ".join(["%s"] * len(courses))
    sql = f"""
        SELECT m.id, snippet(courses_search, 1, %s, %s, '…', 24), bm25(courses_search, 4.0, 1.0)
        FROM courses_search JOIN courses_material m ON m.id = courses_search.rowid JOIN courses_topic t ON t.id = m.topic_id
        WHERE courses_search MATCH %s AND t.live AND m.retired_at IS NULL AND t.course_id IN ({marks})
        ORDER BY 3 LIMIT %s"""  # noqa: S608  # only placeholders are put in
    with connection.cursor() as cursor:
        cursor.execute(sql, [_ON, _OFF, asked, *courses, limit])
        return list(cursor.fetchall())


def _postgresql(asked: str, courses: Sequence[int], limit: int) -> list[tuple[int, str, float]]:
    sql = """
        SELECT m.id, ts_headline('simple', m.plain, q, %s), -ts_rank(to_tsvector('simple', m.title || ' ' || m.plain), q)
        FROM courses_material m JOIN courses_topic t ON t.id = m.topic_id, to_tsquery('simple', %s) q
        WHERE to_tsvector('simple', m.title || ' ' || m.plain) @@ q AND t.live AND m.retired_at IS NULL AND t.course_id = ANY(%s)
        ORDER BY 3, m.id LIMIT %s"""
    options = f"StartSel={_ON}, StopSel={_OFF}, MaxWords=24, MinWords=12, ShortWord=0, MaxFragments=1"
    with connection.cursor() as cursor:
        cursor.execute(sql, [options, asked, list(courses), limit])
        return list(cursor.fetchall())


def _sqlite_in(asked: str, read: Mapping[int, str], limit: int) -> list[tuple[int | str, str, float]]:
    pairs = " OR ".join(["(t.course_id = %s AND t.language = %s)"] * len(read))
    sql = f"""
        SELECT t.place, snippet(courses_search_languages, 1, %s, %s, '…', 24), bm25(courses_search_languages, 4.0, 1.0)
        FROM courses_search_languages JOIN courses_translation t ON t.id = courses_search_languages.rowid
        JOIN courses_topic o ON o.id = t.topic_id
        WHERE courses_search_languages MATCH %s AND o.live AND t.complete AND ({pairs})
        ORDER BY 3 LIMIT %s"""  # noqa: S608  # only placeholders are put in
    with connection.cursor() as cursor:
        cursor.execute(sql, [_ON, _OFF, asked, *(value for pair in read.items() for value in pair), limit])
        return list(cursor.fetchall())


def _postgresql_in(asked: str, read: Mapping[int, str], limit: int) -> list[tuple[int | str, str, float]]:
    pairs = " OR ".join(["(t.course_id = %s AND t.language = %s)"] * len(read))
    sql = f"""
        SELECT t.place, ts_headline('simple', t.plain, q, %s), -ts_rank(to_tsvector('simple', t.title || ' ' || t.plain), q)
        FROM courses_translation t JOIN courses_topic o ON o.id = t.topic_id, to_tsquery('simple', %s) q
        WHERE to_tsvector('simple', t.title || ' ' || t.plain) @@ q AND t.plain <> '' AND o.live AND t.complete AND ({pairs})
        ORDER BY 3, t.id LIMIT %s"""  # noqa: S608  # only placeholders are put in
    options = f"StartSel={_ON}, StopSel={_OFF}, MaxWords=24, MinWords=12, ShortWord=0, MaxFragments=1"
    with connection.cursor() as cursor:
        cursor.execute(sql, [options, asked, *(value for pair in read.items() for value in pair), limit])
        return list(cursor.fetchall())
