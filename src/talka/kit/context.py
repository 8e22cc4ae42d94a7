"""What the page shell needs on every page."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from talka.kit import slots


def shell(request: HttpRequest) -> dict[str, Any]:
    """`network_name`, `languages`, `shell_notes`: banners that upper rooms put on every page (the sample mark)."""
    return {
        "network_name": "Talka",
        "languages": settings.LANGUAGES,
        "shell_notes": SimpleLazyObject(lambda: slots.render("shell.notes", request, {})),
    }
