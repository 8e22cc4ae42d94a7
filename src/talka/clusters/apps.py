from django.apps import AppConfig


class ClustersConfig(AppConfig):
    name = "talka.clusters"
    label = "clusters"

    def ready(self) -> None:
        from talka.clusters import receivers
        from talka.people import signals

        signals.standing_asked.connect(receivers.standing, dispatch_uid="clusters.standing")
