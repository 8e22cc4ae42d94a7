"""Addresses of stacks: a printed code opens for whom its stack is meant; the desk is for those who make stacks."""

import uuid

from django.utils.timezone import now

from talka.courses.models import Sign, Stack, StackQuestion, Tile
from tests.borders import EVERYONE, Row, expect, staff_only


def build(world):
    world.stack = Stack.objects.create(cluster=world.north, title="The saw", visibility="cluster", published_at=now())
    world.open_stack = Stack.objects.create(cluster=world.north, title="The gate", visibility="public", published_at=now())
    world.firm_stack = Stack.objects.create(
        cluster=world.north, organisation=world.ours, title="Our press", visibility="organisation", published_at=now()
    )
    world.draft_stack = Stack.objects.create(cluster=world.north, title="Not yet", visibility="public")
    world.stack_link = Tile.objects.create(stack=world.stack, kind="link", title="Manual", url="https://example.org/manual")
    world.stack_file = Tile.objects.create(stack=world.stack, kind="file", title="Sheet", file_name="sheet.pdf", order=1)
    world.stack_file.file.name = ""
    world.stack_ask = Tile.objects.create(stack=world.stack, kind="question", title="Ask", order=2)
    world.sign = Sign.objects.create(stack=world.stack, place="Hall 2")
    world.stack_question = StackQuestion.objects.create(tile=world.stack_ask, text="How deep?", asked_at=now())


def code(of, **more):
    return lambda world: {"code": getattr(world, of).code, **{k: getattr(world, v).uuid for k, v in more.items()}}


def desk(**more):
    return lambda world: {"cluster": world.north.slug, "code": world.stack.code} | {k: getattr(world, v).pk for k, v in more.items()}


def head(world):
    return {"cluster": world.north.slug}


# The cluster's people; those who are signed out or of elsewhere meet a friendly door that says whose it is.
MEANT = expect(200, signed_out=403, stranger=403, other_cluster=403)
SENT = expect(302, signed_out=404, stranger=404, other_cluster=404)
MAKERS = staff_only() | {"evaluator": 403}
DONE = MAKERS | {"editor": 302, "manager": 302, "operator": 302}
HEAD = {"title": "New", "language": "en", "visibility": "cluster"}

ROWS = [
    Row("stacks:stack", MEANT, code("stack")),
    Row("stacks:stack", MEANT, code("sign"), note="by its sign"),
    Row("stacks:stack", EVERYONE, code("open_stack"), note="for everyone"),
    Row("stacks:stack", MEANT | {"other organisation": 403, "evaluator": 403}, code("firm_stack"), note="of a firm"),
    Row("stacks:stack", expect(404, editor=200, manager=200, operator=200), code("draft_stack"), note="a draft"),
    Row("stacks:stack", expect(404), {"code": "NOSUCH22"}, note="unknown"),
    Row("stacks:go", SENT, code("stack", tile="stack_link")),
    Row("stacks:file", expect(404), code("stack", tile="stack_file"), note="nothing uploaded"),
    Row("stacks:ask", SENT, code("stack", tile="stack_ask"), data={"text": "How deep?", "v": str(uuid.uuid4())}),
    Row("stacks:list", staff_only(), head),
    Row("stacks:list", staff_only(), head, query="?format=csv"),
    Row("stacks:new", MAKERS, head),
    Row("stacks:new", DONE, head, data=HEAD),
    Row("stacks:questions", MAKERS, head),
    Row("stacks:question", MAKERS, lambda w: head(w) | {"pk": w.stack_question.pk}),
    Row("stacks:question", DONE, lambda w: head(w) | {"pk": w.stack_question.pk}, data={"text": "Two hands."}),
    Row("stacks:edit", MAKERS, desk()),
    Row("stacks:head", MAKERS, desk()),
    Row("stacks:head", DONE, desk(), data=HEAD),
    Row("stacks:turn", DONE, desk(), data={"close": "1"}),
    Row("stacks:tile-new", MAKERS, lambda w: desk()(w) | {"kind": "text"}),
    Row("stacks:tile-new", DONE, lambda w: desk()(w) | {"kind": "text"}, data={"text": "Stop first."}),
    Row("stacks:tile", MAKERS, desk(pk="stack_link")),
    Row("stacks:tile-move", DONE, desk(pk="stack_link"), data={"down": "1"}),
    Row("stacks:sign-new", DONE, desk(), data={"place": "Hall 3"}),
    Row("stacks:sign", MAKERS, desk(pk="sign")),
    Row("stacks:sign-turn", DONE, desk(pk="sign"), data={}),
]
