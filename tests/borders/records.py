"""Addresses of `records`."""

from talka.records import actions
from talka.records.models import Refusal
from tests.borders import Row, expect
from tests.factories import records


def build(world):
    world.source = records.source("Moodle in the north", cluster=world.north)
    world.network_source = records.source("Network")
    world.source_key = records.key(world.source).credential
    world.statement = records.stored(source=world.source)[0]
    world.network_statement = records.stored(records.statement(2), source=world.network_source)[0]
    world.refusal = Refusal.objects.create(
        source=world.source, at=records.NOON, status=400, reason="$.actor: is missing", method="POST", version="1.0.3",
        content_type="application/json", body=b"x\x9c\xab\xae\x05\x00\x01u\x00\xf9", size=2,
    )  # fmt: skip
    world.forward = actions.make_forward(
        name="Copy", endpoint="https://lrs.example.org/xapi", key="k", secret="s", cluster=world.north, by=None, at=records.NOON
    )


def source(world):
    return {"uuid": world.source.uuid}


LIST = expect(404, signed_out=302, manager=200, operator=200)
DONE = LIST | {"manager": 302, "operator": 302}
OPERATOR = LIST | {"manager": 404}
ROWS = [
    Row("records:sources", LIST),
    Row("records:sources", LIST, query="?format=csv"),
    Row("records:new-source", LIST),
    Row("records:new-source", LIST, data=lambda w: {"name": "App", "cluster": w.north.pk, "scopes": ["all"], "per_minute": 0}),
    Row(
        "records:new-source",
        LIST | {"manager": 422},
        data=lambda w: {"name": "App", "cluster": w.south.pk, "scopes": ["all"], "per_minute": 0},
        note="south",
    ),
    Row("records:source", LIST, source),
    Row("records:source", OPERATOR, lambda w: {"uuid": w.network_source.uuid}, note="network"),
    Row("records:rotate", LIST, source, data={}),
    Row("records:revoke", DONE, lambda w: {"uuid": w.source.uuid, "pk": w.source_key.pk}, data={}),
    Row("records:refused", LIST),
    Row("records:refusal", LIST, lambda w: {"pk": w.refusal.pk}),
    Row("records:refusal", DONE, lambda w: {"pk": w.refusal.pk}, data={}),
    Row("records:forwards", LIST),
    Row("records:new-forward", LIST),
    Row("records:forward", LIST, lambda w: {"pk": w.forward.pk}),
    Row("records:forward", DONE, lambda w: {"pk": w.forward.pk}, data={"act": "stop"}),
    Row("records:statement", LIST, lambda w: {"uuid": w.statement}),
    Row("records:statement", OPERATOR, lambda w: {"uuid": w.network_statement}, note="network"),
]
