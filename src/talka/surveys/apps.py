from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SurveysConfig(AppConfig):
    name = "talka.surveys"
    label = "surveys"

    def ready(self) -> None:
        from django.utils.timezone import now

        from talka.kit import nav, schedule
        from talka.people import signals
        from talka.surveys import actions, receivers
        from talka.surveys.rules import READ

        nav.rail("needs", _("Needs"), "surveys:needs", order=40, ability=READ, icon="need")
        schedule.every(600, lambda: actions.rank_large(at=now()), name="survey rankings", first=60)
        schedule.every(24 * 3600, lambda: actions.drop_drafts(at=now()), name="survey drafts", first=300)
        signals.own_data_asked.connect(receivers.own_data, dispatch_uid="surveys.own_data")
        signals.erased.connect(receivers.person_erased, dispatch_uid="surveys.erased")
