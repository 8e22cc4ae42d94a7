"""What cmi5 hears of the record store: its units ask for something, are about to say something, and said it."""

from collections.abc import Sequence
from typing import Any

from django.utils.timezone import now

from talka.courses.cmi5 import actions
from talka.records.signals import session_asked, session_writes, session_wrote


def connect() -> None:
    session_asked.connect(asked, dispatch_uid="courses.cmi5.asked")
    session_writes.connect(writes, dispatch_uid="courses.cmi5.writes")
    session_wrote.connect(wrote, dispatch_uid="courses.cmi5.wrote")


def asked(sender: Any, *, session: str, method: str, kind: str, key: str, content_type: str, body: bytes, **_more: Any) -> None:
    actions.admit(session=session, method=method, kind=kind, key=key, content_type=content_type, body=body, at=now())


def writes(sender: Any, *, session: str, statements: Sequence[dict[str, Any]], **_more: Any) -> None:
    actions.take(session=session, said=statements, at=now())


def wrote(sender: Any, *, session: str, statements: Sequence[dict[str, Any]], **_more: Any) -> None:
    actions.follow(session=session, said=statements, at=now())
