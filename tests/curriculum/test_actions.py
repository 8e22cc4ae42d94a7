"""Plans are made, chosen from, and turned into courses and back."""

import pytest

from talka.courses.models import Production, Topic
from talka.curriculum import actions, queries
from talka.curriculum.models import Cell, Curriculum
from talka.people.actions import NotAllowed
from talka.surveys.actions import rank_needs
from talka.surveys.models import NeedDecision
from tests.factories import clusters, courses, skills, surveys
from tests.factories import curriculum as plans

pytestmark = pytest.mark.django_db


@pytest.fixture
def north():
    return clusters.cluster("North")


@pytest.fixture
def small(north):
    return plans.plan(north)


def found(curriculum):
    return [(f.kind, f.place) for f in queries.found_in(queries.plan_of(curriculum))]


def test_findings_name_every_gap_and_its_place(small):
    two, three = plans.part(small, "write a proposal"), plans.part(small, "name three laws")
    c, d = plans.part(small, "Topic c"), plans.part(small, "Topic d")
    assert found(small) == [
        ("need_without_outcome", ""),
        ("taught_not_assessed", f"c-{two.pk}-{c.pk}"),
        ("outcome_not_covered", f"o-{three.pk}"),
        ("topic_without_need", f"t-{d.pk}"),
    ]


def test_an_empty_plan_lacks_nothing_it_could_lack(north):
    plan = queries.plan_of(plans.empty(north))
    assert (queries.found_in(plan), plan.workload.hours, plan.hours_by_kind) == ([], 0, {})


def test_hours_are_summed_from_materials(small):
    plan = queries.plan_of(small)
    assert plan.workload.hours == 7
    assert plan.hours_by_kind == {"text": pytest.approx(340 / 60), "exercise": pytest.approx(80 / 60)}
    assert [round(x, 2) for x in (plan.workload.ects.low, plan.workload.ects.high)] == [0.23, 0.28]


@pytest.mark.parametrize("extra", [0, 2])
def test_a_plan_costs_the_same_queries_however_large(small, extra, django_assert_num_queries):
    for n in range(extra):
        topic = actions.put_topic(
            curriculum=small,
            title=f"More {n}",
            materials={"text": (1, 5)},
            builds_on=[plans.part(small, "Topic a")],
            by=None,
            at=plans.SPRING,
        )
        outcome = actions.put_outcome(
            curriculum=small, text=f"do {n}", bloom="apply", needs=[plans.part(small, "Leading")], by=None, at=plans.SPRING
        )
        actions.set_cell(outcome=outcome, topic=topic, taught=1, assessed=None, by=None, at=plans.SPRING)
    with django_assert_num_queries(9):
        plan = queries.plan_of(small)
        queries.found_in(plan)
        assert plan.workload.hours >= 7


def test_only_who_may_plan_changes_a_cell(north, small, noon):
    outcome, topic = plans.part(small, "find money"), plans.part(small, "Topic d")
    for outsider in (
        clusters.staff(north, "evaluator"),
        clusters.staff(clusters.cluster(), "manager"),
        clusters.employee(clusters.organisation(of=north)),
    ):
        with pytest.raises(NotAllowed):
            actions.set_cell(outcome=outcome, topic=topic, taught=1, assessed=None, by=outsider, at=noon)
    editor = clusters.staff(north, "editor")
    cell = actions.set_cell(outcome=outcome, topic=topic, taught=2, assessed=4, by=editor, at=noon)
    assert (cell.taught, cell.assessed, cell.changed_by, cell.changed_at) == (2, 4, editor, noon)
    assert actions.set_cell(outcome=outcome, topic=topic, taught=None, assessed=None, by=editor, at=noon) is None
    assert not Cell.objects.filter(topic=topic).exists()


def test_a_cell_of_two_plans_is_refused(north, small, noon):
    other = plans.plan(north, title="Other")
    with pytest.raises(actions.OtherCluster):
        actions.set_cell(
            outcome=plans.part(small, "find money"), topic=plans.part(other, "Topic a"), taught=1, assessed=None, by=None, at=noon
        )
    with pytest.raises(ValueError, match="taught 9"):
        actions.set_cell(
            outcome=plans.part(small, "find money"), topic=plans.part(small, "Topic a"), taught=9, assessed=None, by=None, at=noon
        )


def test_choosing_takes_the_best_that_fits_and_says_why_not_the_rest(small, noon):
    run = actions.choose_topics(curriculum=small, hours=3, by=None, at=noon)
    result = queries.result_of(run)
    assert [title for _pk, title, _hours in result.topics] == ["Topic a", "Topic b"] or [t for _p, t, _h in result.topics] == ["Topic c"]
    assert (result.hours, result.share, result.proven, result.gap, result.equal_weights) == (3, 0.5, True, 0, False)
    assert {(row.title, row.why) for row in result.left_out} >= {("Topic d", "adds_nothing")}
    assert result.next_gain == pytest.approx(1 / 6)  # with four hours the start of the other outcome fits too


def test_a_choice_changes_nothing_until_it_is_taken_over(small, noon):
    run = actions.choose_topics(curriculum=small, hours=6, by=None, at=noon)
    assert len(queries.plan_of(small).topics) == 4
    assert actions.take_choice(choice=run, by=None, at=noon) == 1
    plan = queries.plan_of(Curriculum.objects.get(pk=small.pk))
    assert [t.title for t in plan.topics] == ["Topic a", "Topic b", "Topic c"]
    assert [(t.title, t.left_out_at) for t in plan.left_out] == [("Topic d", noon)]
    assert plan.curriculum.budget == 6
    # A choice picks from everything that was planned, so the topic can come back.
    actions.mark(topic=plan.left_out[0], kind="pin", by=None, at=noon)
    again = actions.choose_topics(curriculum=small, hours=7, by=None, at=noon)
    actions.take_choice(choice=again, by=None, at=noon)
    assert len(queries.plan_of(small).topics) == 4


def test_pins_and_bans_are_kept(small, noon):
    actions.mark(topic=plans.part(small, "Topic d"), kind="pin", by=None, at=noon)
    actions.mark(topic=plans.part(small, "Topic c"), kind="ban", by=None, at=noon)
    result = queries.result_of(actions.choose_topics(curriculum=small, hours=4, by=None, at=noon))
    assert [title for _pk, title, _hours in result.topics] == ["Topic a", "Topic b", "Topic d"]
    assert [(row.title, row.why) for row in result.left_out] == [("Topic c", "banned")]


def test_pins_that_cannot_be_had_are_explained(small, noon):
    actions.mark(topic=plans.part(small, "Topic b"), kind="pin", by=None, at=noon)
    with pytest.raises(actions.ImpossibleChoice) as clash:
        actions.choose_topics(curriculum=small, hours=2, by=None, at=noon)
    assert (
        str(clash.value) == "The pinned topics and what they build on take 3.0 hours; the budget is 2. Release a topic or raise the budget."
    )
    assert clash.value.topics == (plans.part(small, "Topic b"),)
    actions.mark(topic=plans.part(small, "Topic a"), kind="ban", by=None, at=noon)
    with pytest.raises(actions.ImpossibleChoice, match="“Topic b” is pinned, but builds on what is banned: Topic a"):
        actions.choose_topics(curriculum=small, hours=20, by=None, at=noon)


def test_modules_that_ask_for_more_than_there_is_are_named(small, noon):
    module = plans.part(small, "First")
    actions.put_module(curriculum=small, module=module, title="First", min_hours=50, by=None, at=noon)
    with pytest.raises(actions.ImpossibleChoice, match="“First”") as clash:
        actions.choose_topics(curriculum=small, hours=60, by=None, at=noon)
    assert clash.value.modules == (module,)


@pytest.mark.parametrize("hours", [0, -1])
def test_no_hours_is_an_answer_of_its_own(small, hours, noon):
    with pytest.raises(actions.NoHours):
        actions.choose_topics(curriculum=small, hours=hours, by=None, at=noon)


def test_nothing_to_choose_from_is_said(north, small, noon):
    with pytest.raises(actions.NothingToChoose, match="No topic is planned"):
        actions.choose_topics(curriculum=plans.empty(north), hours=5, by=None, at=noon)
    Cell.objects.all().delete()
    with pytest.raises(actions.NothingToChoose, match="matrix is empty"):
        actions.choose_topics(curriculum=small, hours=5, by=None, at=noon)


def test_without_weighted_needs_outcomes_count_the_same(small, noon):
    small.needs.update(weight=0)
    result = queries.result_of(actions.choose_topics(curriculum=small, hours=7, by=None, at=noon))
    assert (result.equal_weights, result.share) == (True, pytest.approx(2 / 3))


def test_a_cycle_is_found_and_stops_only_the_course(small, noon):
    a, b = plans.part(small, "Topic a"), plans.part(small, "Topic b")
    actions.put_topic(curriculum=small, planned=a, title="Topic a", materials={"text": (1, 60)}, builds_on=[b], by=None, at=noon)
    assert ("prerequisite_cycle", "") in found(small)
    assert queries.result_of(actions.choose_topics(curriculum=small, hours=7, by=None, at=noon)).proven
    with pytest.raises(actions.NotReady, match="depend on each other"):
        actions.to_course(curriculum=small, by=None, at=noon)


def test_a_plan_becomes_a_course_of_drafts_with_their_production(north, noon):
    competence = skills.framework().competences.first()
    small = plans.plan(north, competence=competence)
    drafted = actions.to_course(curriculum=small, by=clusters.staff(north, "editor"), at=noon)
    course = drafted.course
    assert (course.cluster, course.published_at, drafted.added, drafted.productions) == (north, None, 4, 12)
    assert [(m.title, [(x.title, [t.title for t in x.topics.all()]) for x in m.lessons.all()]) for m in course.modules.all()] == [
        ("First", [("Start", ["Topic a", "Topic b", "Topic c", "Topic d"])])
    ]
    topics = Topic.objects.filter(course=course)
    assert {t.live for t in topics} == {False}
    assert [(t.minutes, [o.key for o in t.outcomes.all()], [r.needs.title for r in t.requirements.all()]) for t in topics.order_by("order")] == [
        (60, ["find-money"], []), (120, ["find-money"], ["Topic a"]), (180, ["write-a-proposal"], []), (60, [], []),
    ]  # fmt: skip
    assert {p.steps.last().state for p in Production.objects.filter(course=course)} == {"planned"}
    # The outcome that builds a known competence is tied to the network's, where evidence is kept.
    outcome = plans.part(small, "find money")
    assert outcome.outcome.competences.get() == competence
    assert outcome.course_outcome.course == course
    again = actions.to_course(curriculum=Curriculum.objects.get(pk=small.pk), by=None, at=noon)
    assert (again.course, again.added, again.productions, topics.count()) == (course, 0, 0, 4)


def test_nobody_drafts_a_course_elsewhere(north, small, noon):
    with pytest.raises(NotAllowed):
        actions.to_course(curriculum=small, by=clusters.staff(north, "evaluator"), at=noon)


def test_a_course_becomes_a_plan(north, noon):
    course = courses.course(cluster=north)
    made = actions.from_course(course=course, cluster=north, by=None, at=noon)
    plan = queries.plan_of(made)
    assert [(t.title, t.module.title, t.lesson, plan.minutes(t), t.topic.slug) for t in plan.topics] == [
        ("What a cluster is", "One", "Begin", 10, "start"),
        ("Try it", "One", "Train", 20, "exercises"),
        ("The end", "Two", "Finish", 1, "end"),
    ]
    assert [plan.topic[pk].title for pk in plan.before(plan.topics[2])] == ["What a cluster is"]
    (outcome,) = plan.outcomes
    # Introduced where it is listed first; a choice question can show "apply", the outcome asks for "understand".
    assert {plan.topic[t].title: (cell.taught, cell.assessed) for (_o, t), cell in plan.cells.items()} == {
        "What a cluster is": (1, None),
        "Try it": (3, 2),
    }
    assert outcome.course_outcome == course.outcomes.get()
    assert actions.to_course(curriculum=made, by=None, at=noon).added == 0


def test_accepted_needs_come_in_with_their_scores(north, noon):
    framework = skills.framework(3)
    survey = surveys.survey(north, framework=framework.key)
    surveys.answers(survey, 12)
    rank_needs(survey, by=None, at=noon)
    first, second, third = survey.needs.order_by("rank")
    for need, verdict in ((first, "accept"), (second, "reject"), (third, "reject"), (third, "accept")):
        NeedDecision.objects.create(need=need, verdict=verdict, reason="said so", at=noon)
    made = actions.start(cluster=north, title="From needs", survey=survey, by=None, at=noon)
    assert [(n.measured, n.weight) for n in made.needs.all()] == [(first, first.score), (third, max(third.score, 0))]
    manager = clusters.staff(north, "manager")
    assert queries.needs_to_take(made, viewer=manager) == []
    assert actions.take_needs(curriculum=made, survey=survey, by=manager, at=noon) == 0
    with pytest.raises(actions.OtherCluster):
        actions.take_needs(curriculum=plans.empty(clusters.cluster()), survey=survey, by=None, at=noon)


def test_titles_without_latin_letters_and_equal_ones_get_addresses(north):
    slugs = [plans.empty(north, title).slug for title in ("План", "План", "New", "Plan", "Plan")]
    assert slugs == ["curriculum", "curriculum-2", "new-curriculum", "plan", "plan-2"]


def test_a_long_search_ends_as_soon_as_it_is_proven(small, noon):
    run = actions.ask_longer(curriculum=small, hours=3, by=None, at=noon)
    assert queries.result_of(run) is None
    assert actions.improve(choice=run, seconds=5, at=noon)
    actions.end_search(choice=run, at=noon)
    run.refresh_from_db()
    assert (queries.result_of(run).proven, run.ended_at) == (True, noon)


def test_a_cancelled_search_ends_with_what_it_has(north, small, noon):
    run = actions.ask_longer(curriculum=small, hours=3, by=None, at=noon)
    with pytest.raises(NotAllowed):
        actions.cancel_choice(choice=run, by=clusters.staff(north, "evaluator"), at=noon)
    actions.cancel_choice(choice=run, by=clusters.staff(north, "editor"), at=noon)
    assert actions.improve(choice=run, seconds=5, at=noon)
    actions.end_search(choice=run, at=noon)
    run.refresh_from_db()
    assert (run.result, run.solved_at, run.cancelled_at) == ({}, noon, noon)


def test_a_long_search_that_cannot_succeed_says_why(small, noon):
    Cell.objects.all().delete()
    run = actions.ask_longer(curriculum=small, hours=3, by=None, at=noon)
    assert actions.improve(choice=run, seconds=5, at=noon)
    run.refresh_from_db()
    assert run.result == {"impossible": "The matrix is empty: no topic teaches an outcome, so every choice would be as good as another."}
    assert queries.result_of(run) is None


def test_a_cluster_that_goes_takes_its_plans_along(north, small):
    north.delete()
    assert not Curriculum.objects.exists()
