"""Calls to addresses that somebody typed in: only to the open internet, small answers, no patience.

A name that leads to this machine or its own network is not called, unless the operator named it in TALKA_INNER_HOSTS. The address is looked up
once and that very address is called, so that a name can't lead elsewhere a moment later; the same holds for each redirect.
"""

import ipaddress
import socket
import time
from typing import Any
from urllib.parse import urlsplit

import requests
from django.conf import settings
from django.utils.translation import gettext as _
from requests.adapters import HTTPAdapter
from urllib3 import PoolManager
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

LARGEST = 1_000_000
# Seconds: to connect, and until an answer begins or goes on. The whole of it may take READ longer.
CONNECT, READ = 5, 10
AGENT = "Talka"


class NotCalled(requests.RequestException):
    """The address is none that this site calls, or its answer is none that it reads. The text says why."""


class TooLarge(NotCalled):
    """There is an answer, but it is larger or slower than this site reads."""


def check_address(url: str) -> None:
    """Whether `url` is one that could be called at all. Raises NotCalled."""
    try:
        parts = urlsplit(url)
        plain = parts.scheme == "https" or (parts.scheme == "http" and _is_inner(parts.hostname or ""))
        right = parts.scheme in {"http", "https"} and bool(parts.hostname) and not parts.username and parts.port != 0
    except ValueError:
        plain = right = False
    if not right:
        raise NotCalled(_("{url} is not the address of a site.").format(url=url[:200]))
    if not plain and settings.SECURE:
        raise NotCalled(_("{url} is not encrypted. Write an address that begins with https://").format(url=url[:200]))


def _is_inner(host: str) -> bool:
    return host.lower() in settings.INNER_HOSTS


def _open(host: str, port: int, timeout: float | None) -> socket.socket:
    """A connection to one of the addresses of `host` that may be called."""
    trouble: OSError | None = None
    for family, kind, proto, _name, address in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM):
        if not _is_inner(host) and not _is_open(str(address[0])):
            raise NotCalled(_("{host} is inside this site's own network. Whoever runs the site can allow it.").format(host=host))
        made = socket.socket(family, kind, proto)
        made.settimeout(timeout)
        try:
            made.connect(address)
        except OSError as error:
            made.close()
            trouble = error
        else:
            return made
    raise trouble or OSError(host)


def _is_open(address: str) -> bool:
    found = ipaddress.ip_address(address.partition("%")[0])
    mapped = getattr(found, "ipv4_mapped", None) or getattr(found, "sixtofour", None)
    return found.is_global and not found.is_multicast and (mapped is None or (mapped.is_global and not mapped.is_multicast))


def _seconds(timeout: Any) -> float:
    return float(timeout) if isinstance(timeout, int | float) else float(CONNECT)


class _Plain(HTTPConnection):
    def _new_conn(self) -> socket.socket:
        return _open(self.host, self.port or 80, _seconds(self.timeout))


class _Secure(HTTPSConnection):
    def _new_conn(self) -> socket.socket:
        return _open(self.host, self.port or 443, _seconds(self.timeout))


class _PlainPool(HTTPConnectionPool):
    ConnectionCls = _Plain


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _Secure


class _Guard(HTTPAdapter):
    def __init__(self, read: float) -> None:
        self.read = read
        super().__init__()

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        self.poolmanager = PoolManager(*args[:1], **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": _PlainPool, "https": _SecurePool}

    def send(self, request: requests.PreparedRequest, *_args: Any, **kwargs: Any) -> requests.Response:
        check_address(request.url or "")
        begun = time.monotonic()
        try:
            answer = super().send(request, stream=True, timeout=(CONNECT, self.read), verify=kwargs.get("verify", True))
        except requests.ConnectionError as wrapped:
            # What was refused below arrives wrapped twice; the reader wants the reason.
            raise _reason(wrapped) from wrapped
        body = b""
        for piece in answer.iter_content(65_536):
            body += piece
            if len(body) > LARGEST or time.monotonic() - begun > self.read + READ:
                answer.close()
                raise TooLarge(_("The answer of {host} is too large or takes too long.").format(host=urlsplit(request.url or "").hostname))
        answer._content = body  # noqa: SLF001  # requests has no other way to hand over what was read
        return answer


def _reason(error: BaseException) -> requests.RequestException:
    inner: BaseException | None = error
    while inner is not None and not isinstance(inner, NotCalled):
        inner = inner.__context__
    if isinstance(inner, NotCalled):
        return inner
    return error if isinstance(error, requests.RequestException) else NotCalled(str(error))


def session(*, read: float = READ) -> requests.Session:
    """A session whose every call is guarded; `read`: seconds that the other side may think. Errors are `requests.RequestException`s,
    NotCalled among them.
    """
    made = requests.Session()
    made.trust_env = False
    made.max_redirects = 3
    made.headers["User-Agent"] = AGENT
    for scheme in ("http://", "https://"):
        made.mount(scheme, _Guard(read))
    return made
