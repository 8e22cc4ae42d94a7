"""The matrix and the choice of topics, the latter against every possible choice."""

from concurrent.futures import Future
from itertools import pairwise

import numpy as np
import pytest

from talka.science import curriculum as c
from talka.science.curriculum import Bloom, Cell, Depth, Kind, Outcome, Topic, Why
from talka.science.curriculum.choice import _next_hour
from talka.science.curriculum.program import Solution, program

# matrix


def test_a_sound_matrix_has_no_findings():
    outcomes = [Outcome("plan", Bloom.CREATE, ("strategy",))]
    topics = [Topic("vision"), Topic("goals", prerequisites=("vision",))]
    cells = [Cell("plan", "vision", Depth.INTRODUCED), Cell("plan", "goals", Depth.MASTERED, Bloom.CREATE)]
    assert c.findings(["strategy"], outcomes, topics, cells) == ()


def test_every_kind_of_finding():
    needs = ["strategy", "pricing", "digital"]
    outcomes = [
        Outcome("nowhere", Bloom.APPLY, ("strategy",)),
        Outcome("only-assessed", Bloom.APPLY, ("strategy",)),
        Outcome("only-taught", Bloom.APPLY, ("pricing",)),
        Outcome("too-low", Bloom.CREATE, ("pricing",)),
        Outcome("without-need", Bloom.APPLY),
    ]
    topics = [Topic("t1", prerequisites=("t3",)), Topic("t2", prerequisites=("t1",)), Topic("t3", prerequisites=("t2",)), Topic("t4")]
    cells = [
        Cell("only-assessed", "t1", assessed=Bloom.APPLY),
        Cell("only-taught", "t1", Depth.REINFORCED),
        Cell("too-low", "t2", Depth.MASTERED, Bloom.APPLY),
        Cell("too-low", "t3", Depth.MASTERED, Bloom.ANALYSE),
        Cell("without-need", "t4", Depth.MASTERED, Bloom.APPLY),
    ]
    assert c.findings(needs, outcomes, topics, cells) == (
        c.Finding(Kind.NEED_WITHOUT_OUTCOME, need="digital"),
        c.Finding(Kind.NOT_COVERED, "nowhere"),
        c.Finding(Kind.ASSESSED_NOT_TAUGHT, "only-assessed", ("t1",)),
        c.Finding(Kind.TAUGHT_NOT_ASSESSED, "only-taught", ("t1",)),
        c.Finding(Kind.ASSESSED_BELOW_LEVEL, "too-low", ("t2", "t3"), wanted=Bloom.CREATE, found=Bloom.ANALYSE),
        c.Finding(Kind.TOPIC_WITHOUT_NEED, topics=("t4",)),
        c.Finding(Kind.CYCLE, topics=("t1", "t3", "t2")),
    )


def test_a_topic_may_not_build_on_itself():
    assert c.findings([], [], [Topic("t", prerequisites=("t",))], [])[-1] == c.Finding(Kind.CYCLE, topics=("t",))


def test_chains_lead_from_need_to_assessment():
    outcomes = [Outcome("a", Bloom.APPLY, ("n",)), Outcome("b", Bloom.APPLY, ("n", "m"))]
    cells = [Cell("a", "t1", Depth.MASTERED), Cell("b", "t1", Depth.MASTERED, Bloom.APPLY), Cell("b", "t2", assessed=Bloom.APPLY)]
    assert c.chains(["n", "m", "x"], outcomes, cells) == (
        c.Chain("n", ("a", "b"), ("t1",), ("t1", "t2")),
        c.Chain("m", ("b",), ("t1",), ("t1", "t2")),
        c.Chain("x", (), (), ()),
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([], [Outcome("o", Bloom.APPLY, ("n",))], [], []), "unknown need: n"),
        (([], [], [], [Cell("o", "t")]), "unknown outcome: o"),
        (([], [Outcome("o", Bloom.APPLY)], [], [Cell("o", "t")]), "unknown topic: t"),
        (([], [], [Topic("t", prerequisites=("u",))], []), "unknown prerequisite: u"),
        ((["n", "n"], [], [], []), "need named twice: n"),
    ],
)
def test_unknown_keys_are_named(arguments, message):
    with pytest.raises(ValueError, match=message):
        c.findings(*arguments)


# workload


def test_sixty_hours_are_two_to_two_point_four_credits():
    """design/methods.md §2; European Commission, ECTS users' guide (2015)."""
    assert c.ects(60) == c.Ects(2.0, 2.4)
    topics = [Topic("a", 20, "m1", "l1"), Topic("b", 10, "m1", "l2"), Topic("c", 30, "m2", "l1")]
    load = c.workload(topics)
    assert (load.hours, load.ects, load.modules) == (60, c.Ects(2.0, 2.4), {"m1": 30, "m2": 30})
    assert load.lessons == {("m1", "l1"): 20, ("m1", "l2"): 10, ("m2", "l1"): 30}
    assert c.workload([]).ects == c.Ects(0, 0)
    with pytest.raises(ValueError, match="hours"):
        c.workload([Topic("a", -1)])


def test_minutes_of_a_material():
    assert c.learner_minutes(words=360, played_minutes=4, questions=3, activity_minutes=5) == 2 + 6 + 6 + 5
    with pytest.raises(ValueError, match="negative"):
        c.learner_minutes(words=-1)


# choice


def exhaustive(topics, weights, given, required, hours, pins=(), bans=(), limits=()):
    """Value less the price of hours of the best of all subsets, and how many hours it takes; None if none is allowed."""
    place = {topic.key: i for i, topic in enumerate(topics)}
    subsets = (np.arange(2 ** len(topics))[:, None] >> np.arange(len(topics))) & 1 == 1
    length = np.array([topic.hours for topic in topics])
    allowed = subsets @ length <= hours + 1e-9
    for topic in topics:
        for before in topic.prerequisites:
            allowed &= ~subsets[:, place[topic.key]] | subsets[:, place[before]]
    for key in pins:
        allowed &= subsets[:, place[key]]
    for key in bans:
        allowed &= ~subsets[:, place[key]]
    for limit in limits:
        inside = np.array([topic.module == limit.module for topic in topics])
        allowed &= (subsets @ (inside * length) >= limit.min_hours) & (subsets @ inside >= limit.min_topics)
        allowed &= subsets @ (inside * length) <= (np.inf if limit.max_hours is None else limit.max_hours)
        allowed &= subsets @ inside.astype(int) <= (np.inf if limit.max_topics is None else limit.max_topics)
    if not allowed.any():
        return None
    matrix = np.array([[given.get((topic.key, outcome), 0) for outcome in weights] for topic in topics])
    value = np.minimum(1, subsets @ matrix / required) @ np.array(list(weights.values()))
    epsilon = 1e-3 * sum(weights.values()) / length.sum()
    return (value - epsilon * (subsets @ length))[allowed].max()


@pytest.mark.parametrize("seed", range(25))
def test_the_choice_is_the_best_of_all(seed):
    rng = np.random.default_rng(seed)
    n = int(rng.integers(6, 16))
    topics = [
        Topic(
            f"t{i}", float(rng.choice([0.5, 1, 1.5, 2])), f"m{i % 2}", "", (f"t{rng.integers(0, i)}",) if i and rng.random() < 0.4 else ()
        )
        for i in range(n)
    ]
    weights = {f"o{j}": float(rng.integers(0, 9)) for j in range(5)}
    given = {(f"t{i}", f"o{j}"): float(rng.integers(1, 4)) for i in range(n) for j in range(5) if rng.random() < 0.35}
    hours = float(rng.integers(1, 12))
    bans = [f"t{rng.integers(0, n)}"] if seed % 3 == 0 else []
    limits = [c.ModuleLimit("m0", min_topics=1, max_hours=3.0)] if seed % 2 else []
    best = exhaustive(topics, weights, given, 3.0, hours, bans=bans, limits=limits)
    if best is None:
        with pytest.raises(c.InfeasibleChoice):
            c.choose(topics, weights, given, hours=hours, bans=bans, limits=limits)
        return
    found = c.choose(topics, weights, given, hours=hours, bans=bans, limits=limits)
    epsilon = 1e-3 * sum(weights.values()) / sum(topic.hours for topic in topics)
    assert found.value - epsilon * found.hours == pytest.approx(best, abs=1e-6)
    assert (found.proven, found.gap) == (True, 0)
    assert found.hours <= hours
    assert {left.topic for left in found.left_out} | set(found.topics) == {topic.key for topic in topics}
    more = exhaustive(topics, weights, given, 3.0, hours + 1, bans=bans, limits=limits)
    assert found.next_hour.gain == pytest.approx(more - best, abs=2 * epsilon * (hours + 1))


@pytest.mark.parametrize(("required", "whole", "epsilon"), [(3.0, True, None), (2.0, True, 0.4), (1.5, False, None)])
def test_reaching_everything_is_no_way_round_the_best(required, whole, epsilon):
    """Few hours short of everything, and some more; hours so dear that an outcome is given up; contributions that are no whole numbers."""
    rng = np.random.default_rng(5)
    topics = [Topic(f"t{i}", float(rng.choice([0.5, 0.75, 1.5])), "", "", (f"t{i - 1}",) if i % 3 == 2 else ()) for i in range(11)]
    weights = {f"o{j}": float(rng.uniform(0.1, 4)) for j in range(4)}
    given = {
        (t.key, o): float(rng.integers(1, 4)) * (1 if whole else 0.7) for t in topics for o in rng.choice(list(weights), 2, replace=False)
    }
    price = 1e-3 * sum(weights.values()) / sum(t.hours for t in topics) if epsilon is None else epsilon
    for hours in (0.5, 2, 2.75, 3, 3.5, 5, 20):
        found = c.choose(topics, weights, given, hours=hours, required=required, epsilon=epsilon)
        best = max(
            sum(w * min(1.0, sum(given.get((t.key, o), 0.0) for t in some) / required) for o, w in weights.items()) - price * length
            for some, length in choices(topics)
            if length <= hours
        )
        assert found.proven
        assert found.value - price * found.hours == pytest.approx(best, abs=1e-6)


def choices(topics):
    """Every set of topics that holds what each of them builds on, with its hours."""
    for n in range(2 ** len(topics)):
        some = [t for i, t in enumerate(topics) if n >> i & 1]
        keys = {t.key for t in some}
        if all(keys.issuperset(t.prerequisites) for t in some):
            yield some, sum(t.hours for t in some)


@pytest.fixture
def course():
    topics = [
        Topic("basics", 2, "know"),
        Topic("survey", 3, "know", prerequisites=("basics",)),
        Topic("pricing", 2, "serve"),
        Topic("pricing-again", 4, "serve"),
        Topic("history", 1, "know"),
    ]
    weights = {"needs": 7.0, "prices": 4.0}
    given = {("basics", "needs"): 1.0, ("survey", "needs"): 2.0, ("pricing", "prices"): 3.0, ("pricing-again", "prices"): 3.0}
    return topics, weights, given


def test_a_choice_says_what_was_left_out_and_what_one_more_hour_buys(course):
    found = c.choose(*course, hours=6)
    assert found.topics == ("basics", "survey")
    assert (found.hours, found.value, found.highest, found.reached) == (5, 7, 11, {"needs": 1, "prices": 0})
    assert {left.topic: (left.why, left.hours, left.gain) for left in found.left_out} == {
        "pricing": (Why.NO_ROOM, 2, 4),
        "pricing-again": (Why.NO_ROOM, 4, 4),
        "history": (Why.ADDS_NOTHING, 1, 0),
    }
    assert found.next_hour == c.NextHour(4, ("pricing",), ())


def test_a_full_module_and_a_ban_are_named_as_the_reason(course):
    found = c.choose(*course, hours=20, bans=["basics"], limits=[c.ModuleLimit("serve", max_topics=0)])
    assert {left.topic: left.why for left in found.left_out} == {
        "basics": Why.BANNED,
        "survey": Why.BUILDS_ON_BANNED,
        "pricing": Why.MODULE_FULL,
        "pricing-again": Why.MODULE_FULL,
        "history": Why.ADDS_NOTHING,
    }


def test_an_hour_that_costs_more_than_it_gives_is_not_taken(course):
    found = c.choose(*course, hours=20, epsilon=1.5)
    assert found.topics == ("pricing",)
    assert {left.topic: left.why for left in found.left_out}["survey"] == Why.NOT_WORTH_IT


def test_everything_reached_buys_nothing_more(course):
    found = c.choose(*course, hours=20)
    assert (found.topics, found.next_hour) == (("basics", "survey", "pricing"), c.NextHour(0, (), ()))
    assert c.choose(*course, hours=20, one_more_hour=False).next_hour is None


def test_no_hours_no_topics_nothing_chosen(course):
    assert c.choose(*course, hours=0).topics == ()
    assert c.choose([], {}, {}, hours=5).value == 0
    assert c.choose([Topic("a", 1)], {}, {}, hours=5).topics == ()


@pytest.mark.parametrize(
    ("options", "message", "pins", "modules"),
    [
        ({"hours": 4, "pins": ["survey"]}, r"pinned topics survey with what they build on \(basics\) take 5 hours, the budget is 4", ("survey",), ()),
        ({"hours": 9, "pins": ["basics"], "bans": ["basics"]}, "pinned and banned at once: basics", ("basics",), ()),
        ({"hours": 9, "pins": ["survey"], "bans": ["basics"]}, "survey is pinned, but builds on what is banned: basics", ("survey",), ()),
        (
            {"hours": 9, "pins": ["history", "pricing", "pricing-again"], "limits": [c.ModuleLimit("serve", max_topics=1)]},
            "pinned topics pricing, pricing-again and the limits of the modules serve",
            ("pricing", "pricing-again"),
            ("serve",),
        ),
        (
            {"hours": 5, "pins": ["history"], "limits": [c.ModuleLimit("know", min_hours=4), c.ModuleLimit("serve", min_topics=2)]},
            "the limits of the modules serve can't be met within 5 hours",
            (),
            ("serve",),
        ),
    ],
)  # fmt: skip
def test_what_can_not_be_had_together_is_named(course, options, message, pins, modules):
    with pytest.raises(c.InfeasibleChoice, match=message) as refused:
        c.choose(*course, **options)
    assert (refused.value.pins, refused.value.modules) == (pins, modules)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"hours": -1}, "budget of -1"),
        ({"hours": float("nan")}, "budget of nan"),
        ({"hours": 1, "pins": ["x"]}, "unknown topics: x"),
        ({"hours": 1, "limits": [c.ModuleLimit("x")]}, "unknown modules: x"),
        ({"hours": 1, "required": 0}, "positive"),
    ],
)
def test_numbers_and_names_that_make_no_sense_are_refused(course, change, message):
    with pytest.raises(ValueError, match=message):
        c.choose(*course, **change)


def test_more_hours_never_give_less(course):
    values = [c.choose(*course, hours=hours).value for hours in range(13)]
    assert all(later >= sooner for sooner, later in pairwise(values))


def test_weights_come_from_needs_and_contributions_from_depth():
    outcomes = [Outcome("a", Bloom.APPLY, ("n",)), Outcome("b", Bloom.APPLY, ("n", "m")), Outcome("c", Bloom.APPLY, ("x",))]
    assert c.outcome_weights(outcomes, {"n": 6.0, "m": 2.0, "x": None, "y": -1}) == {"a": 3, "b": 5, "c": 0}
    cells = [Cell("a", "t", Depth.MASTERED), Cell("a", "t", Depth.INTRODUCED), Cell("b", "t", assessed=Bloom.APPLY)]
    assert c.contributions(cells) == {("t", "a"): 3}


def test_a_first_choice_by_the_hour_keeps_to_what_is_asked(course):
    topics, weights, given = course
    model = program(topics, weights, given, 3.0, None, ())
    everything = np.ones(len(topics), dtype=bool)
    nothing = ~everything
    for hours in (0, 1, 3, 6, 20):
        chosen = model.by_the_hour(hours, nothing, everything)
        assert model.hours[chosen].sum() <= hours
        assert (model.with_prerequisites([t.key for t, taken in zip(topics, chosen, strict=True) if taken]) == chosen).all()
        assert model.value(chosen) <= c.choose(*course, hours=hours).value + 1e-9
    last = np.arange(len(topics)) == len(topics) - 1
    assert model.by_the_hour(20, last, everything)[last].all()
    assert not model.by_the_hour(20, nothing, ~last)[last].any()
    assert model.by_the_hour(0, last, everything) is None


@pytest.mark.parametrize(("best_proven", "more_proven", "known"), [(True, True, True), (True, False, False), (False, True, False)])
def test_what_one_more_hour_buys_is_said_only_where_it_is_proven(course, best_proven, more_proven, known):
    model = program(*course, 3.0, None, ())
    chosen = model.solve(3, pins=[], bans=[], seconds=10).chosen
    later = Future()
    later.set_result(Solution(chosen, 0.0, proven=more_proven))
    told = _next_hour(model, Solution(chosen, 0.0, proven=best_proven), later)
    assert told == (c.NextHour(0.0, (), ()) if known else None)
