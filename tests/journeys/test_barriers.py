"""No serious barrier for people with disabilities on the main pages, in light and dark, on a phone and at a desk."""

import pytest

from tests.journeys.conftest import barriers

PAGES = {
    "": ["/", "/learn/", "/learn/cluster-management/", "/clusters/", "/accounts/login/", "/enter/"],
    "learner@talka.example": [
        "/today/", "/learn/cluster-management/what-a-cluster-is/", "/learn/cluster-management/keeping-members/", "/skills/gaps/", "/me/",
        "/learn/cluster-management/measuring-needs/", "/learn/cluster-management/lessons/clusters/",
    ],
    "manager@talka.example": [
        "/clusters/pennine-health/overview/", "/clusters/pennine-health/members/", "/clusters/pennine-health/needs/", "/insight/courses/cluster-management/", "/style/",
    ],
}  # fmt: skip


@pytest.mark.parametrize(("phone", "dark"), [(True, False), (False, True)])
@pytest.mark.parametrize("email", list(PAGES), ids=["signed out", "learner", "manager"])
def test_no_serious_barrier(visit, axe, email, phone, dark):
    page = visit(email, phone=phone, dark=dark)
    found = {}
    for path in PAGES[email]:
        page.goto(path)
        if wrong := barriers(page, axe):
            found[path] = wrong
    assert found == {}
