"""A figure is more than its picture."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import StreamingHttpResponse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from talka.kit.charts.render import Size, Spec, svg
from talka.kit.sheets import csv_response

Text = str | Promise


@dataclass(frozen=True, slots=True)
class Columns:
    """The numbers behind a figure, as a person reads them."""

    heads: Sequence[Text]
    rows: Sequence[Sequence[Any]]


@dataclass(frozen=True, slots=True)
class Figure:
    """What `{% figure %}` shows. With `hidden` the picture and the numbers are not here at all, so that nothing can leak."""

    title: Text
    computed_at: datetime
    spec: Spec | None
    table: Columns
    subtitle: Text = ""
    n: int | None = None
    n_label: Text = ""
    definition: str = ""
    csv_url: str = ""
    alt: Text = ""
    note: Text = ""
    hidden: Text = ""
    # Takes the whole row where figures stand side by side: a tall picture beside a low one leaves a hole.
    wide: bool = False

    @property
    def name(self) -> str:
        """What a screen reader says for the picture."""
        return str(self.alt or self.title)


def figure(
    spec: Spec | None,
    *,
    title: Text,
    n: int | None,
    computed_at: datetime,
    table: Columns,
    definition: str = "",
    csv_url: str = "",
    minimum: int = 0,
    subtitle: Text = "",
    n_label: Text = "",
    alt: Text = "",
    note: Text = "",
    wide: bool = False,
) -> Figure:
    """A figure of `n` people.

    `title` says the finding. `n_label` replaces "42 people" ("146 of 150 answered"). `definition` is the address of the definition,
    `csv_url` of the numbers. Below `minimum` people the figure has no picture and no numbers and says so. `note` says what is drawn
    ("80 % interval shaded"). `spec` None shows the table alone. `wide` gives it a row of its own among others.
    """
    if n is not None and n < minimum:
        hidden = _("Fewer than {n} people: not shown, so that nobody can be recognised.").format(n=minimum)
        return Figure(
            title=title,
            computed_at=computed_at,
            spec=None,
            table=Columns(table.heads, []),
            subtitle=subtitle,
            definition=definition,
            hidden=hidden,
        )
    if not n_label and n is not None:
        n_label = ngettext("{n} person", "{n} people", n).format(n=n)
    return Figure(title, computed_at, spec, table, subtitle, n, n_label, definition, csv_url, alt, note, wide=wide)


def draw(figures: Iterable[Figure]) -> None:
    """Draws what `{% figure %}` will show of them, so that a visitor does not wait for it."""
    for fig in figures:
        if fig.spec is not None and not fig.hidden:
            for size in Size:
                svg(fig.spec, size)


def figure_csv(fig: Figure, name: str = "") -> StreamingHttpResponse:
    """The figure's numbers as a file. A hidden figure's file has its heads and says in one line why there is nothing more."""
    rows = [[fig.hidden]] if fig.hidden else fig.table.rows
    return csv_response(name or str(fig.title), fig.table.heads, rows)
