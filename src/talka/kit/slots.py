"""Named places on a lower room's page where an upper room may show a panel.

A slot is declared here by name, filled by an upper room's `apps.ready()`, and rendered by `{% slot "name" key=value %}`.
All slots are listed in ARCHITECTURE.md.
"""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest

# A panel takes the request and the slot's values, and answers with safe HTML ("" shows nothing).
Panel = Callable[..., str]

_panels: dict[str, list[tuple[int, Panel]]] = {}


def fill(slot: str, panel: Panel, *, order: int = 50) -> None:
    """`panel` is shown in `slot` from now on; lower `order` stands first. Registering the same panel twice changes nothing."""
    panels = _panels.setdefault(slot, [])
    if all(known is not panel for _order, known in panels):
        panels.append((order, panel))
        panels.sort(key=lambda pair: pair[0])


def render(slot: str, request: HttpRequest, values: dict[str, Any]) -> list[str]:
    """The HTML of every panel in `slot` that has something to show."""
    return [html for _order, panel in _panels.get(slot, []) if (html := panel(request, **values))]
