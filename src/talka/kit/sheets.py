"""CSV that a spreadsheet reads rightly: numbers are numbers, dates are ISO 8601, and no cell is run as a formula."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.http import StreamingHttpResponse
from django.utils.text import slugify
from django.utils.timezone import is_aware, localtime
from django.utils.translation import gettext as _

# A spreadsheet runs what begins with one of these.
FORMULA = ("=", "+", "-", "@", "\t", "\r")
BOM = "\ufeff"


def cell(value: Any) -> str | int | float | Decimal:
    """One value as a cell. Text that a spreadsheet would run is led by an apostrophe; numbers, negative ones too, stay numbers."""
    match value:
        case None:
            return ""
        case bool():
            return _("yes") if value else _("no")
        case int() | float() | Decimal():
            return value
        case datetime():
            return (localtime(value) if is_aware(value) else value).strftime("%Y-%m-%d %H:%M:%S")
        case date():
            return value.isoformat()
    text = str(value)
    return f"'{text}" if text.startswith(FORMULA) else text


class _Line:
    """What csv.writer writes to: hands each line back."""

    def write(self, line: str) -> str:
        return line


def lines(heads: Sequence[Any], rows: Iterable[Sequence[Any]]) -> Iterator[str]:
    """The lines of a CSV file, the first with a byte order mark, without which a common spreadsheet misreads ä and ł."""
    writer = csv.writer(_Line())
    yield BOM + writer.writerow([cell(str(head)) for head in heads])
    for row in rows:
        yield writer.writerow([cell(value) for value in row])


def csv_response(name: str, heads: Sequence[Any], rows: Iterable[Sequence[Any]]) -> StreamingHttpResponse:
    """A CSV file to download, written while it is read."""
    response = StreamingHttpResponse(lines(heads, rows), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{slugify(name) or "talka"}.csv"'
    return response
