"""Addresses of packages' content: signed, short-lived, bound to a person, a package and a sitting. They need no cookie, so no content gets one."""

from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.core import signing
from django.http import HttpRequest

LIVES = timedelta(hours=4)
PREFIX = "/content/"
_signer = signing.TimestampSigner(salt="talka.courses.packages", sep="~")


class Expired(Exception):
    """The address was true once."""


@dataclass(frozen=True, slots=True)
class Ticket:
    """Who plays what: keys of person, package and unit; `run` and `topic` are 0 when an author only tries it and nothing is kept."""

    user: int
    package: int
    unit: int
    run: int
    topic: int
    sitting: str

    def signed(self) -> str:
        values = (self.user, self.package, self.unit, self.run, self.topic)
        return _signer.sign("-".join([*map(str, values), self.sitting]))


def ticket_of(token: str) -> Ticket | None:
    """The ticket in an address, or None if nobody signed it. Raises Expired."""
    try:
        parts = _signer.unsign(token, max_age=LIVES).split("-")
        user, package, unit, run, topic = map(int, parts[:5])
    except signing.SignatureExpired as e:
        raise Expired from e
    except (signing.BadSignature, ValueError):
        return None
    return Ticket(user, package, unit, run, topic, parts[5])


def is_apart() -> bool:
    """Content has an origin of its own."""
    return bool(settings.CONTENT_URL)


def content_host() -> str:
    return urlsplit(settings.CONTENT_URL).netloc


def site_of(request: HttpRequest) -> str:
    return f"{request.scheme}://{request.get_host()}"


def root(token: str, request: HttpRequest) -> str:
    """Where the package's files are found with this token; `request` is one to the site itself or to the content."""
    return f"{settings.CONTENT_URL or site_of(request)}{PREFIX}{token}/"
