"""The editor's own walls: what stands in its menus, what its buttons say, and what happens when something is deleted."""

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail import hooks
from wagtail.admin.menu import MenuItem
from wagtail.snippets.action_menu import SubmitForModerationMenuItem

from talka.courses import actions
from talka.courses.models import Lesson, Module, Topic

# Of other people's site: what is new in the editor's own software, and its guide.
FOREIGN = ("whats-new-in-wagtail", "editor-guide")


@hooks.register("register_admin_menu_item")
def way_back() -> MenuItem:
    """To the workspace, where an author's way begins and ends."""
    return MenuItem(gettext_lazy("My cluster"), reverse("home:my-cluster"), name="my-cluster", icon_name="home", order=1)


@hooks.register("construct_help_menu")
def no_foreign_help(_request: HttpRequest, items: list[Any]) -> None:
    """What an author needs stands in the editor; no page of ours sends people to another host."""
    items[:] = [item for item in items if not item.name.startswith(FOREIGN)]


@hooks.register("construct_snippet_action_menu")
def plain_buttons(items: list[Any], _request: HttpRequest, _context: Any) -> None:
    """The review has no name to learn."""
    for n, item in enumerate(items):
        if isinstance(item, SubmitForModerationMenuItem):
            items[n] = _Submit(item.order)


class _Submit(SubmitForModerationMenuItem):
    def get_context_data(self, parent_context: Any) -> Any:
        return super().get_context_data(parent_context) | {"label": _("Submit to review")}


@hooks.register("before_delete_snippet")
def deleted_to_be_brought_back(request: HttpRequest, instances: Sequence[Any]) -> HttpResponse | None:
    """Nothing that learners did goes with a topic, and what authors wrote is kept."""
    asked = request.GET.getlist("id") if request.resolver_match and request.resolver_match.url_name == "wagtail_bulk_action" else None
    if asked is not None and len(set(asked)) != len(instances):
        # One of them is another cluster's, or there is none: not a word about which.
        raise Http404
    things = [one for one in instances if isinstance(one, Topic | Lesson | Module)]
    if not things:
        return None
    course = things[0].course
    there = reverse("courses:manage", args=[course.cluster.slug, course.slug]) if course.cluster else reverse("wagtailadmin_home")
    try:
        actions.check_removable(things)
    except actions.LearnedIn as where:
        messages.error(
            request,
            _("People have worked in “{title}”, so it cannot be deleted: what they did would be lost. Unpublish its topics instead; then readers do not see them.").format(title=where),
        )  # fmt: skip
        return redirect(there)
    if request.method != "POST":
        return None
    for one in things:
        actions.remove(one, by=request.user, at=now())  # type: ignore[arg-type]  # nobody signed out comes here
    return redirect(there)
