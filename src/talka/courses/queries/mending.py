"""What authors should mend in a course: links that lead nowhere, pictures without words, topics with nothing to do."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from django.utils.translation import gettext as _

from talka.courses.blocks import BLOCK_NAMES
from talka.courses.body import Piece, block_name, from_blocks
from talka.courses.models import Course, Topic, TriedLink
from talka.courses.rules.packs import RESERVED_TOPICS


@dataclass(frozen=True, slots=True)
class Finding:
    """Something in a topic that an author should mend. `block` is the material in the editor, `draft` says that readers do not see it yet."""

    pk: int
    topic: str
    title: str
    place: str
    says: str
    block: str = ""
    draft: bool = False


DOING = frozenset({"exercise", "quiz", "tool", "case", "package", "outside"})
LONGEST_ADDRESS = 1_000


def findings_in(course: Course) -> list[Finding]:
    """Broken links, pictures without words, films without captions, dry topics; drafts as their authors have them now.

    Three queries; no request leaves the site: of links to other sites it says what came of them when they were last tried.
    """
    topics = _newest(course)
    slugs = {topic.slug for topic, _newest_one, _pieces in topics}
    tried = {link.url: link for link in course.tried_links.exclude(outcome__in=[TriedLink.Outcome.FINE, TriedLink.Outcome.NOT_TRIED])}
    found: list[Finding] = []
    for topic, newest, pieces in topics:
        draft = not topic.live or topic.has_unpublished_changes
        found.extend(
            Finding(topic.pk, topic.slug, newest.title, _named(piece, whole), says, str(whole.uuid), draft)
            for whole in pieces
            for piece in (whole, *whole.questions)
            for says in _faults(piece, course, slugs, tried)
        )
        found.extend(
            Finding(topic.pk, topic.slug, newest.title, _("Sources"), _dead(tried[url]), draft=draft)
            for source in newest.sources
            for url in _BARE_ADDRESS.findall(source)
            if url in tried
        )
        if pieces and not any(piece.kind in DOING for piece in pieces):
            found.append(
                Finding(
                    topic.pk, topic.slug, newest.title, "", _("has nothing to do in it: add an exercise, a sheet or a case."), draft=draft
                )
            )
        if not pieces:
            found.append(Finding(topic.pk, topic.slug, newest.title, "", _("has nothing in it yet."), draft=draft))
    return found


def addresses_in(course: Course) -> set[str]:
    """The addresses on other sites that the course's topics name, as their authors have them now. Two queries."""
    found: set[str] = set()
    for _topic, newest, pieces in _newest(course):
        for whole in pieces:
            for piece in (whole, *whole.questions):
                found.update(url for text in _texts(piece) for url in (*_LINK.findall(text), *_AUTOLINK.findall(text)))
                if piece.kind in {"video", "audio"}:
                    found.add(str(piece.value.get("src", "")))
        found.update(url for source in newest.sources for url in _BARE_ADDRESS.findall(source))
    return {url for url in found if url.startswith(("https://", "http://")) and len(url) <= LONGEST_ADDRESS}


def _newest(course: Course) -> list[tuple[Topic, Any, list[Piece]]]:
    """Every topic with its newest version and the materials in it."""
    made = []
    for topic in course.topics.select_related("latest_revision").order_by("lesson__module__order", "lesson__order", "order", "pk"):
        newest = topic.get_latest_revision_as_object()
        made.append((topic, newest, from_blocks(list(newest.body.raw_data), topic=topic.uuid)))
    return made


def _named(piece: Piece, whole: Piece) -> str:
    names = [one.title or str(BLOCK_NAMES[block_name(one.kind, one.value)]) for one in (whole, piece)]
    return names[0] if piece is whole else " · ".join(names)


def _texts(piece: Piece) -> Iterator[str]:
    """All that is written in a material, but for code, which links nowhere."""
    return _strings(piece.value) if piece.kind != "code" else iter(())


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for one in value.values():
            yield from _strings(one)
    elif isinstance(value, list | tuple):
        for one in value:
            yield from _strings(one)


def _faults(piece: Piece, course: Course, slugs: set[str], tried: Mapping[str, TriedLink]) -> Iterator[str]:
    value = piece.value
    yield from _links(piece, course, slugs, tried)
    if piece.kind in {"image", "infographic"} and len(str(value.get("alt", "")).strip()) < SHORTEST_ALT:
        yield _("its picture needs a description in words for those who do not see it.")
    if piece.kind == "video" and not value.get("captions"):
        yield _("has no captions.")
    if piece.kind in {"video", "audio"} and not (value.get("transcript") or value.get("captions")):
        yield _("has no transcript.")
    if piece.kind == "exercise" and not value.get("explanation") and not any((value.get("feedback") or {}).values()):
        yield _("says neither why an answer is right nor why one is wrong.")
    yield from _reading(list(_texts(piece)), str(value.get("text") or "") if piece.kind in {"text", "document"} else "")


def _links(piece: Piece, course: Course, slugs: set[str], tried: Mapping[str, TriedLink]) -> Iterator[str]:
    texts, value = list(_texts(piece)), piece.value
    named = dict.fromkeys(url for text in texts for url in (*_LINK.findall(text), *_AUTOLINK.findall(text)))
    if piece.kind in {"video", "audio"}:
        named |= dict.fromkeys([str(value.get("src", ""))])
    for url in named:
        if url in tried:
            yield _dead(tried[url])
        elif url.startswith("/learn/"):
            parts = url.split("#")[0].strip("/").split("/")
            if len(parts) > 2 and parts[1] == course.slug and parts[2] not in slugs | RESERVED_TOPICS:
                yield _("leads to {url}, which is not a topic of this course.").format(url=url)
        elif not url.startswith(("https://", "http://", "mailto:", "tel:", "#")) and url != value.get("src"):
            yield _("leads to {url}; write a whole address that begins with https://").format(url=url)


def _dead(link: TriedLink) -> str:
    outcome = TriedLink.Outcome
    says = {
        outcome.GONE: _("leads to {url}, where there is no such page ({status})."),
        outcome.TROUBLE: _("leads to {url}, which answers with an error ({status})."),
        outcome.SILENT: _("leads to {url}, which does not answer."),
        outcome.INNER: _("leads to {url}, which is inside a private network: your readers may not reach it."),
    }.get(outcome(link.outcome), _("leads to {url}; write a whole address that begins with https://"))
    return says.format(url=link.url, status=link.status)


def _reading(texts: list[str], prose: str) -> Iterator[str]:
    """What makes a text hard for those who listen to it or scan it."""
    levels = [len(marks) for marks in _HEADING.findall(prose)]
    if any(after > before + 1 for before, after in pairwise(levels)):
        yield _("leaves out a level of headings: a part of a part follows the part.")
    if any(words.strip(" .:!").casefold() in BARE for text in texts for words in _LINKED.findall(text)):
        yield _("has a link that says only “here”: say in the link where it leads.")
    if any(not words.strip() for text in texts for words in _PICTURED.findall(text)):
        yield _("has a picture in its text without a description in words.")


_LINK = re.compile(r"\]\(<?([^)\s>]+)")
_AUTOLINK = re.compile(r"<(https?://[^>\s]+)>")
# In a source, the address stands among words; a full stop or a bracket after it is the sentence's.
_BARE_ADDRESS = re.compile(r"https?://[^\s<>\"]*[^\s<>\".,;:)\]]")
_HEADING = re.compile(r"^(#{1,6})\s", re.MULTILINE)
_LINKED = re.compile(r"(?<!!)\[([^\]]*)\]\(")
_PICTURED = re.compile(r"!\[([^\]]*)\]\(")
# In the languages that the site speaks.
BARE = frozenset(
    {"here", "this", "link", "click here", "more", "read more", "hier", "mehr", "klick hier", "ici", "cliquez ici", "čia", "aquí", "más"}
)
SHORTEST_ALT = 10
