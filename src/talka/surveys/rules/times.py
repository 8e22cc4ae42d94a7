"""When a survey takes answers."""

from datetime import datetime
from typing import Literal

State = Literal["draft", "planned", "open", "closed"]


def state_of(opens_at: datetime | None, closes_at: datetime | None, at: datetime) -> State:
    """draft: nobody has said when it opens; planned: it opens later; open; closed: its end has passed."""
    if closes_at is not None and at >= closes_at:
        return "closed"
    if opens_at is None:
        return "draft"
    return "open" if at >= opens_at else "planned"
