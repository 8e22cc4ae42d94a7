"""The lists of this room."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.utils.formats import number_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from talka.kit.tables import Column, Date, Number, Table
from talka.surveys.models import NeedDecision, Survey
from talka.surveys.queries import RankedNeed
from talka.surveys.rules.times import state_of

STATE_TAGS = {"open": "", "planned": "info", "closed": "plain", "draft": "plain"}
VERDICT_TAGS = {NeedDecision.Verdict.ACCEPT: "", NeedDecision.Verdict.MERGE: "info", NeedDecision.Verdict.REJECT: "plain"}
NUMBERS = {"td": {"class": "n"}, "th": {"class": "n"}}


def state_words() -> dict[str, str]:
    return {"draft": _t("not open yet"), "planned": _t("opens later"), "open": _t("open"), "closed": _t("closed")}


def number(value: float | None, places: int = 1) -> str:
    """A number in the reader's language; nothing as a dash."""
    return "–" if value is None else number_format(round(value, places), places, use_l10n=True)


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

    text = Column(verbose_name=_("Need"))
    rank = Column(verbose_name=_("Rank"), empty_values=(), attrs=NUMBERS)
    rank_low = Column(verbose_name=_("Rank, best"), accessor="figures__rank_low", visible=False)
    rank_high = Column(verbose_name=_("Rank, worst"), accessor="figures__rank_high", visible=False)
    score = Column(verbose_name=_("Score"), attrs=NUMBERS)
    share = Number(verbose_name=_("% of greatest"), decimals=0)
    importance = Number(verbose_name=_("Importance"), decimals=2)
    ability = Number(verbose_name=_("Ability"), decimals=2)
    discrepancy = Number(verbose_name=_("Ranked discrepancy"), decimals=0)
    n = Number(verbose_name=_("n"))
    decision = Column(verbose_name=_("Decision"), orderable=False, empty_values=())

    def __init__(self, *args: Any, address: Callable[[str], str], **kwargs: Any) -> None:
        self.address = address
        super().__init__(*args, **kwargs)

    def render_text(self, record: RankedNeed) -> SafeString:
        if record.hidden or record.need is None:
            return format_html('{} <span class="meta">{}</span>', record.text, _t("too few answers to show"))
        top = format_html(' <span class="tag info">{}</span>', _t("may be in the top 5")) if record.could_be_top else ""
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
        return format_html('<strong>{}</strong> <span class="meta">{}–{}</span>', number(record.score), number(record.low), number(record.high))

    def value_score(self, record: RankedNeed) -> float | None:
        return record.score

    def render_decision(self, record: RankedNeed) -> SafeString | str:
        if record.decision is None:
            return ""
        tag = VERDICT_TAGS[NeedDecision.Verdict(record.decision.verdict)]
        return format_html('<span class="tag {}">{}</span>', tag, record.decision.get_verdict_display())

    def value_decision(self, record: RankedNeed) -> str:
        return str(record.decision.get_verdict_display()) if record.decision else ""
