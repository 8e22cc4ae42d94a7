from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ClustersConfig(AppConfig):
    name = "talka.clusters"
    label = "clusters"

    def ready(self) -> None:
        from talka.clusters import receivers
        from talka.clusters.rules import APPOINT
        from talka.kit import nav
        from talka.people import signals

        signals.standing_asked.connect(receivers.standing, dispatch_uid="clusters.standing")
        nav.top("clusters", _("Clusters"), "clusters:list", order=40, icon="cluster")
        nav.rail("members", _("Members"), "clusters:members", order=20, icon="people")
        nav.rail("services", _("Services"), "clusters:services", order=30, icon="service")
        nav.rail("settings", _("Settings"), "clusters:settings", order=90, icon="settings", ability=APPOINT)
