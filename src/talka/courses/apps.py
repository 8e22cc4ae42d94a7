from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


def publish_what_is_due() -> None:
    """Drafts whose time has come are published, and what has expired is withdrawn."""
    from django.core.management import call_command

    call_command("publish_scheduled", verbosity=0)


def tidy_files() -> None:
    from talka.courses import files

    files.tidy()


def tidy_packages() -> None:
    from django.utils.timezone import now

    from talka.courses.packages import actions

    actions.drop_leftovers(at=now())


def send_lti_grades() -> None:
    from django.utils.timezone import now

    from talka.courses.lti.platforms import actions

    actions.reckon_grades(at=now())
    actions.send_grades(at=now())


def tidy_lti() -> None:
    from django.utils.timezone import now

    from talka.courses.lti.platforms import actions

    actions.tidy(at=now())


class CoursesConfig(AppConfig):
    name = "talka.courses"
    label = "courses"

    def ready(self) -> None:
        from django.utils.timezone import now

        from talka.clusters.rules import WORK
        from talka.courses import actions, panels, receivers
        from talka.courses.cmi5 import receivers as cmi5
        from talka.courses.packages import players  # noqa: F401  # its check is known to the doctor from here on
        from talka.courses.rules.access import CONNECT
        from talka.kit import nav, schedule, slots

        receivers.connect()
        cmi5.connect()
        schedule.every(60, publish_what_is_due, name="scheduled publishing", first=20)
        schedule.every(86_400, tidy_files, name="files that no course names", first=1_800)
        schedule.every(86_400, tidy_packages, name="files of removed packages", first=2_400)
        schedule.every(20, send_lti_grades, name="grades for other platforms", first=15)
        schedule.every(86_400, tidy_lti, name="logins of other platforms that are over", first=3_000)
        slots.fill("gaps.next", panels.topics_for_gap)
        nav.rail("courses", _("Courses"), "courses:cluster", order=50, icon="learn", ability=WORK)
        nav.rail("stacks", _("Stacks"), "stacks:list", order=52, icon="phone", ability=WORK)
        nav.rail("lti", _("Platforms and tools"), "lti:connections", order=78, icon="out", ability=CONNECT)
        nav.top("learn", _("Learn"), "courses:catalogue", order=20, icon="learn", tab=True, part="/learn/")
        schedule.every(300, lambda: actions.apply_rules(at=now()), name="rules of assignment", first=30)
        schedule.every(600, lambda: actions.settle_completions(at=now()), name="courses that became complete", first=90)
        # Every quarter of an hour, since mornings begin at different times; each person gets one digest a day at most.
        schedule.every(900, lambda: actions.send_digests(at=now()), name="digests of reminders", first=60)
        schedule.every(86_400, lambda: actions.drop_old_digests(at=now()), name="digests of old", first=600)
