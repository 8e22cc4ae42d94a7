from pathlib import Path

from talka.courses.exchange import limits
from talka.courses.exchange.formats import OUT
from talka.courses.exchange.page import NAMES, written

PAGE = Path(__file__).parents[3] / "docs" / "exchange.md"


def test_the_page_is_what_the_tables_say():
    assert PAGE.read_text() == written(), "python -m talka.courses.exchange.page > docs/exchange.md"


def test_every_format_that_goes_out_has_its_list():
    assert set(OUT) == set(NAMES) == set(limits.LOSSES) == set(limits.LEFT_OUT)
