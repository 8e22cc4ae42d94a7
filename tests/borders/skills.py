"""Who may open the pages of competences."""

from talka.people.models import Consent
from tests.borders import EVERYONE, Row, expect, staff_only
from tests.factories import skills as make
from tests.factories.surveys import SPRING


def build(world):
    world.framework = make.framework(3)
    profile = world.framework.profiles.get()
    member = world.viewers["member"]
    make.assessment(member, profile, c1=1)
    Consent.objects.create(user=member, purpose=Consent.Purpose.EMPLOYER, words="I agree.", given_at=SPRING)


def profile(world):
    return {"framework": world.framework.key, "profile": "running"}


signed_in = EVERYONE | {"signed out": 302}
ROWS = [
    Row("skills:frameworks", EVERYONE),
    Row("skills:framework", EVERYONE, lambda w: {"framework": w.framework.key}),
    Row("skills:gaps", signed_in),
    Row("skills:assess", signed_in, profile),
    Row("skills:assess", dict.fromkeys(EVERYONE, 302), profile, data={"c1": "2"}),
    # The consent is given to the employer: nobody else, not even an operator.
    Row("skills:gaps-at-work", expect(404, signed_out=302, contact=200), lambda w: {"organisation": w.ours.slug}),
    Row("skills:cluster-gaps", staff_only(), lambda w: {"cluster": w.north.slug}),
    Row("skills:cluster-gaps", staff_only(), lambda w: {"cluster": w.north.slug}, query="?format=csv"),
]
