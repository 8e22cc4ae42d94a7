"""What this room does when `people` asks for somebody's data or tells that somebody is gone."""

from typing import Any

from django.db.models import Q

from talka.people.models import User
from talka.surveys.models import Answer, Invitation, Item, Response
from talka.surveys.queries import value_of


def own_data(sender: type[User], *, user: User, **_kwargs: Any) -> dict[str, Any]:
    """Answers given by name, and surveys that the person was invited to. Answers without a name can't be found again, by nobody."""
    responses = Response.objects.filter(user=user).select_related("survey").prefetch_related("answers__item")
    return {
        "survey-answers.json": [
            {
                "survey": r.survey.title,
                "handed_in": r.submitted_at.isoformat() if r.submitted_at else None,
                "answers": {a.item.code: value_of(a.item.kind, a.importance, a.ability, a.value) for a in r.answers.all()},
            }
            for r in responses
        ],
        "survey-invitations.json": [
            {
                "survey": i.questionnaire.survey.title,
                "address": i.email,
                "made": i.made_at.isoformat(),
                "answered": i.answered_on is not None,
            }
            for i in Invitation.objects.filter(Q(user=user) | Q(email=user.email)).select_related("questionnaire__survey")
        ],
    }


def person_erased(sender: type[User], *, user: User, **_kwargs: Any) -> None:
    """Names and addresses go, and whatever the person wrote in their own words under their name; ticked answers stay without a name."""
    mine = Response.objects.filter(user=user)
    Answer.objects.filter(response__in=mine, item__kind__in=[Item.Kind.TEXT, Item.Kind.IMPACT]).delete()
    mine.filter(submitted_at=None).delete()
    mine.update(user=None, may_quote=False)
    Invitation.objects.filter(Q(user=user) | Q(email=user.email)).update(user=None, email="", name="")
