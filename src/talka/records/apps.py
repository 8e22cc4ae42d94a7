from django.apps import AppConfig


class RecordsConfig(AppConfig):
    name = "talka.records"
    label = "records"
