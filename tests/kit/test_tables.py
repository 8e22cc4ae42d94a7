"""Lists: what is shown, what is exported, what it costs."""

import csv
import io
from datetime import UTC, datetime

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db.models import Q
from django.utils.translation import override

from talka.kit import tables
from talka.kit.sheets import cell
from talka.people.models import User
from tests.factories.people import person


class PeopleTable(tables.Table):
    name = tables.Link(url=lambda user: f"/people/{user.uuid}/", verbose_name="Name")
    number = tables.Number(accessor="pk", verbose_name="Number", decimals=1)
    date_joined = tables.Date(verbose_name="Since")
    language = tables.Tag(kinds={"de": "due"}, verbose_name="Language")


class People(tables.ListView):
    table_class = PeopleTable
    heading = "People"
    search_fields = ("name", "email")
    filters = (
        tables.Choice("lang", "Language", "language", [("de", "German"), ("en", "English")]),
        tables.YesNo("sample", "Sample", Q(is_sample=True)),
    )
    order = ("name",)
    empty_what = "Nobody is here yet."

    def queryset(self, viewer):
        return User.objects.all()

    def first_step(self, viewer):
        return "/invite/", "Invite somebody"


@pytest.fixture
def ask(rf, db):
    def get(query=""):
        request = rf.get(f"/people/{query}")
        request.user = AnonymousUser()
        return People.as_view()(request)

    return get


def rows_of(response):
    return list(csv.reader(io.StringIO(b"".join(response.streaming_content).decode().removeprefix("\ufeff"))))


@pytest.mark.parametrize("count", [1, 3])
def test_a_list_costs_two_queries_however_long(ask, count, django_assert_num_queries):
    for _n in range(count):
        person()
    with django_assert_num_queries(2):
        html = ask().content.decode()
    assert html.count("<tr role=") == count + 1


def test_search_filters_and_sort_combine_and_survive_in_links(ask):
    person("Ada Alder", language="de")
    person("Bea Birch", language="de")
    person("Cid Cedar", language="en")
    html = ask("?lang=de&q=b&sort=-name").content.decode()
    assert "Bea Birch" in html
    assert "Ada Alder" not in html
    assert "Cid Cedar" not in html
    assert '<input type="hidden" name="lang" value="de">' in html
    assert 'href="/people/?q=b&amp;sort=-name&amp;lang=en"' in html
    assert 'aria-sort="descending"' in html


def test_an_unknown_filter_answer_narrows_nothing(ask):
    person("Ada Alder", language="de")
    assert "Ada Alder" in ask("?lang=xx").content.decode()


def test_pages_of_25(ask):
    for n in range(26):
        person(f"P{n:02}")
    first, second = ask().content.decode(), ask("?page=2").content.decode()
    assert "P24" in first
    assert "P25" not in first
    assert "P25" in second
    assert "Page 2 of 2" in second


def test_the_file_equals_the_screen_with_real_numbers_and_dates(ask):
    user = person("=SUM(A1)", language="de")
    person("Other", language="en")
    with override("de"):
        heads, *rows = rows_of(ask("?lang=de&format=csv"))
    assert heads == ["Name", "Number", "Since", "Language"]
    assert rows == [["'=SUM(A1)", str(user.pk), rows[0][2], "de"]]
    assert rows[0][2][:5] == user.date_joined.strftime("%Y-")


def test_empty_says_what_belongs_here_and_no_match_says_so(ask):
    assert "Nobody is here yet." in ask().content.decode()
    assert "Invite somebody" in ask().content.decode()
    person("Ada")
    assert "Nothing matches." in ask("?q=zzz").content.decode()


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("=1+1", "'=1+1"),
        ("+49", "'+49"),
        ("-x", "'-x"),
        ("@a", "'@a"),
        ("\tx", "'\tx"),
        (-3, -3),
        (2.5, 2.5),
        (None, ""),
        ("plain", "plain"),
    ],
)
def test_no_cell_is_run_as_a_formula(value, expected):
    assert cell(value) == expected


def test_a_moment_that_is_a_link_is_written_as_every_moment(db):
    class Joined(tables.Table):
        date_joined = tables.Link(url=lambda user: f"/people/{user.uuid}/", verbose_name="Since")
        also = tables.Date(accessor="date_joined", verbose_name="Also")

    someone = person(name="Ada", date_joined=datetime(2026, 3, 2, 12, 30, 15, 123456, tzinfo=UTC))
    row = Joined([someone]).rows[0]
    assert row.get_cell("date_joined") == f'<a href="/people/{someone.uuid}/">{row.get_cell("also")}</a>'
    assert row.get_cell_value("date_joined") == someone.date_joined
