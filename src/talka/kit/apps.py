from django.apps import AppConfig


class KitConfig(AppConfig):
    name = "talka.kit"
    label = "kit"

    def ready(self) -> None:
        from django.utils.timezone import now

        from talka.kit import actions, schedule

        schedule.every(60, lambda: actions.interrupt_silent(at=now()), name="interrupted work")
        schedule.every(3600, lambda: actions.drop_expired(at=now()), name="expired uploads and letters", first=120)
