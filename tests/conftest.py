"""Fixtures that every room's tests share. A room's own people and things come from tests/factories/<room>.py."""

import gc
from datetime import UTC, datetime

import hypothesis
import pytest

# How long a generated example takes says something about the machine only.
hypothesis.settings.register_profile("talka", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow])
hypothesis.settings.load_profile("talka")

# Making the database leaves ten thousands of model classes behind; looking through them as often as usual takes a third of that time.
gc.set_threshold(50_000, 20, 100)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config, items):
    """Tests of one group run in one process; where the runner loses that, the whole run stops here instead of mixing them."""
    if config.getoption("loadgroup", default=False):
        lost = [item.nodeid for item in items if item.get_closest_marker("xdist_group") and "@" not in item.nodeid]
        if lost:
            raise pytest.UsageError(f"groups of tests are not kept together: {lost[0]}")


@pytest.fixture
def noon() -> datetime:
    return datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


@pytest.fixture(autouse=True, scope="session")
def light_settings(tmp_path_factory):
    """Static names with a hash need collected files, slow password hashes need time; the suite does without both.

    What processes share lies in a folder of this process alone: tests that run beside these clear theirs.
    """
    from django.conf import settings
    from django.test import override_settings

    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    quick = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    caches = {**settings.CACHES, "shared": {**settings.CACHES["shared"], "LOCATION": tmp_path_factory.mktemp("shared")}}
    with override_settings(STORAGES={**settings.STORAGES, "staticfiles": plain}, PASSWORD_HASHERS=quick, CACHES=caches):
        yield


@pytest.fixture(autouse=True)
def nothing_remembered():
    """What one test left in the cache must not save the next one a query; that there is no sample network is known, as on a running site.

    Every test undoes its writes, so numbers of rows come again: what this process knows by such numbers is forgotten, too.
    """
    from django.core.cache import cache, caches
    from django.utils import translation

    from talka.home.queries import SAMPLE
    from talka.kit import fragments, memory
    from talka.records import terms

    # A request of the test before may have left its language in this thread.
    translation.deactivate()
    cache.clear()
    caches["shared"].clear()
    terms.forget()
    fragments.forget()
    memory.kept(SAMPLE, state=None, make=str)
