"""What the page shell needs on every page."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from talka.kit import nav, slots

THEMES = ("light", "dark")


def shell(request: HttpRequest) -> dict[str, Any]:
    """What base.html shows around a page; everything is lazy, so that an answer that is no page pays nothing.

    `top_links`, `person_links`, `foot_links`: from kit.nav. `shell_notes`: banners that upper rooms put on every page (the sample mark).
    `theme`: the scheme the visitor chose, "" for the system's.
    """
    theme = request.COOKIES.get("theme", "")
    return {
        "network_name": settings.WAGTAIL_SITE_NAME,
        "languages": settings.LANGUAGES,
        "theme": theme if theme in THEMES else "",
        "top_links": SimpleLazyObject(lambda: nav.top_links(request)),
        "person_links": SimpleLazyObject(lambda: nav.person_links(request)),
        "foot_links": SimpleLazyObject(lambda: nav.foot_links(request)),
        "shell_notes": SimpleLazyObject(lambda: slots.render("shell.notes", request, {})),
    }
