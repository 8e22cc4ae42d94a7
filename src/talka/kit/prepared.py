"""A query that is compiled once and asked often.

For the few queries of the busiest pages: Django turns a queryset into SQL anew each time, which costs several times what the database takes.

    topic_at = Prepared(lambda course, slug: Topic.objects.filter(course__slug=course, slug=slug), str, str)
    rows = topic_at("clusters", "what-a-cluster-is")

The queryset must be the same for all values: no `None`, no lists, nothing chosen by what a value is. Rows are what the queryset would give.
"""

import copy
from collections.abc import Callable
from datetime import date
from typing import Any, Generic, TypeVar, cast

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.models import QuerySet

Row = TypeVar("Row")

# Two values of each kind that no real query has; where the two compilations differ, a value stands.
_MARKS: dict[type, tuple[Callable[[int], Any], Callable[[int], Any]]] = {
    int: (lambda n: -7_000_000_001 - n, lambda n: -8_000_000_001 - n),
    str: (lambda n: f"\x02prepared-{n}", lambda n: f"\x03prepared-{n}"),
    date: (lambda n: date(9998, 1, 1 + n), lambda n: date(9999, 1, 1 + n)),
}


class NotTheSame(Exception):
    """The queryset's SQL depends on its values, so it can't be prepared."""


class Prepared(Generic[Row]):
    """`make(*values)` answers a queryset; `kinds` are the types of the values: int (keys too), str or date."""

    def __init__(self, make: Callable[..., QuerySet[Any, Row]], *kinds: type) -> None:
        self._make, self._kinds = make, kinds
        self._ready: tuple[QuerySet[Any, Row], Any, str, list[int | None], list[Any]] | None = None

    def __call__(self, *values: Any) -> list[Row]:
        """All rows. One query, nothing compiled after the first time."""
        made, compiled, sql, places, fixed = self._ready or self._compile()
        connection = connections[DEFAULT_DB_ALIAS]
        sent = [connection.ops.adapt_datefield_value(v) if isinstance(v, date) else v for v in values]
        compiler = copy.copy(compiled)
        compiler.connection = connection
        compiler.as_sql = lambda *_a, **_k: (sql, tuple(f if p is None else sent[p] for p, f in zip(places, fixed, strict=True)))
        query = copy.copy(made.query)
        query.get_compiler = lambda *_a, **_k: compiler  # type: ignore[method-assign]
        rows = type(made)(model=made.model, query=query, using=made.db)
        rows._iterable_class, rows._fields = made._iterable_class, made._fields  # type: ignore[attr-defined]  # noqa: SLF001
        return list(rows)

    def one(self, *values: Any) -> Row | None:
        """The first row, if there is one."""
        return next(iter(self(*values)), None)

    def _compile(self) -> tuple[QuerySet[Any, Row], Any, str, list[int | None], list[Any]]:
        connection = connections[DEFAULT_DB_ALIAS]
        first, second = ([_MARKS[kind][which](n) for n, kind in enumerate(self._kinds)] for which in (0, 1))
        made = self._make(*first)
        compiler = made.query.get_compiler(DEFAULT_DB_ALIAS)
        sql, params = compiler.as_sql()
        other_sql, other = self._make(*second).query.get_compiler(DEFAULT_DB_ALIAS).as_sql()
        if sql != other_sql or len(params) != len(other):
            raise NotTheSame(sql)
        marks = [connection.ops.adapt_datefield_value(v) if isinstance(v, date) else v for v in first]
        places = [marks.index(a) if a != b else None for a, b in zip(params, other, strict=True)]
        self._ready = (made, compiler, cast("str", sql), places, list(params))
        return self._ready
