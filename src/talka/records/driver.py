"""The database driver itself, below Django's layers: for the few questions that are asked for every statement.

A cursor of Django costs more time than most of these questions. All SQL here and in the callers is fixed text with `?` for each value.
Errors are the driver's own; wrap the whole in `errors()`, and they come out as Django's.
"""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from functools import lru_cache
from typing import Any

from django.db import connections

Row = tuple[Any, ...]
# How many rows or values one step takes: few different texts, so that the driver knows each already, and few steps, since
# each lets other threads run Python, and taking back the turn costs more than a row.
SIZES = (128, 64, 32, 16, 8, 4, 2, 1)


def is_sqlite() -> bool:
    return bool(connections["default"].vendor == "sqlite")


def raw() -> Any:
    """The driver's connection of this thread, open."""
    wrapper = connections["default"]
    if wrapper.connection is None:
        wrapper.ensure_connection()
    return wrapper.connection


def errors() -> AbstractContextManager[Any]:
    """Turns errors of the driver into Django's."""
    wrapped: AbstractContextManager[Any] = connections["default"].wrap_database_errors
    return wrapped


@lru_cache(maxsize=256)
def _as_postgresql(sql: str) -> str:
    return sql.replace("?", "%s")


def ask(sql: str, values: Sequence[Any] = ()) -> list[Row]:
    """All rows of a question."""
    wrapper = connections["default"]
    if wrapper.connection is None:
        wrapper.ensure_connection()
    text = sql if wrapper.vendor == "sqlite" else _as_postgresql(sql)
    rows: list[Row] = wrapper.connection.execute(text, values).fetchall()
    return rows


def do(sql: str, values: Sequence[Any] = ()) -> None:
    """One change."""
    wrapper = connections["default"]
    if wrapper.connection is None:
        wrapper.ensure_connection()
    wrapper.connection.execute(sql if wrapper.vendor == "sqlite" else _as_postgresql(sql), values)


@lru_cache(maxsize=256)
def _places(count: int) -> str:
    return ",".join("?" * count)


def ask_each(sql: str, values: Sequence[Any]) -> list[Row]:
    """All rows of a question with `IN (*)`, however many values there are; `sql` holds the star once."""
    if len(values) == 1:
        return ask(sql.replace("(*)", "(?)"), values)
    found: list[Row] = []
    for start in range(0, len(values), 500):
        some = list(values[start : start + 500])
        size = next((n for n in (8, 32, 128) if n >= len(some)), 500)
        some += some[-1:] * (size - len(some))
        found += ask(sql.replace("(*)", f"({_places(size)})"), some)
    return found


@lru_cache(maxsize=64)
def _insert(table: str, columns: str, count: int, end: str) -> str:
    row = f"({_places(columns.count(',') + 1)})"
    return f"INSERT INTO {table} ({columns}) VALUES {','.join([row] * count)} {end}".rstrip()  # noqa: S608  # our own names


def insert(table: str, columns: str, rows: Sequence[Row], end: str = "") -> list[Row]:
    """Writes rows, many in one step. `end` is what stands after the values (ON CONFLICT, RETURNING); answers what that returns."""
    found: list[Row] = []
    start, left = 0, len(rows)
    while left:
        size = 1
        if left > 1:
            size = next(n for n in SIZES if n <= left)
        text = _insert(table, columns, size, end)
        if size == 1:
            flat: Sequence[Any] = rows[start]
        else:
            flat = [value for row in rows[start : start + size] for value in row]
        if "RETURNING" in end:
            found += ask(text, flat)
        else:
            do(text, flat)
        start, left = start + size, left - size
    return found
