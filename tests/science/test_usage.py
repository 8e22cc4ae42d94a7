"""Usage figures against cases worked by hand and against slow, plain counting."""

from datetime import date

import numpy as np
import pytest

from talka.science import usage
from talka.science.estimate import Reason

# active


def test_rolling_windows_agree_with_plain_counting():
    rng = np.random.default_rng(4)
    people, days = rng.integers(0, 40, 600), rng.integers(1000, 1090, 600)
    found = usage.active(people, days, first=1020, last=1100)
    for window, counted in ((1, found.daily), (7, found.weekly), (28, found.monthly)):
        plain = [len({p for p, d in zip(people, days, strict=True) if day - window < d <= day}) for day in found.days]
        assert counted.tolist() == plain
    assert found.stickiness[0] == found.daily[0] / found.monthly[0]
    assert len(found.days) == 81


def test_nobody_was_active():
    assert usage.active([], []).stickiness == ()
    quiet = usage.active([], [], first=5, last=6)
    assert (quiet.daily.tolist(), quiet.stickiness) == ([0, 0], (None, None))
    with pytest.raises(ValueError, match="before the first"):
        usage.active([1], [1], first=3, last=2)
    with pytest.raises(ValueError, match="same length"):
        usage.active([1], [1, 2])


def test_names_may_stand_for_people():
    assert usage.active(["a", "b", "a"], [1, 1, 2]).weekly.tolist() == [2, 2]


def test_weeks_begin_on_monday():
    sunday, monday, later = (date(2026, 3, day).toordinal() for day in (1, 2, 20))
    found = usage.weekly_active([1, 1, 2, 1], [sunday, monday, monday, later])
    assert [date.fromordinal(int(day)).isoformat() for day in found.mondays] == ["2026-02-23", "2026-03-02", "2026-03-09", "2026-03-16"]
    assert found.people.tolist() == [1, 2, 0, 1]
    assert usage.weekly_active([], []).people.tolist() == []


# dwell


def test_gaps_count_up_to_five_minutes_and_the_last_is_the_median():
    found = usage.dwell([1] * 5 + [2], ["x"] * 5 + ["x"], [0, 60, 180, 1000, 1300, 50])
    assert found.imputed == 120  # the median of 60, 120 and 300
    assert found.sittings.tolist() == [2, 1]
    assert found.seconds.tolist() == [60 + 120 + 300 + 2 * 120, 120]
    assert (found.people.tolist(), found.activities.tolist()) == ([1, 2], ["x", "x"])


def test_an_activity_in_between_does_not_matter():
    found = usage.dwell([1, 1, 1], ["x", "y", "x"], [0, 10, 20])
    assert found.activities.tolist() == ["x", "y"]
    assert found.seconds.tolist() == [40, 20]


def test_single_statements_tell_no_time():
    found = usage.dwell([1, 2], ["x", "x"], [0, 0])
    assert (found.seconds.tolist(), found.reason) == ([0, 0], Reason.TOO_FEW)
    assert usage.dwell([], [], []).reason == Reason.NO_ANSWERS
    with pytest.raises(ValueError, match="moment"):
        usage.dwell([1], ["x"], [np.nan])
    with pytest.raises(ValueError, match="same length"):
        usage.dwell([1], ["x"], [1, 2])


# video


def test_played_share_of_methods():
    """design/methods.md §4: [0,12] ∪ [8,20] ∪ [30,35] of 50."""
    assert usage.played_share([[0, 12], [8, 20], [30, 35]], 50) == 0.5


@pytest.mark.parametrize(
    ("segments", "share"),
    [([], 0), ([[0, 50]], 1), ([[-5, 99]], 1), ([[30, 10]], 0), ([[0, 40], [10, 20], [35, 45]], 0.9), ([[np.nan, 5], [0, 5]], 0.1)],
)
def test_played_share_of_strange_players(segments, share):
    assert usage.played_share(segments, 50) == pytest.approx(share)


def test_completed_from_ninety_five_percent():
    assert [usage.completed(share) for share in (0.94, 0.95, 1)] == [False, True, True]


def test_audience_keeps_first_views_and_re_views_apart():
    found = usage.audience([[[0, 4]], [[0, 2], [1, 3]], []], 4)
    assert found.viewers == 2
    assert found.first_views.tolist() == [2, 2, 2, 1]
    assert found.re_views.tolist() == [0, 1, 0, 0]
    assert found.watching.tolist() == [1, 1, 1, 0.5]
    assert usage.audience([], 3).watching.tolist() == [0, 0, 0]
    with pytest.raises(ValueError, match="positive"):
        usage.played_share([[0, 1]], 0)
    with pytest.raises(ValueError, match="pairs"):
        usage.played_share([1, 2], 5)


# funnel


def test_a_later_stage_implies_those_before():
    steps = usage.funnel([[1, 0, 0], [1, 1, 0], [0, 0, 1], [1, 0, 0]], stages=("enrolled", "started", "done"))
    assert [step.people for step in steps] == [4, 2, 1]
    assert [(step.of_all.value, step.of_previous.value) for step in steps] == [(1, 1), (0.5, 0.5), (0.25, 0.5)]
    assert steps[1].of_all.low == pytest.approx(0.15, abs=0.005)


def test_an_empty_funnel_says_so():
    assert [(step.people, step.of_all.reason) for step in usage.funnel([])] == [(0, Reason.NO_ANSWERS)] * 5
    with pytest.raises(ValueError, match="one column"):
        usage.funnel([[1, 1]])


# across organisations


def test_e_i_index():
    """Krackhardt & Stern (1988): (external − internal) / all."""
    organisations = ["a"] * 5 + ["b"] * 5
    inside = [(0, 1), (1, 2), (2, 3), (5, 6), (6, 7), (7, 8)]
    across = [(0, 5), (1, 6), (2, 7), (3, 8)]
    found = usage.cross_organisational([*inside, *across, (4, 4)], organisations, draws=4_000)
    assert (found.external, found.internal, found.share, found.ei) == (4, 6, 0.4, pytest.approx(-0.2))
    assert found.expected == pytest.approx((25 - 20) / 45, abs=0.02)  # 25 possible pairs between, 20 within
    assert 0.1 < found.p <= 1


def test_groups_that_keep_to_themselves_are_found():
    organisations = np.repeat(["a", "b", "c"], 10).tolist()
    edges = [(i, j) for i in range(30) for j in range(i) if organisations[i] == organisations[j]]
    found = usage.cross_organisational(edges, organisations)
    assert (found.ei, found.p) == (-1, 1 / 2001)
    assert found.high < 1
    assert found == usage.cross_organisational(edges, organisations)


def test_crossing_at_the_edge():
    assert usage.cross_organisational([], ["a"]).reason == Reason.NO_ANSWERS
    alone = usage.cross_organisational([(0, 1)], ["a", "a"])
    assert (alone.ei, alone.p, alone.reason) == (-1, None, Reason.ALL_EQUAL)
    with pytest.raises(ValueError, match="point at"):
        usage.cross_organisational([(0, 2)], ["a", "b"])


def test_reuse_counts_organisations_outside_the_origin():
    assert usage.reuse(["x", "x", "x", "x", "z"], ["o", "p", "p", "q", "o"], {"x": "o", "y": "p"}) == {"x": 2, "y": 0, "z": 1}


# association


def test_association_compares_people_who_began_alike():
    """Users began higher and so gain less; within strata the material goes with 5 points more."""
    rng = np.random.default_rng(6)
    before = rng.uniform(20, 80, 2000)
    used = rng.random((2000, 2)) < np.column_stack([before / 100, np.full(2000, 0.5)])
    gain = (100 - before) / 2 + 5 * used[:, 0] + rng.normal(0, 3, 2000)
    plain = gain[used[:, 0]].mean() - gain[~used[:, 0]].mean()
    with_it, without = usage.association(used, gain, before)
    assert plain < 1
    assert 3 < with_it.difference.value < 6
    assert without.difference.low < 0 < without.difference.high + 1
    assert abs(with_it.shrunk) <= abs(with_it.difference.value)


def test_association_needs_people_on_both_sides():
    nobody = usage.association(np.zeros((30, 1)), np.arange(30), np.arange(30))[0]
    assert (nobody.difference.value, nobody.difference.reason, nobody.shrunk) == (None, Reason.NO_ANSWERS, None)
    assert usage.association(np.zeros((0, 1)), [], [])[0].difference.reason == Reason.NO_ANSWERS
