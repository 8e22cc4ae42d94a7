"""A survey as a file says it: what ships as a template, and what a survey leaves as."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from talka.skills.rules import Reader

FORMAT = "talka-survey/1"
KINDS = ("need", "likert", "choice", "choices", "ranking", "number", "text", "nps", "sus", "impact")
TESTS = ("eq", "ne", "lt", "gt", "has", "answered")
IDENTITIES = ("anonymous", "pseudonymous", "named")
# What of an item may be said in another language.
TRANSLATED = frozenset({"prompts", "title", "text", "intro", "thanks", "help", "choices", "labels"})


class BadDefinition(ValueError):
    """A survey's file cannot be used. `findings` names every place and what is wrong there."""

    def __init__(self, findings: list[str]) -> None:
        super().__init__("; ".join(findings))
        self.findings = tuple(findings)


@dataclass(frozen=True, slots=True)
class ItemText:
    """`competence` is a key of the survey's framework; `only_for` names audiences, empty means all."""

    code: str
    kind: str
    text: str
    help: str = ""
    competence: str = ""
    required: bool = False
    options: Mapping[str, Any] = field(default_factory=dict)
    condition: Mapping[str, Any] = field(default_factory=dict)
    only_for: tuple[str, ...] = ()
    translations: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SectionText:
    """`grid`: one pair of importance and ability per competence of the framework comes after the section's own items."""

    title: str
    text: str
    items: tuple[ItemText, ...]
    grid: bool = False
    condition: Mapping[str, Any] = field(default_factory=dict)
    translations: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class QuestionnaireText:
    audience: str
    title: str
    intro: str = ""
    thanks: str = ""
    invited: int | None = None
    target: int | None = None
    quota: int | None = None
    prompts: Mapping[str, str] = field(default_factory=dict)
    translations: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SurveyText:
    key: str
    title: str
    summary: str
    language: str
    identity: str
    framework: str
    low: int
    high: int
    labels: Mapping[str, Any]
    questionnaires: tuple[QuestionnaireText, ...]
    sections: tuple[SectionText, ...]


_SURVEY = frozenset(
    {"format", "key", "title", "summary", "language", "identity", "framework", "scale", "questionnaires", "sections", "licence"}
)
_QUESTIONNAIRE = frozenset({"audience", "title", "intro", "thanks", "invited", "target", "quota", "prompts", "translations"})
_SECTION = frozenset({"title", "text", "items", "grid", "condition", "translations"})
_ITEM = frozenset(
    {
        "code",
        "kind",
        "text",
        "help",
        "competence",
        "required",
        "choices",
        "low",
        "high",
        "unit",
        "labels",
        "long",
        "condition",
        "only_for",
        "translations",
    }
)
_OPTIONS = ("choices", "low", "high", "unit", "labels", "long")


def read_definition(data: object) -> SurveyText:
    """The survey in `data`, the parsed content of a file. Raises BadDefinition with every finding at once."""
    if not isinstance(data, Mapping):
        raise BadDefinition(["the file must hold named values at its top"])
    reader = Reader()
    reader.known("survey", data, _SURVEY)
    if data.get("format") != FORMAT:
        reader.findings.append(f"format must be '{FORMAT}', not '{data.get('format', '')}'")
    questionnaires = tuple(_questionnaire(reader, where, row) for where, row in reader.rows("", data, "questionnaires"))
    audiences = [q.audience for q in questionnaires]
    reader.findings.extend(f"audience '{a}' appears twice" for a in sorted({a for a in audiences if audiences.count(a) > 1}))
    sections = tuple(_section(reader, where, row, frozenset(audiences)) for where, row in reader.rows("", data, "sections"))
    codes = [item.code for section in sections for item in section.items]
    reader.findings.extend(f"code '{c}' appears twice" for c in sorted({c for c in codes if codes.count(c) > 1}))
    identity = data.get("identity", "anonymous")
    if identity not in IDENTITIES:
        reader.findings.append(f"identity must be one of {', '.join(IDENTITIES)}")
    low, high, labels = _scale(reader, data.get("scale", {}))
    found = SurveyText(
        key=reader.key("survey", data),
        title=reader.text("survey", data, "title"),
        summary=reader.text("survey", data, "summary", needed=False),
        language=reader.text("survey", data, "language"),
        identity=str(identity),
        framework=reader.text("survey", data, "framework", needed=False),
        low=low,
        high=high,
        labels=labels,
        questionnaires=questionnaires,
        sections=sections,
    )
    if not found.framework and any(s.grid or any(i.competence for i in s.items) for s in sections):
        reader.findings.append("competences are named, but no framework")
    if reader.findings:
        raise BadDefinition(reader.findings)
    return found


def _scale(reader: Reader, scale: object) -> tuple[int, int, Mapping[str, Any]]:
    if not isinstance(scale, Mapping):
        reader.findings.append("scale must hold low, high and labels")
        return 1, 5, {}
    reader.known("scale", scale, frozenset({"low", "high", "labels"}))
    low, high = scale.get("low", 1), scale.get("high", 5)
    if not _whole(low) or not _whole(high) or not 0 <= low < high <= 100:
        reader.findings.append("scale.low and scale.high must be whole numbers, 0 to 100, low below high")
        return 1, 5, {}
    labels = scale.get("labels", {})
    if not isinstance(labels, Mapping) or any(len(names) != high - low + 1 for names in labels.values() if isinstance(names, list)):
        reader.findings.append(f"scale.labels must name {high - low + 1} steps for importance and for ability")
        labels = {}
    return low, high, labels


def _whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _count(reader: Reader, where: str, row: Mapping[str, Any], name: str) -> int | None:
    value = row.get(name)
    if value is None:
        return None
    if not _whole(value) or value < 0:
        reader.findings.append(f"{where}.{name} must be a whole number from 0")
        return None
    return int(value)


def _questionnaire(reader: Reader, where: str, row: Mapping[str, Any]) -> QuestionnaireText:
    reader.known(where, row, _QUESTIONNAIRE)
    return QuestionnaireText(
        audience=reader.key(where, {"key": row.get("audience", "")}),
        title=reader.text(where, row, "title"),
        intro=reader.text(where, row, "intro", needed=False),
        thanks=reader.text(where, row, "thanks", needed=False),
        invited=_count(reader, where, row, "invited"),
        target=_count(reader, where, row, "target"),
        quota=_count(reader, where, row, "quota"),
        prompts=_prompts(reader, where, row),
        translations=_translations(reader, where, row),
    )


def _prompts(reader: Reader, where: str, row: Mapping[str, Any]) -> Mapping[str, str]:
    prompts = row.get("prompts", {})
    if (
        not isinstance(prompts, Mapping)
        or not set(prompts) <= {"importance", "ability"}
        or not all(isinstance(t, str) for t in prompts.values())
    ):
        reader.findings.append(f"{where}.prompts may hold words for importance and ability")
        return {}
    return dict(prompts)


def _section(reader: Reader, where: str, row: Mapping[str, Any], audiences: frozenset[str]) -> SectionText:
    reader.known(where, row, _SECTION)
    grid = row.get("grid", False)
    if not isinstance(grid, bool):
        reader.findings.append(f"{where}.grid must be true or false")
    return SectionText(
        title=reader.text(where, row, "title"),
        text=reader.text(where, row, "text", needed=False),
        items=tuple(_item(reader, place, item, audiences) for place, item in reader.rows(f"{where}.", row, "items", needed=not grid)),
        grid=bool(grid),
        condition=_condition(reader, where, row),
        translations=_translations(reader, where, row),
    )


def _item(reader: Reader, where: str, row: Mapping[str, Any], audiences: frozenset[str]) -> ItemText:
    reader.known(where, row, _ITEM)
    kind = row.get("kind", "need")
    if kind not in KINDS:
        reader.findings.append(f"{where}.kind must be one of {', '.join(KINDS)}, not '{kind}'")
        kind = "text"
    options = {name: row[name] for name in _OPTIONS if name in row}
    if kind in {"choice", "choices", "ranking"}:
        options["choices"] = _choices(reader, where, row)
    only_for = row.get("only_for", [])
    if not isinstance(only_for, list) or any(a not in audiences for a in only_for):
        reader.findings.append(f"{where}.only_for must list audiences of this survey")
        only_for = []
    for name in ("low", "high"):
        if name in options and not _whole(options[name]):
            reader.findings.append(f"{where}.{name} must be a whole number")
            del options[name]
    return ItemText(
        code=reader.key(where, {"key": row.get("code", "")}),
        kind=str(kind),
        text=reader.text(where, row, "text"),
        help=reader.text(where, row, "help", needed=False),
        competence=reader.text(where, row, "competence", needed=False),
        required=row.get("required", False) is True,
        options=options,
        condition=_condition(reader, where, row),
        only_for=tuple(only_for),
        translations=_translations(reader, where, row),
    )


def _choices(reader: Reader, where: str, row: Mapping[str, Any]) -> list[dict[str, str]]:
    choices = [
        {"code": reader.key(place, {"key": choice.get("code", "")}), "text": reader.text(place, choice, "text")}
        for place, choice in reader.rows(f"{where}.", row, "choices")
    ]
    if len({c["code"] for c in choices}) != len(choices):
        reader.findings.append(f"{where}.choices: a code appears twice")
    return choices


def _condition(reader: Reader, where: str, row: Mapping[str, Any]) -> Mapping[str, Any]:
    condition = row.get("condition", {})
    if not condition:
        return {}
    if not isinstance(condition, Mapping) or not isinstance(condition.get("item"), str) or condition.get("is") not in TESTS:
        reader.findings.append(f"{where}.condition must name an item, 'is' (one of {', '.join(TESTS)}) and a value")
        return {}
    return dict(condition)


def _translations(reader: Reader, where: str, row: Mapping[str, Any]) -> Mapping[str, Any]:
    found = row.get("translations", {})
    if not isinstance(found, Mapping) or not all(isinstance(words, Mapping) and set(words) <= TRANSLATED for words in found.values()):
        reader.findings.append(f"{where}.translations must hold, per language, only {', '.join(sorted(TRANSLATED))}")
        return {}
    return found
