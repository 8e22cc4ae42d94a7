from django.apps import AppConfig


class PeopleConfig(AppConfig):
    name = "talka.people"
    label = "people"

    def ready(self) -> None:
        from talka.kit import nav, signals
        from talka.people import receivers

        nav.judge_with(receivers.may_open)
        signals.language_chosen.connect(receivers.keep_language, dispatch_uid="people.language")
