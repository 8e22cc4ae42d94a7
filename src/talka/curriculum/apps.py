from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CurriculumConfig(AppConfig):
    name = "talka.curriculum"
    label = "curriculum"

    def ready(self) -> None:
        from django.utils.timezone import now

        from talka.curriculum import actions, panels
        from talka.kit import nav, schedule, slots

        nav.rail("curricula", _("Curriculum"), "curriculum:curricula", order=45, icon="sheet")
        slots.fill("courses.topic", panels.needs_behind)
        slots.fill("courses.manage", panels.validations, order=40)
        schedule.every(6 * 3600, lambda: actions.ask_who_completed(at=now()), name="validations", first=120)
        slots.fill("overview.panels", panels.newest_plan, order=40)
