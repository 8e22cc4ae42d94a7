"""Needs analysis against published figures, and against bad input."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from talka.science import needs
from talka.science.estimate import Reason
from talka.science.needs.scores import influence

FIVE = needs.Scale(1, 5)


@pytest.fixture
def survey():
    """146 respondents, 20 items, some answers missing; item 0 is clearly the greatest need, item 19 clearly none."""
    rng = np.random.default_rng(7)
    mood = rng.normal(0, 0.5, (146, 1))
    importance = np.clip(np.round(rng.normal(3.6, 0.8, (146, 20)) + mood), 1, 5)
    ability = np.clip(np.round(rng.normal(3.0, 0.9, (146, 20)) + mood), 1, 5)
    importance[:, 0], ability[:, 0] = np.clip(importance[:, 0] + 1, 1, 5), np.clip(ability[:, 0] - 1, 1, 5)
    importance[:, 19], ability[:, 19] = np.clip(importance[:, 19] - 1, 1, 5), np.clip(ability[:, 19] + 1, 1, 5)
    importance[rng.random((146, 20)) < 0.03] = np.nan
    ability[rng.random((146, 20)) < 0.03] = np.nan
    return importance, ability


def test_a_published_table_of_means_gives_the_published_score():
    assert needs.borich_of_means(4.5, 3.0) == 6.75
    scores = needs.borich([[4, 3], [5, 3]], [[2, 3], [4, 3]], FIVE)
    assert scores.score.tolist() == [6.75, 0.0]
    assert scores.share_of_highest.tolist() == [6.75 / 20, 0.0]


def test_missing_answers_are_pairwise_for_the_gap_and_all_valid_ones_for_the_weight():
    scores = needs.borich([[4.0], [5.0], [3.0], [np.nan]], [[2.0], [4.0], [np.nan], [1.0]], FIVE)
    assert (scores.n_importance[0], scores.n_ability[0], scores.n_pairs[0]) == (3, 3, 2)
    assert scores.score[0] == pytest.approx(4.0 * 1.5)


def test_ranked_discrepancy_counts_who_is_below_equal_and_above():
    ranked = needs.ranked_discrepancy([[5], [5], [4], [3], [2]], [[1], [2], [3], [3], [4]], FIVE)
    assert (ranked.below[0], ranked.equal[0], ranked.above[0], ranked.score[0]) == (0.6, 0.2, 0.2, pytest.approx(-40))
    extremes = needs.ranked_discrepancy([[5, 1]] * 4, [[1, 5]] * 4, FIVE)
    assert extremes.score.tolist() == [-100, 100]


def test_influence_gives_the_jackknife_variance(survey):
    importance, ability = survey
    n = len(importance)
    left_out = np.array([needs.borich(np.delete(importance, r, 0), np.delete(ability, r, 0), FIVE).score for r in range(n)])
    jackknife = (n - 1) / n * ((left_out - left_out.mean(axis=0)) ** 2).sum(axis=0)
    effect = influence(importance, ability)
    assert (effect**2).sum(axis=0) / n**2 == pytest.approx(jackknife, rel=0.03)


def test_ranks_agree_with_the_documented_example_of_csranks():
    """R package csranks, reference page of csranks(): x = seq(1, 3, length = 10), sd = 0.2."""
    found = needs.rank_intervals(np.linspace(1, 3, 10), np.eye(10) * 0.04)
    assert found.low.tolist() == [7, 6, 5, 4, 3, 2, 1, 1, 1, 1]
    assert found.high.tolist() == [10, 10, 10, 10, 9, 8, 7, 6, 5, 4]
    assert found.rank.tolist() == list(range(10, 0, -1))


PISA_2018_MATHEMATICS = {  # country: mean, standard error (OECD, PISA 2018, volume I, table I.B1.5; OECD members)
    "AUS": (491.36, 1.94), "AUT": (498.94, 2.97), "BEL": (508.07, 2.26), "CAN": (512.02, 2.36), "CHL": (417.41, 2.42),
    "COL": (390.93, 2.99), "CZE": (499.47, 2.46), "DNK": (509.40, 1.74), "EST": (523.41, 1.74), "FIN": (507.30, 1.97),
    "FRA": (495.41, 2.32), "DEU": (500.04, 2.65), "GRC": (451.37, 3.09), "HUN": (481.08, 2.32), "ISL": (495.19, 1.95),
    "IRL": (499.63, 2.20), "ISR": (463.03, 3.50), "ITA": (486.59, 2.78), "JPN": (526.97, 2.47), "KOR": (525.93, 3.12),
    "LVA": (496.13, 1.96), "LTU": (481.19, 1.95), "LUX": (483.42, 1.10), "MEX": (408.80, 2.49), "NLD": (519.23, 2.63),
    "NZL": (494.49, 1.71), "NOR": (500.96, 2.22), "POL": (515.65, 2.60), "PRT": (492.49, 2.68), "SVK": (486.16, 2.56),
    "SVN": (508.90, 1.36), "ESP": (481.39, 1.46), "SWE": (502.39, 2.65), "CHE": (515.31, 2.91), "TUR": (453.51, 2.26),
    "GBR": (501.77, 2.56), "USA": (478.24, 3.24),
}  # fmt: skip


def test_pisa_2018_top_five_is_the_published_set_of_twelve_countries():
    """Mogstad, Romano, Shaikh & Wilhelm (2023) and the csranks vignette: 12 countries at 95 %, Sweden leaves at 90 %."""
    countries = np.array(list(PISA_2018_MATHEMATICS))
    means, errors = np.array(list(PISA_2018_MATHEMATICS.values())).T
    at_95 = needs.rank_intervals(means, np.diag(errors**2), draws=20_000, seed=1)
    top = set(countries[at_95.could_be_among_the_top(5)])
    assert top == {"BEL", "CAN", "CHE", "DNK", "EST", "FIN", "JPN", "KOR", "NLD", "POL", "SVN", "SWE"}
    at_90 = needs.rank_intervals(means, np.diag(errors**2), draws=20_000, level=0.9, seed=1)
    assert top - set(countries[at_90.could_be_among_the_top(5)]) == {"SWE"}
    assert at_95.rank[countries == "GBR"].tolist() == [13]
    low, high = (dict(zip(countries, bound, strict=True)) for bound in (at_95.low, at_95.high))
    worst = min(low["CHL"], low["MEX"], low["COL"])
    assert worst > max(high[c] for c in countries if c not in {"CHL", "MEX", "COL"})


def test_rank_intervals_cover_the_truth_simultaneously():
    """1,000 surveys of 5 items, two of them equal: all true ranks covered in 95 % at least, less the noise of simulation."""
    rng = np.random.default_rng(3)
    truth = np.array([1.0, 0.8, 0.8, 0.5, 0.0])
    root = np.linalg.cholesky(0.3 + 0.7 * np.eye(5))
    covered = 0
    for survey_number in range(1000):
        answers = truth + rng.standard_normal((60, 5)) @ root.T
        found = needs.rank_intervals(answers.mean(axis=0), np.cov(answers.T) / 60, draws=500, df=59, seed=survey_number)
        best, worst = 1 + (truth[:, None] < truth).sum(axis=1), 5 - (truth[:, None] > truth).sum(axis=1)
        covered += bool((found.low <= best).all() and (found.high >= worst).all())
    assert covered >= 935


def test_stepdown_never_widens_and_ties_share_the_better_rank():
    found = needs.rank_intervals([2.0, 2.0, 0.0], np.eye(3) * 1e-4)
    assert found.rank.tolist() == [1, 1, 3]
    assert (found.low.tolist(), found.high.tolist()) == ([1, 1, 3], [2, 2, 3])


def test_many_items_are_drawn_in_blocks_with_the_same_result(monkeypatch):
    scores, covariance = np.linspace(0, 1, 12), np.eye(12) * 0.01
    whole = needs.rank_intervals(scores, covariance, draws=1000)
    monkeypatch.setattr("talka.science.needs.ranks.CELLS_AT_ONCE", 5000)
    blocks = needs.rank_intervals(scores, covariance, draws=1000)
    assert (whole.low.tolist(), whole.high.tolist(), whole.critical) == (blocks.low.tolist(), blocks.high.tolist(), blocks.critical)


def test_a_whole_survey_is_analysed_the_same_way_twice(survey):
    first, second = (needs.analyse(*survey, FIVE, tau=3, seed=4) for _ in range(2))
    assert first == second
    assert first.ranking[0] == 0
    assert first.ranking[-1] == 19
    assert (first.items[0].rank, first.items[0].rank_low, first.items[0].could_be_top) == (1, 1, True)
    assert (first.items[19].rank_high, first.items[19].could_be_top) == (20, False)
    assert first.items[0].quadrant == needs.Quadrant.CONCENTRATE
    assert first.items[19].quadrant == needs.Quadrant.OVERKILL
    assert first.items[0].quadrant_probability == 1.0
    for item in first.items:
        assert item.score.low < item.score.value < item.score.high
        assert item.rank_low <= item.rank <= item.rank_high
        assert item.below + item.equal + item.above == pytest.approx(1)
        assert item.score.n == item.n_pairs <= min(item.n_importance, item.n_ability)


def test_quadrants_cross_at_the_means_or_at_the_middle():
    importance, ability = [[5, 5, 4, 4]] * 8, [[1, 5, 1, 5]] * 8
    seen = needs.picture(importance, ability, FIVE)
    assert seen.cross_hair == (4.5, 3.0)
    assert seen.quadrant == (
        needs.Quadrant.CONCENTRATE,
        needs.Quadrant.KEEP_UP,
        needs.Quadrant.LOW_PRIORITY,
        needs.Quadrant.OVERKILL,
    )
    assert seen.probability == (1.0, 1.0, 1.0, 1.0)
    middle = needs.picture(importance, ability, FIVE, cross_hair="midpoint")
    assert middle.cross_hair == (3.0, 3.0)
    assert middle.quadrant[2] == needs.Quadrant.CONCENTRATE


def test_importance_at_its_ceiling_is_told():
    analysis = needs.analyse([[5, 5], [5, 4], [5, 3], [5, 5]], [[1, 2], [2, 3], [3, 1], [2, 2]], FIVE)
    assert analysis.ceiling
    assert analysis.share_at_ceiling == 0.75
    assert [item.at_ceiling for item in analysis.items] == [True, True]


def test_equal_answers_have_a_score_but_no_interval():
    analysis = needs.analyse([[5, 4]] * 9, [[3, 3]] * 9, FIVE)
    assert analysis.reason == Reason.ALL_EQUAL
    item = analysis.items[0]
    assert (item.score.value, item.score.low, item.score.reason) == (10.0, None, Reason.ALL_EQUAL)
    assert (item.rank, item.rank_low, item.could_be_top) == (1, None, None)


def test_one_respondent_has_a_score_but_no_interval():
    analysis = needs.analyse([[5, 4]], [[3, 3]], FIVE)
    assert analysis.reason == Reason.ONE_RESPONDENT
    assert [item.rank for item in analysis.items] == [1, 2]
    assert analysis.items[1].score.reason == Reason.ONE_RESPONDENT


@pytest.mark.parametrize("nobody", [[], np.zeros((0, 2)), np.full((3, 2), np.nan)])
def test_nobody_answered(nobody):
    analysis = needs.analyse(nobody, nobody, FIVE)
    assert (analysis.n, analysis.ranking, analysis.reason) == (0, (), Reason.NO_ANSWERS)
    assert all(item.score.value is None and item.rank is None and item.quadrant is None for item in analysis.items)


def test_an_item_that_nobody_answered_is_left_out_of_the_ranking():
    importance = np.array([[5, np.nan, 3], [4, np.nan, 3], [5, np.nan, 4]])
    analysis = needs.analyse(importance, [[1, 2, 3], [2, 2, 3], [1, 1, 2]], FIVE)
    assert analysis.ranking == (0, 2)
    assert analysis.items[1].reason == Reason.NO_ANSWERS
    assert analysis.reason is None


def test_nothing_in_an_analysis_is_nan(survey):
    importance, ability = survey[0][:3].copy(), survey[1][:3].copy()
    importance[:, 2], ability[1:, 4] = np.nan, np.nan
    analysis = needs.analyse(importance, ability, FIVE, draws=200)
    assert "nan" not in repr(analysis).lower()


def test_an_answer_off_the_scale_is_refused_with_its_place():
    with pytest.raises(needs.OffScale, match=r"ability: row 1, item 0 holds 6") as refused:
        needs.analyse([[1], [2]], [[1], [6]], FIVE)
    assert (refused.value.row, refused.value.item, refused.value.value) == (1, 0, 6.0)


@pytest.mark.parametrize(
    ("importance", "ability", "options", "message"),
    [
        ([[1, 2]], [[1]], {}, "same shape"),
        ([[1]], [[1]], {"tau": 0}, "tau"),
        ([[1]], [[1]], {"draws": 0}, "draws"),
        ([1, 2], [1, 2], {}, "two dimensions"),
        ([[np.inf]], [[1]], {}, "infinite"),
    ],
)
def test_input_that_makes_no_sense_is_refused(importance, ability, options, message):
    with pytest.raises(ValueError, match=message):
        needs.analyse(importance, ability, FIVE, **options)


def test_a_scale_must_rise_from_zero_or_more():
    with pytest.raises(ValueError, match="low < high"):
        needs.Scale(5, 1)


def test_fifty_thousand_respondents_use_fewer_draws():
    rng = np.random.default_rng(0)
    analysis = needs.analyse(rng.integers(1, 6, (50_000, 3)), rng.integers(1, 6, (50_000, 3)), FIVE, draws=2_000)
    assert (analysis.n, analysis.bootstrap_draws) == (50_000, 1_000)


def test_waves_show_which_need_shrank(survey):
    importance, ability = survey
    later = ability.copy()
    later[:, 0] = np.clip(later[:, 0] + 1, 1, 5)
    apart = needs.compare_waves((importance, ability), (importance, later), FIVE)
    assert apart[0].change.high < 0
    assert apart[0].p < 0.001
    assert apart[5].change.value == 0
    together = needs.compare_waves((importance, ability), (importance, later), FIVE, paired_rows=True)
    assert together[0].change.high - together[0].change.low < apart[0].change.high - apart[0].change.low
    assert together[5].change.reason == Reason.ALL_EQUAL
    with pytest.raises(ValueError, match="same items"):
        needs.compare_waves((importance, ability), (importance[:, :3], later[:, :3]), FIVE)


@settings(max_examples=60, deadline=None)
@given(
    arrays(np.float64, st.tuples(st.integers(1, 6), st.integers(1, 4)), elements=st.sampled_from([1, 2, 3, 4, 5, np.nan])),
    st.integers(0, 5),
)
def test_whatever_is_answered_every_figure_is_a_number_or_none_with_a_reason(answers, turn):
    analysis = needs.analyse(answers, np.roll(answers, turn, axis=0), FIVE, draws=50)
    assert "nan" not in repr(analysis).lower()
    for item in analysis.items:
        assert (item.score.low is None) == (item.score.reason is not None)
        assert item.score.value is not None or item.score.reason == Reason.NO_ANSWERS
        assert item.rank_low is None or 1 <= item.rank_low <= item.rank <= item.rank_high <= len(analysis.ranking)
