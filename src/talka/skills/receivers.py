"""What this room does when `people` asks for somebody's data or tells that somebody is gone."""

from typing import Any

from talka.people.models import User
from talka.skills.models import Assessment, Evidence


def own_data(sender: type[User], *, user: User, **_kwargs: Any) -> dict[str, Any]:
    """Levels that the person gave themselves, and results that count as evidence."""
    assessments = Assessment.objects.filter(user=user).select_related("profile").prefetch_related("levels__competence")
    return {
        "assessments.json": [
            {
                "profile": a.profile.title,
                "source": a.source,
                "begun": a.at.isoformat(),
                "finished": a.finished_at.isoformat() if a.finished_at else None,
                "levels": {level.competence.key: level.level for level in a.levels.all()},
            }
            for a in assessments
        ],
        "evidence.json": [
            {"outcome": e.outcome.key, "at": e.at.isoformat(), "kind": e.kind, "score": e.score, "mastered": e.mastered, "about": e.about}
            for e in Evidence.objects.filter(user=user).select_related("outcome")
        ],
    }


def person_erased(sender: type[User], *, user: User, **_kwargs: Any) -> None:
    """What somebody said about their own abilities goes with them; numbers that were published stay as they were."""
    Assessment.objects.filter(user=user).delete()
    Evidence.objects.filter(user=user).delete()
