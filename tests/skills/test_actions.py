import copy

import pytest

from talka.people.actions import NotAllowed
from talka.skills import actions
from talka.skills.models import Assessment, Competence, Framework, Level
from talka.skills.rules import BadFramework
from tests.factories import skills as make
from tests.factories.people import operator, person
from tests.skills.test_rules import SMALL

pytestmark = pytest.mark.django_db


def test_loading_twice_changes_nothing(noon):
    first = actions.load_framework(SMALL, by=None, at=noon)
    again = actions.load_framework(SMALL, by=None, at=noon)
    assert first == again
    assert list(Competence.objects.values_list("key", "group", "order")) == [("a", "Group", 1)]
    assert [(t.competence.key, t.level) for t in first.profiles.get().targets.all()] == [("a", 3)]


def test_a_changed_file_changes_the_rows(noon):
    actions.load_framework(SMALL, by=None, at=noon)
    changed = copy.deepcopy(SMALL)
    changed["title"] = "Smaller"
    changed["groups"][0]["competences"][0]["title"] = "Alpha"
    changed["profiles"][0]["targets"]["a"] = 5
    framework = actions.load_framework(changed, by=None, at=noon)
    assert (framework.title, framework.competences.get().title, framework.profiles.get().targets.get().level) == ("Smaller", "Alpha", 5)


def test_what_was_measured_is_not_taken_away(noon):
    framework = actions.load_framework(SMALL, by=None, at=noon)
    make.assessment(person(), framework.profiles.get(), a=2)
    other = copy.deepcopy(SMALL)
    other["groups"][0]["competences"][0]["key"] = "b"
    other["profiles"][0]["targets"] = {"b": 1}
    with pytest.raises(actions.CompetenceInUse, match=r"^a: "):
        actions.load_framework(other, by=None, at=noon)
    assert list(Competence.objects.values_list("key", flat=True)) == ["a"]


def test_only_an_operator_loads(noon):
    with pytest.raises(NotAllowed):
        actions.load_framework(SMALL, by=person(), at=noon)
    assert not Framework.objects.exists()
    assert actions.load_framework(SMALL, by=operator(), at=noon).key == "small"


def test_a_file_that_is_no_yaml_is_refused(tmp_path, noon):
    file = tmp_path / "broken.yaml"
    file.write_bytes(b"key: \xff\xfe")
    with pytest.raises(BadFramework, match=r"broken\.yaml is no readable YAML"):
        actions.load_framework(file, by=None, at=noon)


def test_levels_are_saved_as_one_goes_and_resumed(noon):
    profile = make.framework(3).profiles.get()
    user = person()
    first = actions.assess(profile=profile, levels={"c1": 2}, by=user, at=noon)
    second = actions.assess(profile=profile, levels={"c1": 3, "c2": 0}, by=user, at=noon, finish=True)
    assert first == second
    assert list(Level.objects.order_by("competence__order").values_list("competence__key", "level")) == [("c1", 3), ("c2", 0)]
    third = actions.assess(profile=profile, levels={}, by=user, at=noon)
    assert third != second
    assert Assessment.objects.count() == 2


def test_levels_off_the_scale_and_foreign_competences_are_refused(noon):
    profile = make.framework(1).profiles.get()
    with pytest.raises(actions.OffScale):
        actions.assess(profile=profile, levels={"c1": 6}, by=person(), at=noon)
    with pytest.raises(actions.UnknownCompetence):
        actions.assess(profile=profile, levels={"c9": 1}, by=person(), at=noon)
    assert not Assessment.objects.exists()


def test_outcomes_build_exactly_what_they_name(noon):
    framework = make.framework(2)
    text = actions.OutcomeText(key="say", text="say it", bloom="apply", eqf=5, competences=("c1", "c2"))
    outcome = actions.put_outcomes([text], framework=framework, by=None, at=noon)["say"]
    assert [c.key for c in outcome.competences.order_by("key")] == ["c1", "c2"]
    fewer = actions.OutcomeText(key="say", text="say it well", competences=("c2",))
    again = actions.put_outcomes([fewer], framework=framework, by=None, at=noon)["say"]
    assert (again.pk, again.text, [c.key for c in again.competences.all()]) == (outcome.pk, "say it well", ["c2"])
    wrong = actions.OutcomeText(key="other", text="o", competences=("c9",))
    with pytest.raises(actions.UnknownCompetence, match="outcome other: competence c9"):
        actions.put_outcomes([wrong], framework=framework, by=None, at=noon)
