from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CurriculumConfig(AppConfig):
    name = "talka.curriculum"
    label = "curriculum"

    def ready(self) -> None:
        from talka.curriculum import panels
        from talka.kit import nav, slots

        nav.rail("curricula", _("Curriculum"), "curriculum:curricula", order=45, icon="sheet")
        slots.fill("courses.topic", panels.needs_behind)
        slots.fill("overview.panels", panels.newest_plan, order=40)
