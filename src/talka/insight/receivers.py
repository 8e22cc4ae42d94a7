"""What this room hears from the record store."""

from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.utils.timezone import now

from talka.insight import actions


def statements_rewritten(sender: Any, *, sequences: Sequence[int], **_kwargs: Any) -> None:
    """Erasure: written down at once, done when the store has committed."""
    actions.note_erased(sequences)
    transaction.on_commit(lambda: actions.refresh_lake(at=now(), wait=True))
