from django.apps import AppConfig


class SurveysConfig(AppConfig):
    name = "talka.surveys"
    label = "surveys"
