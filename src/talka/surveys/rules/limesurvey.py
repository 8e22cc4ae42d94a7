"""LimeSurvey: its structure file (.lss) as a survey of ours, its responses (CSV with codes) as our layout.

Both old files (texts in the question's own row, per language) and new ones (texts in *_l10ns tables) are read. A question of a kind that
we do not have is left out and named. An array with two scales becomes pairs of importance and ability.
"""

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from talka.kit.text import plain
from talka.surveys.rules.definitions import ItemText, QuestionnaireText, SectionText, SurveyText
from talka.surveys.rules.files import FIXED

AUDIENCE = "all"
# Kinds without an answer that we could keep.
LEFT_OUT = {
    "X": "text without a question",
    "*": "equation",
    "|": "file upload",
    "D": "date",
    "I": "choice of the language",
    ":": "array of numbers",
    ";": "array of texts",
    "H": "array by column",
}


class BadStructure(ValueError):
    """A file that is no LimeSurvey structure. `findings` says why."""

    def __init__(self, findings: Sequence[str]) -> None:
        super().__init__("; ".join(findings))
        self.findings = tuple(findings)


@dataclass(frozen=True, slots=True)
class LimeSurvey:
    """`left_out`: (code, kind) of questions that have no counterpart here."""

    survey: SurveyText
    left_out: tuple[tuple[str, str], ...]


@dataclass(slots=True)
class _Tables:
    rows: dict[str, list[dict[str, str]]]
    language: str
    languages: list[str]
    # Columns of our own files are no codes of questions.
    taken: set[str] = field(default_factory=lambda: set(FIXED))

    def of(self, table: str, **match: str) -> list[dict[str, str]]:
        return [r for r in self.rows.get(table, ()) if all(r.get(k, "") == v for k, v in match.items())]

    def said(self, row: Mapping[str, str], name: str, table: str, key: str, language: str) -> str:
        """A text of `row`: from its l10n table (new files), or from the row of that language (old files)."""
        for told in self.of(table, **{key: row.get(key, "")}):
            if told.get("language") == language:
                return plain(told.get(name, ""))
        return plain(row.get(name, "")) if row.get("language", language) == language else ""

    def own(self, table: str, **match: str) -> list[dict[str, str]]:
        """Rows in the survey's own language: old files repeat each row per language."""
        return [r for r in self.of(table, **match) if r.get("language", self.language) == self.language]

    def code(self, text: str) -> str:
        """A code of ours that no other item has."""
        base = re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:60] or "question"
        code = base
        for n in range(2, 10_000):
            if code not in self.taken:
                break
            code = f"{base}-{n}"
        self.taken.add(code)
        return code


def read_structure(raw: bytes) -> LimeSurvey:
    """The survey in a .lss file. Raises BadStructure."""
    try:
        root: Element = fromstring(raw)
    except (ParseError, DefusedXmlException, ValueError) as e:
        raise BadStructure([f"no readable XML ({type(e).__name__})"]) from e
    kind = (root.findtext("LimeSurveyDocType") or "").strip()
    if kind != "Survey":
        raise BadStructure([f"the file's type is '{kind or 'unknown'}', not 'Survey'"])
    rows = {
        table.tag: [{c.tag: (c.text or "") for c in row} for row in table.iterfind("rows/row")]
        for table in root
        if table.find("rows") is not None
    }
    languages = [e.text or "" for e in root.iterfind("languages/language")] or ["en"]
    first = (rows.get("surveys") or [{}])[0].get("language") or languages[0]
    tables = _Tables(rows, first, languages)
    sections: list[SectionText] = []
    left_out: list[tuple[str, str]] = []
    groups = sorted(tables.own("groups"), key=lambda g: _number(g.get("group_order", "")))
    for group in groups:
        items: list[ItemText] = []
        questions = [q for q in tables.own("questions", gid=group.get("gid", "")) if q.get("parent_qid", "0") in {"0", ""}]
        for question in sorted(questions, key=lambda q: _number(q.get("question_order", ""))):
            found = list(_items(tables, question))
            items += found
            if not found:
                code = question.get("type", "")
                left_out.append(
                    (
                        question.get("title", ""),
                        LEFT_OUT.get(code, "array with two different scales" if code == "1" else "nothing to choose from"),
                    )
                )
        if items:
            title = tables.said(group, "group_name", "group_l10ns", "gid", first) or f"Page {len(sections) + 1}"
            text = tables.said(group, "description", "group_l10ns", "gid", first)
            sections.append(SectionText(title=title[:200], text=text, items=tuple(items)))
    if not sections:
        raise BadStructure(["the file holds no question of a kind that can be kept"])
    told = next((s for s in rows.get("surveys_languagesettings", ()) if s.get("surveyls_language") == first), {})
    title = plain(told.get("surveyls_title", "")) or "Survey"
    high = max((int(i.options["lime"]["high"]) for s in sections for i in s.items if i.kind == "need"), default=5)
    low = min((int(i.options["lime"]["low"]) for s in sections for i in s.items if i.kind == "need"), default=1)
    survey = SurveyText(
        key="limesurvey",
        title=title[:200],
        summary=plain(told.get("surveyls_description", "")),
        language=first[:2],
        identity="anonymous",
        framework="",
        low=max(low, 0),
        high=high,
        labels={},
        questionnaires=(
            QuestionnaireText(AUDIENCE, title[:200], plain(told.get("surveyls_welcometext", "")), plain(told.get("surveyls_endtext", ""))),
        ),
        sections=tuple(sections),
    )
    return LimeSurvey(survey, tuple(left_out))


def _number(text: str) -> int:
    return int(text) if text.strip().lstrip("-").isdigit() else 0


def _items(tables: _Tables, question: Mapping[str, str]) -> Iterator[ItemText]:  # noqa: C901, PLR0912  # one case per kind reads best
    """What one LimeSurvey question becomes here: one item, one per sub-question, or nothing."""
    title, kind = question.get("title", "").strip(), question.get("type", "")
    subs = sorted(
        tables.own("subquestions", parent_qid=question.get("qid", ""), scale_id="0")
        or tables.own("subquestions", parent_qid=question.get("qid", "")),
        key=lambda s: _number(s.get("question_order", "")),
    )
    match kind:
        case "L" | "!" | "O":
            if answers := _answers(tables, question, "0"):
                yield _choice(tables, question, answers, title)
        case "5":
            yield _item(tables, question, "likert", title, low=1, high=5, lime={"column": title})
        case "Y":
            yield _fixed(tables, question, title, {"Y": "yes", "N": "no"})
        case "G":
            yield _fixed(tables, question, title, {"F": "female", "M": "male"})
        case "M" | "P":
            choices = [{"code": _slug(s["title"]), "text": _sub(tables, s)} for s in subs]
            columns = {_slug(s["title"]): f"{title}[{s['title']}]" for s in subs}
            if choices:
                yield _item(tables, question, "choices", title, choices=choices, lime={"columns": columns})
        case "R":
            answers = _answers(tables, question, "0")
            choices = [{"code": _slug(a["code"]), "text": _answer(tables, a)} for a in answers]
            if choices:
                columns = {str(n): f"{title}[{n}]" for n in range(1, len(answers) + 1)}
                yield _item(
                    tables,
                    question,
                    "ranking",
                    title,
                    choices=choices,
                    lime={"columns": columns, "values": {a["code"]: _slug(a["code"]) for a in answers}},
                )
        case "N":
            yield _item(tables, question, "number", title, lime={"column": title})
        case "S" | "T" | "U":
            yield _item(tables, question, "text", title, lime={"column": title})
        case "K" | "Q":
            for s in subs:
                column = f"{title}[{s['title']}]"
                yield _item(
                    tables,
                    question,
                    "number" if kind == "K" else "text",
                    f"{title}-{s['title']}",
                    sub=_sub(tables, s),
                    lime={"column": column},
                )
        case "A" | "B":
            for s in subs:
                column = f"{title}[{s['title']}]"
                yield _item(
                    tables,
                    question,
                    "likert",
                    f"{title}-{s['title']}",
                    sub=_sub(tables, s),
                    low=1,
                    high=5 if kind == "A" else 10,
                    lime={"column": column},
                )
        case "C" | "E":
            words = {"Y": "yes", "U": "uncertain", "N": "no"} if kind == "C" else {"I": "more", "S": "the same", "D": "less"}
            for s in subs:
                yield _fixed(tables, question, f"{title}[{s['title']}]", words, code=f"{title}-{s['title']}", sub=_sub(tables, s))
        case "F":
            yield from _array(tables, question, subs)
        case "1":
            yield from _pairs(tables, question, subs)


def _answers(tables: _Tables, question: Mapping[str, str], scale: str) -> list[dict[str, str]]:
    found = [a for a in tables.own("answers", qid=question.get("qid", "")) if a.get("scale_id", "0") == scale]
    return sorted(found, key=lambda a: _number(a.get("sortorder", "")))


def _answer(tables: _Tables, answer: Mapping[str, str]) -> str:
    return tables.said(answer, "answer", "answer_l10ns", "aid", tables.language) or answer.get("code", "")


def _sub(tables: _Tables, row: Mapping[str, str]) -> str:
    return tables.said(row, "question", "question_l10ns", "qid", tables.language) or row.get("title", "")


def _slug(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-") or "x"


def _item(tables: _Tables, question: Mapping[str, str], kind: str, code: str, *, sub: str = "", **options: Any) -> ItemText:
    text = tables.said(question, "question", "question_l10ns", "qid", tables.language) or question.get("title", "")
    return ItemText(
        code=tables.code(code),
        kind=kind,
        text=sub or text,
        help=text if sub else tables.said(question, "help", "question_l10ns", "qid", tables.language),
        required=question.get("mandatory", "N") in {"Y", "S"},
        options=options,
    )


def _choice(tables: _Tables, question: Mapping[str, str], answers: Sequence[Mapping[str, str]], column: str) -> ItemText:
    choices = [{"code": _slug(a["code"]), "text": _answer(tables, a)} for a in answers]
    values = {a["code"]: _slug(a["code"]) for a in answers}
    if question.get("other") == "Y":
        choices.append({"code": "other", "text": "other"})
        values["-oth-"] = "other"
    return _item(tables, question, "choice", column, choices=choices, lime={"column": column, "values": values})


def _fixed(
    tables: _Tables, question: Mapping[str, str], column: str, words: Mapping[str, str], *, code: str = "", sub: str = ""
) -> ItemText:
    choices = [{"code": _slug(c), "text": text} for c, text in words.items()]
    return _item(
        tables,
        question,
        "choice",
        code or column,
        sub=sub,
        choices=choices,
        lime={"column": column, "values": {c: _slug(c) for c in words}},
    )


def _steps(answers: Sequence[Mapping[str, str]]) -> dict[str, int] | None:
    """Answer codes that count upwards in their order ("1" to "5", "A11" to "A14") as steps from 0 or 1; None for any others."""
    found = [re.fullmatch(r"[A-Za-z]*?(\d+)", a["code"]) for a in answers]
    numbers = [int(match[1]) for match in found if match]
    if len(numbers) != len(answers) or len(numbers) < 2 or numbers != list(range(numbers[0], numbers[0] + len(numbers))):
        return None
    shift = numbers[0] - 1 if numbers[0] > 1 else 0
    return {a["code"]: n - shift for a, n in zip(answers, numbers, strict=True)}


def _array(tables: _Tables, question: Mapping[str, str], subs: Sequence[Mapping[str, str]]) -> Iterator[ItemText]:
    answers = _answers(tables, question, "0")
    steps = _steps(answers)
    for s in subs:
        column, code, text = f"{question['title']}[{s['title']}]", f"{question['title']}-{s['title']}", _sub(tables, s)
        if steps:
            labels = [_answer(tables, a) for a in answers]
            low, high = min(steps.values()), max(steps.values())
            lime = {"column": column, "values": {c: str(n) for c, n in steps.items()}}
            yield _item(tables, question, "likert", code, sub=text, low=low, high=high, labels=labels, lime=lime)
        elif answers:
            choices = [{"code": _slug(a["code"]), "text": _answer(tables, a)} for a in answers]
            values = {a["code"]: _slug(a["code"]) for a in answers}
            yield _item(tables, question, "choice", code, sub=text, choices=choices, lime={"column": column, "values": values})


def _pairs(tables: _Tables, question: Mapping[str, str], subs: Sequence[Mapping[str, str]]) -> Iterator[ItemText]:
    """An array with two scales of the same steps: importance and ability."""
    first, second = _steps(_answers(tables, question, "0")), _steps(_answers(tables, question, "1"))
    if not first or not second or set(first.values()) != set(second.values()):
        return
    for s in subs:
        stem = f"{question['title']}[{s['title']}]"
        lime = {
            "columns": {"importance": f"{stem}[1]", "ability": f"{stem}[2]"},
            "values": {c: str(n) for c, n in {**first, **second}.items()},
            "low": min(first.values()),
            "high": max(first.values()),
        }
        yield _item(tables, question, "need", f"{question['title']}-{s['title']}", sub=_sub(tables, s), lime=lime)


@dataclass(frozen=True, slots=True)
class LimeItem:
    """An item that came from LimeSurvey: its kind, and where its answers stand in a response file (`options["lime"]`)."""

    code: str
    kind: str
    lime: Mapping[str, Any]


def is_responses(raw: bytes) -> bool:
    """Whether a file looks like LimeSurvey's responses: a heading with `id` and `submitdate`, and no `respondent`."""
    head = raw[:20_000].decode("utf-8", errors="replace").lstrip("\ufeff").splitlines()
    if not head:
        return False
    delimiter = max(",;\t", key=head[0].count)
    names = {h.strip().strip('"').strip() for h in head[0].split(delimiter)}
    return {"id", "submitdate"} <= names and "respondent" not in names


def to_our_layout(raw: bytes, items: Sequence[LimeItem]) -> bytes:
    """LimeSurvey's responses as a file of our layout, row by row, so that row numbers stay. Rows that were never handed in stay empty.

    Headings are question codes, values are answer codes, as LimeSurvey's export offers. Bytes that are not UTF-8 stay as they are.
    """
    text = raw.removeprefix(b"\xef\xbb\xbf").decode("utf-8", errors="surrogateescape")
    first = text.splitlines()[0] if text else ""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=max(",;\t", key=first.count))
    header = [h.strip() for h in next(reader, [])]
    place = {name: n for n, name in enumerate(header)}
    out = io.StringIO()
    write = csv.writer(out, lineterminator="\n").writerow
    known = [i for i in items if any(column in place for column in _columns(i))]
    write(["respondent", "submitted_at", *(c for i in known for c in _heads(i))])
    for cells in reader:
        if len(cells) != len(header):
            # Too short or too long: handed on as it is, so that our own reader refuses it with its row.
            write(["", *cells])
            continue
        handed_in = cells[place["submitdate"]].strip()
        if not handed_in:
            write([])
            continue

        def cell(column: str, cells: Sequence[str] = cells) -> str:
            return cells[place[column]].strip() if column in place else ""

        row = [f"lime-{cell('id')}", handed_in.replace(" ", "T")]
        for i in known:
            row += _values(i, cell)
        write(row)
    return out.getvalue().encode("utf-8", errors="surrogateescape")


def _columns(item: LimeItem) -> list[str]:
    lime = item.lime
    return [lime["column"]] if "column" in lime else list(lime["columns"].values())


def _heads(item: LimeItem) -> list[str]:
    return [f"{item.code}.importance", f"{item.code}.ability"] if item.kind == "need" else [item.code]


def _values(item: LimeItem, cell: Any) -> list[str]:
    values = item.lime.get("values", {})

    def ours(text: str) -> str:
        return str(values.get(text, text))

    if "column" in item.lime:
        return [ours(cell(item.lime["column"]))]
    columns = item.lime["columns"]
    if item.kind == "need":
        return [ours(cell(columns["importance"])), ours(cell(columns["ability"]))]
    if item.kind == "ranking":
        return ["|".join(ours(text) for _n, column in sorted(columns.items(), key=lambda p: int(p[0])) if (text := cell(column)))]
    return ["|".join(code for code, column in columns.items() if cell(column) in {"Y", "1", "Yes"})]
