"""Fixtures that every room's tests share. A room's own people and things come from tests/factories/<room>.py."""

from datetime import UTC, datetime

import pytest


@pytest.fixture
def noon() -> datetime:
    return datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


@pytest.fixture(autouse=True, scope="session")
def plain_static_files():
    """Names with a hash need collected files, which the suite does without."""
    from django.conf import settings
    from django.test import override_settings

    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    with override_settings(STORAGES={**settings.STORAGES, "staticfiles": plain}):
        yield
