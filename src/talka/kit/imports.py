"""Imports: first a preview by row, then the deed, then a report to keep.

A room gives an `ImportView` two functions of its actions: `preview(file)` and `perform(file, only_good=)`; both read the same file.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.functional import Promise
from django.utils.timezone import now
from django.utils.translation import gettext_lazy as _
from django.views import View

from talka.kit import actions, queries
from talka.kit.forms import FileInput
from talka.kit.sheets import csv_response

Text = str | Promise
SHOWN = 200


class State(StrEnum):
    NEW = "new"
    CHANGED = "changed"
    SAME = "same"
    REFUSED = "refused"


STATES: dict[State, Text] = {State.NEW: _("new"), State.CHANGED: _("changed"), State.SAME: _("same as before"), State.REFUSED: _("refused")}


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the file: `number` as a person counts it (the heading is 1), `key` what it is about, `text` what would change, `why` it is refused."""

    number: int
    state: State
    key: str = ""
    text: str = ""
    why: str = ""

    @property
    def state_label(self) -> Text:
        return STATES[State(self.state)]


@dataclass(frozen=True, slots=True)
class _Rows:
    rows: Sequence[Row] = ()
    # What concerns the whole file and stops it: a wrong heading, bytes that are no text.
    trouble: Text = ""
    notes: Sequence[Text] = field(default_factory=tuple)

    def count(self, state: State) -> int:
        return Counter(row.state for row in self.rows)[state]

    @property
    def counts(self) -> list[tuple[State, Text, int]]:
        tally = Counter(row.state for row in self.rows)
        return [(state, label, tally[state]) for state, label in STATES.items()]

    @property
    def refused(self) -> int:
        return self.count(State.REFUSED)

    @property
    def good(self) -> int:
        """Rows that would change something."""
        return self.count(State.NEW) + self.count(State.CHANGED)

    @property
    def shown(self) -> list[Row]:
        """Refused rows first, then the rest, as many as a page bears; the file has all."""
        return sorted(self.rows, key=lambda row: (row.state != State.REFUSED, row.number))[:SHOWN]

    @property
    def more(self) -> int:
        return max(len(self.rows) - SHOWN, 0)


@dataclass(frozen=True, slots=True)
class Preview(_Rows):
    """What would be added, changed, left and refused."""


@dataclass(frozen=True, slots=True)
class Report(_Rows):
    """What was added, changed, left and refused."""

    def as_json(self) -> dict[str, Any]:
        return {"rows": [asdict(row) for row in self.rows], "notes": [str(note) for note in self.notes], "trouble": str(self.trouble)}


def report_of(kept: dict[str, Any]) -> Report:
    """A Report as it was kept by `as_json`."""
    rows = [Row(**{**row, "state": State(row["state"])}) for row in kept["rows"]]
    return Report(rows=rows, trouble=kept["trouble"], notes=tuple(kept["notes"]))


def lines_of(rows: Sequence[Row]) -> Iterator[list[Any]]:
    """The rows as a file has them."""
    for row in rows:
        yield [row.number, STATES[State(row.state)], row.key, row.text, row.why]


HEADS: tuple[Text, ...] = (_("Row"), _("State"), _("Key"), _("What"), _("Why"))


class _FileForm(forms.Form):
    file = forms.FileField(label=_("File"))

    def __init__(self, *args: Any, accept: str, help_text: Text, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["file"].widget = FileInput(accept)
        self.fields["file"].help_text = help_text


class ImportView(View):
    """A page that imports: choose a file, see what it would do, do it, keep the report. Works without JavaScript.

    Subclasses give `kind`, `heading`, `preview` and `perform`; `allowed` raises NotAllowed (or Http404) for others.
    """

    kind: ClassVar[str] = ""
    template_name: ClassVar[str] = "kit/import.html"
    shell: ClassVar[str] = "kit/base.html"
    heading: Text = ""
    lead: Text = ""
    accept: ClassVar[str] = ".csv,text/csv"
    help_text: Text = _("CSV with a heading row. Nothing is changed before you have seen what would happen.")
    largest: ClassVar[int] = 200 * 1024 * 1024
    http_method_names: ClassVar[list[str]] = ["get", "head", "post", "options"]

    def allowed(self) -> None:
        """Raises where this viewer may not import here. Signed in is the least."""
        if not self.request.user.is_authenticated:
            raise PermissionDenied

    def preview(self, file: Path) -> Preview:
        raise NotImplementedError(f"{type(self).__name__} does not say what a file would do.")

    def perform(self, file: Path, *, only_good: bool) -> Report:
        """Does it, in one transaction. Without `only_good` a refused row stops everything."""
        raise NotImplementedError(f"{type(self).__name__} does not import.")

    def context(self) -> dict[str, Any]:
        return {}

    def sample_url(self) -> str:
        """Where a file with the right heading can be fetched."""
        return ""

    def get(self, _request: HttpRequest, *_args: Any, **_kwargs: Any) -> HttpResponseBase:
        self.allowed()
        return self._answer(form=self._form())

    def post(self, request: HttpRequest, *_args: Any, **_kwargs: Any) -> HttpResponseBase:
        self.allowed()
        return self._confirmed(request) if "upload" in request.POST else self._sent(request)

    def _form(self, *args: Any) -> _FileForm:
        return _FileForm(*args, accept=self.accept, help_text=self.help_text)

    def _sent(self, request: HttpRequest) -> HttpResponse:
        form = self._form(request.POST, request.FILES)
        if form.is_valid() and form.cleaned_data["file"].size > self.largest:
            form.add_error("file", _("This file has more than {n} MB.").format(n=self.largest // 1024**2))
        if not form.is_valid():
            return self._answer(form=form, status=422)
        upload = actions.keep_upload(form.cleaned_data["file"], kind=self.kind, by=request.user, at=now())
        preview = self.preview(actions.file_of(upload))
        return self._answer(preview=preview, upload=upload, form=self._form(), status=422 if preview.trouble else 200)

    def _confirmed(self, request: HttpRequest) -> HttpResponse:
        at = now()
        upload = queries.waiting_upload(_uuid(request.POST["upload"]), kind=self.kind, viewer=request.user, at=at)
        if upload is None:
            form = self._form({}, {})
            form.add_error(
                None, _("This file has already been imported, or it waited for more than a day. Send it again; repeating it is safe.")
            )
            return self._answer(form=form, status=409)
        report = self.perform(actions.file_of(upload), only_good="only_good" in request.POST)
        actions.take_upload(upload, at=at, report=report.as_json())
        return redirect("kit:report", upload.uuid)

    def _answer(self, *, status: int = 200, **values: Any) -> HttpResponse:
        shared = {"heading": self.heading, "lead": self.lead, "shell": self.shell, "sample_url": self.sample_url()}
        return render(self.request, self.template_name, {**shared, **values, **self.context()}, status=status)


def _uuid(text: str) -> Any:
    try:
        return forms.UUIDField().clean(text)
    except forms.ValidationError:
        return None


def report_csv(name: str, report: Report) -> HttpResponseBase:
    return csv_response(name, HEADS, lines_of(report.rows))
