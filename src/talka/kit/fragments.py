"""Parts of pages that many people get alike: rendered once per content, then kept by this process.

The key must hold everything that the HTML depends on (texts, addresses, the language, what was done), so that a kept part is never stale
and never shows one person what another may see. What differs from answer to answer stands in the HTML as a mark and is put in at the end.
"""

import secrets
from collections.abc import Callable, Hashable, Mapping
from html import escape

from django.http import HttpRequest
from django.middleware.csrf import get_token

# Nobody can write these into a text, so that no text gets what belongs in a form.
CSRF, HERE = (f"@@{name}-{secrets.token_hex(12)}@@" for name in ("csrf", "here"))
MOST = 8_000

_kept: dict[Hashable, str] = {}


def kept(key: Hashable, make: Callable[[], str]) -> str:
    """What `make` answered when it was first asked for `key`."""
    html = _kept.get(key)
    if html is None:
        html = make()
        if len(_kept) >= MOST:
            _kept.clear()
        _kept[key] = html
    return html


def known(key: Hashable) -> str | None:
    """What is kept under `key`, if anything is."""
    return _kept.get(key)


def forget() -> None:
    """Drops everything kept: the rows that the keys name may be others now."""
    _kept.clear()


def csrf_of(request: HttpRequest) -> str:
    """The request's token for forms. Made once: each call of Django's own masks it anew, 32 random draws at a time."""
    token: str | None = getattr(request, "_form_token", None)
    if token is None:
        token = request._form_token = get_token(request)  # type: ignore[attr-defined]  # noqa: SLF001  # our own memo
    return token


def put_in(html: str, marks: Mapping[str, str]) -> str:
    """The HTML with every mark replaced; the values are escaped."""
    for mark, value in marks.items():
        html = html.replace(mark, escape(value))
    return html
