"""Links to other sites: tried one after the other, and what came of it is kept until they are tried again."""

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from itertools import zip_longest
from urllib.parse import urlsplit

import requests
from django.db import transaction

from talka.courses.models import Course, TriedLink
from talka.courses.queries import addresses_in
from talka.courses.rules.access import WRITE
from talka.kit import outgoing
from talka.people.actions import require
from talka.people.models import User

# Hosts asked at the same time; each of them is asked for one address at a time, with a pause (seconds) between two.
HOSTS = 4
PAUSE = 1.0
# "You may not", "not like this", "not so fast": there is something, though not for programs.
CLOSED_TO_PROGRAMS = frozenset({401, 402, 403, 405, 406, 407, 408, 409, 412, 418, 421, 429, 451, 501, 503, 999})
GONE = frozenset({404, 410})
FIRST_ERROR = 400


def try_links(
    *, course: Course, by: User, at: datetime, progress: Callable[[int, int], None] | None = None, pause: float = PAUSE
) -> list[TriedLink]:
    """Tries every address on other sites that the course's topics name, drafts too. Answers what was found for each.

    Makes one small request for each address (a second one where the first was refused), never more than one at a time to one host. What is
    no longer named is forgotten. Raises NotAllowed.
    """
    require(by, WRITE, cluster=course.cluster_id)
    urls = sorted(addresses_in(course))
    made: list[TriedLink] = []
    for url, (outcome, status) in _tried(urls, pause):
        made.append(TriedLink(course=course, url=url, at=at, outcome=outcome, status=status))
        if progress is not None:
            progress(len(made), len(urls))
    with transaction.atomic():
        course.tried_links.all().delete()
        TriedLink.objects.bulk_create(made)
    return made


def _tried(urls: Sequence[str], pause: float) -> Iterator[tuple[str, tuple[str, int]]]:
    hosts: dict[str, list[str]] = {}
    for url in urls:
        hosts.setdefault(_host(url), []).append(url)
    with ThreadPoolExecutor(HOSTS) as pool:
        for n, row in enumerate(zip_longest(*hosts.values())):
            if n:
                time.sleep(pause)
            asked = [url for url in row if url]
            yield from zip(asked, pool.map(_try, asked), strict=True)


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def _try(url: str) -> tuple[str, int]:
    """(outcome, status of the answer or 0) of one address."""
    outcome = TriedLink.Outcome
    try:
        outgoing.check_address(url)
    except outgoing.NotCalled:
        # Not encrypted, which this site does not call; whether it leads somewhere is not known.
        return (outcome.NOT_TRIED if url.startswith("http://") else outcome.NO_ADDRESS), 0
    with outgoing.session() as session:
        try:
            answer = session.head(url, allow_redirects=True)
            if answer.status_code >= FIRST_ERROR:
                # Some sites know no HEAD.
                answer = session.get(url, allow_redirects=True)
        except outgoing.TooLarge:
            return outcome.FINE, 0
        except outgoing.NotCalled:
            return outcome.INNER, 0
        except requests.RequestException:
            return outcome.SILENT, 0
    status = answer.status_code
    if status < FIRST_ERROR or status in CLOSED_TO_PROGRAMS:
        return outcome.FINE, status
    return (outcome.GONE if status in GONE else outcome.TROUBLE), status
