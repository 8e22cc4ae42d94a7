"""What the front desk hears from the rooms below."""

from typing import Any

from django.db import transaction

from talka.home.queries import SAMPLE
from talka.kit import memory


def somebody_came(*, created: bool, **_kwargs: Any) -> None:
    """With the first real person or source the sample network is no longer alone here."""
    if created:
        transaction.on_commit(lambda: memory.forget(SAMPLE))
