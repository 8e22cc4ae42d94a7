from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CoursesConfig(AppConfig):
    name = "talka.courses"
    label = "courses"

    def ready(self) -> None:
        from talka.clusters.rules import WORK
        from talka.courses import panels, receivers
        from talka.courses.cmi5 import receivers as cmi5
        from talka.kit import nav, slots

        receivers.connect()
        cmi5.connect()
        slots.fill("gaps.next", panels.topics_for_gap)
        nav.rail("courses", _("Courses"), "courses:cluster", order=50, icon="learn", ability=WORK)
        nav.rail("stacks", _("Stacks"), "stacks:list", order=52, icon="phone", ability=WORK)
        nav.top("learn", _("Learn"), "courses:catalogue", order=20, icon="learn", tab=True, part="/learn/")
