"""Who may use the editor (Wagtail's admin), and what of it: the same clusters as everywhere else."""

from collections.abc import Iterable
from typing import Any

from django.contrib.auth.backends import BaseBackend
from django.db.models import Model, QuerySet
from wagtail.permission_policies.base import BasePermissionPolicy

from talka.courses.rules.access import WRITE
from talka.people.models import User
from talka.people.queries import standing_of
from talka.people.rules import Part, Standing

# What an editor does; publishing, deleting and locking are the manager's, so that four eyes see a text before its readers do.
AUTHOR = frozenset({"add", "change", "view", "choose"})
EDITED = frozenset({"course", "module", "lesson", "topic"})
PUBLISHER = AUTHOR | {"publish", "delete", "lock", "unlock"}


def writes_somewhere(standing: Standing) -> bool:
    return standing.operator or bool(standing.clusters_as(*WRITE.parts))


class EditorAccess(BaseBackend):
    """Lets those who write courses of a cluster into the editor. What they may do with which thing is decided by the policy below."""

    def has_perm(self, user_obj: Any, perm: str, obj: Any = None) -> bool:  # noqa: ARG002  # Django's signature
        if not isinstance(user_obj, User) or not user_obj.is_active:
            return False
        room, _dot, name = perm.partition(".")
        action, _line, thing = name.partition("_")
        if perm == "wagtailadmin.access_admin" or (room == "courses" and thing in EDITED and action in AUTHOR):
            return writes_somewhere(standing_of(user_obj))
        return room == "courses" and thing in EDITED and action in PUBLISHER and bool(standing_of(user_obj).clusters_as(Part.MANAGER))


class ClusterPolicy(BasePermissionPolicy):
    """Permission by the cluster that a thing's course belongs to. `path` leads from the model to the course's cluster."""

    def __init__(self, model: type[Model], path: str) -> None:
        super().__init__(model)
        self.path = path

    def _clusters(self, user: Any, actions: Iterable[str]) -> frozenset[int] | None:
        """Clusters where the user may do one of `actions`; None for all."""
        standing = standing_of(user)
        if standing.operator:
            return None
        parts = {Part.MANAGER} | ({Part.EDITOR} if set(actions) & AUTHOR else set())
        return standing.clusters_as(*parts) if set(actions) & PUBLISHER else frozenset()

    def user_has_permission(self, user: Any, action: str) -> bool:
        return self.user_has_any_permission(user, [action])

    def user_has_any_permission(self, user: Any, actions: Iterable[str]) -> bool:
        clusters = self._clusters(user, actions)
        return clusters is None or bool(clusters)

    def users_with_any_permission(self, actions: Iterable[str]) -> QuerySet[User]:  # noqa: ARG002  # Wagtail's signature
        return User.objects.filter(is_superuser=True, is_active=True)

    def user_has_permission_for_instance(self, user: Any, action: str, instance: Any) -> bool:
        return self.user_has_any_permission_for_instance(user, [action], instance)

    def user_has_any_permission_for_instance(self, user: Any, actions: Iterable[str], instance: Any) -> bool:
        clusters = self._clusters(user, actions)
        return clusters is None or self._cluster_of(instance) in clusters

    def _cluster_of(self, instance: Any) -> int | None:
        found = instance
        for name in self.path.split("__"):
            found = getattr(found, name, None)
        return found

    def instances_user_has_any_permission_for(self, user: Any, actions: Iterable[str]) -> QuerySet[Any]:
        clusters = self._clusters(user, actions)
        rows = self.model._default_manager.all()  # noqa: SLF001  # the model's public manager by its documented name
        return rows if clusters is None else rows.filter(**{f"{self.path}__in": list(clusters)})
