"""A statement and its parts as they are once they were checked.

Parts repeat: the same learner, verb and course come again and again. A part whose bytes were found right before isn't looked at twice;
what it says (agents, activities, definitions) is kept with it.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from talka.records.rules.statements.clauses import VOIDED, Json
from talka.records.rules.statements.exact import load


@dataclass(slots=True)
class Part:
    """What a checked part of a statement says.

    `agents`: (key, name or None, is direct); `activities`: (IRI, is direct); `definitions`: (IRI, definition).
    Direct is what a plain filter finds; the rest is found by `related_agents` and `related_activities`.
    `numbers` and `postings` are the store's for these names, filled by the writer once they are committed. `json` is set where the part
    is stored in another form than it came in: one context activity becomes a list of one (Data 2.4.6.2).
    """

    agents: tuple[tuple[str, str | None, bool], ...] = ()
    activities: tuple[tuple[str, bool], ...] = ()
    definitions: tuple[tuple[str, Json], ...] = ()
    main: str = ""
    kind: int = 0
    parent: str = ""
    grouping: str = ""
    target: bytes | None = None
    json: bytes = b""
    postings: tuple[int, ...] | None = None
    numbers: tuple[int, int, int] = (0, 0, 0)


@dataclass(slots=True)
class Statement:
    """A valid statement, ready to be stored: its exact JSON without what the store adds, and the keys by which it is found."""

    id: bytes
    json: bytes
    version: str
    parts: list[Part]  # actor, verb and object first, then those of the context
    timestamp: int | None = None
    registration: bytes | None = None
    language: str | None = None
    platform: str | None = None
    success: bool | None = None
    completion: bool | None = None
    score: float | None = None
    duration: float | None = None
    response: str | None = None
    position_from: float | None = None
    position_to: float | None = None
    attachments: list[Json] = field(default_factory=list)

    @property
    def actor(self) -> Part:
        return self.parts[0]

    @property
    def verb(self) -> Part:
        return self.parts[1]

    @property
    def object(self) -> Part:
        return self.parts[2]

    @property
    def voids(self) -> bool:
        return self.parts[1].main == VOIDED


_MOST_PARTS, _LONGEST_PART = 100_000, 8_192
_known: dict[tuple[str, str, bytes], Part] = {}


def forget() -> None:
    """Drops every part that was seen, with the store's numbers for it."""
    _known.clear()


def part_of(name: str, raw: bytes, version: str, check: Callable[[Any, str, str], Part]) -> Part:
    key = (name, version, raw)
    part = _known.get(key)
    if part is None:
        part = check(load(raw), f"$.{name}", version)
        if len(raw) <= _LONGEST_PART:
            if len(_known) >= _MOST_PARTS:
                _known.clear()
            _known[key] = part
    return part
