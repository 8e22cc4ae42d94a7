"""What stands around a topic's materials: the outline and head, the end, and what is beside. Kept for all to whom it looks the same."""

from typing import Any

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import get_language

from talka.courses.queries import TopicLine, TopicPage
from talka.kit import fragments


def parts_around(request: HttpRequest, page: TopicPage, before: TopicLine | None, after: TopicLine | None) -> dict[str, str]:
    """`head`, `end` and `aside` as HTML, `course` and `here` as addresses. The keys hold every value that the templates read."""
    course, topic, language = page.course, page.topic, get_language()
    lesson = page.outline.lesson_of(topic.pk)
    place = (language, course.slug, page.course_title, page.how.language, topic.slug)
    enrolled = page.enrolment is not None
    done_here = frozenset(t.pk for t in lesson.topics if t.pk in page.done) if lesson else frozenset()
    sheets = tuple((row.key, row.title, row.spoken) for row in page.sheets)
    said = (page.title, page.summary, topic.minutes, tuple(page.outcomes), page.outcomes_spoken, tuple(page.missing), page.choices)
    marks = {fragments.CSRF: fragments.csrf_of(request)}
    values: dict[str, Any] = {"page": page, "course": course, "topic": topic, "lesson": lesson, "before": before, "after": after}

    def part(name: str, *key: Any) -> str:
        def make() -> str:
            return render_to_string(f"courses/topic_{name}.html", values | {"csrf_token": fragments.CSRF})

        return fragments.put_in(fragments.kept((name, *place, *key), make), marks)

    note = (page.note.version, page.note.text) if page.note else ()
    return {
        "course": (address := reverse("courses:course", args=[course.slug])),
        "here": f"{address}{topic.slug}/",
        "head": part("head", topic.pk, *said, lesson, done_here, enrolled),
        "end": part("end", tuple(map(str, topic.sources)), before, after, page.is_done, enrolled),
        # A note is one person's own: it is never kept.
        "aside": render_aside(values, marks) if note else part("aside", sheets, page.bookmarked),
    }


def render_aside(values: dict[str, Any], marks: dict[str, str]) -> str:
    return render_to_string("courses/topic_aside.html", values | {"csrf_token": marks[fragments.CSRF]})
