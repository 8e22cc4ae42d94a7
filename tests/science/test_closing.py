"""Needs closed, from gap to mastery."""

import numpy as np
import pytest

from talka.science import closing
from talka.science.closing import Status
from talka.science.estimate import Reason

GAP = np.nan
TARGET = [3, 4, 2]
MEASURED = np.array([[1, 4, GAP], [2, 2, 1], [3, GAP, 0], [1, 3, 2]])
STARTED = np.array([[1, 0, 1], [0, 1, 1], [0, 0, 0], [0, 0, 0]], dtype=bool)
MASTERED = np.array([[1, 0, 1], [0, 0, 1], [0, 0, 0], [0, 0, 0]], dtype=bool)


@pytest.fixture
def found():
    return closing.needs_closed(TARGET, MEASURED, started=STARTED, mastered=MASTERED)


def test_where_each_person_stands(found):
    assert found.status.tolist() == [
        [Status.CLOSED, Status.NO_GAP, Status.NOT_MEASURED],
        [Status.OPEN, Status.IN_PROGRESS, Status.CLOSED],
        [Status.NO_GAP, Status.NOT_MEASURED, Status.OPEN],
        [Status.OPEN, Status.OPEN, Status.NO_GAP],
    ]
    assert found.gap[1].tolist() == [1, 2, 1]


def test_the_share_of_all(found):
    total = found.total()
    assert (total.people, total.measured, total.open, total.in_progress, total.closed) == (4, 7, 4, 1, 2)
    assert total.share.value == pytest.approx(2 / 7)
    assert total.share.low < 2 / 7 < total.share.high


def test_persons_competences_and_groups_add_up(found):
    assert [person.closed for person in found.per_person()] == [1, 1, 0, 0]
    assert [competence.measured for competence in found.per_competence()] == [3, 2, 2]
    groups = found.per_group(["x", "x", "y", "y"])
    assert {name: (g.people, g.measured, g.closed) for name, g in groups.items()} == {"x": (2, 4, 2), "y": (2, 3, 0)}
    with pytest.raises(ValueError, match="labels"):
        found.per_group(["x"])


def test_many_gaps_of_few_people_are_less_sure_than_as_many_people():
    few = closing.needs_closed([5] * 20, np.ones((4, 20)), started=np.zeros((4, 20)), mastered=np.repeat([[1], [1], [0], [0]], 20, 1))
    many = closing.needs_closed([5], np.ones((80, 1)), started=np.zeros((80, 1)), mastered=np.repeat([[1], [0]], 40, 0))
    width = [found.total().share.high - found.total().share.low for found in (few, many)]
    assert width[0] > 2 * width[1]


def test_nobody_measured():
    nobody = closing.needs_closed([5], np.full((3, 1), GAP), started=np.zeros((3, 1)), mastered=np.zeros((3, 1))).total()
    assert (nobody.measured, nobody.share.value, nobody.share.reason) == (0, None, Reason.NO_ANSWERS)
    empty = closing.needs_closed([5], np.zeros((0, 1)), started=np.zeros((0, 1)), mastered=np.zeros((0, 1)))
    assert (empty.total().people, empty.per_person()) == (0, ())


def test_over_time_gaps_count_from_measurement_and_older_mastery_does_not_close():
    states = closing.closed_over_time(
        [3, 3],
        [[1, 1], [2, 2]],
        measured_on=[[10, 10], [12, 12]],
        started_on=[[11, GAP], [13, 5]],
        mastered_on=[[15, GAP], [GAP, 6]],
        days=[9, 10, 12, 14, 15],
    )
    assert [(s.measured, s.open, s.in_progress, s.closed) for s in states] == [
        (0, 0, 0, 0),
        (2, 2, 0, 0),
        (4, 2, 2, 0),
        (4, 1, 3, 0),
        (4, 1, 2, 1),
    ]


def test_shapes_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match="don't fit"):
        closing.needs_closed([1, 2], [[1]], started=[[0]], mastered=[[0]])
    with pytest.raises(ValueError, match="two dimensions"):
        closing.needs_closed([1], [1], started=[0], mastered=[0])
