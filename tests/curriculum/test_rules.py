from talka.curriculum import rules
from talka.curriculum.rules import Treatment
from talka.science.curriculum import Bloom, Depth


def test_an_exercise_shows_as_much_as_its_kind_can_and_never_more_than_was_asked():
    assert rules.level_shown(Bloom.CREATE, ["single", "order"]) is Bloom.ANALYSE
    assert rules.level_shown(Bloom.UNDERSTAND, ["upload"]) is Bloom.UNDERSTAND
    assert rules.level_shown(Bloom.APPLY, []) is None
    assert rules.level_shown(Bloom.APPLY, ["unheard-of"]) is None


def test_depths_follow_the_course():
    assert rules.depths([]) == {}
    assert rules.depths([Treatment(1, None)]) == {1: Depth.INTRODUCED}
    assert rules.depths([Treatment(1, Bloom.APPLY)]) == {1: Depth.MASTERED}
    three = [Treatment(1, None), Treatment(2, Bloom.APPLY), Treatment(3, Bloom.APPLY)]
    assert rules.depths(three) == {1: Depth.INTRODUCED, 2: Depth.REINFORCED, 3: Depth.MASTERED}


def test_minutes_are_shared_without_losing_one():
    assert rules.shared_minutes(10, {"text": 1, "film": 1, "quiz": 1}) == {"text": 3, "film": 4, "quiz": 3}
    assert rules.shared_minutes(0, {"text": 1}) == {"text": 0}
    assert rules.shared_minutes(10, {}) == {}
    assert sum(rules.shared_minutes(97, {str(n): n for n in range(1, 9)}).values()) == 97


def test_estimates_look_at_what_a_material_is():
    assert rules.estimated_minutes("text", words=360, seconds=0, questions=0) == 2
    assert rules.estimated_minutes("film", words=360, seconds=120, questions=0) == 3
    assert rules.estimated_minutes("quiz", words=0, seconds=0, questions=5) == 10
    assert rules.estimated_minutes("exercise", words=0, seconds=0, questions=1, exercise="upload") == 22
    assert rules.estimated_minutes("image", words=0, seconds=0, questions=0) == 1


def test_topics_in_a_circle_are_noticed():
    assert rules.in_order({1: [], 2: [1], 3: [1, 2]})
    assert rules.in_order({2: [1]})  # 1 is not among them, so it does not count
    assert not rules.in_order({1: [3], 2: [1], 3: [2]})
