"""Fixtures that every room's tests share. A room's own people and things come from tests/factories/<room>.py."""

from datetime import UTC, datetime

import pytest


@pytest.fixture
def noon() -> datetime:
    return datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
