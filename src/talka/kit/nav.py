"""The site's ways: what stands in the top bar, in the tabs of a phone, in the rail of a workspace and at the foot.

Rooms register in `apps.ready()`. An item shows where its address exists and the viewer may open it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise

Label = str | Promise


@dataclass(frozen=True, slots=True)
class Item:
    """A registered way. `part` is the beginning of the addresses for which it counts as the current one."""

    name: str
    label: Label
    url_name: str
    order: int
    icon: str = ""
    tab: bool = False
    part: str = ""
    ability: Any = None
    shown: Callable[[HttpRequest], bool] | None = None
    workspaces: bool = False


@dataclass(frozen=True, slots=True)
class Link:
    """A way as one page shows it."""

    name: str
    label: Label
    url: str
    icon: str
    current: bool
    tab: bool


_top: dict[str, Item] = {}
_rail: dict[str, Item] = {}
_foot: dict[str, Item] = {}
_person: dict[str, Item] = {}


def _nobody(request: HttpRequest, ability: Any, cluster: Any) -> bool:
    return False


# Who may do what is decided above this floor: `people` names its judge when the program starts.
_judge: Callable[[HttpRequest, Any, Any], bool] = _nobody


def judge_with(judge: Callable[[HttpRequest, Any, Any], bool]) -> None:
    """`judge(request, ability, cluster)` decides from now on which items of the rail a viewer sees."""
    global _judge  # noqa: PLW0603  # one judge per process, set once at start
    _judge = judge


def top(
    name: str,
    label: Label,
    url_name: str,
    *,
    order: int = 50,
    icon: str = "",
    tab: bool = False,
    part: str = "",
    shown: Callable[[HttpRequest], bool] | None = None,
    workspaces: bool = False,
) -> None:
    """An item of the top bar; with `tab`, one of the (at most three) tabs of a phone. The address takes no arguments.

    With `workspaces` it is the current one on every page of a cluster's workspace too.
    """
    _top[name] = Item(name, label, url_name, order, icon, tab, part, None, shown, workspaces)


def rail(name: str, label: Label, url_name: str, *, order: int = 50, ability: Any = None, icon: str = "") -> None:
    """An item of a cluster's workspace. Its address takes `cluster`, the slug. Without `ability` everybody in the workspace sees it."""
    _rail[name] = Item(name, label, url_name, order, icon, ability=ability)


def foot(name: str, label: Label, url_name: str, *, order: int = 50) -> None:
    """A link at the foot of every page."""
    _foot[name] = Item(name, label, url_name, order)


def person(
    name: str, label: Label, url_name: str, *, order: int = 50, icon: str = "", shown: Callable[[HttpRequest], bool] | None = None
) -> None:
    """A link in the menu of the person who is signed in."""
    _person[name] = Item(name, label, url_name, order, icon, shown=shown)


def signed_in(request: HttpRequest) -> bool:
    """For `shown=`: only who is signed in sees the item."""
    user = getattr(request, "user", None)
    return bool(user is not None and user.is_authenticated)


def _address(item: Item, **kwargs: str) -> str:
    try:
        return reverse(item.url_name, kwargs=kwargs) if kwargs else _fixed(item.url_name)
    except NoReverseMatch:
        return ""


@cache
def _fixed(url_name: str) -> str:
    """An address without arguments is the same on every page."""
    return reverse(url_name)


def _links(items: dict[str, Item], request: HttpRequest, **kwargs: str) -> list[Link]:
    rows = []
    for item in sorted(items.values(), key=lambda i: (i.order, i.name)):
        if item.shown is not None and not item.shown(request):
            continue
        if url := _address(item, **kwargs):
            rows.append((item, url))
    here = request.path
    # The longest address that the page lies under is the current one, so that /learn/ stays marked on a topic.
    fits = [(len(item.part or url), item.name) for item, url in rows if here.startswith(item.part or url) and (url != "/" or here == "/")]
    current = max(fits)[1] if fits else ""
    if (mine := next((item.name for item, _url in rows if item.workspaces), "")) and _in_workspace(request):
        current = mine
    return [Link(item.name, item.label, url, item.icon, item.name == current, item.tab) for item, url in rows]


def _in_workspace(request: HttpRequest) -> bool:
    """Whether the page lies under an item of a cluster's rail."""
    cluster = request.resolver_match.kwargs.get("cluster") if request.resolver_match else None
    return cluster is not None and any((url := _address(item, cluster=cluster)) and request.path.startswith(url) for item in _rail.values())


def top_links(request: HttpRequest) -> list[Link]:
    return _links(_top, request)


def person_links(request: HttpRequest) -> list[Link]:
    return _links(_person, request)


def foot_links(request: HttpRequest) -> list[Link]:
    return _links(_foot, request)


def rail_links(request: HttpRequest, cluster: Any) -> list[Link]:
    """The workspace's items that this viewer may open in `cluster` (something with a slug)."""
    seen = {name: item for name, item in _rail.items() if item.ability is None or _judge(request, item.ability, cluster)}
    return _links(seen, request, cluster=cluster.slug)


def unreachable() -> list[str]:
    """Names of registered items whose address does not exist; a test keeps this empty."""
    rails = [i.name for i in _rail.values() if not _address(i, cluster="x")]
    return rails + [i.name for group in (_top, _foot, _person) for i in group.values() if not _address(i)]
