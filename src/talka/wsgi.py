"""What the server calls: the record store's lean door for `/xapi/`, Django for everything else."""

import gc
import os
from collections.abc import Callable, Iterable
from typing import Any

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "talka.settings")
_pages = get_wsgi_application()

from talka.kit import charts  # noqa: E402  # after the settings are there
from talka.records import xapi  # noqa: E402

charts.warm()
xapi.warm()
# What was loaded stays until the end: the collector needn't look through it again and again, nor run after every 700 new objects.
gc.collect()
gc.freeze()
gc.set_threshold(20_000, 20, 50)


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Real clients send `//statements` and `//xapi/...`: slashes are read as one."""
    path = environ.get("PATH_INFO", "").lstrip("/")
    if path == "xapi" or path.startswith("xapi/"):
        return xapi.application(environ, start_response)
    return _pages(environ, start_response)  # type: ignore[no-any-return]
