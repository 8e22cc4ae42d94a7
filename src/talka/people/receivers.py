"""What this room answers when the kit asks."""

from typing import Any

from django.http import HttpRequest

from talka.people.models import User
from talka.people.queries import standing_of
from talka.people.rules import Ability, may


def may_open(request: HttpRequest, ability: Ability, cluster: Any) -> bool:
    """Whether an item of the rail of `cluster` shows to the request's viewer."""
    return may(standing_of(request.user), ability, cluster=cluster.pk)


def keep_language(sender: Any, *, user: User, language: str, **_kwargs: Any) -> None:
    """The language somebody chose in the page's head is theirs from now on."""
    User.objects.filter(pk=user.pk).update(language=language)


def is_operator(request: HttpRequest) -> bool:
    """Whether the request's viewer runs the network."""
    user = request.user
    # Every page asks this for its menu. Becoming an operator sets the mark on the person, so most are answered without a query.
    return isinstance(user, User) and user.is_superuser
