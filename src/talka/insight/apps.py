from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class InsightConfig(AppConfig):
    name = "talka.insight"
    label = "insight"

    def ready(self) -> None:
        from django.utils.timezone import now

        from talka.insight import actions, pages, panels, receivers
        from talka.kit import memory, nav, schedule, slots
        from talka.records import signals

        signals.rewritten.connect(receivers.statements_rewritten, dispatch_uid="insight.statements_rewritten")
        schedule.every(30, lambda: actions.refresh_lake(at=now()), name="lake", first=3)
        memory.ahead(pages.make_ahead, name="insight")
        slots.fill("courses.course", panels.course_use, order=40)
        slots.fill("organisation.panels", panels.needs_closed, order=40)
        nav.person("network-needs", _("Needs closed"), "insight:network-needs", order=60, icon="chart", shown=panels.is_operator)
        slots.fill("stacks.edit", panels.stack_use)
        nav.rail("insight", _("Insight"), "insight:cluster", order=70, icon="chart")
