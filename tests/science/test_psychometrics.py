"""Psychometrics against published figures, and against bad input."""

import numpy as np
import pytest

from talka.science import psychometrics as p
from talka.science.estimate import Reason, mean_with_t_interval
from talka.science.psychometrics.rasch import _symmetric

GAP = np.nan


def of_loadings(loadings):
    common = np.array(loadings)
    matrix = np.outer(common, common)
    np.fill_diagonal(matrix, 1)
    return matrix


def normal_answers(n, covariance, seed=0):
    """n answers whose sample covariance is exactly `covariance`."""
    raw = np.random.default_rng(seed).standard_normal((n, len(covariance)))
    raw -= raw.mean(axis=0)
    root = np.linalg.cholesky(np.cov(raw.T))
    return raw @ np.linalg.inv(root).T @ np.linalg.cholesky(covariance).T


# reliability


def test_omega_and_alpha_of_four_loadings():
    """design/methods.md §1."""
    model = p.one_factor(of_loadings([0.8, 0.7, 0.6, 0.5]))
    assert model.loadings == pytest.approx([0.8, 0.7, 0.6, 0.5], abs=1e-5)
    assert p.omega_of_loadings(model.loadings) == pytest.approx(0.749446, abs=1e-6)
    assert p.alpha_of_covariance(of_loadings([0.8, 0.7, 0.6, 0.5])) == pytest.approx(0.742055, abs=1e-6)
    assert not model.improper


def test_omega_from_answers_keeps_the_items_own_units():
    answers = normal_answers(300, of_loadings([0.8, 0.7, 0.6, 0.5]))
    found = p.reliability(answers)
    assert found.omega.value == pytest.approx(0.749446, abs=1e-5)
    assert found.omega.low < found.omega.value < found.omega.high
    doubled = p.reliability(answers * [2, 1, 1, 1])
    assert doubled.omega.value == pytest.approx(p.omega_of_loadings([1.6, 0.7, 0.6, 0.5], [1.44, 0.51, 0.64, 0.75]), abs=1e-5)


def test_omega_interval_covers_the_truth_nineteen_times_in_twenty():
    rng = np.random.default_rng(5)
    root, hits = np.linalg.cholesky(of_loadings([0.8, 0.7, 0.6, 0.5])), 0
    for _ in range(120):
        omega = p.reliability(rng.standard_normal((150, 4)) @ root.T).omega
        hits += omega.low <= 0.749446 <= omega.high
    assert 0.90 <= hits / 120 <= 0.98


def test_feldts_interval_of_alpha():
    """C. Evans' worked figures, MRC Cognition and Brain Sciences Unit: alpha .913, 873 respondents, 20 items."""
    assert p.feldt_interval(0.913, n=873, items=20) == pytest.approx((0.9044024, 0.9211588), abs=1e-7)


def test_alpha_of_a_small_table_worked_by_hand():
    """Variances 1, 1, 1 and total 5: 3/2 · (1 − 3/5) = .6."""
    assert p.alpha_of_covariance([[1, 0.5, 0.5], [0.5, 1, 0], [0.5, 0, 1]]) == pytest.approx(0.6)


@pytest.mark.parametrize(
    ("answers", "reason"),
    [
        (np.ones((20, 2)), Reason.TOO_FEW_ITEMS),
        (np.full((20, 4), np.nan), Reason.NO_ANSWERS),
        (np.ones((1, 4)), Reason.ONE_RESPONDENT),
        (np.ones((20, 4)), Reason.ALL_EQUAL),
        (np.tril(np.ones((4, 4))) + np.eye(4)[::-1], Reason.TOO_FEW),
        ([], Reason.TOO_FEW_ITEMS),
    ],
)
def test_reliability_says_why_there_is_none(answers, reason):
    found = p.reliability(answers)
    assert (found.omega.value, found.omega.reason, found.alpha.value) == (None, reason, None)


def test_two_items_that_say_the_same_leave_alpha_only():
    answers = normal_answers(50, of_loadings([0.8, 0.7, 0.6]))
    found = p.reliability(np.column_stack([answers, answers[:, 0]]))
    assert found.omega.reason == Reason.NOT_IDENTIFIED
    assert found.alpha.value > 0.7


# response


def test_response_rates_of_methods():
    """design/methods.md §1: 146 of 150 and 35 of 101."""
    assert p.wilson(146, 150) == pytest.approx((0.933, 0.990), abs=5e-4)
    assert p.wilson(35, 101) == pytest.approx((0.261, 0.443), abs=5e-4)
    assert p.worst_case(32, 35, 101) == pytest.approx((0.317, 0.970), abs=5e-4)


@pytest.mark.parametrize(
    ("successes", "n", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_wilson_agrees_with_newcombe(successes, n, low, high):
    """Newcombe (1998), Statistics in Medicine 17, 857–872, table I, method 3."""
    assert p.wilson(successes, n) == pytest.approx((low, high), abs=5e-5)


def test_response_of_a_finite_population():
    everybody, nobody = p.response(150, 150), p.response(0, 0)
    assert (everybody.rate.value, everybody.rate.high, everybody.finite_population) == (1.0, 1.0, 0.0)
    assert (nobody.rate.value, nobody.rate.reason, nobody.finite_population) == (None, Reason.NO_ANSWERS, None)
    assert p.finite_population_factor(35, 101) == pytest.approx(np.sqrt(66 / 100))
    assert p.worst_case(0, 0, 0) is None
    with pytest.raises(ValueError, match="151 of 150"):
        p.response(151, 150)


# usability and promoters


def test_one_sus_questionnaire():
    """design/methods.md §3."""
    assert p.sus_score([4, 2, 4, 1, 4, 2, 5, 2, 4, 2]) == 80
    assert p.sus_score([3] * 10) == 50
    assert p.sus_score([3] * 9 + [np.nan]) is None
    with pytest.raises(ValueError, match="ten items"):
        p.sus_score([3] * 9)
    with pytest.raises(ValueError, match="between 1 and 5"):
        p.sus_score([6] * 10)


@pytest.mark.parametrize(
    ("score", "grade", "percentile"),
    [(51.6, "F", 15), (51.7, "D", 15), (62.7, "C-", 35), (68, "C", 50), (71.1, "C+", 60), (72.6, "B-", 65),
     (74.1, "B", 70), (77.2, "B+", 80), (78.9, "A-", 85), (80.8, "A", 90), (84.1, "A+", 96), (100, "A+", 100)],
)  # fmt: skip
def test_grades_on_the_curved_scale(score, grade, percentile):
    """Sauro & Lewis (2016), table 8.5."""
    assert (p.sus_grade(score), p.sus_percentile(score)) == (grade, pytest.approx(percentile, abs=0.2))


def test_a_group_needs_twelve_for_a_grade():
    row = [4, 2, 4, 1, 4, 2, 5, 2, 4, 2]
    eleven, twelve = p.sus([row] * 10 + [[3] * 10]), p.sus([row] * 11 + [[3] * 10, [np.nan] * 10])
    assert (eleven.grade, eleven.percentile, eleven.grade_reason) == (None, None, Reason.TOO_FEW)
    assert (twelve.grade, twelve.incomplete, twelve.score.n) == ("B+", 1, 12)
    assert twelve.score.low == pytest.approx(77.5 - 2.20099 * np.std([80] * 11 + [50], ddof=1) / np.sqrt(12), abs=1e-3)
    assert p.sus([]).score.reason == Reason.NO_ANSWERS
    assert p.sus([row]).score.reason == Reason.ONE_RESPONDENT


def test_a_t_interval_by_the_book():
    """Sauro & Lewis (2016), chapter 3: SUS of a CRM application, 15 users, mean 80 and deviation 10: 74.5 to 85.5."""
    values = 80 + 10 * np.array([1, -1] * 7 + [0])
    found = mean_with_t_interval(values)
    assert (found.low, found.high) == pytest.approx((74.46, 85.54), abs=0.01)


def test_net_promoter_score_of_methods():
    """design/methods.md §3: 20 promoters, 5 detractors of 35."""
    found = p.net_promoter([9] * 20 + [8] * 10 + [0] * 5)
    assert found.score.value == pytest.approx(42.9, abs=0.05)
    assert found.centre == pytest.approx(39.5, abs=0.05)
    assert (found.score.high - found.score.low) / 2 == pytest.approx(23.4, abs=0.05)
    assert (found.promoters, found.passives, found.detractors) == (20, 10, 5)
    assert p.net_promoter([]).score.reason == Reason.NO_ANSWERS
    with pytest.raises(ValueError, match="0 and 10"):
        p.net_promoter([11])


# groups


def test_cliffs_delta_agrees_with_effsize():
    """R package effsize, example of cliff.delta()."""
    found = p.compare_two([10, 10, 20, 20, 20, 30, 30, 30, 40, 50], [10, 20, 30, 40, 40, 50])
    assert found.delta.value == -0.25
    assert (found.delta.low, found.delta.high) == pytest.approx((-0.7265846, 0.3890062), abs=1e-6)
    assert found.magnitude == "small"


def test_mann_whitney_of_the_tortoises_and_hares():
    """The worked example of the test: order T H H H H H T T T T T H, so that the tortoises win 11 of 36 races."""
    finish = "THHHHHTTTTTH"
    places = {who: [-place for place, letter in enumerate(finish) if letter == who] for who in "TH"}
    found = p.compare_two(places["T"], places["H"])
    assert found.u == 11
    assert found.delta.value == pytest.approx(2 * 11 / 36 - 1)
    assert found.p == pytest.approx(0.3095, abs=5e-4)


def test_comparisons_at_the_edge():
    assert p.compare_two([], [1]).delta.reason == Reason.NO_ANSWERS
    assert p.compare_two([2, 2], [2, 2]).delta.reason == Reason.ALL_EQUAL
    assert p.compare_two([1], [2, 3]).delta.reason == Reason.ONE_RESPONDENT
    apart = p.compare_two([1, 2, 3], [4, 5, 6]).delta
    assert (apart.value, apart.low) == (-1.0, -1.0)


def test_holm():
    """Holm (1979): the smallest of three counts three times, the next twice, and no later one is smaller."""
    assert p.holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert p.holm([]) == []


def test_groups_below_the_threshold_are_hidden_and_small_ones_shrunk():
    rng = np.random.default_rng(2)
    values = np.concatenate([rng.normal(0, 1, (60, 2)), rng.normal(1, 1, (12, 2)), rng.normal(0, 1, (4, 2))])
    report = p.compare_groups(values, ["a"] * 60 + ["b"] * 12 + ["c"] * 4)
    assert report.hidden == ("c",)
    assert [(c.item, c.first, c.second) for c in report.comparisons] == [(0, "a", "b"), (1, "a", "b")]
    assert all(c.p_holm >= c.comparison.p for c in report.comparisons)
    large, small = report.means[:2]
    assert abs(small.shrunk - small.mean) > abs(large.shrunk - large.mean)
    with pytest.raises(ValueError, match="groups for"):
        p.compare_groups(values, ["a"])


def test_shrinking_the_eight_schools():
    """Rubin (1981), eight schools: the moment estimate of the spread between schools is 0, so all get the pooled mean 7.7."""
    effects = [28.39, 7.94, -2.75, 6.82, -0.64, 0.63, 18.01, 12.16]
    errors = np.array([14.9, 10.2, 16.3, 11.0, 9.4, 11.4, 10.4, 17.6])
    assert p.shrink(effects, errors**2) == pytest.approx([7.7] * 8, abs=0.2)


# learning gain


def test_gain_of_four_persons():
    """design/methods.md §3."""
    found = p.learning_gain([40, 80, 60, 50, 10, np.nan], [70, 60, 90, 50, np.nan, 20])
    assert found.hake.value == pytest.approx(0.2353, abs=5e-5)
    assert found.change.value == pytest.approx(0.25)
    assert (found.matched, found.only_before, found.only_after, found.size) == (4, 1, 1, "low")
    assert [person.change for person in found.persons] == [0.5, -0.25, 0.75, 0.0]


def test_equal_scores_have_a_gain_but_no_interval():
    assert p.learning_gain([45, 45], [85, 85]).hake.value == pytest.approx(40 / 55)
    assert p.learning_gain([45, 45], [85, 85]).hake.reason == Reason.ALL_EQUAL


def test_gain_at_the_edge():
    assert p.learning_gain([100, 100], [100, 90]).hake.reason == Reason.AT_THE_END
    assert p.learning_gain([100, 0], [100, 0]).at_ends == 2
    assert p.learning_gain([], []).hake.reason == Reason.NO_ANSWERS
    assert p.learning_gain([40], [70]).hake.reason == Reason.ONE_RESPONDENT
    assert p.normalised_change(0, 0) is None
    with pytest.raises(ValueError, match="percents"):
        p.learning_gain([101], [0])


# items


def test_kr20_of_a_table_worked_by_hand():
    """Five persons, four items, totals 4 3 2 1 0 (variance 2), p .8 .6 .4 .2, Σpq .8: 4/3 · (1 − .8/2) = .8."""
    guttman = [[1, 1, 1, 1], [1, 1, 1, 0], [1, 1, 0, 0], [1, 0, 0, 0], [0, 0, 0, 0]]
    assert p.kr20(guttman).value == pytest.approx(0.8)
    assert p.kr20([[1, 1]] * 3).reason == Reason.ALL_EQUAL


def test_items_are_described_and_flagged():
    rng = np.random.default_rng(1)
    ability = rng.normal(size=400)
    chance = 1 / (1 + np.exp(-(ability[:, None] * 2 - np.array([-4, -0.5, 0, 0.5, 3.5, 0]))))
    correct = (rng.random((400, 6)) < chance).astype(float)
    correct[:, 5] = 1 - correct[:, 5]
    report = p.item_analysis(correct)
    assert p.ItemFlag.EASY in report.items[0].flags
    assert report.items[2].flags == ()
    assert p.ItemFlag.HARD in report.items[4].flags
    assert p.ItemFlag.CHECK_KEY in report.items[5].flags
    rest = np.delete(correct, 2, 1).sum(axis=1)
    assert report.items[2].discrimination == pytest.approx(np.corrcoef(correct[:, 2], rest)[0, 1])
    assert report.items[2].upper_lower > 0.5


def test_upper_lower_index_of_a_clear_case():
    """Eleven people, an item that exactly the best five solve: 27 % are three on either side, index 1."""
    total = np.tril(np.ones((11, 10)), -1)
    assert p.item_analysis(total).items[5].upper_lower == 1.0


def test_items_at_the_edge():
    item = p.item_analysis([[1], [1]]).items[0]
    assert (item.discrimination, item.discrimination_reason) == (None, Reason.NO_ANSWERS)
    empty = p.item_analysis([])
    assert (empty.items, empty.reliability.reason) == ((), Reason.TOO_FEW_ITEMS)
    unanswered = p.item_analysis([[1, np.nan], [0, np.nan]]).items[1]
    assert (unanswered.n, unanswered.correct.value, unanswered.correct.reason) == (0, None, Reason.NO_ANSWERS)
    with pytest.raises(ValueError, match="wrong ones 0"):
        p.item_analysis([[2]])


def test_distractors_that_do_not_work():
    chosen = ["a"] * 50 + ["b"] * 30 + ["c"] * 19 + ["d"] + [None]
    rest = [0.6] * 50 + [0.2] * 30 + [0.9] * 19 + [0.1, 0.5]
    found = {d.option: d for d in p.distractors(chosen, key="a", rest=rest, options="abcde")}
    assert (found["a"].chosen, found["a"].rarely_chosen) == (0.5, False)
    assert (found["c"].attracts_the_good, found["b"].attracts_the_good) == (True, False)
    assert (found["d"].rarely_chosen, found["e"].rarely_chosen, found["e"].correlation) == (True, True, None)
    assert p.distractors([None], key="a", rest=[np.nan]) == ()


# Rasch


def test_two_items_have_a_closed_form():
    """Andersen (1972): with two items the difference of difficulties is the log of how often each alone was solved."""
    answers = [[1, 0]] * 30 + [[0, 1]] * 10 + [[1, 1]] * 5 + [[0, 0]] * 5
    found = p.rasch(answers)
    first, second = (item.difficulty.value for item in found.items)
    assert second - first == pytest.approx(np.log(3), abs=1e-6)
    assert first + second == pytest.approx(0, abs=1e-9)
    assert found.items[0].standard_error == pytest.approx(np.sqrt(1 / 30 + 1 / 10) / 2, rel=1e-4)
    assert found.informative == 40


LSAT_6 = (  # Bock & Lieberman (1970), Psychometrika 35, 179–197: 1,000 persons; frequency of each of the patterns 00000 to 11111
    3, 6, 2, 11, 1, 1, 3, 4, 1, 8, 0, 16, 0, 3, 2, 15, 10, 29, 14, 81, 3, 28, 15, 80, 16, 56, 21, 173, 11, 61, 28, 298,
)  # fmt: skip


def test_lsat_section_six():
    """Marginal estimates of the one-parameter model, centred (Bock & Aitkin 1981; R's ltm): conditional ones come close."""
    patterns = [[int(bit) for bit in f"{number:05b}"] for number in range(32)]
    answers = np.repeat(patterns, LSAT_6, axis=0)
    assert answers.shape == (1000, 5)
    assert answers.mean(axis=0).tolist() == [0.924, 0.709, 0.553, 0.763, 0.870]
    found = p.rasch(answers)
    assert [item.difficulty.value for item in found.items] == pytest.approx([-1.255, 0.476, 1.235, 0.168, -0.625], abs=0.02)


def test_conditioning_recovers_difficulties_when_people_answer_different_items():
    rng = np.random.default_rng(8)
    truth = np.linspace(-1.5, 1.5, 7)
    answers = (rng.random((4000, 7)) < 1 / (1 + np.exp(-(rng.normal(0.3, 1, (4000, 1)) - truth)))).astype(float)
    answers[:2000, :2], answers[2000:, 5:] = np.nan, np.nan
    found = p.rasch(answers)
    assert [item.difficulty.value for item in found.items] == pytest.approx(truth, abs=0.2)
    assert all(item.difficulty.low < true < item.difficulty.high for item, true in zip(found.items, truth, strict=True))


def test_symmetric_functions():
    assert _symmetric(np.array([[1.0, 2.0, 3.0], [1.0, 0.0, 3.0]])).tolist() == [[1, 6, 11, 6], [1, 4, 3, 0]]


@pytest.mark.parametrize(
    ("answers", "reason"),
    [
        ([[1, 0]] * 29, Reason.TOO_FEW),
        ([], Reason.TOO_FEW_ITEMS),
        ([[1, 0]] * 40, Reason.NOT_IDENTIFIED),
        ([[1, 0, 1, 0]] * 20 + [[0, 1, 1, 0]] * 20 + [[1, 1, 1, 0]] * 3, None),
        ([[1, 0, GAP, GAP]] * 20 + [[0, 1, GAP, GAP]] * 9 + [[GAP, GAP, 0, 1]] * 9 + [[GAP, GAP, 1, 0]], Reason.NOT_IDENTIFIED),
    ],
)
def test_rasch_says_why_there_is_none(answers, reason):
    found = p.rasch(answers)
    assert found.reason == reason
    if reason is None:
        assert [item.difficulty.reason for item in found.items] == [None, None, Reason.ALL_EQUAL, Reason.ALL_EQUAL]


# retention


def test_remission_of_the_6_mp_patients():
    """Freireich et al. (1963), Blood 21, 699–716; curve and log-log intervals as in Kleinbaum & Klein's and Stata's accounts."""
    weeks = [6, 6, 6, 6, 7, 9, 10, 10, 11, 13, 16, 17, 19, 20, 22, 23, 25, 32, 32, 34, 35]
    relapse = [1, 1, 1, 0, 1, 0, 1, 0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0]
    found = p.kaplan_meier(weeks, relapse)
    assert found.times.tolist() == [6, 7, 10, 13, 16, 22, 23]
    assert found.at_risk.tolist() == [21, 17, 15, 12, 11, 7, 6]
    assert found.staying == pytest.approx([0.8571, 0.8067, 0.7529, 0.6902, 0.6275, 0.5378, 0.4482], abs=5e-5)
    assert found.low == pytest.approx([0.6197, 0.5631, 0.5032, 0.4316, 0.3675, 0.2678, 0.1881], abs=5e-5)
    assert found.high == pytest.approx([0.9516, 0.9228, 0.8894, 0.8491, 0.8049, 0.7468, 0.6801], abs=5e-5)
    assert (found.median.value, found.median.low, found.median.high) == (23, 13, None)
    assert found.at(12).value == pytest.approx(0.7529, abs=5e-5)
    assert found.at(3).value == 1.0


def test_retention_at_the_edge():
    assert p.kaplan_meier([], []).at(1).reason == Reason.NO_ANSWERS
    stayed = p.kaplan_meier([5, 9], [False, False])
    assert (stayed.at(7).value, stayed.median.reason) == (1.0, Reason.NOT_REACHED)
    gone = p.kaplan_meier([1, 2], [True, True])
    assert (gone.at(2).value, gone.at(2).reason, gone.median.value) == (0.0, Reason.NOT_IDENTIFIED, 1.0)
    with pytest.raises(ValueError, match="at least 0"):
        p.kaplan_meier([-1], [True])
