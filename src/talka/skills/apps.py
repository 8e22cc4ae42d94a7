from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SkillsConfig(AppConfig):
    name = "talka.skills"
    label = "skills"

    def ready(self) -> None:
        from talka.kit import nav
        from talka.people import signals
        from talka.skills import receivers
        from talka.skills.rules import SEE_AGGREGATES

        nav.rail("gaps", _("Gaps"), "skills:cluster-gaps", order=45, ability=SEE_AGGREGATES, icon="plan")
        nav.person("gaps", _("My gaps"), "skills:gaps", order=30, icon="plan", shown=nav.signed_in)
        nav.foot("skills", _("Competences"), "skills:frameworks", order=40)
        signals.own_data_asked.connect(receivers.own_data, dispatch_uid="skills.own_data")
        signals.erased.connect(receivers.person_erased, dispatch_uid="skills.erased")
