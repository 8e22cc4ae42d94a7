"""Addresses of `courses`."""

import uuid

from django.utils.timezone import now

from talka.courses import actions, films
from talka.courses.models import Assignment, Attempt, BulkChange, CourseReview, HandIn, Invitation, Production
from tests.borders import EVERYONE, Row, expect, staff_only
from tests.factories import clusters
from tests.factories import courses as make

# North's course is closed to North; the contact, the member and the other organisation belong to North through their firms.
CLOSED = expect(200, signed_out=404, stranger=404, other_cluster=404)
SIGNED_IN = expect(200, signed_out=302)
# Learner's pages send the signed-out to sign in before they say whether the course exists.
LEARNER = expect(200, signed_out=302, stranger=404, other_cluster=404)
DONE = expect(302, stranger=404, other_cluster=404)
TOLD = expect(204, signed_out=302, stranger=404, other_cluster=404)


def build(world):
    world.course = make.course(cluster=world.north, visibility="cluster")
    films.make(make.material(world.course, "film"))

    exercise = make.material(world.course, "upload")
    attempt = Attempt.objects.create(
        user=world.viewers["member"], material=exercise, n=1, at=make.WHEN, token=uuid.uuid4(), response={"name": "map.pdf"}, score=0
    )
    world.hand_in = HandIn.objects.create(attempt=attempt, name="map.pdf", content=b"%PDF-1.7")
    world.course_invitation = Invitation.objects.create(
        course=world.course, cluster=world.north, email="new@example.org", invited_at=make.WHEN, invited_by=world.viewers["manager"]
    )
    world.course_rule = Assignment.objects.create(
        course=world.course, cluster=world.north, made_in=world.north, part="evaluator", made_at=make.WHEN
    )
    world.work_rule = Assignment.objects.create(course=world.course, organisation=world.ours, made_at=make.WHEN)
    learner = clusters.employee(world.neighbours, name="Learner")
    world.course_learner = make.enrolment(learner, world.course)
    world.course_review = CourseReview.objects.create(user=learner, course=world.course, stars=4, text="Good.", at=make.WHEN)
    world.production = Production.objects.create(course=world.course, kind="film", title="A film")


def desk(**more):
    return lambda world: {"cluster": world.north.slug, "course": world.course.slug, **more}


def own(name):
    """Something with a key of its own in the workspace."""
    return lambda world: {"cluster": world.north.slug, "course": world.course.slug, "pk": getattr(world, name).pk}


def one(**more):
    return lambda world: {"course": world.course.slug, **more}


def deleted(world):
    nothing = {"title": "Gone", "module": None, "lessons": [], "rows": []}
    change, _made = BulkChange.objects.get_or_create(
        course=world.course, what="removed", undone_at=None, defaults={"changes": nothing, "at": now()}
    )
    return {"cluster": world.north.slug, "course": world.course.slug, "pk": change.pk}


def undone(what):
    def kwargs(world):
        change, _made = BulkChange.objects.get_or_create(
            course=world.course, what=what, at=make.WHEN, defaults={"changes": {"rows": []}, "undone_at": make.WHEN}
        )
        return {"cluster": world.north.slug, "course": world.course.slug, "pk": change.pk}

    return kwargs


def topic_pk(world):
    return {"pk": world.course.topics.get(slug="start").pk}


def piece(key, topic="exercises"):
    return one(topic=topic, material=key)


ANSWER = {"token": str(uuid.uuid4()), "choice": "mill"}
STAFF = staff_only()
# Who sees the course is told that its files are its authors'; for all others there is no such topic.
FILES = expect(403, signed_out=302, stranger=404, other_cluster=404, editor=200, manager=200, operator=200)
# Evaluators look and do not write: they are told so; for all others there is no such page.
AUTHORS = STAFF | {"evaluator": 403}
SENT = AUTHORS | {"editor": 302, "manager": 302, "operator": 302}
# A firm's people are for its training contact alone, not even for the operator.
CONTACT = expect(404, signed_out=302, contact=200)
ROWS = [
    Row("courses:cluster", STAFF, lambda w: {"cluster": w.north.slug}),
    Row("courses:cluster", STAFF, lambda w: {"cluster": w.north.slug}, query="?format=csv"),
    Row("courses:new", AUTHORS, lambda w: {"cluster": w.north.slug}),
    Row("courses:new", SENT, lambda w: {"cluster": w.north.slug}, data={"title": "New", "language": "en"}),
    Row("courses:import", AUTHORS, lambda w: {"cluster": w.north.slug}),
    Row("courses:manage", STAFF, desk()),
    Row("courses:export", STAFF, desk()),
    Row("courses:publish", SENT, desk(), data={"visibility": "cluster", "entry": "open"}),
    Row("courses:copy", AUTHORS, desk()),
    Row("courses:copy", SENT, desk(), data=lambda w: {"what": "course:", "cluster": w.north.slug, "title": "Copy"}),
    Row("courses:production", STAFF, desk()),
    Row("courses:production", SENT, desk(), data={"one-kind": "film", "one-title": "Another"}),
    Row("courses:production-undo", SENT, undone("production"), data={}),
    Row("courses:release", AUTHORS, desk()),
    Row("courses:release", SENT, desk(), data={}, note="nothing chosen"),
    Row("courses:desk", expect(404, signed_out=302, editor=302, manager=302, operator=200)),
    Row("courses:bring-back", SENT, deleted, data={}),
    Row("courses:links", SENT, desk(), data={}),
    Row("courses:times", AUTHORS, desk()),
    Row("courses:times", SENT, desk(), data={}),
    Row("courses:times-undo", SENT, undone("dates"), data={}),
    Row("courses:production-step", SENT, own("production"), data={"state": "work"}),
    Row("courses:languages", AUTHORS, desk()),
    Row("courses:translations", AUTHORS, desk(language="de")),
    Row("courses:translations", AUTHORS, desk(language="de"), query="?format=csv"),
    Row("courses:translation-publish", SENT, desk(language="de"), data={}),
    Row("courses:translate", AUTHORS, desk(language="de", sheet="start")),
    Row("courses:translate", SENT, desk(language="de", sheet="start"), data={}),
    Row("courses:xliff", AUTHORS, desk(language="de")),
    Row("courses:xliff-import", AUTHORS, desk(language="de")),
    Row("courses:hand-ins", AUTHORS, desk()),
    Row("courses:hand-in", AUTHORS, own("hand_in")),
    Row("courses:hand-in", SENT, own("hand_in"), data={"accepted": "yes", "comment": "Good."}),
    Row("courses:hand-in-file", AUTHORS, own("hand_in")),
    Row("courses:learners", AUTHORS, desk()),
    Row("courses:learners", AUTHORS, desk(), query="?format=csv"),
    Row("courses:learner", AUTHORS, own("course_learner")),
    Row("courses:learner", SENT, own("course_learner"), data={"percent": "25"}),
    Row("courses:invitations", AUTHORS, desk()),
    Row("courses:invite", AUTHORS, desk()),
    Row("courses:invite", SENT, desk(), data={"addresses": "one@example.org"}),
    Row("courses:invitation", AUTHORS, own("course_invitation")),
    Row("courses:invitation", SENT, own("course_invitation"), data={"withdraw": "1"}),
    Row("courses:rules", AUTHORS, desk()),
    # Editors see rules; managers make them.
    Row("courses:rule-new", AUTHORS | {"editor": 403}, desk()),
    Row("courses:rule-new", SENT | {"editor": 403}, desk(), data={"part": "evaluator", "make": "1"}),
    Row("courses:rule", AUTHORS, own("course_rule")),
    Row("courses:rule", SENT | {"editor": 403}, own("course_rule"), data={"end": "1"}),
    Row("courses:at-work", CONTACT, lambda w: {"organisation": w.ours.slug}),
    Row("courses:at-work", CONTACT, lambda w: {"organisation": w.ours.slug}, query="?format=csv"),
    Row("courses:at-work-new", CONTACT, lambda w: {"organisation": w.ours.slug}),
    Row(
        "courses:at-work-new",
        CONTACT | {"contact": 302},
        lambda w: {"organisation": w.ours.slug},
        data=lambda w: {"course": w.course.pk, "make": "1"},
    ),
    Row("courses:at-work-rule", CONTACT, lambda w: {"organisation": w.ours.slug, "pk": w.work_rule.pk}),
    Row(
        "courses:at-work-rule", CONTACT | {"contact": 302}, lambda w: {"organisation": w.ours.slug, "pk": w.work_rule.pk}, data={"end": "1"}
    ),
    Row("courses:reviews", AUTHORS, desk()),
    Row("courses:review-desk", AUTHORS, own("course_review")),
    Row("courses:review-desk", SENT, own("course_review"), data={"hide": "1", "because": "Off the subject."}),
    # The link was sent to somebody else: it shows what it is for, and lets nobody in.
    Row("courses:invited", EVERYONE, lambda w: {"token": actions.link_of(w.course_invitation).rsplit("/", 2)[1]}),
    Row(
        "courses:invited",
        expect(403, signed_out=200),
        lambda w: {"token": actions.link_of(w.course_invitation).rsplit("/", 2)[1]},
        data={},
    ),
    Row("courses:reminders", SIGNED_IN),
    Row("courses:reminders", expect(302), data={"on": "1"}),
    Row("courses:reminders-off", EVERYONE, lambda w: {"token": actions.opt_out_link(w.viewers["member"]).rsplit("/", 2)[1]}),
    Row("courses:reminders-off", EVERYONE, lambda w: {"token": actions.opt_out_link(w.viewers["member"]).rsplit("/", 2)[1]}, data={}),
    Row("courses:review-write", expect(404, signed_out=302), one(), data={"stars": "5"}, note="only who learns here"),
    Row("courses:catalogue", EVERYONE),
    Row("courses:catalogue", EVERYONE, query="?q=core&hours=short"),
    Row("courses:mine", SIGNED_IN),
    Row("courses:course", CLOSED, one()),
    Row("courses:glossary", CLOSED, one()),
    Row("courses:file", CLOSED, one(topic="start", name="map.svg")),
    Row("courses:topic-files", FILES, topic_pk),
    Row("courses:topic-files", FILES | {"editor": 422, "manager": 422, "operator": 422}, topic_pk, data={}, note="no file"),
    Row("courses:merge", FILES | {"editor": 404, "manager": 404, "operator": 404}, topic_pk, note="no versions named"),
    Row("courses:notes", LEARNER, one()),
    Row("courses:lesson", LEARNER, one(lesson="begin")),
    Row("courses:enrol", DONE, one(), data={}),
    Row("courses:leave", DONE, one(), data={}),
    Row("courses:read-in", expect(302, signed_out=404, stranger=404, other_cluster=404), one(), data={"language": "en"}),
    Row("courses:topic", LEARNER, one(topic="start")),
    Row("courses:done", DONE, one(topic="start"), data={}),
    Row("courses:seen", TOLD, one(topic="start"), data={"seconds": "3"}),
    Row("courses:note", DONE, one(topic="start"), data={"text": "x"}),
    Row("courses:bookmark", DONE, one(topic="start"), data={"on": "1"}),
    Row("courses:answer", DONE, piece("single"), data=ANSWER),
    Row("courses:draft", TOLD, piece("single"), data=ANSWER),
    Row("courses:hint", DONE, piece("single"), data={}),
    Row("courses:solution", DONE, piece("single"), data={}),
    Row("courses:step", DONE, piece("case", "start"), data={"choice": "0/0"}),
    Row("courses:sheet", DONE, piece("tool", "start"), data={"f-field": "oak"}),
    Row("courses:watch", TOLD, piece("film", "start"), data={"verb": "played", "position": "0"}),
    Row("courses:film", LEARNER, piece("film", "start")),
    Row("courses:captions", LEARNER, piece("film", "start")),
    Row("courses:document", LEARNER, piece("document", "start")),
    Row("courses:quiz", DONE, piece("quiz"), note="none begun"),
    Row("courses:quiz-start", DONE, piece("quiz"), data={}),
    Row("courses:quiz-answers", expect(404, signed_out=302), piece("quiz"), data={"n": "1"}, note="none begun"),
]
