"""The lists of this room."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.utils.formats import number_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from talka.kit.imports import Preview, Report, Row, State
from talka.kit.tables import Column, Date, Number, Table
from talka.surveys.actions import ImportReport, words
from talka.surveys.models import NeedDecision, Survey
from talka.surveys.queries import RankedNeed
from talka.surveys.rules.times import state_of

STATE_TAGS = {"open": "", "planned": "info", "closed": "plain", "draft": "plain"}
VERDICT_TAGS = {NeedDecision.Verdict.ACCEPT: "", NeedDecision.Verdict.MERGE: "info", NeedDecision.Verdict.REJECT: "plain"}
NUMBERS = {"td": {"class": "n"}, "th": {"class": "n"}}
# On a phone the rank, the score and the decision are enough; the need's own page has the rest.
BESIDE = {"td": {"class": "n wide-only"}, "th": {"class": "n"}}


def state_words() -> dict[str, str]:
    return {"draft": gettext("not open yet"), "planned": gettext("opens later"), "open": gettext("open"), "closed": gettext("closed")}


def test_words() -> dict[str, str]:
    """How an earlier answer is compared."""
    return {
        "eq": gettext("is"),
        "ne": gettext("is not"),
        "lt": gettext("is less than"),
        "gt": gettext("is more than"),
        "has": gettext("has"),
        "answered": gettext("was answered"),
    }


def number(value: float | None, places: int = 1) -> str:
    """A number in the reader's language; nothing as a dash."""
    return "–" if value is None else number_format(round(value, places), places, use_l10n=True).replace("-", "−")


def _import_rows(report: ImportReport) -> list[Row]:
    rows = [Row(r.row, State(r.state), r.respondent, ", ".join(r.columns)) for r in report.rows]
    reasons: dict[int, list[str]] = {}
    for refusal in report.refused:
        reasons.setdefault(refusal.row, []).append(f"{refusal.column}: {words(refusal)}" if refusal.column else words(refusal))
    rows += [Row(number, State.REFUSED, "", "", " ".join(why)) for number, why in reasons.items()]
    return sorted(rows, key=lambda row: row.number)


def _trouble(report: ImportReport) -> str:
    return " ".join(f"{r.column}: {words(r)}" if r.column else words(r) for r in report.refused) if report.broken else ""


def preview_of(report: ImportReport) -> Preview:
    """What a file of answers would do, for the kit's import page."""
    return Preview(rows=() if report.broken else _import_rows(report), trouble=_trouble(report), notes=report.notes)


def report_of(report: ImportReport) -> Report:
    """What a file of answers did. A file that was not taken because of refused rows says so."""
    trouble = _trouble(report)
    if not trouble and not report.done:
        trouble = gettext("Rows were refused since the preview, so nothing was imported. Send the file again.")
    return Report(rows=_import_rows(report), trouble=trouble, notes=report.notes)


class SurveyTable(Table):
    title = Column(verbose_name=_("Survey"))
    state = Column(verbose_name=_("State"), accessor="pk", orderable=False)
    answered = Number(verbose_name=_("Answers"))
    closes_at = Date(verbose_name=_("Closes"), default="–")
    created_at = Date(verbose_name=_("Made"))

    def __init__(self, *args: Any, address: Callable[[str], str], now: datetime, **kwargs: Any) -> None:
        self.address, self.now = address, now
        super().__init__(*args, **kwargs)

    def render_title(self, value: str, record: Survey) -> SafeString:
        return format_html('<a href="{}">{}</a>', self.address(record.slug), value)

    def render_state(self, record: Survey) -> SafeString:
        state = state_of(record.opens_at, record.closes_at, self.now)
        return format_html('<span class="tag {}">{}</span>', STATE_TAGS[state], state_words()[state])

    def value_state(self, record: Survey) -> str:
        return state_words()[state_of(record.opens_at, record.closes_at, self.now)]

    def render_closes_at(self, value: datetime) -> str:
        return Date().render(value.date())

    def render_created_at(self, value: datetime) -> str:
        return Date().render(value.date())


class RankingTable(Table):
    """The ranked needs. What the page shows as one cell, the file gives as columns of numbers."""

    only_in_file = ("rank_low", "rank_high", "low", "high")
    text = Column(verbose_name=_("Need"))
    rank = Column(verbose_name=_("Rank"), empty_values=(), attrs=NUMBERS)
    rank_low = Column(verbose_name=_("Rank, best"), accessor="figures__rank_low", visible=False)
    rank_high = Column(verbose_name=_("Rank, worst"), accessor="figures__rank_high", visible=False)
    score = Column(verbose_name=_("Score"), attrs=NUMBERS)
    low = Column(verbose_name=_("from"), visible=False)
    high = Column(verbose_name=_("to"), visible=False)
    share = Number(verbose_name=_("% of greatest"), decimals=0, attrs=BESIDE)
    importance = Number(verbose_name=_("Importance"), decimals=2, attrs=BESIDE)
    ability = Number(verbose_name=_("Ability"), decimals=2, attrs=BESIDE)
    discrepancy = Number(verbose_name=_("Ranked discrepancy"), decimals=0, attrs=BESIDE)
    n = Number(verbose_name=_("n"), attrs=BESIDE)
    decision = Column(verbose_name=_("Decision"), orderable=False, empty_values=())

    def __init__(self, *args: Any, address: Callable[[str], str], **kwargs: Any) -> None:
        self.address = address
        super().__init__(*args, **kwargs)

    def render_text(self, record: RankedNeed) -> SafeString:
        if record.hidden or record.need is None:
            return format_html('{} <span class="meta">{}</span>', record.text, gettext("too few answers to show"))
        top = format_html(' <span class="tag info">{}</span>', gettext("may be in the top 5")) if record.could_be_top else ""
        return format_html('<a href="{}">{}</a>{}', self.address(record.code), record.text, top)

    def value_text(self, record: RankedNeed) -> str:
        return record.text

    def render_rank(self, record: RankedNeed) -> str:
        return record.ranks or "–"

    def value_rank(self, record: RankedNeed) -> int | None:
        return record.rank

    def render_score(self, record: RankedNeed) -> SafeString:
        if record.low is None:
            return format_html("{}", number(record.score))
        return format_html(
            '<span><strong>{}</strong> <span class="meta">{}–{}</span></span>',
            number(record.score),
            number(record.low),
            number(record.high),
        )

    def value_score(self, record: RankedNeed) -> float | None:
        return record.score

    def render_decision(self, record: RankedNeed) -> SafeString | str:
        if record.decision is None:
            return ""
        tag = VERDICT_TAGS[NeedDecision.Verdict(record.decision.verdict)]
        return format_html('<span class="tag {}">{}</span>', tag, record.decision.get_verdict_display())

    def value_decision(self, record: RankedNeed) -> str:
        return str(record.decision.get_verdict_display()) if record.decision else ""
