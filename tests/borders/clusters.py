"""Addresses of `clusters`."""

from datetime import date

from talka.clusters.models import Affiliation, Role, Service
from tests.borders import EVERYONE, Row, expect, staff_only


def build(world):
    world.service = Service.objects.create(cluster=world.north, name="Course on site", visibility="cluster")
    world.affiliation = Affiliation.objects.get(user=world.viewers["member"])
    world.editor_role = Role.objects.get(user=world.viewers["editor"])


def north(world):
    return {"cluster": world.north.slug}


def ours(world):
    return {"cluster": world.north.slug, "organisation": world.ours.slug}


def service(world):
    return {"cluster": world.north.slug, "pk": world.service.pk}


STAFF = staff_only()
# Staff who may look but not decide are told so; for all others the page does not exist.
MANAGER = STAFF | {"editor": 403, "evaluator": 403}
DONE = MANAGER | {"manager": 302, "operator": 302}
ROWS = [
    Row("clusters:list", EVERYONE),
    Row("clusters:list", EVERYONE, query="?format=csv"),
    Row("clusters:page", EVERYONE, north),
    Row("clusters:members", STAFF, north),
    Row("clusters:members", STAFF, north, query="?format=csv"),
    Row("clusters:admit", MANAGER, north),
    Row("clusters:admit", DONE, north, data={"name": "New Ltd", "kind": "sme"}),
    Row("clusters:import", MANAGER, north),
    Row("clusters:members-sample", STAFF, north),
    Row("clusters:member", STAFF, ours),
    Row("clusters:leave", MANAGER, ours),
    Row("clusters:leave", DONE, ours, data={}),
    Row("clusters:contact", DONE, lambda w: {"cluster": w.north.slug, "pk": w.affiliation.pk}, data={"contact": "1"}),
    Row("clusters:services", STAFF, north),
    Row("clusters:services", STAFF, north, query="?format=csv"),
    Row("clusters:new-service", MANAGER, north),
    Row("clusters:new-service", DONE, north, data={"name": "Other", "visibility": "cluster"}),
    Row("clusters:service", MANAGER, service),
    Row("clusters:note-use", MANAGER, service),
    Row("clusters:note-use", DONE, service, data=lambda w: {"organisation": w.ours.pk, "on": date(2026, 1, 5).isoformat(), "people": 2}),
    Row("clusters:settings", MANAGER, north),
    Row("clusters:settings", DONE, north, data={"name": "North", "sector": "timber", "region": "North", "country": "LT"}),
    Row("clusters:appoint", DONE, north, data=lambda w: {"email": w.viewers["stranger"].email, "part": "editor"}),
    Row("clusters:dismiss", DONE, lambda w: {"cluster": w.north.slug, "pk": w.editor_role.pk}, data={}),
    Row("clusters:page", expect(404), {"cluster": "no-such"}),
]
