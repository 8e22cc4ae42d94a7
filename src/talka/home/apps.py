from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class HomeConfig(AppConfig):
    name = "talka.home"
    label = "home"

    def ready(self) -> None:
        from django.db.models.signals import post_save

        from talka.home import panels, receivers, tasks
        from talka.kit import memory, nav, slots
        from talka.people.models import User
        from talka.records.models import Source

        for table in (User, Source):
            post_save.connect(receivers.somebody_came, sender=table, dispatch_uid=f"home.somebody_came.{table.__name__}")
        memory.ahead(tasks.make_ahead, name="home")

        slots.fill("shell.notes", panels.sample_note, order=10)
        nav.top("today", _("Today"), "home:today", order=10, icon="today", tab=True, shown=nav.signed_in)
        nav.top(
            "my-cluster", _("My cluster"), "home:my-cluster", order=30, icon="overview", tab=True, shown=panels.has_cluster, workspaces=True
        )
        nav.rail("overview", _("Overview"), "home:overview", order=10, icon="overview")
        nav.foot("about", _("About"), "home:about", order=10)
