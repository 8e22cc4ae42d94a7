from django.apps import AppConfig


class KitConfig(AppConfig):
    name = "talka.kit"
    label = "kit"

    def ready(self) -> None:
        from django.utils.timezone import now

        from talka.kit import actions, charts, memory, schedule

        schedule.every(60, lambda: actions.interrupt_silent(at=now()), name="interrupted work")
        schedule.every(3600, lambda: actions.drop_expired(at=now()), name="expired uploads and letters", first=120)
        schedule.every(86_400, charts.drop_unused, name="pictures that nobody looks at", first=300)
        schedule.every(30, memory.Ahead(), name="answers ahead", first=6)
