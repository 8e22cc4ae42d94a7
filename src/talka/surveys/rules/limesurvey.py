"""LimeSurvey: its structure file (.lss) as a survey of ours. Its responses are read by `limesurvey_in`.

Both old files (texts in the question's own row, per language) and new ones (texts in *_l10ns tables) are read. A question of a kind that
we do not have is left out and named. An array with two scales becomes pairs of importance and ability; what people may write under
"other" or as a comment becomes an open question of its own.

`options["lime"]` of an item says where its answers stand in a file of responses: `column` or `columns` (codes), `heads` (for each
column the question as LimeSurvey words it, in every language), `values` (answer codes to ours), `words` (answers in words to ours).
"""

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

# LimeSurvey's own words in headings and answers, in the languages of Talka.
WRITTEN = {
    "other": ("Other", "Sonstiges", "Autre", "Otro", "Kita"),
    "comment": ("Comment", "Kommentar", "Commentaire", "Comentario", "Komentaras"),
}
RANK = ("Rank", "Rang", "Rango", "Rangas")
SCALE = ("Scale", "Skala", "Échelle", "Escala", "Skalė")
ANSWERED = {
    "yes": ("Ja", "Oui", "Sí", "Taip"),
    "no": ("Nein", "Non", "No", "Ne"),
    "female": ("Weiblich", "Féminin", "Femenino", "Mujer", "Moteris"),
    "male": ("Männlich", "Masculin", "Masculino", "Hombre", "Vyras"),
    "uncertain": ("Unsicher", "Indécis", "Dudoso", "Neaišku"),
    "more": ("Increase", "Zunahme", "Augmenter", "Aumentar"),
    "the same": ("Same", "Gleich", "Sans changement", "Igual"),
    "less": ("Decrease", "Abnahme", "Diminuer", "Disminuir"),
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

    def spoken(self, row: Mapping[str, str], name: str, table: str, key: str, own: str) -> dict[str, str]:
        """A text of `row` in each language that has one; old files repeat the row in table `own`."""
        same = {key: row.get(key, "")}
        if "scale_id" in row and own == "answers" and "code" in row and not row.get("aid"):
            same |= {"code": row["code"], "scale_id": row["scale_id"]}
        rows = [*self.of(own, **same), *self.of(table, **same)]
        return {r.get("language", self.language): text for r in rows if (text := plain(r.get(name, "")))}

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
                yield from _written(tables, question, "other" if question.get("other") == "Y" else "")
                yield from _written(tables, question, "comment" if kind == "O" else "")
        case "5":
            yield _item(tables, question, "likert", title, low=1, high=5, lime=_column(tables, question))
        case "Y":
            yield _fixed(tables, question, {"Y": "yes", "N": "no"})
        case "G":
            yield _fixed(tables, question, {"F": "female", "M": "male"})
        case "M" | "P":
            choices = [{"code": _slug(s["title"]), "text": _sub(tables, s)} for s in subs]
            columns = {_slug(s["title"]): f"{title}[{s['title']}]" for s in subs}
            heads = {c: _heads(tables, question, s) for c, s in zip(columns.values(), subs, strict=True)}
            if choices:
                yield _item(tables, question, "choices", title, choices=choices, lime={"columns": columns, "heads": heads})
                yield from _written(tables, question, "other" if question.get("other") == "Y" else "")
            for s in subs if kind == "P" else ():
                yield from _written(tables, question, "comment", s)
        case "R":
            answers = _answers(tables, question, "0")
            choices = [{"code": _slug(a["code"]), "text": _answer(tables, a)} for a in answers]
            if choices:
                columns = {str(n): f"{title}[{n}]" for n in range(1, len(answers) + 1)}
                heads = {c: [f"{h} [{word} {n}]" for h in _heads(tables, question) for word in RANK] for n, c in columns.items()}
                values = {a["code"]: _slug(a["code"]) for a in answers}
                lime = {"columns": columns, "heads": heads, "values": values, "words": _words(tables, answers, values)}
                yield _item(tables, question, "ranking", title, choices=choices, lime=lime)
        case "N":
            yield _item(tables, question, "number", title, lime=_column(tables, question))
        case "S" | "T" | "U":
            yield _item(tables, question, "text", title, lime=_column(tables, question))
        case "K" | "Q":
            for s in subs:
                code, lime = f"{title}-{s['title']}", _column(tables, question, s)
                yield _item(tables, question, "number" if kind == "K" else "text", code, sub=_sub(tables, s), lime=lime)
        case "A" | "B":
            for s in subs:
                code, lime = f"{title}-{s['title']}", _column(tables, question, s)
                yield _item(tables, question, "likert", code, sub=_sub(tables, s), low=1, high=5 if kind == "A" else 10, lime=lime)
        case "C" | "E":
            words = {"Y": "yes", "U": "uncertain", "N": "no"} if kind == "C" else {"I": "more", "S": "the same", "D": "less"}
            for s in subs:
                yield _fixed(tables, question, words, s)
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


def _heads(tables: _Tables, question: Mapping[str, str], sub: Mapping[str, str] | None = None) -> list[str]:
    """The question, with its part in brackets, in every language: the heading of its column in a file of responses with whole texts."""
    asked = tables.spoken(question, "question", "question_l10ns", "qid", "questions")
    if sub is None:
        return list(asked.values())
    parts = tables.spoken(sub, "question", "question_l10ns", "qid", "subquestions")
    return [f"{asked[language]} [{part}]" for language, part in parts.items() if language in asked]


def _words(tables: _Tables, answers: Sequence[Mapping[str, str]], values: Mapping[str, str]) -> dict[str, str]:
    """What each answer is called, in every language, and what it is here."""
    found = [(a["code"], tables.spoken(a, "answer", "answer_l10ns", "aid" if a.get("aid") else "qid", "answers")) for a in answers]
    return {text: values[code] for code, said in found for text in said.values()}


def _column(tables: _Tables, question: Mapping[str, str], sub: Mapping[str, str] | None = None) -> dict[str, Any]:
    column = f"{question['title']}[{sub['title']}]" if sub else question["title"]
    return {"column": column, "heads": {column: _heads(tables, question, sub)}}


def _written(tables: _Tables, question: Mapping[str, str], what: str, sub: Mapping[str, str] | None = None) -> Iterator[ItemText]:
    """What people may write beside choices: under "other", or as a comment."""
    if what:
        part = sub["title"] if sub else ""
        column = f"{question['title']}[{part}{what}]"
        heads = [f"{head} [{word}]" for head in _heads(tables, question, sub) for word in WRITTEN[what]]
        text = f"{_sub(tables, sub)}: {what}" if sub else what
        code = "-".join(filter(None, (question["title"], part, what)))
        yield _item(tables, {**question, "mandatory": "N"}, "text", code, sub=text, lime={"column": column, "heads": {column: heads}})


def _choice(tables: _Tables, question: Mapping[str, str], answers: Sequence[Mapping[str, str]], column: str) -> ItemText:
    choices = [{"code": _slug(a["code"]), "text": _answer(tables, a)} for a in answers]
    values = {a["code"]: _slug(a["code"]) for a in answers}
    words = _words(tables, answers, values)
    if question.get("other") == "Y":
        choices.append({"code": "other", "text": "other"})
        values["-oth-"] = "other"
        words |= dict.fromkeys(WRITTEN["other"], "other")
    return _item(tables, question, "choice", column, choices=choices, lime={**_column(tables, question), "values": values, "words": words})


def _fixed(tables: _Tables, question: Mapping[str, str], words: Mapping[str, str], sub: Mapping[str, str] | None = None) -> ItemText:
    choices = [{"code": _slug(c), "text": text} for c, text in words.items()]
    values = {c: _slug(c) for c in words}
    told = {word: values[c] for c, text in words.items() for word in (text, *ANSWERED.get(text, ()))}
    lime = {**_column(tables, question, sub), "values": values, "words": told}
    code = f"{question['title']}-{sub['title']}" if sub else question["title"]
    return _item(tables, question, "choice", code, sub=_sub(tables, sub) if sub else "", choices=choices, lime=lime)


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
    values = {c: str(n) for c, n in steps.items()} if steps else {a["code"]: _slug(a["code"]) for a in answers}
    words = _words(tables, answers, values)
    for s in subs if answers else ():
        code, text = f"{question['title']}-{s['title']}", _sub(tables, s)
        lime = {**_column(tables, question, s), "values": values, "words": words}
        if steps:
            labels = [_answer(tables, a) for a in answers]
            low, high = min(steps.values()), max(steps.values())
            yield _item(tables, question, "likert", code, sub=text, low=low, high=high, labels=labels, lime=lime)
        else:
            choices = [{"code": _slug(a["code"]), "text": _answer(tables, a)} for a in answers]
            yield _item(tables, question, "choice", code, sub=text, choices=choices, lime=lime)


def _pairs(tables: _Tables, question: Mapping[str, str], subs: Sequence[Mapping[str, str]]) -> Iterator[ItemText]:
    """An array with two scales of the same steps: importance and ability."""
    scales = [_answers(tables, question, scale) for scale in ("0", "1")]
    first, second = _steps(scales[0]), _steps(scales[1])
    if not first or not second or set(first.values()) != set(second.values()):
        return
    values = {c: str(n) for c, n in {**first, **second}.items()}
    for s in subs:
        columns = {half: f"{question['title']}[{s['title']}][{n}]" for n, half in enumerate(("importance", "ability"), 1)}
        heads = {c: [f"{h} [{word} {n}]" for h in _heads(tables, question, s) for word in SCALE] for n, c in enumerate(columns.values(), 1)}
        lime = {
            "columns": columns,
            "heads": heads,
            "values": values,
            "words": _words(tables, [a for scale in scales for a in scale], values),
            "low": min(first.values()),
            "high": max(first.values()),
        }
        yield _item(tables, question, "need", f"{question['title']}-{s['title']}", sub=_sub(tables, s), lime=lime)
