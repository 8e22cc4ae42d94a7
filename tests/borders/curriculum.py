"""Addresses of `curriculum`."""

from talka.courses.models import Course, Lesson, Module, Topic
from talka.curriculum import actions
from tests.borders import Row, staff_only
from tests.factories import curriculum as plans


def build(world):
    world.curriculum = plans.plan(world.north)
    world.validated = Course.objects.create(key="validated", slug="validated", title="Validated", cluster=world.north, visibility="network")
    module = Module.objects.create(course=world.validated, slug="m", title="M")
    lesson = Lesson.objects.create(course=world.validated, module=module, slug="l", title="L")
    Topic.objects.create(course=world.validated, lesson=lesson, slug="t", title="T", live=True)
    world.validation = actions.begin_validation(course=world.validated, cluster=world.north, by=None, at=plans.SPRING)
    world.choice = actions.choose_topics(curriculum=world.curriculum, hours=4, by=None, at=plans.SPRING)


def north(world):
    return {"cluster": world.north.slug}


def plan(world):
    return {"cluster": world.north.slug, "curriculum": world.curriculum.slug}


def part(title):
    return lambda world: {**plan(world), "pk": plans.part(world.curriculum, title).pk}


def choice(world):
    return {**plan(world), "choice": world.choice.uuid}


def validation(world):
    return {"cluster": world.north.slug, "survey": world.validation.survey.slug}


def finding(world):
    return {"topic": world.validation.topics.get().topic_id, "finding": "mend", "title": "Mend it", "kind": "text"}


def cell(world):
    return {"outcome": plans.part(world.curriculum, "find money").pk, "topic": plans.part(world.curriculum, "Topic c").pk, "taught": "2"}


SEE = staff_only()
# Evaluators may look but change nothing.
CHANGE = SEE | {"evaluator": 403}
DONE = CHANGE | {"editor": 302, "manager": 302, "operator": 302}
ROWS = [
    Row("curriculum:curricula", SEE, north),
    Row("curriculum:curricula", SEE, north, query="?format=csv"),
    Row("curriculum:new", CHANGE, north),
    Row("curriculum:new", DONE, north, data={"title": "Another"}),
    Row("curriculum:curriculum", SEE, plan),
    Row("curriculum:change", CHANGE, plan),
    Row("curriculum:change", DONE, plan, data={"title": "Renamed", "language": "en"}),
    Row("curriculum:remove", CHANGE, plan),
    Row("curriculum:remove", DONE, plan, data={}),
    Row("curriculum:hours-csv", SEE, plan),
    Row("curriculum:needs", SEE, plan),
    Row("curriculum:take-needs", DONE, plan, data={}),
    Row("curriculum:new-need", CHANGE, plan),
    Row("curriculum:new-need", DONE, plan, data={"title": "Digital", "weight": "2"}),
    Row("curriculum:need", CHANGE, part("Funding")),
    Row("curriculum:need", DONE, part("Funding"), data={"title": "Money", "weight": "2"}),
    Row("curriculum:outcomes", SEE, plan),
    Row("curriculum:outcomes", SEE, plan, query="?format=csv"),
    Row("curriculum:new-outcome", CHANGE, plan),
    Row("curriculum:new-outcome", DONE, plan, data={"text": "ask well", "bloom": "apply"}),
    Row("curriculum:outcome", CHANGE, part("find money")),
    Row("curriculum:new-module", CHANGE, plan),
    Row("curriculum:new-module", DONE, plan, data={"title": "Second", "order": "1"}),
    Row("curriculum:module", CHANGE, part("First")),
    Row("curriculum:topics", SEE, plan),
    Row("curriculum:new-topic", CHANGE, plan),
    Row("curriculum:new-topic", DONE, plan, data={"title": "Topic e", "order": "9", "count_text": "1", "minutes_text": "30"}),
    Row("curriculum:topic", CHANGE, part("Topic a")),
    Row("curriculum:leave-out", DONE, part("Topic a"), data={"out": "1"}),
    Row("curriculum:mark", DONE, part("Topic a"), data={"kind": "pin"}),
    Row("curriculum:drop", CHANGE, lambda w: {**part("Topic d")(w), "kind": "plannedtopic"}),
    Row("curriculum:drop", DONE, lambda w: {**part("Topic d")(w), "kind": "plannedtopic"}, data={}),
    Row("curriculum:matrix", SEE, plan),
    Row("curriculum:matrix-csv", SEE, plan),
    Row("curriculum:cell", CHANGE, plan, data=cell),
    Row("curriculum:row", CHANGE, part("find money")),
    Row("curriculum:row", DONE, part("find money"), data={}),
    Row("curriculum:findings", SEE, plan),
    Row("curriculum:choose", SEE, plan),
    Row("curriculum:choose", DONE, plan, data={"hours": "3"}),
    Row("curriculum:choice", SEE, choice),
    Row("curriculum:longer", DONE, choice, data={}),
    Row("curriculum:cancel", DONE, choice, data={}),
    Row("curriculum:take", DONE, choice, data={}),
    Row("curriculum:course", CHANGE, plan),
    Row("curriculum:course", DONE, plan, data={}),
    Row("curriculum:document", SEE, plan),
    Row("curriculum:validate", DONE, lambda w: {"cluster": w.north.slug, "course": "validated"}, data={}),
    Row("curriculum:testers", DONE, validation, data={}),
    Row("curriculum:validation-task", DONE, validation, data=finding),
    Row("curriculum:pdf", SEE, plan),
    Row("curriculum:docx", SEE, plan),
]
