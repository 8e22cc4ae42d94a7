"""The players that npm brought: found in node_modules, never copied; only the content's own addresses hand them out."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles import finders
from django.contrib.staticfiles.finders import BaseFinder

from talka.kit.doctor import Trouble, check

# What a page may ask for, and where it lies in node_modules.
PLAYERS = {"h5p-standalone": "h5p-standalone/dist", "scorm-again": "scorm-again/dist"}
NEEDED = ("h5p-standalone/main.bundle.js", "scorm-again/scorm12.min.js")


class PlayerFinder(BaseFinder):
    """Finds a player's file. Lists none, so that nothing of them is copied to the site's own static files."""

    def check(self, **_kwargs: Any) -> list[Any]:
        return []

    def find(self, path: str, find_all: bool = False, **_kwargs: Any) -> Any:
        name, _slash, rest = path.partition("/")
        if name not in PLAYERS or ".." in rest.split("/"):
            return []
        for home in settings.NODE_MODULES:
            file = Path(home) / PLAYERS[name] / rest
            if file.is_file():
                return [str(file)] if find_all else str(file)
        return []

    def list(self, ignore_patterns: Iterable[str] | None) -> Iterable[Any]:  # noqa: ARG002  # Django's signature
        return ()


def asset(path: str) -> Path | None:
    """The file of a player, or of our own side of it in static/courses/packages."""
    own = path.partition("/")[0] not in PLAYERS
    found = finders.find(f"courses/packages/{path}" if own else path)
    return Path(str(found)) if found else None


@check("players", "Players for H5P and SCORM are there")
def _players() -> Trouble | None:
    missing = [name for name in NEEDED if asset(name) is None]
    if not missing:
        return None
    return Trouble(
        "advice",
        f"{', '.join(missing)} is not in {' or '.join(map(str, settings.NODE_MODULES))}.",
        "Topics with H5P or SCORM packages show an empty frame.",
        "make setup (or, beside package-lock.json: npm ci --omit=dev)",
    )
