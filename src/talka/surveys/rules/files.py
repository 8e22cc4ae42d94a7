"""A file of answers: one row per respondent, one column per cell. Bytes in, good rows and refusals out.

Layout: `respondent`, `audience` (may be left out when there is only one), `submitted_at` (may be left out), then the columns of
each question (`rules.questions.Question.columns`), in any order. Comma, semicolon or tab; UTF-8, with or without its mark.
"""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from talka.surveys.rules.questions import BadCell, Question, read, write

FIXED = ("respondent", "audience", "submitted_at")
MOST_RESPONDENT = 100
# A spreadsheet runs a cell that begins like this; the export puts an apostrophe before it and the import takes it away.
_FORMULA = re.compile(r"'*[=+\-@\t]")
_NOT_UTF8 = re.compile(r"[\udc80-\udcff]")


@dataclass(frozen=True, slots=True)
class Refusal:
    """A row (numbered as in a spreadsheet, the header is 1) that cannot be taken. `code` says why, `told` holds what the words need."""

    row: int
    column: str
    code: str
    told: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class AnswerRow:
    """One respondent's answers. `answers` holds an entry for each question of the file that this audience is asked."""

    row: int
    respondent: str
    audience: str
    submitted_at: datetime | None
    answers: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class AnswerFile:
    """What a file holds. `broken`: its header cannot be used, so that no row was read. `absent`: questions that the file leaves out."""

    rows: Sequence[AnswerRow]
    refused: Sequence[Refusal]
    absent: Sequence[str] = ()
    broken: bool = False


class BadHeader(ValueError):
    def __init__(self, refusals: Sequence[Refusal]) -> None:
        super().__init__("the header cannot be used")
        self.refusals = refusals


def read_file(raw: bytes, questions: Sequence[Question], audiences: Sequence[str]) -> AnswerFile:
    """The answers in `raw`. Rows that cannot be taken are in `refused`, with every reason; the rest is unharmed."""
    try:
        reader, header = _open(raw)
        asked = _header(header, questions, audiences)
    except BadHeader as e:
        return AnswerFile((), e.refusals, broken=True)
    rows: list[AnswerRow] = []
    refused: list[Refusal] = []
    seen: dict[str, int] = {}
    for number, cells in _numbered(reader):
        if isinstance(cells, Refusal):
            return AnswerFile((), [cells], broken=True)
        if not any(cell.strip() for cell in cells):
            continue
        row, wrong = _row(number, header, cells, asked, audiences)
        if row and row.respondent in seen:
            wrong.append(Refusal(number, "respondent", "duplicate", {"value": row.respondent, "first": seen[row.respondent]}))
        if row and not wrong:
            rows.append(row)
        if row:
            seen.setdefault(row.respondent, number)
        refused.extend(wrong)
    return AnswerFile(rows, refused, absent=[q.code for q in questions if q not in asked])


def _open(raw: bytes) -> tuple[Iterator[list[str]], list[str]]:
    if raw[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        raise BadHeader([Refusal(1, "", "utf16")])
    # Bytes that are not UTF-8 become lone surrogates, so that only their own row is refused.
    text = raw.removeprefix(b"\xef\xbb\xbf").decode("utf-8", errors="surrogateescape")
    if not text.strip():
        raise BadHeader([Refusal(1, "", "empty_file")])
    first = text.lstrip("\r\n").splitlines()[0]
    delimiter = max(",;\t", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    header: list[str] = []
    while not header:
        header = [cell.strip() for cell in next(reader)]
    return reader, header


def _numbered(reader: Iterator[list[str]]) -> Iterator[tuple[int, list[str] | Refusal]]:
    """Rows with their number as a spreadsheet shows it: cells with line breaks do not count twice. A refusal where reading had to end."""
    number = 1
    try:
        for number, cells in enumerate(reader, 2):  # the number is needed where reading stops
            yield number, cells
    except csv.Error as e:
        yield number + 1, Refusal(number + 1, "", "csv", {"value": str(e)})


def _header(header: Sequence[str], questions: Sequence[Question], audiences: Sequence[str]) -> list[Question]:
    """The questions that the file answers. Raises BadHeader with every finding."""
    owner = {column: q for q in questions for column in q.columns}
    wrong = [Refusal(1, name, "not_utf8", _bad_byte(name)) for name in header if _NOT_UTF8.search(name)]
    wrong += [Refusal(1, name, "column_twice") for name in sorted({n for n in header if header.count(n) > 1})]
    needed = ["respondent"] if len(audiences) == 1 else ["respondent", "audience"]
    wrong += [Refusal(1, name, "column_missing") for name in needed if name not in header]
    wrong += [
        Refusal(1, name or f"no. {place}", "column_unknown")
        for place, name in enumerate(header, 1)
        if name not in FIXED and name not in owner and not _NOT_UTF8.search(name)
    ]
    there = set(header)
    asked = [q for q in questions if there & set(q.columns)]
    wrong += [Refusal(1, column, "column_missing") for q in asked for column in q.columns if column not in there]
    if not asked and not wrong:
        wrong.append(Refusal(1, "", "no_question"))
    if wrong:
        raise BadHeader(wrong)
    return asked


def _row(
    number: int, header: Sequence[str], cells: Sequence[str], asked: Sequence[Question], audiences: Sequence[str]
) -> tuple[AnswerRow | None, list[Refusal]]:
    if len(cells) != len(header):
        return None, [Refusal(number, "", "cells", {"found": len(cells), "expected": len(header)})]
    found = dict(zip(header, cells, strict=True))
    wrong = [
        Refusal(number, name, "not_utf8", _bad_byte(cell)) for name, cell in found.items() if not cell.isascii() and _NOT_UTF8.search(cell)
    ]
    if wrong:
        return None, wrong
    respondent = _bare(found["respondent"].strip())
    audience = found.get("audience", "").strip() or (audiences[0] if len(audiences) == 1 else "")
    wrong += _who(number, respondent, audience, audiences)
    submitted_at = None
    if when := found.get("submitted_at", "").strip():
        submitted_at = _moment(when)
        if submitted_at is None:
            wrong.append(Refusal(number, "submitted_at", "not_a_date", {"value": when}))
    answers: dict[str, Any] = {}
    for question in asked:
        own = {column: _bare(found[column]) for column in question.columns}
        if audience in audiences and not question.asked_of(audience):
            wrong += [Refusal(number, c, "not_asked", {"audience": audience}) for c, text in own.items() if text.strip()]
            continue
        try:
            answers[question.code] = read(question, own)
        except BadCell as e:
            wrong.append(Refusal(number, e.column, e.code, e.told))
    if not wrong and all(value is None for value in answers.values()):
        wrong.append(Refusal(number, "", "no_answer"))
    row = AnswerRow(number, respondent, audience, submitted_at, answers) if respondent else None
    return row, wrong


def _who(number: int, respondent: str, audience: str, audiences: Sequence[str]) -> list[Refusal]:
    wrong = []
    if not respondent:
        wrong.append(Refusal(number, "respondent", "no_respondent"))
    elif "@" in respondent:
        wrong.append(Refusal(number, "respondent", "address"))
    elif len(respondent) > MOST_RESPONDENT or "\x00" in respondent:
        wrong.append(Refusal(number, "respondent", "too_long", {"length": len(respondent), "most": MOST_RESPONDENT}))
    if audience not in audiences:
        wrong.append(Refusal(number, "audience", "unknown_audience", {"value": audience, "audiences": tuple(audiences)}))
    return wrong


def _moment(text: str) -> datetime | None:
    """ISO 8601; without an offset it is UTC."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)


def _bad_byte(text: str) -> dict[str, Any]:
    found = _NOT_UTF8.search(text)
    if found is None:
        return {}
    return {"byte": f"0x{ord(found[0]) - 0xDC00:02X}", "position": found.start() + 1}


def _bare(text: str) -> str:
    return text[1:] if text.startswith("'") and _FORMULA.match(text) else text


def _safe(text: str) -> str:
    # A number may begin with a minus; a spreadsheet does it no harm.
    if _FORMULA.match(text) and not re.fullmatch(r"-?\d+(\.\d+)?", text):
        return "'" + text
    return text


def write_file(rows: Iterable[AnswerRow], questions: Sequence[Question]) -> Iterator[str]:
    """The file that `read_file` reads as `rows`, line by line: comma, UTF-8, moments in UTC."""
    buffer = io.StringIO()
    line = csv.writer(buffer, lineterminator="\n")

    def take() -> str:
        text = buffer.getvalue()
        buffer.seek(0)
        buffer.truncate()
        return text

    line.writerow([*FIXED, *(column for q in questions for column in q.columns)])
    yield take()
    for row in rows:
        cells = [
            row.respondent,
            row.audience,
            row.submitted_at.astimezone(UTC).isoformat().replace("+00:00", "Z") if row.submitted_at else "",
        ]
        for q in questions:
            cells.extend(write(q, row.answers.get(q.code)).values())
        line.writerow([_safe(cell) for cell in cells])
        yield take()
