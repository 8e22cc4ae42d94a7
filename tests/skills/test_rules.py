import copy
from pathlib import Path

import pytest
import yaml
from django.conf import settings

from talka.skills.rules import BadFramework, read_framework

SMALL = {
    "format": "talka-framework/1",
    "key": "small",
    "title": "Small",
    "language": "en",
    "groups": [
        {
            "key": "g",
            "title": "Group",
            "competences": [{"key": "a", "title": "A", "description": "d", "levels": ["1", "2", "3", "4", "5"]}],
        }
    ],
    "profiles": [{"key": "p", "title": "P", "targets": {"a": 3}}],
}


def test_the_shipped_framework_is_whole():
    found = read_framework(yaml.safe_load((Path(settings.CONTENT) / "frameworks/cluster-manager.yaml").read_text()))
    assert (found.key, len(found.competences), [p.key for p in found.profiles]) == ("cluster-manager", 20, ["initiating", "running"])
    assert all(len(c.levels) == 5 and c.group for c in found.competences)
    assert all(set(p.targets) == {c.key for c in found.competences} for p in found.profiles)


def test_competences_may_stand_beside_their_groups():
    flat = copy.deepcopy(SMALL)
    flat["groups"] = [{"key": "g", "title": "Group"}]
    flat["competences"] = [{"key": "a", "title": "A", "group": "g", "levels": ["1", "2", "3", "4", "5"]}]
    assert [(c.key, c.group) for c in read_framework(flat).competences] == [("a", "Group")]


def test_every_finding_is_named_at_once():
    wrong = copy.deepcopy(SMALL)
    wrong["format"] = "other"
    wrong["colour"] = "red"
    wrong["groups"][0]["competences"][0]["levels"] = ["1"]
    wrong["groups"][0]["competences"].append({"key": "a", "title": "", "levels": ["1", "2", "3", "4", "5"]})
    wrong["groups"][0]["competences"].append({"key": "No Key", "title": "B", "levels": ["1", "2", "3", "4", "5"]})
    wrong["profiles"][0]["targets"] = {"a": 6, "z": 1}
    with pytest.raises(BadFramework) as e:
        read_framework(wrong)
    assert e.value.findings == (
        "framework: 'colour' is no known name",
        "format must be 'talka-framework/1', not 'other'",
        "groups[0].competences[0].levels must hold 5 texts, for the levels 1 to 5",
        "groups[0].competences[1].title is missing",
        "groups[0].competences[2].key 'No Key' may hold only a to z, 0 to 9 and single hyphens",
        "competence 'a' appears twice",
        "profiles[0].targets.a must be a whole number from 0 to 5, not 6",
        "profiles[0].targets: 'z' is no competence of this framework",
    )


@pytest.mark.parametrize("data", [None, [], "text", {}])
def test_what_is_no_framework_is_said_to_be_none(data):
    with pytest.raises(BadFramework):
        read_framework(data)
