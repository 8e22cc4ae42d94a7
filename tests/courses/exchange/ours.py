"""Exercises of ours: one of every type, and all that ship."""

from collections.abc import Iterator
from pathlib import Path

import msgspec

from talka.courses import packs
from talka.courses.exchange import limits
from talka.courses.languages.packs import source_of
from talka.courses.rules import materials as m
from tests.factories.courses import EXERCISES

SHIPPED = Path(__file__).parents[3] / "content" / "courses"


def exercises(format_key: str) -> list[tuple[str, m.Exercise]]:
    """(name, exercise) of all that the format has a place for, each with a title, since other programs want one."""
    made = []
    for name, content in _sources():
        value = packs.load_yaml(content, file=name)
        if isinstance(value, dict) and "prompt" in value:
            exercise = m.parse("exercise", value)
            if limits.type_of(exercise) not in limits.LEFT_OUT[format_key]:
                made.append((name, exercise if exercise.title else msgspec.structs.replace(exercise, title=name)))
    assert {limits.type_of(e) for _n, e in made} == set(m.EXERCISES) - limits.LEFT_OUT[format_key]
    return made


def _sources() -> Iterator[tuple[str, bytes]]:
    yield from ((name, text.encode()) for name, text in EXERCISES.items())
    for path in sorted(SHIPPED.glob("*/topics/*/*.yaml")):
        if source_of(path.name) is None:  # else the words of another language for one of them
            yield f"{path.parent.name}/{path.stem}", path.read_bytes()
