from pathlib import Path

import pytest
import yaml
from django.conf import settings

from talka.surveys.rules.definitions import BadDefinition, read_definition
from tests.factories.surveys import definition

SHIPPED = sorted((Path(settings.CONTENT) / "surveys").rglob("*.yaml"))


@pytest.mark.parametrize("file", SHIPPED, ids=lambda f: f.stem)
def test_what_ships_is_whole(file):
    found = read_definition(yaml.safe_load(file.read_text(encoding="utf-8")))
    assert found.key == file.stem
    codes = {item.code for section in found.sections for item in section.items}
    conditions = [c["item"] for s in found.sections for c in [s.condition, *(i.condition for i in s.items)] if c]
    assert set(conditions) <= codes


def test_every_finding_is_named_at_once():
    with pytest.raises(BadDefinition) as e:
        read_definition(
            definition(
                format="x",
                identity="secret",
                scale={"low": 5, "high": 1},
                questionnaires=[{"audience": "m", "title": "M", "invited": -1}, {"audience": "m", "title": ""}],
                sections=[
                    {
                        "title": "S",
                        "items": [
                            {"code": "q", "kind": "poll", "text": "Q", "only_for": ["nobody"]},
                            {"code": "q", "kind": "choice", "text": "", "choices": []},
                        ],
                    },
                    {"title": "T", "grid": True, "condition": {"item": "q", "is": "like"}},
                ],
            )
        )
    assert e.value.findings == (
        "format must be 'talka-survey/1', not 'x'",
        "questionnaires[0].invited must be a whole number from 0",
        "questionnaires[1].title is missing",
        "audience 'm' appears twice",
        "sections[0].items[0].kind must be one of need, likert, choice, choices, ranking, number, text, nps, sus, impact, not 'poll'",
        "sections[0].items[0].only_for must list audiences of this survey",
        "sections[0].items[1].choices must be a list that is not empty",
        "sections[0].items[1].text is missing",
        "sections[1].condition must name an item, 'is' (one of eq, ne, lt, gt, has, answered) and a value",
        "code 'q' appears twice",
        "identity must be one of anonymous, pseudonymous, named",
        "scale.low and scale.high must be whole numbers, 0 to 100, low below high",
        "competences are named, but no framework",
    )
