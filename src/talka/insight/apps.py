from django.apps import AppConfig


class InsightConfig(AppConfig):
    name = "talka.insight"
    label = "insight"
