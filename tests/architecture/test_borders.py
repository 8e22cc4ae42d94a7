"""Every address of ours, tried by every kind of viewer. A new address without a row in tests/borders fails here."""

import importlib
import pkgutil
from collections.abc import Iterator

import pytest
from django.urls import URLPattern, URLResolver, get_resolver, reverse

import tests.borders
from tests.borders import VIEWERS, Row, world

MODULES = [importlib.import_module(f"tests.borders.{m.name}") for m in pkgutil.iter_modules(tests.borders.__path__) if m.name != "world"]
ROWS: list[Row] = [row for module in MODULES for row in module.ROWS]


def addresses(resolver: URLResolver, space: str = "") -> Iterator[str]:
    """Names of all addresses in our own spaces: those whose map is a module of ours."""
    for pattern in resolver.url_patterns:
        if isinstance(pattern, URLResolver):
            ours = getattr(pattern.urlconf_module, "__name__", "").startswith("talka.")
            yield from addresses(pattern, pattern.namespace or "" if ours else space)
        elif isinstance(pattern, URLPattern) and space:
            yield f"{space}:{pattern.name}"


def test_every_address_has_a_row():
    missing = set(addresses(get_resolver())) - {row.name for row in ROWS}
    assert not missing, "add a row for each to tests/borders/<room>.py"


def test_every_row_is_an_address():
    assert {row.name for row in ROWS} <= set(addresses(get_resolver()))


@pytest.fixture(scope="module")
def the_world(django_db_setup, django_db_blocker):
    """Made once; each visit is rolled back, so that no POST changes it for the next."""
    from django.db import transaction

    with django_db_blocker.unblock(), transaction.atomic():
        made = world.make()
        for module in MODULES:
            if hasattr(module, "build"):
                module.build(made)
        yield made
        transaction.set_rollback(True)


@pytest.mark.parametrize(
    "row", ROWS, ids=[f"{r.name}{'-post' if r.data is not None else ''}{r.query}{r.note and '-' + r.note}" for r in ROWS]
)
@pytest.mark.django_db
@pytest.mark.xdist_group("borders")
def test_who_may_open_it(row, the_world, django_db_blocker, client_class):
    from django.db import transaction

    seen = {}
    with django_db_blocker.unblock():
        for viewer in VIEWERS:
            client = client_class()
            with transaction.atomic():
                if viewer != "signed out":
                    client.force_login(the_world.viewers[viewer])
                kwargs = row.kwargs(the_world) if callable(row.kwargs) else row.kwargs
                address = reverse(row.name, kwargs=dict(kwargs)) + row.query
                data = row.data(the_world) if callable(row.data) else row.data
                seen[viewer] = (client.get(address) if data is None else client.post(address, data)).status_code
                transaction.set_rollback(True)
    assert seen == dict(row.expect)


@pytest.fixture
def client_class():
    from django.test import Client

    return Client
