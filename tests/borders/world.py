"""The small world in which every address is tried: two clusters, three organisations, one person of each kind."""

from types import SimpleNamespace

from django.contrib.auth.models import AnonymousUser

from tests.factories import clusters, people


def make() -> SimpleNamespace:
    """A namespace that the rooms' `build(world)` add their things to."""
    north, south = clusters.cluster("North"), clusters.cluster("South")
    ours, neighbours = clusters.organisation("Ours", of=north), clusters.organisation("Neighbours", of=north)
    theirs = clusters.organisation("Theirs", of=south)
    viewers = {
        "signed out": AnonymousUser(),
        "stranger": people.person("Stranger"),
        "other cluster": clusters.employee(theirs, name="Other cluster"),
        "other organisation": clusters.employee(neighbours, name="Other organisation"),
        "member": clusters.employee(ours, name="Member"),
        "contact": clusters.employee(ours, contact=True, name="Contact"),
        "editor": clusters.staff(north, "editor", name="Editor"),
        "evaluator": clusters.staff(north, "evaluator", name="Evaluator"),
        "manager": clusters.staff(north, "manager", name="Manager"),
        "operator": people.operator(),
    }
    return SimpleNamespace(north=north, south=south, ours=ours, neighbours=neighbours, theirs=theirs, viewers=viewers)
