import pytest

from talka.people.actions import NotAllowed
from talka.people.rules import Part
from talka.surveys import actions, queries
from talka.surveys.models import Item
from tests.factories import skills
from tests.factories import surveys as make
from tests.factories.clusters import cluster, staff

pytestmark = pytest.mark.django_db


@pytest.fixture
def survey():
    return make.survey(cluster())


@pytest.fixture
def editor(survey):
    return staff(survey.cluster, Part.EDITOR)


def order(survey):
    return [i.code for i in queries.items_of(survey)]


def test_a_survey_is_put_together(survey, editor, noon):
    section = actions.put_section(survey=survey, title="About you", by=editor, at=noon)
    actions.put_item(survey=survey, section=section, code="years", kind="number", text="Years?", by=editor, at=noon)
    first = survey.items.get(code="digital")
    actions.move(thing=first, up=True, by=editor, at=noon)
    assert order(survey) == ["funding", "digital", "leading", "years"]
    actions.move(thing=survey.items.get(code="leading"), up=False, by=editor, at=noon)
    assert order(survey) == ["funding", "digital", "leading", "years"]
    assert survey.items.get(code="leading").section == section
    actions.move(thing=section, up=True, by=editor, at=noon)
    assert order(survey) == ["leading", "years", "funding", "digital"]
    actions.remove(thing=survey.items.get(code="years"), by=editor, at=noon)
    assert order(survey) == ["leading", "funding", "digital"]


def test_one_click_makes_the_whole_grid_once(survey, editor, noon):
    survey.framework = skills.framework(20)
    survey.save()
    section = survey.sections.get()
    assert actions.add_grid(survey=survey, section=section, by=editor, at=noon) == 20
    assert actions.add_grid(survey=survey, section=section, by=editor, at=noon) == 0
    assert survey.items.filter(kind=Item.Kind.NEED).count() == 23


def test_what_was_promised_and_what_was_answered_stay(survey, editor, noon):
    make.answers(survey, managers=1)
    item = survey.items.get(code="funding")
    with pytest.raises(actions.Answered, match="identity"):
        actions.change_survey(survey=survey, identity="named", by=editor, at=noon)
    with pytest.raises(actions.Answered, match="kind"):
        actions.put_item(survey=survey, section=item.section, item=survey.items.get(code="funding"), kind="text", by=editor, at=noon)
    with pytest.raises(actions.Answered):
        actions.remove(thing=item, by=editor, at=noon)
    with pytest.raises(actions.Answered):
        actions.remove(thing=survey.questionnaires.get(audience="managers"), by=editor, at=noon)
    mended = actions.put_item(survey=survey, section=item.section, item=item, text="Funding and finance", by=editor, at=noon)
    assert mended.text == "Funding and finance"


def test_a_code_is_taken_once(survey, editor, noon):
    with pytest.raises(actions.CodeTaken, match="funding"):
        actions.put_item(survey=survey, section=None, code="funding", kind="text", text="x", by=editor, at=noon)


def test_questions_may_not_wait_for_each_other(survey, editor, noon):
    a, b = survey.items.get(code="funding"), survey.items.get(code="leading")
    actions.put_item(survey=survey, section=a.section, item=a, condition={"item": "leading", "is": "answered"}, by=editor, at=noon)
    with pytest.raises(actions.GoesRound, match="funding, leading"):
        actions.put_item(survey=survey, section=b.section, item=b, condition={"item": "funding", "is": "answered"}, by=editor, at=noon)
    b.refresh_from_db()
    assert b.condition == {}


def test_new_steps_begin_a_new_version_once_somebody_answered(survey, editor, noon):
    actions.change_scale(survey=survey, low=1, high=7, labels={}, by=editor, at=noon)
    assert [(s.version, s.high) for s in survey.scales.all()] == [(1, 7)]
    make.answers(survey, managers=1)
    actions.change_scale(survey=survey, low=1, high=7, labels={"importance": ["low", "high"]}, by=editor, at=noon)
    assert survey.scales.count() == 1
    actions.change_scale(survey=survey, low=1, high=4, labels={}, by=editor, at=noon)
    assert [(s.version, s.high) for s in survey.scales.all()] == [(1, 7), (2, 4)]


def test_opening_needs_something_to_ask(editor, survey, noon):
    empty = actions.create_survey(cluster=survey.cluster, title="Empty", by=editor, at=noon)
    with pytest.raises(actions.NothingToAsk):
        actions.open_survey(survey=empty, by=editor, at=noon)
    opened = actions.open_survey(survey=survey, by=editor, at=noon)
    assert (opened.opens_at, opened.closes_at) == (noon, None)


def test_a_wave_repeats_the_questions_and_keeps_the_tie(survey, editor, noon):
    make.answers(survey, managers=1)
    survey.items.get(code="digital").only_for.set([survey.questionnaires.get(audience="partners")])
    again = actions.repeat(survey=survey, title="Needs again", by=editor, at=noon)
    assert (again.follows, again.responses.count(), order(again)) == (survey, 0, order(survey))
    assert [q.audience for q in again.items.get(code="digital").only_for.all()] == ["partners"]
    assert again.items.get(code="digital").only_for.get().survey == again
    assert survey.items.count() == 3


def test_only_managers_and_editors_build(survey, noon):
    for viewer in (staff(survey.cluster, Part.EVALUATOR), staff(cluster(), Part.MANAGER)):
        with pytest.raises(NotAllowed):
            actions.put_section(survey=survey, title="x", by=viewer, at=noon)
