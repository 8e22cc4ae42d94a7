"""Addresses for phones without a line: the shell is everybody's, a lesson is for whom its course is open, a delivery is one's own."""

from tests.borders import EVERYONE, Row, expect

JSON = {"sent_at": "2026-11-22T09:00:00Z", "items": []}
ROWS = [
    Row("offline:manifest", EVERYONE),
    Row("offline:worker", EVERYONE),
    Row("offline:saved", EVERYONE),
    Row(
        "offline:lesson",
        expect(200, signed_out=401, stranger=404, other_cluster=404),
        lambda w: {"course": w.course.slug, "lesson": "begin"},
    ),
    Row("offline:sync", expect(200, signed_out=401)),
    Row("offline:sync", expect(400, signed_out=401), data={"no": "json"}, note="no delivery"),
]
