from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SurveysConfig(AppConfig):
    name = "talka.surveys"
    label = "surveys"

    def ready(self) -> None:
        from talka.kit import nav
        from talka.surveys.rules import READ

        nav.rail("needs", _("Needs"), "surveys:needs", order=40, ability=READ, icon="need")
