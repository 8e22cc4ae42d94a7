"""What learners do: enrol, open, answer, watch, fill in, finish. Every one of these tells its statement in the same transaction."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, cast
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction

from talka.courses.actions.enrolling import scene, thing
from talka.courses.lti.tools.queries import done_outside
from talka.courses.models import (
    Attempt,
    Bookmark,
    CasePath,
    Course,
    CourseOutcome,
    Enrolment,
    ExerciseState,
    HandIn,
    Material,
    Note,
    SheetEntry,
    Topic,
    TopicProgress,
    Watch,
)
from talka.courses.packages.queries import done_packages
from talka.courses.rules import cases, exercises, marking, progress, statements
from talka.courses.rules import materials as m
from talka.people.models import User
from talka.records.actions import store
from talka.skills.actions import note_evidence

# An opening is told again after this time.
TOLD_AGAIN = timedelta(minutes=10)
LONGEST_SITTING = 4 * 60 * 60


class Closed(Exception):
    """No further answer counts: the exercise is solved, given up, or the attempts are used up."""


class Outdated(Exception):
    """What is stored is newer than what the window showed. `theirs` is the stored row; nothing was overwritten."""

    def __init__(self, theirs: SheetEntry | Note) -> None:
        self.theirs = theirs
        super().__init__(theirs.version)


# Topics


def note_place(*, enrolment: Enrolment, topic: Topic, at: datetime, told_at: datetime | None) -> None:
    """The person has the topic before them. `told_at` is when that was last told, so that going to and fro costs one small write."""
    if told_at is None or at - told_at >= TOLD_AGAIN:
        open_topic(enrolment=enrolment, topic=topic, at=at)
    elif enrolment.last_topic_id != topic.pk:
        Enrolment.objects.filter(pk=enrolment.pk).update(last_topic=topic.pk, last_at=at)


@transaction.atomic
def open_topic(*, enrolment: Enrolment, topic: Topic, at: datetime) -> TopicProgress:
    """The person has the topic before them. Told as a statement at most once in ten minutes."""
    row, made = TopicProgress.objects.get_or_create(enrolment=enrolment, topic=topic, defaults={"opened_at": at, "told_at": at})
    if not made and (row.told_at is None or at - row.told_at >= TOLD_AGAIN):
        row.told_at, made = at, True
        TopicProgress.objects.filter(pk=row.pk).update(told_at=at)
    if enrolment.last_topic_id != topic.pk or made:
        enrolment.last_topic_id, enrolment.last_at = topic.pk, at
        Enrolment.objects.filter(pk=enrolment.pk).update(last_topic=topic, last_at=at)
    if made:
        store([statements.opened(scene(enrolment, topic), thing(topic), at=at)], source=None, at=at)
    return row


@transaction.atomic
def see_topic(
    *, enrolment: Enrolment, topic: Topic, at: datetime, seconds: int = 0, material: str = "", read: bool = False
) -> TopicProgress:
    """The page reports what it noticed: seconds it was before somebody's eyes, the material last looked at, whether its end was reached."""
    row, _made = TopicProgress.objects.get_or_create(enrolment=enrolment, topic=topic, defaults={"opened_at": at})
    row.seconds = min(row.seconds + max(0, min(seconds, LONGEST_SITTING)), 2**31 - 1)
    if material:
        row.position = {**row.position, "material": material[:80]}
    if read and row.read_at is None:
        row.read_at = at
    row.save(update_fields=["seconds", "position", "read_at"])
    notice_done(enrolment, topic, row, at)
    return row


def notice_done(enrolment: Enrolment, topic: Topic, row: TopicProgress, at: datetime) -> None:
    """The topic is done once its end was reached, every exercise tried and every package played to its end."""
    if row.done_at is not None or row.read_at is None:
        return
    current = Material.objects.current().pieces().filter(topic=topic)
    wanted = set(current.filter(kind__in=["exercise", "quiz"]).values_list("pk", flat=True))
    tried = set(Attempt.objects.filter(user=enrolment.user_id, material__in=wanted).values_list("material_id", flat=True))
    tried |= set(
        Material.objects.filter(pk__in=wanted, runs__user=enrolment.user_id, runs__finished_at__isnull=False).values_list("pk", flat=True)
    )
    others = list(current.filter(kind__in=["package", "outside"]).select_related("topic__course"))
    if packages := [row for row in others if row.kind == "package"]:
        wanted |= {row.pk for row in packages}
        tried |= done_packages(enrolment, packages)
    if outside := [row for row in others if row.kind == "outside" and row.definition.get("graded", True)]:
        wanted |= {row.pk for row in outside}
        tried |= done_outside(enrolment, outside)
    if progress.is_done(exercises=wanted, tried=tried, read=True):
        finish_topic(enrolment=enrolment, topic=topic, at=at, how=TopicProgress.How.NOTICED)


@transaction.atomic
def finish_topic(*, enrolment: Enrolment, topic: Topic, at: datetime, how: str = TopicProgress.How.SAID) -> TopicProgress:
    """The topic is done, by the person's word or because it was noticed; and the course with it, if it was the last one."""
    row, _made = TopicProgress.objects.get_or_create(enrolment=enrolment, topic=topic, defaults={"opened_at": at})
    # The row decides, so that two windows at once tell it once.
    if not TopicProgress.objects.filter(pk=row.pk, done_at=None).update(done_at=at, done_how=how):
        row.refresh_from_db()
        return row
    row.done_at, row.done_how = at, how
    told = [statements.topic_done(scene(enrolment, topic), thing(topic), at=at)]
    if _all_done(enrolment) and Enrolment.objects.filter(pk=enrolment.pk, completed_at=None).update(completed_at=at):
        enrolment.completed_at = at
        told.append(statements.course_done(scene(enrolment), at=at))
    store(told, source=None, at=at)
    return row


@transaction.atomic
def reopen_topic(*, enrolment: Enrolment, topic: Topic) -> None:
    """The person takes back that the topic is done. A course that was completed stays completed."""
    TopicProgress.objects.filter(enrolment=enrolment, topic=topic).update(done_at=None, done_how="", read_at=None)


def _all_done(enrolment: Enrolment) -> bool:
    current = list(Topic.objects.filter(course=enrolment.course_id, live=True).values_list("pk", flat=True))
    done = set(enrolment.progress.exclude(done_at=None).values_list("topic_id", flat=True))
    return progress.progress_of(done, current).complete


# Exercises


@transaction.atomic
def answer(
    *,
    enrolment: Enrolment,
    material: Material,
    response: Mapping[str, Any],
    token: UUID,
    at: datetime,
    seconds: float | None = None,
    file: tuple[str, bytes] | None = None,
) -> Attempt:
    """One answer to one exercise is marked and kept. The same form sent twice is one attempt.

    Raises marking.NoAnswer, marking.Unreadable (nothing is counted), Closed.
    """
    user = enrolment.user
    if known := Attempt.objects.filter(user=user, token=token).first():
        return known
    definition = cast("m.AnyExercise", m.parse("exercise", material.definition))
    mark = marking.mark(definition, response)
    # The person's row of this exercise is locked, so that two answers at once get two numbers.
    state, _made = ExerciseState.objects.select_for_update().get_or_create(user=user, material=material)
    before = list(Attempt.objects.filter(user=user, material=material).values_list("success", flat=True))
    stand = exercises.standing(definition, tried=len(before), solved=True in before, gave_up=state.gave_up_at is not None)
    if not stand.open and mark.success is not None:
        raise Closed
    try:
        with transaction.atomic():
            made = Attempt.objects.create(
                user=user, material=material, n=len(before) + 1, at=at, token=token, response=dict(response), score=mark.score,
                success=mark.success, hints=state.hints, seconds=seconds,
            )  # fmt: skip
    except IntegrityError:
        return Attempt.objects.get(user=user, token=token)
    ExerciseState.objects.filter(pk=state.pk).exclude(draft_at=None).update(draft={}, draft_at=None)
    if file is not None:
        HandIn.objects.create(attempt=made, name=file[0][:200], content=file[1])
    here = scene(enrolment, material.topic)
    store([statements.answered(here, thing(material), definition, response, mark, at=at, seconds=seconds)], source=None, at=at)
    Enrolment.objects.filter(pk=enrolment.pk).update(last_topic=material.topic_id, last_material=material, last_at=at)
    if mark.success is not None and (made.n == 1 or mark.success):
        mastered = bool(mark.success) and made.n <= 2
        note_outcomes(
            user=user, course=enrolment.course, keys=definition.assesses, score=mark.score, mastered=mastered, material=material, at=at
        )
    row = TopicProgress.objects.filter(enrolment=enrolment, topic=material.topic_id).first()
    if row is not None:
        notice_done(enrolment, material.topic, row, at)
    return made


def note_outcomes(
    *,
    user: User,
    course: Course,
    keys: Sequence[str],
    score: float,
    mastered: bool,
    material: Material,
    at: datetime,
    kind: str = "exercise",
) -> None:
    """Evidence for the outcomes that an exercise assesses, where the network knows them. Right within two tries, without the solution, shows mastery."""
    if not keys:
        return
    about = thing(material).iri(settings.NAMES_URL)
    for row in CourseOutcome.objects.filter(course=course, key__in=keys).select_related("outcome"):
        if row.outcome is not None:
            note_evidence(user=user, outcome=row.outcome, at=at, score=score, mastered=mastered, about=about, kind=kind)


@transaction.atomic
def keep_draft(*, enrolment: Enrolment, material: Material, response: Mapping[str, Any], at: datetime) -> bool:
    """What is typed but not sent is kept for every device. Says whether it was: not for an exercise that takes no further answers."""
    definition = cast("m.AnyExercise", m.parse("exercise", material.definition))
    user = enrolment.user
    state, _made = ExerciseState.objects.select_for_update().get_or_create(user=user, material=material)
    before = list(Attempt.objects.filter(user=user, material=material).values_list("success", flat=True))
    if not exercises.standing(definition, tried=len(before), solved=True in before, gave_up=state.gave_up_at is not None).open:
        return False
    state.draft, state.draft_at = dict(response), at
    state.save(update_fields=["draft", "draft_at"])
    Enrolment.objects.filter(pk=enrolment.pk).update(last_topic=material.topic_id, last_material=material, last_at=at)
    return True


@transaction.atomic
def take_hint(*, user: User, material: Material) -> int:
    """One more hint is shown. Answers how many are now."""
    most = len(material.definition.get("hints", ()))
    state, _made = ExerciseState.objects.select_for_update().get_or_create(user=user, material=material)
    if state.hints < most:
        state.hints += 1
        state.save(update_fields=["hints"])
    return state.hints


@transaction.atomic
def give_up(*, user: User, material: Material, at: datetime) -> None:
    """The person asked for the solution: it is shown, and no further answer counts."""
    ExerciseState.objects.get_or_create(user=user, material=material)
    ExerciseState.objects.filter(user=user, material=material, gave_up_at=None).update(gave_up_at=at)


# Sheets, notes, bookmarks


@transaction.atomic
def save_sheet(*, enrolment: Enrolment, material: Material, values: Mapping[str, Any], version: int, at: datetime) -> SheetEntry:
    """The sheet as filled in, on top of the `version` that the window showed (0 for an empty sheet).

    Raises Outdated when something newer is stored; nothing is overwritten then.
    """
    found = SheetEntry.objects.select_for_update().filter(user=enrolment.user_id, material=material).first()
    if found is None:
        if not any(_filled(v) for v in values.values()):
            return SheetEntry(user_id=enrolment.user_id, material=material, values={}, version=0, saved_at=at)
        made, new = SheetEntry.objects.get_or_create(
            user_id=enrolment.user_id, material=material, defaults={"values": dict(values), "version": 1, "saved_at": at}
        )
        if new:
            store([statements.interacted(scene(enrolment, material.topic), thing(material), at=at)], source=None, at=at)
            return made
        found = made
    if found.values == dict(values):
        return found
    if found.version != version:
        raise Outdated(found)
    # Told once an hour of filling in, not at every keystroke's saving.
    tell = at - found.saved_at > timedelta(hours=1)
    found.values, found.version, found.saved_at = dict(values), found.version + 1, at
    found.save()
    if tell:
        store([statements.interacted(scene(enrolment, material.topic), thing(material), at=at)], source=None, at=at)
    return found


def _filled(value: Any) -> bool:
    return any(_filled(v) for v in value) if isinstance(value, list) else bool(value)


@transaction.atomic
def save_note(*, user: User, topic: Topic, text: str, version: int, at: datetime) -> Note | None:
    """The private note on a topic; an empty text removes it. Raises Outdated."""
    found = Note.objects.select_for_update().filter(user=user, topic=topic).first()
    text = text.strip()
    if found is None:
        return Note.objects.create(user=user, topic=topic, text=text, saved_at=at) if text else None
    if found.text == text:
        return found
    if found.version != version:
        raise Outdated(found)
    if not text:
        found.delete()
        return None
    found.text, found.version, found.saved_at = text, found.version + 1, at
    found.save()
    return found


@transaction.atomic
def set_bookmark(*, user: User, topic: Topic, on: bool, at: datetime) -> None:
    if on:
        Bookmark.objects.get_or_create(user=user, topic=topic, defaults={"at": at})
    else:
        Bookmark.objects.filter(user=user, topic=topic).delete()


# Cases and films


@transaction.atomic
def take_step(*, enrolment: Enrolment, material: Material, place: int, choice: int, at: datetime) -> CasePath:
    """A choice in a branching case at step number `place`; what came after it before is given up. Raises cases.NoSuchChoice."""
    case = m.parse("case", material.definition)
    row, made = CasePath.objects.select_for_update().get_or_create(user=enrolment.user, material=material, defaults={"at": at})
    path = cases.step(case, cases.longest_valid(case, row.path), at=place, choice=choice)  # type: ignore[arg-type]
    node = cases.walk(case, path)[-1]  # type: ignore[arg-type]
    ended = not case.nodes[node].choices  # type: ignore[union-attr]
    first_end = ended and row.ended_at is None
    row.path, row.at = path, at
    if ended:
        row.ended_at = row.ended_at or at
        row.ends = sorted({*row.ends, node})
    row.save()
    if made or first_end:
        store([statements.interacted(scene(enrolment, material.topic), thing(material), at=at, completed=first_end)], source=None, at=at)
    return row


@transaction.atomic
def restart_case(*, user: User, material: Material, at: datetime) -> None:
    """Back to the start; the ends reached so far are remembered."""
    CasePath.objects.filter(user=user, material=material).update(path=[], at=at)


@transaction.atomic
def watch(
    *,
    enrolment: Enrolment,
    material: Material,
    position: float,
    segment: tuple[float, float] | None,
    verb: str,
    session: UUID,
    at: datetime,
) -> Watch:
    """The player reports: where the film stands, and which part was just played (seconds). `verb`: played, paused or seeked."""
    length = material.seconds or 0.0
    row, made = Watch.objects.select_for_update().get_or_create(user=enrolment.user, material=material, defaults={"at": at})
    if segment is not None:
        row.played = progress.merge_played(row.played, segment, length=length)
    row.position, row.at = max(0.0, min(position, length)), at
    share = progress.played_share(row.played, length)
    here, what = scene(enrolment, material.topic), thing(material)

    def told(verb: str) -> dict[str, Any]:
        return statements.film(
            here, what, verb, position=row.position, length=length, played=row.played, share=share, at=at, session=str(session)
        )

    tell = [told("initialized")] if made else []
    tell.append(told(verb))
    if share >= 0.95 and row.completed_at is None:
        row.completed_at = at
        tell.append(told("completed"))
    row.save()
    store(tell, source=None, at=at)
    return row


@transaction.atomic
def download(*, enrolment: Enrolment, material: Material, at: datetime) -> None:
    """A document was taken home."""
    store([statements.downloaded(scene(enrolment, material.topic), thing(material), at=at)], source=None, at=at)
