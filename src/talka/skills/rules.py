"""Pure decisions about competences: what a framework file must hold, who may do what."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from talka.people.rules import STAFF, Ability

LOAD = Ability("load competence frameworks")
SEE_AGGREGATES = Ability("see the gaps of this cluster", STAFF)

FORMAT = "talka-framework/1"
LEVELS = 5
_KEY = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")


class BadFramework(ValueError):
    """A framework file cannot be loaded. `findings` names every place and what is wrong there."""

    def __init__(self, findings: Sequence[str]) -> None:
        super().__init__("; ".join(findings))
        self.findings = tuple(findings)


@dataclass(frozen=True, slots=True)
class CompetenceText:
    key: str
    title: str
    description: str
    group: str
    levels: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ProfileText:
    key: str
    title: str
    description: str
    targets: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class FrameworkText:
    """A framework as its file says it."""

    key: str
    version: int
    title: str
    summary: str
    language: str
    licence: str
    labels: tuple[str, ...]
    competences: tuple[CompetenceText, ...]
    profiles: tuple[ProfileText, ...]


@dataclass(slots=True)
class Reader:
    """Reads named values from a parsed file and notes every finding with its place, instead of stopping at the first."""

    findings: list[str] = field(default_factory=list)

    def text(self, where: str, row: Mapping[str, Any], name: str, *, needed: bool = True) -> str:
        value = row.get(name, "")
        if not isinstance(value, str):
            self.findings.append(f"{where}.{name} must be text, not {type(value).__name__}")
            return ""
        if needed and not value.strip():
            self.findings.append(f"{where}.{name} is missing")
        return value.strip()

    def key(self, where: str, row: Mapping[str, Any]) -> str:
        value = self.text(where, row, "key")
        if value and not _KEY.fullmatch(value):
            self.findings.append(f"{where}.key '{value}' may hold only a to z, 0 to 9 and single hyphens")
        return value

    def rows(self, where: str, parent: Mapping[str, Any], name: str, *, needed: bool = True) -> list[tuple[str, Mapping[str, Any]]]:
        value = parent.get(name, [])
        if not isinstance(value, list) or (needed and not value):
            self.findings.append(f"{where}{name} must be a list that is not empty")
            return []
        rows = []
        for n, row in enumerate(value):
            if isinstance(row, Mapping):
                rows.append((f"{where}{name}[{n}]", row))
            else:
                self.findings.append(f"{where}{name}[{n}] must hold named values")
        return rows

    def known(self, where: str, row: Mapping[str, Any], names: frozenset[str]) -> None:
        self.findings.extend(f"{where}: '{name}' is no known name" for name in row if name not in names)


_FRAMEWORK = frozenset(
    {"format", "key", "version", "title", "summary", "language", "licence", "levels", "groups", "competences", "profiles"}
)
_COMPETENCE = frozenset({"key", "title", "description", "group", "levels"})


def read_framework(data: object) -> FrameworkText:
    """The framework in `data`, the parsed content of a file.

    Competences stand inside their groups, or flat beside them with `group` naming one; the order of names does not matter.
    Raises BadFramework with every finding at once.
    """
    if not isinstance(data, Mapping):
        raise BadFramework(["the file must hold named values at its top"])
    reader = Reader()
    reader.known("framework", data, _FRAMEWORK)
    if data.get("format") != FORMAT:
        reader.findings.append(f"format must be '{FORMAT}', not '{data.get('format', '')}'")
    competences = _competences(reader, data)
    keys = [c.key for c in competences]
    reader.findings.extend(f"competence '{key}' appears twice" for key in sorted({k for k in keys if keys.count(k) > 1}))
    profiles = tuple(_profile(reader, where, row, frozenset(keys)) for where, row in reader.rows("", data, "profiles"))
    titles = [p.key for p in profiles]
    reader.findings.extend(f"profile '{key}' appears twice" for key in sorted({k for k in titles if titles.count(k) > 1}))
    version = data.get("version", 1)
    if not isinstance(version, int) or isinstance(version, bool) or version < 1:
        reader.findings.append("version must be a whole number from 1")
        version = 1
    found = FrameworkText(
        key=reader.key("framework", data),
        version=version,
        title=reader.text("framework", data, "title"),
        summary=reader.text("framework", data, "summary", needed=False),
        language=reader.text("framework", data, "language"),
        licence=reader.text("framework", data, "licence", needed=False),
        labels=_labels(reader, data),
        competences=competences,
        profiles=profiles,
    )
    if reader.findings:
        raise BadFramework(reader.findings)
    return found


def _labels(reader: Reader, data: Mapping[str, Any]) -> tuple[str, ...]:
    """Names of the levels, in order; the file may leave them out."""
    rows = reader.rows("", data, "levels", needed=False)
    if not rows:
        return ()
    named = {row.get("level"): reader.text(where, row, "label") for where, row in rows}
    if set(named) != set(range(1, LEVELS + 1)):
        reader.findings.append(f"levels must name each of 1 to {LEVELS} once")
        return ()
    return tuple(named[n] for n in range(1, LEVELS + 1))


def _competences(reader: Reader, data: Mapping[str, Any]) -> tuple[CompetenceText, ...]:
    groups: dict[str, str] = {}
    found = []
    for where, group in reader.rows("", data, "groups", needed=False):
        reader.known(where, group, frozenset({"key", "title", "competences"}))
        title = reader.text(where, group, "title")
        groups[reader.key(where, group)] = title
        for place, row in reader.rows(f"{where}.", group, "competences", needed=False):
            found.append(_competence(reader, place, row, title))
    for where, row in reader.rows("", data, "competences", needed=False):
        named = reader.text(where, row, "group", needed=False)
        if named and named not in groups and named not in groups.values():
            reader.findings.append(f"{where}.group '{named}' is none of the groups")
        found.append(_competence(reader, where, row, groups.get(named, named)))
    if not found:
        reader.findings.append("the framework has no competence")
    return tuple(found)


def _competence(reader: Reader, where: str, row: Mapping[str, Any], group: str) -> CompetenceText:
    reader.known(where, row, _COMPETENCE)
    levels = row.get("levels", [])
    if not isinstance(levels, list) or len(levels) != LEVELS or not all(isinstance(text, str) and text.strip() for text in levels):
        reader.findings.append(f"{where}.levels must hold {LEVELS} texts, for the levels 1 to {LEVELS}")
        levels = []
    return CompetenceText(
        key=reader.key(where, row),
        title=reader.text(where, row, "title"),
        description=reader.text(where, row, "description", needed=False),
        group=group,
        levels=tuple(text.strip() for text in levels),
    )


def _profile(reader: Reader, where: str, row: Mapping[str, Any], competences: frozenset[str]) -> ProfileText:
    reader.known(where, row, frozenset({"key", "title", "description", "targets"}))
    targets = row.get("targets", {})
    good: dict[str, int] = {}
    if not isinstance(targets, Mapping) or not targets:
        reader.findings.append(f"{where}.targets must give a level per competence")
        targets = {}
    for key, level in targets.items():
        if key not in competences:
            reader.findings.append(f"{where}.targets: '{key}' is no competence of this framework")
        elif not isinstance(level, int) or isinstance(level, bool) or not 0 <= level <= LEVELS:
            reader.findings.append(f"{where}.targets.{key} must be a whole number from 0 to {LEVELS}, not {level!r}")
        else:
            good[key] = level
    return ProfileText(
        key=reader.key(where, row),
        title=reader.text(where, row, "title"),
        description=reader.text(where, row, "description", needed=False),
        targets=good,
    )


@dataclass(frozen=True, slots=True)
class Measurement:
    """One level that was measured: when, and how it stands against the target of its profile."""

    at: datetime
    level: int
    target: int


@dataclass(frozen=True, slots=True)
class Basis:
    """What a gap rests on: the measurement that opened it, and when work on the competence first began and first reached mastery after it."""

    measurement: Measurement
    started_at: datetime | None
    mastered_at: datetime | None


def basis_of(measurements: Sequence[Measurement], results: Sequence[tuple[datetime, bool]]) -> Basis | None:
    """Which measurement decides on a person's gap in one competence, and what evidence came after it. None: nothing was measured.

    measurements: oldest first. results: (when, shows mastery) of assessed outcomes of the competence, oldest first.
    The newest measurement decides. One exception: somebody who closed a gap by evidence and now rates themselves at the target has a
    closed gap, not none; otherwise every repeated self-assessment would take away what was achieved. Mastery before the deciding
    measurement does not close a gap: the person said afterwards that it is still there.
    """
    if not measurements:
        return None
    newest = measurements[-1]
    if newest.level >= newest.target:
        for earlier in reversed(measurements[:-1]):
            closed = [at for at, mastered in results if mastered and earlier.at <= at <= newest.at]
            if earlier.level < earlier.target and closed:
                begun = [at for at, _mastered in results if at >= earlier.at]
                return Basis(earlier, begun[0], closed[0])
    after = [(at, mastered) for at, mastered in results if at >= newest.at]
    return Basis(newest, after[0][0] if after else None, next((at for at, mastered in after if mastered), None))
