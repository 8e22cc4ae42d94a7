"""The other side of LTI, and a cluster with a course of ours, for both roles."""

import pytest

from tests.factories import clusters, lti
from tests.factories import courses as make


@pytest.fixture(scope="module")
def side():
    made = lti.OtherSide()
    yield made
    made.close()


@pytest.fixture(autouse=True)
def inner(settings, side):
    settings.INNER_HOSTS = {"localhost"}
    side.asked.clear()
    side.publish(lti.PAIR.as_dict(private=False))


@pytest.fixture
def north():
    return clusters.cluster("North")


@pytest.fixture
def manager(north):
    return clusters.staff(north, "manager")


@pytest.fixture
def course(north):
    return make.plain_course("oak", cluster=north, visibility="network")
