"""Lists: search, filters as links, sorting, pages of 25, CSV equal to the screen, and an empty state that says what belongs here.

A complete example stands in docs/style.md.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, ClassVar

import django_tables2
from django.core.paginator import Page, Paginator
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.formats import date_format, number_format
from django.utils.functional import Promise
from django.utils.http import urlencode
from django.utils.safestring import SafeString
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _
from django.views import View

from talka.kit.sheets import csv_response
from talka.kit.text import plain

Text = str | Promise
PER_PAGE = 25


class Column(django_tables2.Column):
    """Text; an empty value shows as a dash."""


class Number(django_tables2.Column):
    """A number in the reader's way of writing, set to the right; `decimals` rounds what is shown, never what is exported.

    `nought` is shown in place of 0: a price of nothing is "free".
    """

    attrs: ClassVar[dict[str, Any]] = {"td": {"class": "n"}, "th": {"class": "n"}}

    def __init__(self, *args: Any, decimals: int | None = None, unit: str = "", nought: str | Promise = "", **kwargs: Any) -> None:
        kwargs.setdefault("attrs", self.attrs)
        super().__init__(*args, **kwargs)
        self.decimals, self.unit, self.nought = decimals, unit, nought

    def render(self, value: Any) -> str:
        if self.nought and not value:
            return str(self.nought)
        # Django's number_format cuts off; people round.
        near = value if self.decimals is None else round(value, self.decimals)
        shown = number_format(near, decimal_pos=self.decimals, use_l10n=True, force_grouping=True)
        return f"{shown} {self.unit}" if self.unit else shown

    def value(self, value: Any) -> Any:
        return value


class Date(django_tables2.Column):
    """A day, or a moment with its time, in the reader's way of writing and time zone."""

    attrs: ClassVar[dict[str, Any]] = {"td": {"class": "day"}}

    def render(self, value: Any) -> str:
        return _when(value)

    def value(self, value: Any) -> Any:
        return value


def _when(value: date) -> str:
    """A day, or a moment with its time."""
    if isinstance(value, datetime):
        return date_format(localtime(value), "SHORT_DATETIME_FORMAT")
    return date_format(value, "SHORT_DATE_FORMAT")


class Link(django_tables2.Column):
    """Text that leads to a page: `view` with `args` (accessors on the row), or `url`, a function of the row."""

    def __init__(
        self, *args: Any, view: str = "", args_from: Sequence[str] = (), url: Callable[[Any], str] | None = None, **kwargs: Any
    ) -> None:
        if url is not None:
            # django-tables2 calls it only if it knows every argument by name.
            kwargs["linkify"] = lambda record: url(record)  # noqa: PLW0108  # the name counts
        elif view:
            kwargs["linkify"] = {"viewname": view, "args": [django_tables2.A(name) for name in args_from]}
        super().__init__(*args, **kwargs)

    def render(self, value: Any) -> Any:
        return _when(value) if isinstance(value, date) else value

    def value(self, value: Any) -> Any:
        return value


class Tag(django_tables2.TemplateColumn):
    """A state as a tag: `kinds` maps a raw value to a class of tags ("due", "bad", "info", "plain")."""

    def __init__(self, *args: Any, kinds: dict[Any, str] | None = None, **kwargs: Any) -> None:
        super().__init__(*args, template_code="{% if value %}<span class='tag {{ tag }}'>{{ value }}</span>{% endif %}", **kwargs)
        self.kinds = kinds or {}

    def render(self, record: Any, table: Any, value: Any, bound_column: Any, **kwargs: Any) -> Any:
        raw = bound_column.accessor.resolve(record, quiet=True)
        self.extra_context = {"tag": self.kinds.get(raw, "")}
        return super().render(record, table, value, bound_column, **kwargs)

    def value(self, **kwargs: Any) -> Any:
        return kwargs["value"]


class Table(django_tables2.Table):
    """Base of the house's tables; `kit/table.html` draws it."""

    class Meta:
        template_name = "kit/table.html"


@dataclass(frozen=True, slots=True)
class Way:
    """One choice of a filter as a link."""

    label: Text
    url: str
    current: bool


class Filter:
    """A question with a few answers, each a link. `apply` narrows the rows; an unknown answer narrows nothing."""

    def __init__(
        self, name: str, label: Text, lookup: str, choices: Iterable[tuple[Any, Text]] | Callable[[], Iterable[tuple[Any, Text]]]
    ) -> None:
        self.name, self.label, self.lookup, self._choices = name, label, lookup, choices

    def choices(self) -> list[tuple[str, Text]]:
        made = self._choices() if callable(self._choices) else self._choices
        return [(str(value), label) for value, label in made]

    def chosen(self, request: HttpRequest) -> str:
        asked = request.GET.get(self.name, "")
        return asked if asked in {value for value, _label in self.choices()} else ""

    def narrow(self, rows: Any, chosen: str) -> Any:
        return rows.filter(**{self.lookup: chosen})

    def ways(self, request: HttpRequest) -> list[Way]:
        chosen = self.chosen(request)
        every = Way(_("All"), address(request, **{self.name: None, "page": None}), current=not chosen)
        return [
            every,
            *(Way(label, address(request, **{self.name: value, "page": None}), current=value == chosen) for value, label in self.choices()),
        ]


class Choice(Filter):
    """Rows whose `lookup` equals the chosen value."""


class YesNo(Filter):
    """Rows for which `when` (a Q) holds, or does not."""

    def __init__(self, name: str, label: Text, when: Q, *, yes: Text = "", no: Text = "") -> None:
        super().__init__(name, label, "", [("yes", yes or _("Yes")), ("no", no or _("No"))])
        self.when = when

    def narrow(self, rows: Any, chosen: str) -> Any:
        return rows.filter(self.when) if chosen == "yes" else rows.exclude(self.when)


def address(request: HttpRequest, **changes: Any) -> str:
    """This page's address with some of its questions changed; None takes one away."""
    asked = {key: values for key, values in request.GET.lists() if key not in changes}
    asked |= {key: [value] for key, value in changes.items() if value is not None}
    query = urlencode(asked, doseq=True)
    return f"{request.path}?{query}" if query else request.path


def searched(rows: QuerySet[Any], words: str, fields: Sequence[str]) -> QuerySet[Any]:
    """Rows in which every word occurs in one of `fields`."""
    for word in words.split()[:8]:
        found = Q()
        for field in fields:
            found |= Q(**{f"{field}__icontains": word})
        rows = rows.filter(found)
    return rows


@dataclass(slots=True)
class Listing:
    """A list as its page shows it: the template's one value, named `listing`."""

    table: django_tables2.Table
    page: Page
    filters: list[tuple[Text, list[Way]]]
    searchable: bool
    q: str
    narrowed: bool
    csv_url: str
    clear_url: str
    kept: list[tuple[str, str]]
    empty: dict[str, Any]
    label: Text
    previous_url: str = ""
    next_url: str = ""

    @property
    def count(self) -> int:
        return self.page.paginator.count


class ListView(View):
    """A list on its own page. Give `table_class` and `queryset(viewer)`; the rest is optional. Works without JavaScript.

    Two queries, whatever the number of rows: how many, and one page. `?q=` searches, `?sort=-name` sorts, `?page=2`, `?format=csv`.
    """

    table_class: ClassVar[type[django_tables2.Table]]
    template_name: ClassVar[str] = "kit/list.html"
    shell: ClassVar[str] = "kit/base.html"
    heading: Text = ""
    lead: Text = ""
    search_fields: ClassVar[Sequence[str]] = ()
    search_label: Text = _("Search this list")
    filters: ClassVar[Sequence[Filter]] = ()
    order: ClassVar[Sequence[str]] = ()
    per_page: ClassVar[int] = PER_PAGE
    empty_what: Text = _("Nothing is here yet.")
    empty_why: Text = ""
    http_method_names: ClassVar[list[str]] = ["get", "head", "options"]

    def queryset(self, viewer: Any) -> Any:
        """All rows that `viewer` may see: one call of the room's queries. A list of objects or dicts does too, without filters."""
        raise NotImplementedError(f"{type(self).__name__} does not say which rows it lists.")

    def first_step(self, viewer: Any) -> tuple[str, str] | None:  # noqa: ARG002  # what rooms override
        """(address, words) of what to do where the list is empty, if the viewer may."""
        return None

    def context(self) -> dict[str, Any]:
        """What the room's own template needs besides."""
        return {}

    def table_options(self) -> dict[str, Any]:
        """Further arguments of the table, such as `exclude`."""
        return {}

    def crumbs(self) -> list[tuple[Text, str]]:
        return []

    def file_name(self) -> str:
        return str(self.heading or self.table_class.__name__)

    def narrowed(self) -> tuple[Any, bool]:
        """The rows that were asked for, and whether anything was asked."""
        rows, asked = self.queryset(self.request.user), False
        if self.search_fields and (words := self.request.GET.get("q", "").strip()):
            rows, asked = self.searched(rows, words), True
        for one in self.filters:
            if chosen := one.chosen(self.request):
                rows, asked = one.narrow(rows, chosen), True
        return rows, asked

    def searched(self, rows: Any, words: str) -> Any:
        return searched(rows, words, self.search_fields)

    def get(self, request: HttpRequest, *_args: Any, **_kwargs: Any) -> HttpResponseBase:
        rows, asked = self.narrowed()
        table = self.table_class(
            rows, order_by=request.GET.get("sort") or tuple(self.order) or None, request=request, **self.table_options()
        )
        if request.GET.get("format") == "csv":
            columns = exported(table)
            return csv_response(self.file_name(), [column.header for column in columns], values_of(table, columns))
        listing = self.listing(table, narrowed=asked)
        context = {
            "listing": listing,
            "table": table,
            "heading": self.heading,
            "lead": self.lead,
            "shell": self.shell,
            "crumbs": self.crumbs(),
        }
        return self.answer(request, {**context, **self.context()})

    def answer(self, request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
        return render(request, self.template_name, context)

    def listing(self, table: django_tables2.Table, *, narrowed: bool) -> Listing:
        request = self.request
        page = Paginator(table.rows, self.per_page).get_page(request.GET.get("page"))
        table.page = page
        step = self.first_step(request.user)
        return Listing(
            table=table,
            page=page,
            filters=[(one.label, one.ways(request)) for one in self.filters],
            searchable=bool(self.search_fields),
            q=request.GET.get("q", ""),
            narrowed=narrowed,
            csv_url=address(request, format="csv", page=None),
            clear_url=request.path,
            kept=[(k, v) for k, v in request.GET.items() if k not in {"q", "page", "format"}],
            empty={"what": self.empty_what, "why": self.empty_why, "url": step[0] if step else "", "step": step[1] if step else ""},
            label=self.search_label,
            previous_url=address(request, page=page.previous_page_number()) if page.has_previous() else "",
            next_url=address(request, page=page.next_page_number()) if page.has_next() else "",
        )


def exported(table: django_tables2.Table) -> list[Any]:
    """The columns that a file has: those on the screen, without buttons, and what the screen packs into a cell (`only_in_file`)."""
    apart = getattr(table, "only_in_file", ())
    return [c for c in table.columns.iterall() if (c.visible or c.name in apart) and not c.column.exclude_from_export]


def values_of(table: django_tables2.Table, columns: Sequence[Any]) -> Iterator[list[Any]]:
    """The rows as a file has them: numbers and dates as they are, everything else as the words on the screen."""
    for row in table.rows:
        yield [_value(row, column) for column in columns]


def _value(row: Any, column: Any) -> Any:
    raw = column.accessor.resolve(row.record, quiet=True) if column.accessor else None
    shown = f"value_{column.name}"
    if (
        not hasattr(row.table, shown)
        and (raw is None or isinstance(raw, int | float | Decimal | date))
        and not getattr(row.record, f"get_{column.name}_display", None)
    ):
        return raw
    text = row.get_cell_value(column.name)
    return plain(text) if isinstance(text, SafeString) else text
