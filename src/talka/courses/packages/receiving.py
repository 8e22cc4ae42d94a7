"""What comes from a content, by its page or at its closing: looked at, then given to the action it asks for."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from talka.courses.models import PackageRun, Topic
from talka.courses.packages import actions, cmi
from talka.courses.packages.addresses import Ticket

MOST_AT_ONCE = 100


class NotUnderstood(ValueError):
    """The message has not the shape of one. The text says what is wrong."""


def sitting_of(ticket: Ticket) -> actions.Sitting | None:
    """The run that a ticket speaks of, as long as its person learns there."""
    run = (
        PackageRun.objects.filter(pk=ticket.run, unit=ticket.unit, enrolment__user=ticket.user, enrolment__left_at=None)
        .select_related("unit__package", "enrolment__course", "enrolment__user")
        .first()
    )
    topic = Topic.objects.filter(pk=ticket.topic, live=True).select_related("lesson", "course").defer("body").first()
    if run is None or topic is None or topic.course_id != run.enrolment.course_id:
        return None
    return actions.Sitting(run, run.unit, run.unit.package, run.enrolment, topic, ticket.sitting)


def receive(ticket: Ticket, sent: object, *, at: datetime) -> tuple[PackageRun, list[str]]:
    """Does what the messages ask for, in their order; answers the run and why some were not taken. Sending them again changes nothing.

    Raises NotUnderstood when there is no run, or no list of messages.
    """
    sitting = sitting_of(ticket)
    if sitting is None:
        raise NotUnderstood("nobody learns here any more")
    messages = sent if isinstance(sent, list) else [sent]
    if not 0 < len(messages) <= MOST_AT_ONCE:
        raise NotUnderstood(f"1 to {MOST_AT_ONCE} messages come at once")
    run, refused = sitting.run, []
    for message in messages:
        try:
            run = _one(sitting, message, at)
        except (NotUnderstood, actions.NotTaken) as why:
            refused.append(str(why))
    return run, refused


def _one(sitting: actions.Sitting, message: object, at: datetime) -> PackageRun:
    if not isinstance(message, Mapping):
        raise NotUnderstood("a message is an object")
    is_h5p = sitting.package.kind == "h5p"
    match message.get("what"):
        case "scorm" if not is_h5p:
            try:
                changes = cmi.changes_of(message.get("values", {}))
            except cmi.BadState as bad:
                raise NotUnderstood(str(bad)) from bad
            return actions.keep_scorm(
                sitting=sitting, changes=changes, ends=message.get("ends") is True, tells=message.get("tells") is True, at=at
            )
        case "xapi" if is_h5p:
            return actions.tell_h5p(sitting=sitting, message=_name(message), statement=message.get("statement"), at=at)
        case "state" if is_h5p:
            part, text = message.get("part"), message.get("text")
            if not isinstance(part, str) or not isinstance(text, str):
                raise NotUnderstood("a state has a part and a text")
            return actions.keep_user_state(sitting=sitting, part=part, text=text, at=at)
        case other:
            raise NotUnderstood(f"{str(other)[:40]} is nothing that this content may ask for")


def _name(message: Mapping[str, object]) -> str:
    try:
        return str(UUID(str(message.get("message"))))
    except ValueError as e:
        raise NotUnderstood("a statement comes with an identifier of its message") from e
