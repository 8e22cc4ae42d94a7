from django.apps import AppConfig


class KitConfig(AppConfig):
    name = "talka.kit"
    label = "kit"
