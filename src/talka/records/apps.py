from typing import Any

from django.apps import AppConfig


class RecordsConfig(AppConfig):
    name = "talka.records"
    label = "records"

    def ready(self) -> None:
        from django.db.models.signals import post_migrate

        from talka.people.signals import erased
        from talka.records import receivers

        post_migrate.connect(_forget, sender=self, dispatch_uid="records_forget")
        erased.connect(receivers.person_erased, dispatch_uid="records_erased")


def _forget(**_kwargs: Any) -> None:
    """After a migration, a flush or a restore nothing known in memory holds any more."""
    from talka.records import packing, terms

    terms.forget()
    packing.forget()
