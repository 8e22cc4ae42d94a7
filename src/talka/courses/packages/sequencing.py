"""Which units of a package a person may play now. Pure: keys and what is done in, keys out."""

import re
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

_TOKEN = re.compile(r"\s*([&|~()]|[^&|~()\s]+)")


@dataclass(frozen=True, slots=True)
class Step:
    """A unit in its place. `prerequisites` as SCORM 1.2 writes them (keys with & | ~); `linear`: one may only go on, not choose."""

    key: str
    block: bool = False
    parent: str | None = None
    prerequisites: str = ""
    linear: bool = False


class Unclear(ValueError):
    """Prerequisites in a notation that is not understood."""


def waiting_for(steps: Sequence[Step], done: AbstractSet[str]) -> dict[str, str]:
    """{key of a unit that is not open yet: key of what it waits for, or its prerequisites as they stand in the package}.

    Prerequisites that cannot be understood close nothing.
    """
    whole = done | {s.key for s in steps if s.block and _block_done(s.key, steps, done)}
    made: dict[str, str] = {}
    before: dict[str | None, str] = {}
    for step in steps:
        if step.block:
            continue
        earlier = before.get(step.parent)
        if step.linear and earlier is not None and earlier not in done:
            made[step.key] = earlier
        elif step.prerequisites and not _holds(step.prerequisites, whole):
            made[step.key] = step.prerequisites
        before[step.parent] = step.key
    return made


def _block_done(key: str, steps: Sequence[Step], done: AbstractSet[str]) -> bool:
    inside = [s for s in steps if s.parent == key]
    return bool(inside) and all(_block_done(s.key, steps, done) if s.block else s.key in done for s in inside)


def _holds(script: str, done: AbstractSet[str]) -> bool:
    try:
        return holds(script, dict.fromkeys(done, True))
    except Unclear:
        return True


def holds(script: str, done: Mapping[str, bool]) -> bool:
    """Whether an AICC script such as `A&(B|~C)` holds. Raises Unclear."""
    tokens = _TOKEN.findall(script)
    if "".join(tokens) != "".join(script.split()) or len(tokens) > 200:
        raise Unclear(script)
    value, rest = _either(tokens, done)
    if rest:
        raise Unclear(script)
    return value


def _either(tokens: list[str], done: Mapping[str, bool]) -> tuple[bool, list[str]]:
    value, tokens = _both(tokens, done)
    while tokens[:1] == ["|"]:
        other, tokens = _both(tokens[1:], done)
        value = value or other
    return value, tokens


def _both(tokens: list[str], done: Mapping[str, bool]) -> tuple[bool, list[str]]:
    value, tokens = _one(tokens, done)
    while tokens[:1] == ["&"]:
        other, tokens = _one(tokens[1:], done)
        value = value and other
    return value, tokens


def _one(tokens: list[str], done: Mapping[str, bool]) -> tuple[bool, list[str]]:
    if not tokens:
        raise Unclear
    head, rest = tokens[0], tokens[1:]
    if head == "~":
        value, rest = _one(rest, done)
        return not value, rest
    if head == "(":
        value, rest = _either(rest, done)
        if rest[:1] != [")"]:
            raise Unclear
        return value, rest[1:]
    if head in {"&", "|", ")"} or re.search(r"[=<>*{}\"]", head):
        raise Unclear
    return done.get(head, False), rest
