"""What this room does when `people` erases somebody."""

from datetime import datetime
from typing import Any

from django.conf import settings

from talka.people.models import User


def person_erased(sender: type[User], *, user: User, by: User | None, at: datetime, keep: Any = (), **_kwargs: Any) -> None:
    """Completions stay under a pseudonym if `keep` names statements; all other traces go."""
    from talka.records import actions, rules

    actions.erase(agent=rules.actor_of(user.uuid, settings.NAMES_URL), keep_completions="statements" in set(keep or ()), by=by, at=at)
