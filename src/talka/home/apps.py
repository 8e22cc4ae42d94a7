from django.apps import AppConfig


class HomeConfig(AppConfig):
    name = "talka.home"
    label = "home"
