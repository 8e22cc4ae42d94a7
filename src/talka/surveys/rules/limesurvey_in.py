"""LimeSurvey's responses (CSV) as a file of our layout, whichever way they were exported.

Headings may be codes (`Q1[SQ001]`, `Q1_SQ001`), codes with texts (`Q1[SQ001]. What ...`), whole questions (`What ... [part]`) or shortened
ones (`What do you.. k?`); answers may be codes or words. Several questions may be worded alike: such columns are taken in the order of
the survey, if all of them are there. Source: LimeSurvey's manual, "Export responses", and what its exporter (`Writer`) does.
"""

import csv
import io
import re
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from talka.surveys.rules.limesurvey import ANSWERED

NUMBER = {"id", "response id", "answer id", "antwort id", "id de la réponse", "id de respuesta", "atsakymo id"}
HANDED_IN = {"submitdate", "date submitted", "datum abgeschickt", "date de soumission", "fecha de envío", "pateikimo data"}
CHOSEN = {"y", "1", "yes", *(word.casefold() for word in ANSWERED["yes"])}
# What stands for an answer to a question that was not shown.
NOT_ASKED = "N/A"
SHORTENED = re.compile(r"\.\. ")


@dataclass(frozen=True, slots=True)
class LimeItem:
    """An item that came from LimeSurvey: its kind, and where its answers stand in a response file (`options["lime"]`)."""

    code: str
    kind: str
    lime: Mapping[str, Any]

    @property
    def columns(self) -> list[str]:
        return [self.lime["column"]] if "column" in self.lime else list(self.lime["columns"].values())

    @property
    def heads(self) -> list[str]:
        return [f"{self.code}.importance", f"{self.code}.ability"] if self.kind == "need" else [self.code]


@dataclass(frozen=True, slots=True)
class Responses:
    """A file in our layout. foreign: headings that belong to no question; unfinished: rows that were never handed in."""

    raw: bytes
    foreign: tuple[str, ...] = ()
    unfinished: tuple[int, ...] = ()


@dataclass(slots=True)
class _Header:
    """Where each column of the survey, the number of the response and its date stand in the file."""

    place: dict[str, int] = field(default_factory=dict)
    foreign: list[str] = field(default_factory=list)


def _plain(text: str) -> str:
    return re.sub(r"\s+", "", text).casefold()


def _fits(heading: str) -> Callable[[str], bool]:
    """Whether a whole heading is meant by `heading`, which may be shortened in each of its parts ("begin.. end")."""
    if not SHORTENED.search(heading):
        wanted = _plain(heading)
        return lambda whole: _plain(whole) == wanted
    pattern = ".*".join(re.escape(_plain(part)) for part in SHORTENED.split(heading))
    return lambda whole: re.fullmatch(pattern, _plain(whole)) is not None


def _read_header(names: Sequence[str], items: Sequence[LimeItem]) -> _Header:
    header, heads = _Header(), {c: item.lime.get("heads", {}).get(c, ()) for item in items for c in item.columns}
    codes = {alias: c for c in heads for alias in (c, c.replace("][", "_").replace("[", "_").replace("]", ""))}
    waiting: dict[str, list[int]] = defaultdict(list)
    for n, name in enumerate(names):
        code = name if name in codes else name.partition(". ")[0]
        if name.casefold() in NUMBER:
            header.place.setdefault("id", n)
        elif name.casefold() in HANDED_IN:
            header.place.setdefault("submitdate", n)
        elif code in codes:
            header.place.setdefault(codes[code], n)
        elif name:
            waiting[name].append(n)
    for name, places in waiting.items():
        fits = _fits(name)
        meant = [c for c, told in heads.items() if c not in header.place and any(fits(whole) for whole in told)]
        if len(meant) == len(places):
            header.place.update(zip(meant, places, strict=True))
        else:
            header.foreign += [name] * len(places)
    return header


def read_responses(raw: bytes, items: Sequence[LimeItem]) -> Responses | None:
    """A file of responses as one of our layout, row by row, so that row numbers stay; None if it is no such file.

    Rows that were never handed in stay empty; a file without the date of handing in holds only such as were. Without a number of the
    response its row is its number. Bytes that are not UTF-8 stay as they are.
    """
    text = raw.removeprefix(b"\xef\xbb\xbf").decode("utf-8", errors="surrogateescape")
    first = text.splitlines()[0] if text else ""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=max(",;\t", key=first.count))
    names = [name.strip() for name in next(reader, [])]
    header = _read_header(names, items)
    known = [i for i in items if any(c in header.place for c in i.columns)]
    if not known or "respondent" in names:
        return None
    out, unfinished = io.StringIO(), []
    write = csv.writer(out, lineterminator="\n").writerow
    write(["respondent", "submitted_at", *(head for i in known for head in i.heads)])
    readers = [_reader(i, header.place) for i in known]
    number, date = header.place.get("id"), header.place.get("submitdate")
    for row, cells in enumerate(reader, 2):
        if len(cells) != len(names):
            # Too short or too long: handed on as it is, so that our own reader refuses it with its row.
            write(["", *cells] if any(cells) else [])
            continue
        when = "" if date is None else cells[date].strip().removesuffix(NOT_ASKED)
        if date is not None and not when:
            write([])
            unfinished.append(row)
            continue
        who = f"row-{row}" if number is None else cells[number].strip()
        write([f"lime-{who}", when.replace(" ", "T"), *(cell for read in readers for cell in read(cells))])
    return Responses(out.getvalue().encode("utf-8", errors="surrogateescape"), tuple(header.foreign), tuple(unfinished))


def _reader(item: LimeItem, place: Mapping[str, int]) -> Callable[[Sequence[str]], list[str]]:
    """What an item's cells in our layout are, from a row of the file."""
    values: Mapping[str, Any] = item.lime.get("values", {})
    words = {_plain(text): value for text, value in item.lime.get("words", {}).items()}

    def ours(cells: Sequence[str], column: str) -> str:
        text = cells[place[column]].strip() if column in place else ""
        if text == NOT_ASKED:
            return ""
        return str(values.get(text) or words.get(_plain(text), text))

    if "column" in item.lime:
        return lambda cells: [ours(cells, item.lime["column"])]
    columns = item.lime["columns"]
    if item.kind == "need":
        return lambda cells: [ours(cells, columns["importance"]), ours(cells, columns["ability"])]
    if item.kind == "ranking":
        ordered = [columns[n] for n in sorted(columns, key=int)]
        return lambda cells: ["|".join(filter(None, (ours(cells, column) for column in ordered)))]
    return lambda cells: ["|".join(code for code, column in columns.items() if ours(cells, column).casefold() in CHOSEN)]
