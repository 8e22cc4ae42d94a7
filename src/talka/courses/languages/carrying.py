"""Translations come in with a pack and go out with one."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from talka.courses.languages.queries import live_topics, sources_of
from talka.courses.languages.rules import overlaid
from talka.courses.models import Course, Topic, Translation
from talka.courses.rules import materials as m
from talka.courses.rules.packs import Pack, files_named
from talka.people.models import User


def put_words(course: Course, pack: Pack, *, by: User | None, at: datetime) -> tuple[bool, list[Topic]]:
    """The pack's translations are published. What translators wrote here and have not published yet stays as their draft.

    Answers whether the course's own words have changed, and the topics whose words have.
    """
    if not pack.words:
        return False, []
    own, reworded = False, dict[int, Topic]()
    places = {source.path: source for source in sources_of(course, live_topics(course))}
    kept = {(row.language, row.place): row for row in Translation.objects.filter(course=course)}
    for (language, path), texts in pack.words.items():
        source = places.get(path)
        if source is None:
            continue
        row = kept.get((language, source.place)) or Translation(course=course, language=language, place=source.place)
        # Words that did not change with their source were made from the older one: they stay marked.
        new = {
            place: [pair[0], row.published[place][1]] if row.published.get(place, [""])[0] == pair[0] else list(pair)
            for place, pair in texts.items()
        }
        if row.pk and row.published == new:
            continue
        if row.texts == row.published:
            row.texts, row.version, row.saved_at, row.saved_by = new, row.version + 1 if row.pk else 1, at, by
        row.topic, row.published, row.published_at, row.published_by = source.topic, new, at, by
        row.save()
        if source.topic is None:
            own = True
        else:
            reworded[source.topic.pk] = source.topic
    return own, list(reworded.values())


def published_words(course: Course) -> dict[tuple[str, str], dict[str, list[str]]]:
    """What readers get in other languages, by (language, path of the source in a pack)."""
    rows = list(Translation.objects.filter(course=course, published_at__isnull=False).order_by("language", "pk"))
    paths = {source.place: source.path for source in sources_of(course, live_topics(course))} if rows else {}
    return {(row.language, paths[row.place]): row.published for row in rows if row.place in paths and row.published}


def files_of_words(words: Mapping[tuple[str, str], Mapping[str, Sequence[str]]], definitions: Mapping[str, m.Definition]) -> set[str]:
    """The paths of files that translations name beside those of their sources."""
    found: set[str] = set()
    for (_language, path), texts in words.items():
        if (definition := definitions.get(path)) is None or isinstance(definition, m.Quiz):
            continue
        kind = "exercise" if isinstance(definition, m.Exercise) else next(k for k, s in m.STRUCTURES.items() if isinstance(definition, s))
        made = m.parse(kind, overlaid(kind, m.plain(definition), texts))
        found |= {f"{path.rpartition('/')[0]}/{name}" for _place, name in files_named(made)}
    return found
