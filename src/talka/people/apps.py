from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PeopleConfig(AppConfig):
    name = "talka.people"
    label = "people"

    def ready(self) -> None:
        from talka.kit import nav, signals
        from talka.people import receivers

        nav.judge_with(receivers.may_open)
        nav.person("me", _("Profile"), "people:me", order=20, icon="person")
        nav.person("people", _("People"), "people:list", order=80, icon="people", shown=receivers.is_operator)
        nav.person("doctor", _("Health"), "people:doctor", order=90, icon="warn", shown=receivers.is_operator)
        signals.language_chosen.connect(receivers.keep_language, dispatch_uid="people.language")
