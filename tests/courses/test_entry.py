"""How people come into a course: invitations, rules, due dates, more time."""

from datetime import date, timedelta

import pytest
from django.core import mail as outbox
from django.urls import reverse

from talka.clusters.models import Affiliation
from talka.courses import actions, queries, tasks
from talka.courses.models import Assignment, Course, Enrolment, Invitation, QuizRun
from talka.courses.rules import entry
from talka.kit.models import Letter
from talka.people.actions import NotAllowed
from tests.factories import clusters, skills
from tests.factories import courses as make
from tests.factories.people import person

pytestmark = pytest.mark.django_db
AT = make.WHEN
TODAY = AT.date()
AT_ONCE = {"default": {"BACKEND": "django_tasks.backends.immediate.ImmediateBackend", "QUEUES": ["default", "slow"]}}


@pytest.fixture
def north():
    return clusters.cluster("North")


@pytest.fixture
def manager(north):
    return clusters.staff(north, "manager", name="Mia")


@pytest.fixture
def course(north):
    return make.plain_course(cluster=north, visibility="network")


@pytest.fixture
def closed(north, course):
    Course.objects.filter(pk=course.pk).update(entry="invitation")
    course.refresh_from_db()
    return course


def desk(name, course, north, *more):
    return reverse(f"courses:{name}", args=[north.slug, course.slug, *more])


def token(invitation):
    return actions.link_of(invitation).rsplit("/", 2)[1]


def test_addresses_as_people_type_them():
    found = entry.addresses_in("Ada Lee <Ada@Example.org>, bo@example.org;\n bo@example.org \n\n nobody, a@b")
    assert found == entry.Addresses(good=("ada@example.org", "bo@example.org"), bad=("nobody", "a@b"))


def test_an_invitation_by_mail_from_the_page_to_the_enrolment(client, closed, north, manager, settings, django_capture_on_commit_callbacks):
    settings.TASKS = AT_ONCE
    client.force_login(manager)
    with django_capture_on_commit_callbacks(execute=True):
        answer = client.post(desk("invite", closed, north), {"addresses": "lea@example.org, bo@example.org"}, follow=True)
    assert "2 invitations are on their way." in answer.content.decode()
    assert sorted(m.to[0] for m in outbox.outbox) == ["bo@example.org", "lea@example.org"]
    one = Invitation.objects.get(email="lea@example.org")
    assert actions.link_of(one) in next(m.body for m in outbox.outbox if m.to == ["lea@example.org"])
    again = client.post(desk("invite", closed, north), {"addresses": "lea@example.org"}, follow=True).content.decode()
    assert "Invited before, no second e-mail: lea@example.org." in again
    client.logout()
    way = reverse("courses:invited", args=[token(one)])
    assert "Sign in to take part" in client.get(way).content.decode()
    lea, stranger = person("Lea", email="lea@example.org"), person("Stranger")
    client.force_login(stranger)
    assert "another address" in client.get(way).content.decode()
    assert client.post(way).status_code == 403
    assert client.post(reverse("courses:enrol", args=[closed.slug])).status_code == 302
    assert not Enrolment.objects.exists()
    client.force_login(lea)
    for _twice in range(2):
        assert client.post(way).status_code == 302
    assert Enrolment.objects.get().user == lea
    one.refresh_from_db()
    assert one.accepted_by == lea


def test_what_is_no_address_stops_everything_and_stays_typed(client, course, north, manager):
    client.force_login(manager)
    answer = client.post(desk("invite", course, north), {"addresses": "good@example.org\nbad address"})
    html = answer.content.decode()
    assert answer.status_code == 422
    assert "These are not e-mail addresses: bad address. Nothing was sent." in html
    assert "good@example.org" in html
    assert not Invitation.objects.exists()


def test_taking_back_undoing_and_sending_again(client, closed, north, manager):
    actions.invite(course=closed, cluster=north, addresses=["lea@example.org"], by=manager, at=AT)
    one = Invitation.objects.get()
    client.force_login(manager)
    page = desk("invitation", closed, north, one.pk)
    assert "less than a minute old" not in client.post(page, {"resend": "1"}, follow=True).content.decode()
    assert "less than a minute old" in client.post(page, {"resend": "1"}, follow=True).content.decode()
    assert Letter.objects.filter(to="lea@example.org").count() == 2
    assert "taken back" in client.post(page, {"withdraw": "1"}, follow=True).content.decode()
    assert client.get(reverse("courses:invited", args=[token(one)])).status_code == 410
    assert "works again" in client.post(page, {"renew": "1"}, follow=True).content.decode()
    assert client.get(reverse("courses:invited", args=[token(one)])).status_code == 200
    assert client.get(reverse("courses:invited", args=["7:forged"])).status_code == 404


def test_a_link_lets_in_who_has_it_until_its_day(client, closed, north, manager):
    link = actions.open_link(course=closed, cluster=north, expires_on=TODAY + timedelta(days=3), by=manager, at=AT)
    assert actions.open_link(course=closed, cluster=north, by=manager, at=AT) == link
    assert actions.invitation_at(token(link), on=TODAY + timedelta(days=3)) == link
    with pytest.raises(actions.InvitationOver) as over:
        actions.invitation_at(token(link), on=TODAY + timedelta(days=4))
    assert over.value.why == "expired"
    for name in ("Ada", "Bo"):
        actions.accept_invitation(invitation=link, by=person(name), at=AT)
    assert Enrolment.objects.count() == 2


def test_an_invitation_does_not_open_what_is_closed(north, manager):
    course = make.plain_course(cluster=north, visibility="cluster")
    actions.invite(course=course, cluster=north, addresses=["out@example.org"], by=manager, at=AT)
    with pytest.raises(actions.NotVisible):
        actions.accept_invitation(invitation=Invitation.objects.get(), by=person(email="out@example.org"), at=AT)


def rule(course, north, manager, **more):
    return actions.make_rule(course=course, made_in=north, by=manager, at=AT, **more)


def test_a_rule_reaches_its_audience_and_those_who_come_later(course, north, manager, settings, django_capture_on_commit_callbacks):
    settings.TASKS = AT_ONCE
    mill, bank = clusters.organisation("Mill", of=north), clusters.organisation("Bank", of=north)
    ada, bo = clusters.employee(mill, name="Ada"), clusters.employee(bank, name="Bo")
    person("Stranger")
    made = rule(course, north, manager, organisation=mill, due_days=30)
    assert list(queries.still_to_enrol(made, on=TODAY)) == [ada]
    with django_capture_on_commit_callbacks(execute=True):
        assert actions.apply_rule(made, at=AT) == 1
    assert actions.apply_rule(made, at=AT) == 0
    (mine,) = Enrolment.objects.all()
    assert (mine.user, mine.due_on, mine.assignment) == (ada, TODAY + timedelta(days=30), made)
    (letter,) = outbox.outbox
    assert letter.to == [ada.email]
    assert "Mill has enrolled you" in letter.body
    with django_capture_on_commit_callbacks(execute=True):
        cy = clusters.employee(mill, name="Cy")
    assert Enrolment.objects.filter(user=cy).exists()
    assert not Enrolment.objects.filter(user=bo).exists()


def test_a_rule_can_be_narrowed_by_part_profile_and_newcomers(course, north, manager):
    mill = clusters.organisation("Mill", of=north)
    old, new = clusters.employee(mill, name="Old"), clusters.employee(mill, name="New")
    Affiliation.objects.filter(user=old).update(since=date(2020, 1, 1))
    Affiliation.objects.filter(user=new).update(since=date(2026, 2, 1))
    north.memberships.update(joined_on=date(2019, 1, 1))
    editor = clusters.staff(north, "editor", name="Ed")

    def reached(**more):
        return set(queries.audience_of(rule(course, north, manager, **more), on=TODAY))

    assert reached() == {old, new, editor, manager}
    assert reached(part="editor") == {editor}
    assert reached(part="member") == {old, new}
    assert reached(organisation=mill, newcomers_since=date(2026, 1, 1)) == {new}
    assert reached(part="member", newcomers_since=date(2026, 1, 1)) == {new}
    north.memberships.update(joined_on=date(2026, 1, 15))
    assert reached(part="member", newcomers_since=date(2026, 1, 1)) == {old, new}


def test_a_firm_that_joins_brings_its_people(course, north, manager, django_capture_on_commit_callbacks):
    from talka.clusters.actions import join

    firm = clusters.organisation("Late firm")
    late = clusters.employee(firm, name="Late")
    rule(course, north, manager, part="member")
    with django_capture_on_commit_callbacks(execute=True):
        join(cluster=north, organisation=firm, by=manager, at=AT)
    assert Enrolment.objects.get().user == late


def test_ending_a_rule_and_taking_it_back(course, north, manager):
    mill = clusters.organisation("Mill", of=north)
    begun, waiting = clusters.employee(mill, name="Begun"), clusters.employee(mill, name="Waiting")
    made = rule(course, north, manager, organisation=mill)
    actions.apply_rule(made, at=AT)
    mine = Enrolment.objects.get(user=begun)
    actions.open_topic(enrolment=mine, topic=make.topic(course, "t0"), at=AT)
    later = AT + timedelta(days=1)
    assert actions.end_rule(rule=made, cluster=north, take_out=True, by=manager, at=later) == 1
    assert list(Enrolment.objects.filter(left_at=None).values_list("user", flat=True)) == [begun.pk]
    made.refresh_from_db()
    assert actions.apply_rule(made, at=later) == 0
    assert actions.resume_rule(rule=made, cluster=north, by=manager, at=later) == 1
    assert Enrolment.objects.get(user=waiting).left_at is None


def test_who_leaves_is_not_dragged_back(course, north, manager):
    mill = clusters.organisation("Mill", of=north)
    ada = clusters.employee(mill, name="Ada")
    made = rule(course, north, manager, organisation=mill)
    actions.apply_rule(made, at=AT)
    actions.leave(enrolment=Enrolment.objects.get(), by=ada, at=AT + timedelta(hours=1))
    assert actions.apply_rules(at=AT + timedelta(hours=2)) == 0
    assert Enrolment.objects.get().left_at is not None


def test_a_closed_course_reaches_its_own_cluster_only(north, manager):
    course = make.plain_course(cluster=north, visibility="cluster")
    south = clusters.cluster("South")
    boss = clusters.staff(south, "manager")
    with pytest.raises(actions.ClosedToThem):
        actions.make_rule(course=course, made_in=south, by=boss, at=AT)
    with pytest.raises(NotAllowed):
        actions.make_rule(course=course, made_in=north, by=boss, at=AT)
    assert not Assignment.objects.exists()


def test_the_page_shows_first_whom_a_rule_reaches(client, course, north, manager):
    clusters.employee(clusters.organisation("Mill", of=north), name="Ada Lee")
    client.force_login(manager)
    html = client.post(desk("rule-new", course, north), {"part": "member"}).content.decode()
    assert "1 person would be enrolled now" in html
    assert "Ada Lee" in html
    assert not Assignment.objects.exists()
    assert client.post(desk("rule-new", course, north), {"part": "member", "due_on": "2000-01-01"}).status_code == 422
    html = client.post(desk("rule-new", course, north), {"part": "member", "make": "1"}, follow=True).content.decode()
    assert "1 person was enrolled." in html
    csv = b"".join(client.get(desk("learners", course, north) + "?format=csv&came=rule").streaming_content).decode()
    assert "Ada Lee" in csv
    assert "by a rule" in csv


def test_many_are_enrolled_in_the_background(course, north, manager, settings):
    from talka.kit.actions import start_work
    from talka.kit.tasks import Progress

    mill = clusters.organisation("Mill", of=north)
    for n in range(25):
        clusters.employee(mill, name=f"P{n}")
    made = rule(course, north, manager, organisation=mill)
    work = start_work(kind="x", title="x", by=manager, at=AT)
    assert tasks.apply_rule.func.__wrapped__(Progress(work), rule=made.pk)["said"] == "25 people were enrolled."
    assert Enrolment.objects.count() == 25


def test_the_due_date_stands_on_today_and_on_the_course(client, course, north, manager):
    mill = clusters.organisation("Mill", of=north)
    ada = clusters.employee(mill, name="Ada")
    actions.apply_rule(rule(course, north, manager, organisation=mill, due_on=date(2020, 5, 4)), at=AT)
    client.force_login(ada)
    assert "overdue since" in client.get(reverse("courses:course", args=[course.slug])).content.decode()
    assert (
        "05/04/2020" in client.get(reverse("home:today")).content.decode() or "2020" in client.get(reverse("home:today")).content.decode()
    )


def test_more_time_is_shown_and_counts_in_a_quiz_under_way(client, north, manager):
    course = make.course(cluster=north, visibility="network")
    learner = person("Slow")
    mine = make.enrolment(learner, course)
    quiz = make.material(course, "quiz")
    run = actions.start_quiz(enrolment=mine, material=quiz, at=AT)
    assert run.ends_at == AT + timedelta(minutes=10)
    client.force_login(manager)
    assert client.post(desk("learner", course, north, mine.pk), {"percent": "50", "due_on": ""}).status_code == 302
    assert QuizRun.objects.get().ends_at == AT + timedelta(minutes=15)
    client.force_login(learner)
    html = client.get(reverse("courses:topic", args=[course.slug, "exercises"])).content.decode()
    assert "15 min for you" in html
    client.force_login(manager)
    client.post(desk("learner", course, north, mine.pk), {"percent": "0", "due_on": ""})
    assert QuizRun.objects.get().ends_at == AT + timedelta(minutes=15)
    assert queries.extension_of(learner, course) is None


@pytest.mark.parametrize("people", [1, 3])
def test_the_lists_cost_the_same_however_long(client, course, north, manager, people, django_assert_max_num_queries):
    for n in range(people):
        make.enrolment(person(f"P{n}"), course)
        actions.invite(course=course, cluster=north, addresses=[f"i{n}@example.org"], by=manager, at=AT)
        rule(course, north, manager, part="editor")
    client.force_login(manager)
    for name in ("learners", "invitations", "rules"):
        with django_assert_max_num_queries(14):
            assert client.get(desk(name, course, north)).status_code == 200


def test_staff_of_another_cluster_see_their_own_people_only(client, course, north):
    south = clusters.cluster("South")
    firm = clusters.organisation("Southern firm", of=south)
    make.enrolment(clusters.employee(firm, name="Southern Sue"), course)
    make.enrolment(clusters.employee(clusters.organisation("Mill", of=north), name="Northern Nick"), course)
    client.force_login(clusters.staff(south, "manager"))
    html = client.get(desk("learners", course, south)).content.decode()
    assert "Southern Sue" in html
    assert "Northern Nick" not in html


def test_profiles_narrow_a_rule(course, north, manager):
    mill = clusters.organisation("Mill", of=north)
    measured = clusters.employee(mill, name="Measured")
    clusters.employee(mill, name="Other")
    profile = skills.framework().profiles.get()
    profile.assessments.create(user=measured, at=AT)
    assert list(queries.audience_of(rule(course, north, manager, profile=profile), on=TODAY)) == [measured]
