"""Maps: how a row of a foreign log becomes a statement. A map is data (YAML); this reads it and applies it to one row."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from talka.records.rules import values

Row = Mapping[str, str]


class BadImport(Exception):
    """Nothing can be imported. The text says why and what to do."""


class BadMap(BadImport):
    """The map cannot be used. The text names the entry and the remedy."""


class BadRow(Exception):
    """The row cannot become a statement. The text names the column."""


_PLACE = re.compile(r"\{([^{}|]+)(?:\|([a-z]+))?\}")
_NOT_SLUG = re.compile(r"[^a-z0-9]+")
FILTERS: dict[str, Callable[[str], str]] = {
    "slug": lambda text: _NOT_SLUG.sub("-", text.casefold()).strip("-") or "none",
    "before": lambda text: text.partition(":")[0].strip(),  # "File: Lab 1" is a File
    "after": lambda text: (text.partition(":")[2] or text).strip(),
    "lower": str.lower,
}


@dataclass(frozen=True, slots=True)
class Times:
    """Where the time stands and how it is written. `year` or `starts` help logs whose times name no year."""

    column: str
    formats: tuple[str, ...]
    zone: ZoneInfo
    year: int | None = None
    starts: date | None = None

    def read(self, text: str) -> datetime:
        """The instant, with its zone. Raises BadRow."""
        for form in self.formats:
            bare = "%y" not in form.lower()
            try:
                # 2000 is a leap year, so that 29 February can be read before the year is known.
                at = datetime.strptime(f"2000 {text}" if bare else text, f"%Y {form}" if bare else form)  # noqa: DTZ007  # the zone follows
                if bare:
                    at = at.replace(year=self._year(at))
            except ValueError:
                continue
            return at if at.tzinfo else at.replace(tzinfo=self.zone)
        us = values.read_instant(text)
        if us is None:
            raise BadRow(f"{self.column}: '{text[:60]}' is written in none of the forms {', '.join(self.formats)}")
        return values.instant(us) if values.has_offset(text) else values.instant(us).replace(tzinfo=self.zone)

    def _year(self, at: datetime) -> int:
        if self.starts:
            return self.starts.year + ((at.month, at.day) < (self.starts.month, self.starts.day))
        if self.year:
            return self.year
        raise BadRow(f"{self.column}: the time names no year. Put year: or starts: into the map.")


@dataclass(frozen=True, slots=True)
class Map:
    """A map that was checked. `template` is a statement with {column} in its texts; `lookups` choose a value by a column's text."""

    name: str
    times: Times
    template: dict[str, Any]
    encoding: str = ""
    delimiter: str = ""
    skip: tuple[tuple[str, frozenset[str]], ...] = ()
    columns: frozenset[str] = field(default_factory=frozenset)

    def skips(self, row: Row) -> bool:
        return any(row.get(column, "").strip() in texts for column, texts in self.skip)

    def statement(self, row: Row, *, base: str) -> dict[str, Any]:
        """The statement of one row. Raises BadRow."""
        made: dict[str, Any] = _filled(self.template, row, base)
        made["timestamp"] = self.times.read(row[self.times.column].strip()).isoformat()
        return made


def _filled(template: Any, row: Row, base: str) -> Any:
    if isinstance(template, str):
        return _text(template, row, base)
    if isinstance(template, list):
        return [_filled(item, row, base) for item in template]
    if not isinstance(template, dict):
        return template
    if "by" in template and "values" in template:
        text = _text(template["by"], row, base).strip()
        chosen = template["values"].get(text, template.get("default"))
        if chosen is None:
            raise BadRow(f"the map knows no value for '{text[:80]}' and no default")
        return _filled(chosen, row, base)
    return {_text(key, row, base): _filled(value, row, base) for key, value in template.items()}


def _text(template: str, row: Row, base: str) -> str:
    if "{" not in template:
        return template

    def put(found: re.Match[str]) -> str:
        name, act = found.groups()
        if name == "base":
            return base
        text = (row.get(name) or "").strip()
        return FILTERS[act](text) if act else text

    return _PLACE.sub(put, template)


def _columns(template: Any) -> set[str]:
    if isinstance(template, str):
        return {name for name, _act in _PLACE.findall(template)} - {"base"}
    if isinstance(template, dict):
        return set().union(*(_columns(v) for v in template.values()))
    if isinstance(template, list):
        return set().union(*(_columns(v) for v in template))
    return set()


def _acts(template: Any) -> set[str]:
    return {act for _name, act in _PLACE.findall(str(template)) if act}


def read_map(given: Any) -> Map:
    """The map in a parsed YAML file. Raises BadMap."""
    if not isinstance(given, dict):
        raise BadMap("A map is a YAML file with name, time and statement.")
    if missing := [name for name in ("name", "time", "statement") if not given.get(name)]:
        raise BadMap(f"The map lacks {', '.join(missing)}.")
    if unknown := given.keys() - {"name", "time", "statement", "encoding", "delimiter", "skip", "about"}:
        raise BadMap(f"The map has an entry that is not known: {', '.join(sorted(map(str, unknown)))}.")
    template = given["statement"]
    if not isinstance(template, dict) or not {"actor", "verb", "object"} <= template.keys():
        raise BadMap("statement needs actor, verb and object.")
    if strange := _acts(template) - FILTERS.keys():
        raise BadMap(f"No such filter: {', '.join(sorted(strange))}. Known: {', '.join(FILTERS)}.")
    times = _read_times(given["time"])
    skip = tuple((str(s["column"]), frozenset(map(str, s["in"]))) for s in given.get("skip") or ())
    return Map(
        name=str(given["name"]),
        times=times,
        template=template,
        encoding=str(given.get("encoding") or ""),
        delimiter=str(given.get("delimiter") or ""),
        skip=skip,
        columns=frozenset(_columns(template) | {times.column} | {column for column, _texts in skip}),
    )


def _read_times(given: Any) -> Times:
    if not isinstance(given, dict) or not given.get("column"):
        raise BadMap("time needs column: the name of the column with the time.")
    try:
        zone = ZoneInfo(str(given.get("zone", "UTC")))
    except (ZoneInfoNotFoundError, ValueError) as e:
        raise BadMap(f"time: {given.get('zone')} is no time zone. Write a name such as Europe/Dublin.") from e
    starts = given.get("starts")
    if starts is not None and not isinstance(starts, date):
        raise BadMap("time: starts must be a date such as 2018-01-15.")
    year = given.get("year")
    if year is not None and (not isinstance(year, int) or not 1970 <= year <= 9998):
        raise BadMap("time: year must be a year such as 2018.")
    formats = given.get("formats") or []
    return Times(str(given["column"]), tuple(map(str, formats)), zone, year, starts)
