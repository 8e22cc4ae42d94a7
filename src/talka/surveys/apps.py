from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SurveysConfig(AppConfig):
    name = "talka.surveys"
    label = "surveys"

    def ready(self) -> None:
        from talka.kit import nav
        from talka.people import signals
        from talka.surveys import receivers
        from talka.surveys.rules import READ

        nav.rail("needs", _("Needs"), "surveys:needs", order=40, ability=READ, icon="need")
        signals.own_data_asked.connect(receivers.own_data, dispatch_uid="surveys.own_data")
        signals.erased.connect(receivers.person_erased, dispatch_uid="surveys.erased")
