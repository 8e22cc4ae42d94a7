"""Hidden groups stay hidden: attacked by linear programming, independently of how they were chosen."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from scipy.optimize import linprog

from talka.science import disclosure


def attacked(counts, shown, row_shown, column_shown, total_shown):
    """What an attacker can work out: interval width per hidden cell, written without the library's own equations."""
    rows, columns = counts.shape
    equal, right = [], []
    for i in range(rows):
        for j in range(columns):
            if shown[i, j]:
                equal.append(np.eye(rows * columns)[i * columns + j])
                right.append(counts[i, j])
    body = np.arange(rows * columns).reshape(rows, columns)
    marks = [(row_shown[i], body[i]) for i in range(rows)] + [(column_shown[j], body[:, j]) for j in range(columns)]
    for seen, cells in [*marks, (total_shown, body.ravel())]:
        if seen:
            line = np.zeros(rows * columns)
            line[cells] = 1
            equal.append(line)
            right.append(counts.ravel()[cells].sum())
    widths = {}
    for i, j in zip(*np.nonzero(~shown), strict=True):
        goal = np.eye(rows * columns)[i * columns + j]
        lowest, highest = (
            linprog(sign * goal, A_eq=np.array(equal) if equal else None, b_eq=right or None, bounds=(0, None)) for sign in (1, -1)
        )
        widths[int(i), int(j)] = np.inf if highest.status == 3 else -highest.fun - lowest.fun
    return widths


def test_a_single_figure_needs_ten_people():
    assert [disclosure.shown(n) for n in (0, 9, 10)] == [False, False, True]
    assert disclosure.shown(5, disclosure.THRESHOLD_INSIDE)
    with pytest.raises(ValueError, match="negative"):
        disclosure.shown(-1)


def test_rounding():
    assert [disclosure.rounded(n) for n in (0, 2, 3, 7, 8, 12)] == [0, 0, 5, 5, 10, 10]
    assert (disclosure.rounded_percent(1, 3), disclosure.rounded_percent(1, 3000), disclosure.rounded_percent(0, 0)) == (33, 0.0, None)


def test_a_small_group_takes_a_second_one_with_it():
    hidden = disclosure.protect_list([3, 40, 25, 60])
    assert hidden.cells() == [None, 40, None, 60]
    assert hidden.visible_total() == 128
    assert hidden.primary.tolist() == [True, False, False, False]


def test_two_small_groups_that_hide_each_other_too_little_take_a_third():
    assert disclosure.protect_list([3, 4, 12, 30]).cells() == [None, None, None, 30]


def test_a_small_total_is_hidden_too():
    alone = disclosure.protect_list([3])
    assert (alone.cells(), alone.visible_total()) == ([None], None)
    assert disclosure.protect_list([]).visible_total() == 0


def test_groups_without_anybody_are_shown_unless_told_otherwise():
    assert disclosure.protect_list([0, 30, 40]).cells() == [0, 30, 40]
    assert disclosure.protect_list([0, 30, 40], hide_zeros=True).cells() == [None, None, 40]


def test_a_large_list_hides_nothing():
    assert disclosure.protect_list([10, 11, 50]).cells() == [10, 11, 50]


def test_the_textbook_attack_on_the_table_of_investment():
    """Fischetti & Salazar-González (1999), figure 1: investment by activity and region, the 22 is sensitive; interval 5 to 30."""
    table = np.array([[20, 50, 10], [8, 19, 22], [17, 32, 12]])
    cells = np.concatenate([table.ravel(), table.sum(axis=1), table.sum(axis=0), [table.sum()]])
    hidden = np.zeros(len(cells), dtype=bool)
    hidden[[3, 5, 6, 8]] = True
    low, high = disclosure.feasible(cells, hidden, disclosure.table_sums(3, 3))
    assert (low[5], high[5]) == (5, 30)
    assert (low[0], high[0]) == (20, 20)


def test_one_hidden_cell_in_a_table_is_no_secret():
    table = np.array([[50, 60, 5], [30, 40, 50], [20, 30, 40]])
    naive = table >= 10
    everything = np.ones(3, dtype=bool)
    assert attacked(table, naive, everything, everything, total_shown=True) == {(0, 2): pytest.approx(0)}
    safe = disclosure.protect_table(table)
    widths = attacked(table, safe.shown, safe.row_shown, safe.column_shown, safe.total_shown)
    assert min(widths.values()) >= 10 - 1e-6
    assert safe.rows()[3] == [100, 130, 95, 325]


@settings(max_examples=40, deadline=None)
@given(
    some.lists(some.lists(some.sampled_from([0, 1, 3, 9, 12, 25, 80]), min_size=3, max_size=3), min_size=1, max_size=4),
    some.booleans(),
)
def test_no_hidden_cell_of_any_table_can_be_worked_out(cells, hide_zeros):
    table = np.array(cells)
    safe = disclosure.protect_table(table, hide_zeros=hide_zeros)
    assert not safe.shown[(table > 0) & (table < 10)].any()
    for totals, open_ in ((safe.row_totals, safe.row_shown), (safe.column_totals, safe.column_shown)):
        assert not open_[(totals > 0) & (totals < 10)].any()
    widths = attacked(table, safe.shown, safe.row_shown, safe.column_shown, safe.total_shown)
    assert all(width >= 10 - 1e-5 for width in widths.values())


def test_two_breakdowns_of_the_same_people_are_hidden_together():
    both = disclosure.protect_breakdowns({"type": [4, 50, 46], "region": [60, 40]})
    assert both["type"].cells() == [None, 50, None]
    assert both["region"].cells() == [60, 40]
    with pytest.raises(ValueError, match="don't count the same people"):
        disclosure.protect_breakdowns({"type": [4, 50], "region": [60, 40]})
    assert disclosure.protect_breakdowns({}) == {}


def test_figures_for_all_and_for_all_but_three_give_the_three_away():
    everybody = np.ones(40, dtype=bool)
    without = everybody.copy()
    without[:3] = False
    leaks = disclosure.check_breakdowns({"cluster": everybody, "without the three": without})
    assert [(leak.people, leak.inside, leak.outside) for leak in leaks] == [(3, ("cluster",), ("without the three",))]


def test_overlapping_groups_that_leave_room_may_be_shown_together():
    people = np.arange(100)
    assert disclosure.check_breakdowns({"all": people >= 0, "young": people < 50, "trained": (people >= 25) & (people < 75)}) == ()
    assert disclosure.check_breakdowns({}) == ()


def test_a_union_can_give_away_an_overlap():
    people = np.arange(60)
    one, two = people < 33, people >= 30
    leaks = disclosure.check_breakdowns({"one": one, "two": two, "either": people >= 0})
    assert (3, ("one", "two", "either"), ()) in [(leak.people, leak.inside, leak.outside) for leak in leaks]


@pytest.mark.parametrize(
    ("counts", "message"),
    [([-1, 5], "whole numbers"), ([1.5, 5], "whole numbers"), ([np.nan, 5], "whole numbers"), ([[1]], "a list")],
)
def test_counts_that_are_no_counts_are_refused(counts, message):
    with pytest.raises(ValueError, match=message):
        disclosure.protect_list(counts)


def test_sums_that_do_not_add_up_are_refused():
    with pytest.raises(ValueError, match="add up"):
        disclosure.protect_cells([1, 2, 4], [disclosure.Sum(2, (0, 1))], threshold=10)
    with pytest.raises(ValueError, match="threshold"):
        disclosure.protect_cells([1, 2, 3], [disclosure.Sum(2, (0, 1))], threshold=0)
