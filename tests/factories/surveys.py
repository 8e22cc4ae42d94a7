"""Surveys with a few items, and answers to them."""

from datetime import UTC, datetime
from itertools import count

from talka.clusters.models import Cluster
from talka.surveys import actions
from talka.surveys.models import Survey

_number = count(1)
SPRING = datetime(2026, 2, 1, 9, tzinfo=UTC)
CODES = ("funding", "leading", "digital")


def definition(**changes) -> dict:
    """Three pairs, two audiences, scale 1 to 5."""
    return {
        "format": "talka-survey/1",
        "key": "needs",
        "title": "Needs",
        "language": "en",
        "identity": "pseudonymous",
        "questionnaires": [{"audience": "managers", "title": "Managers"}, {"audience": "partners", "title": "Partners"}],
        "sections": [{"title": "What matters", "items": [{"code": c, "kind": "need", "text": c.title()} for c in CODES]}],
        **changes,
    }


def survey(cluster: Cluster, *, slug: str = "", opens_at: datetime | None = None, closes_at: datetime | None = None, **changes) -> Survey:
    times = {"opens_at": opens_at, "closes_at": closes_at}
    return actions.load_survey(definition(**changes), cluster=cluster, by=None, at=SPRING, slug=slug or f"needs-{next(_number)}", **times)


def csv(*rows: str, header: str = "") -> bytes:
    """A file of answers to `survey`; each row holds respondent, audience and then six numbers."""
    columns = header or "respondent,audience," + ",".join(f"{c}.importance,{c}.ability" for c in CODES)
    return "\n".join([columns, *rows, ""]).encode()


def answers(of: Survey, managers: int, partners: int = 0, *, start: int = 0) -> None:
    """So many people answered: funding is the greatest need, then leading, then digital."""
    rows = []
    for n in range(start, start + managers + partners):
        audience = "managers" if n - start < managers else "partners"
        rows.append(f"r{n},{audience},5,{1 + n % 2},{4 + n % 2},3,{3 + n % 2},{3 + n % 2}")
    report = actions.import_answers(of, csv(*rows), by=None, at=SPRING)
    assert report.done, report.as_text()
