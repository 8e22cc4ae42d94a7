"""Out to LimeSurvey: a survey of ours as its structure file (.lss, version 5 and later), its answers as the responses that fit it (CSV with codes).

What LimeSurvey lacks is said another way: pairs become an array with two scales, audiences a question of their own that decides what is shown.
"""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from xml.etree.ElementTree import Element, SubElement, tostring

from talka.surveys.rules.files import AnswerRow
from talka.surveys.rules.questions import IMPACT_PARTS

DB_VERSION = "640"
MOST_CODE = 20
TYPES = {"need": "1", "choice": "L", "choices": "M", "ranking": "R", "number": "N", "text": "T", "sus": "A", "impact": "Q"}
Said = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Out:
    """A question of ours; texts by language. `choices`: codes with their texts. `labels`: names of steps, importance and ability of a pair."""

    code: str
    kind: str
    text: Said
    help: Said
    low: int = 1
    high: int = 5
    choices: Sequence[tuple[str, Said]] = ()
    labels: Sequence[Sequence[str]] = ()
    required: bool = False
    audiences: frozenset[str] = frozenset()
    condition: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class OutSection:
    title: Said
    text: Said
    items: Sequence[Out]


@dataclass(frozen=True, slots=True)
class OutSurvey:
    """`languages`: the survey's own first. `audiences`: codes with the titles of their questionnaires."""

    title: Said
    summary: Said
    welcome: Said
    thanks: Said
    languages: Sequence[str]
    named: bool
    audiences: Sequence[tuple[str, Said]]
    sections: Sequence[OutSection]


@dataclass(slots=True)
class Codes:
    """Our codes as LimeSurvey takes them: letters and digits, at most twenty, no two the same."""

    taken: set[str] = field(default_factory=set)
    of: dict[str, str] = field(default_factory=dict)

    def give(self, ours: str) -> str:
        base = re.sub(r"[^A-Za-z0-9]", "", ours)[:MOST_CODE] or "q"
        base = base if base[0].isalpha() else f"q{base}"[:MOST_CODE]
        n, code = 1, base
        while code.lower() in self.taken:
            n += 1
            code = f"{base[: MOST_CODE - len(str(n))]}{n}"
        self.taken.add(code.lower())
        self.of[ours] = code
        return code


def codes_of(survey: OutSurvey) -> Codes:
    """The code of every question, the same for the structure and the responses."""
    codes = Codes({"audience", "id", "submitdate", "lastpage", "startlanguage", "seed", "token"})
    for section in survey.sections:
        for item in section.items:
            codes.give(item.code)
    return codes


def kind_of(item: Out) -> str:
    """LimeSurvey's letter: agreement on 1 to 5 is a five point choice, on any other scale an array of one line."""
    if item.kind in {"likert", "nps"}:
        return "5" if (item.low, item.high) == (1, 5) and not item.labels else "F"
    return TYPES[item.kind]


def columns_of(item: Out, code: str) -> list[str]:  # noqa: PLR0911  # one line per kind
    """The headings of one question in the responses."""
    match kind_of(item):
        case "1":
            return [f"{code}[SQ001][1]", f"{code}[SQ001][2]"]
        case "F":
            return [f"{code}[SQ001]"]
        case "M":
            return [f"{code}[{_sub(n)}]" for n in range(1, len(item.choices) + 1)]
        case "R":
            return [f"{code}[{n}]" for n in range(1, len(item.choices) + 1)]
        case "A":
            return [f"{code}[{_sub(n)}]" for n in range(1, 11)]
        case "Q":
            return [f"{code}[{part}]" for part in IMPACT_PARTS]
        case _:
            return [code]


def _sub(n: int) -> str:
    return f"SQ{n:03d}"


def cells_of(item: Out, value: Any) -> list[str]:  # noqa: PLR0911  # one line per kind
    """One answer as LimeSurvey's codes, in the order of `columns_of`; empty where nothing was answered."""
    empty = [""] * len(columns_of(item, "x"))
    if value is None:
        return empty
    place = {code: n for n, (code, _text) in enumerate(item.choices, 1)}
    match kind_of(item):
        case "1":
            return ["" if v is None else f"A{v}" for v in value]
        case "F":
            return [f"A{value}"]
        case "L":
            return [f"A{place[value]}"] if value in place else empty
        case "M":
            return ["Y" if code in value else "" for code, _text in item.choices]
        case "R":
            ranked = [f"A{place[code]}" for code in value if code in place]
            return ranked + [""] * (len(empty) - len(ranked))
        case "A":
            return ["" if v is None else str(v) for v in value]
        case "Q":
            return [value.get(part, "") for part in IMPACT_PARTS]
        case "N":
            return [f"{value:g}" if float(f"{value:g}") == value else repr(value)]
        case _:
            return [str(value)]


def write_responses(survey: OutSurvey, rows: Iterable[AnswerRow]) -> Iterator[str]:
    """The responses as LimeSurvey exports them with codes, line by line. The respondent's code stands in `token`."""
    codes = codes_of(survey)
    items = [item for section in survey.sections for item in section.items]
    several = len(survey.audiences) > 1
    audience = {code: f"A{n}" for n, (code, _title) in enumerate(survey.audiences, 1)}
    buffer = io.StringIO()
    line = csv.writer(buffer, quoting=csv.QUOTE_ALL, lineterminator="\n")

    def take() -> str:
        text = buffer.getvalue()
        buffer.seek(0)
        buffer.truncate()
        return text

    heads = ["id", "submitdate", "lastpage", "startlanguage", "seed", "token", *(["audience"] if several else [])]
    line.writerow([*heads, *(column for item in items for column in columns_of(item, codes.of[item.code]))])
    yield take()
    for n, row in enumerate(rows, 1):
        fixed = [n, _moment(row.submitted_at), len(survey.sections), survey.languages[0], n, row.respondent]
        cells = [cell for item in items for cell in cells_of(item, row.answers.get(item.code))]
        line.writerow([*fixed, *([audience.get(row.audience, "")] if several else []), *cells])
        yield take()


def _moment(at: datetime | None) -> str:
    return at.strftime("%Y-%m-%d %H:%M:%S") if at else "1980-01-01 00:00:00"


@dataclass(slots=True)
class _Tables:
    """The rows of each table of the structure file, and the next free number."""

    languages: Sequence[str]
    rows: dict[str, list[dict[str, str]]] = field(default_factory=dict)
    last: int = 0

    def number(self) -> str:
        self.last += 1
        return str(self.last)

    def add(self, table: str, **row: Any) -> None:
        self.rows.setdefault(table, []).append({name: str(value) for name, value in row.items()})

    def say(self, table: str, key: str, number: str, **texts: Said) -> None:
        for language in self.languages:
            said = {name: text.get(language) or text.get(self.languages[0], "") for name, text in texts.items()}
            self.add(table, id=self.number(), **{key: number}, **said, language=language)


def write_structure(survey: OutSurvey) -> bytes:
    """The .lss file."""
    tables, codes = _Tables(survey.languages), codes_of(survey)
    tables.add("surveys", sid="1", gsid="1", format="G", language=survey.languages[0], anonymized="N" if survey.named else "Y", active="N",
               additional_languages=" ".join(survey.languages[1:]), datestamp="Y", allowsave="Y", allowprev="Y")  # fmt: skip
    for language in survey.languages:
        tables.add(
            "surveys_languagesettings",
            surveyls_survey_id="1",
            surveyls_language=language,
            surveyls_title=survey.title.get(language) or survey.title[survey.languages[0]],
            surveyls_description=survey.summary.get(language, ""),
            surveyls_welcometext=survey.welcome.get(language, ""),
            surveyls_endtext=survey.thanks.get(language, ""),
        )
    if len(survey.audiences) > 1:
        group = _group(tables, 0, {survey.languages[0]: "Audience"}, {})
        question = _question(tables, group, 0, "audience", "L", survey.title, {}, required=True, relevance="1")
        _answers(tables, question, [(f"A{n}", title) for n, (_code, title) in enumerate(survey.audiences, 1)])
    for n, section in enumerate(survey.sections, 1):
        group = _group(tables, n, section.title, section.text)
        for place, item in enumerate(section.items, 1):
            _item(tables, group, place, item, codes, survey)
    root = Element("document")
    SubElement(root, "LimeSurveyDocType").text = "Survey"
    SubElement(root, "DBVersion").text = DB_VERSION
    spoken = SubElement(root, "languages")
    for language in survey.languages:
        SubElement(spoken, "language").text = language
    for name, found in tables.rows.items():
        table = SubElement(root, name)
        fields = SubElement(table, "fields")
        for column in found[0]:
            SubElement(fields, "fieldname").text = column
        rows = SubElement(table, "rows")
        for row in found:
            line = SubElement(rows, "row")
            for column, value in row.items():
                # XML knows no control characters.
                SubElement(line, column).text = re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f]", "", value)
    return b'<?xml version="1.0" encoding="UTF-8"?>\n' + tostring(root, encoding="utf-8")


def _group(tables: _Tables, order: int, title: Said, text: Said) -> str:
    number = tables.number()
    tables.add("groups", gid=number, sid="1", group_order=order, grelevance="1")
    tables.say("group_l10ns", "gid", number, group_name=title, description=text)
    return number


def _question(
    tables: _Tables, group: str, order: int, code: str, kind: str, text: Said, help_: Said, *, required: bool, relevance: str
) -> str:
    number = tables.number()
    tables.add("questions", qid=number, parent_qid="0", sid="1", gid=group, type=kind, title=code, other="N",
               mandatory="Y" if required else "N", question_order=order, scale_id="0", relevance=relevance)  # fmt: skip
    tables.say("question_l10ns", "qid", number, question=text, help=help_)
    return number


def _subs(tables: _Tables, question: str, group: str, found: Sequence[tuple[str, Said]]) -> None:
    for order, (code, text) in enumerate(found, 1):
        number = tables.number()
        tables.add("subquestions", qid=number, parent_qid=question, sid="1", gid=group, type="T", title=code, question_order=order,
                   scale_id="0", relevance="1")  # fmt: skip
        tables.say("question_l10ns", "qid", number, question=text)


def _answers(tables: _Tables, question: str, found: Sequence[tuple[str, Said]], scale: str = "0") -> None:
    for order, (code, text) in enumerate(found):
        number = tables.number()
        tables.add("answers", aid=number, qid=question, code=code, sortorder=order, assessment_value="0", scale_id=scale)
        tables.say("answer_l10ns", "aid", number, answer=text)


def _item(tables: _Tables, group: str, place: int, item: Out, codes: Codes, survey: OutSurvey) -> None:
    code, kind, own = codes.of[item.code], kind_of(item), survey.languages[0]
    relevance = _relevance(item, codes, survey)
    question = _question(tables, group, place, code, kind, item.text, item.help, required=item.required, relevance=relevance)
    steps = range(item.low, item.high + 1)
    match kind:
        case "1":
            _subs(tables, question, group, [("SQ001", item.text)])
            for half in (0, 1):
                names = item.labels[half] if half < len(item.labels) else ()
                _answers(tables, question, [(f"A{n}", {own: name}) for n, name in zip(steps, _named(steps, names), strict=True)], str(half))
        case "F":
            _subs(tables, question, group, [("SQ001", item.text)])
            names = item.labels[0] if item.labels else ()
            _answers(tables, question, [(f"A{n}", {own: name}) for n, name in zip(steps, _named(steps, names), strict=True)])
        case "L":
            _answers(tables, question, [(f"A{n}", text) for n, (_code, text) in enumerate(item.choices, 1)])
        case "M":
            _subs(tables, question, group, [(_sub(n), text) for n, (_code, text) in enumerate(item.choices, 1)])
        case "R":
            _answers(tables, question, [(f"A{n}", text) for n, (_code, text) in enumerate(item.choices, 1)])
        case "A":
            _subs(tables, question, group, [(_sub(n), {own: str(n)}) for n in range(1, 11)])
        case "Q":
            _subs(tables, question, group, [(part, {own: part}) for part in IMPACT_PARTS])


def _named(steps: range, names: Sequence[str]) -> list[str]:
    """A name for each step: all are named, or the two ends, or none."""
    if len(names) == len(steps):
        return list(names)
    plain = [str(n) for n in steps]
    return [f"{plain[0]} {names[0]}", *plain[1:-1], f"{plain[-1]} {names[-1]}"] if len(names) == 2 else plain


def _relevance(item: Out, codes: Codes, survey: OutSurvey) -> str:
    """When LimeSurvey shows the question, in its own expressions."""
    parts = []
    if item.audiences and len(survey.audiences) > 1:
        places = [f'audience.NAOK == "A{n}"' for n, (code, _title) in enumerate(survey.audiences, 1) if code in item.audiences]
        parts.append(" or ".join(places))
    if item.condition:
        parts.append(_condition(item.condition, codes, {i.code: i for s in survey.sections for i in s.items}))
    return " and ".join(f"({part})" for part in parts if part) or "1"


def _condition(condition: Mapping[str, Any], codes: Codes, items: Mapping[str, Out]) -> str:
    asked = items.get(condition.get("item", ""))
    if asked is None:
        return ""
    name, test, value = codes.of[asked.code], condition.get("is"), str(condition.get("value", ""))
    place = {code: n for n, (code, _text) in enumerate(asked.choices, 1)}
    kind = kind_of(asked)
    if kind == "M":
        return f'{name}_{_sub(place[value])}.NAOK == "Y"' if value in place else ""
    if kind == "F":
        name = f"{name}_SQ001"
    if kind not in {"L", "5", "N", "T", "F"}:
        return ""
    if test == "answered":
        return f"!is_empty({name}.NAOK)"
    told = f"A{place[value]}" if value in place else f"A{value}" if kind == "F" else value.replace('"', "'")
    sign = {"eq": "==", "ne": "!=", "lt": "<", "gt": ">"}.get(str(test), "==")
    return f'{name}.NAOK {sign} "{told}"' if sign in {"==", "!="} or kind == "F" else f"{name}.NAOK {sign} {told}"
