from datetime import datetime
from typing import Any

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class RecordsConfig(AppConfig):
    name = "talka.records"
    label = "records"

    def ready(self) -> None:
        from django.db.models.signals import post_migrate
        from django.utils.timezone import now

        from talka.kit import nav, schedule
        from talka.people.queries import standing_of
        from talka.people.signals import erased
        from talka.records import receivers

        post_migrate.connect(_forget, sender=self, dispatch_uid="records_forget")
        erased.connect(receivers.person_erased, dispatch_uid="records_erased")
        nav.person(
            "records",
            _("Sources of statements"),
            "records:sources",
            order=60,
            icon="link",
            shown=lambda r: _keeps_records(standing_of(r.user)),
        )
        schedule.every(15, lambda: _forward(now()), name="forwards of statements", first=10)
        schedule.every(3600, lambda: _tidy(now()), name="refused statements", first=300)


def _forget(**_kwargs: Any) -> None:
    """After a migration, a flush or a restore nothing known in memory holds any more."""
    from talka.records import packing, terms

    terms.forget()
    packing.forget()


def _keeps_records(standing: Any) -> bool:
    """Whether the person looks after sources: an operator, or a cluster's manager."""
    from talka.people.rules import Part

    return bool(standing.operator or standing.clusters_as(Part.MANAGER))


def _forward(at: datetime) -> None:
    from talka.records import actions

    actions.forward_due(at=at)


def _tidy(at: datetime) -> None:
    from talka.records import actions, packing

    actions.tidy_refusals(at=at)
    packing.retrain_when_due()
