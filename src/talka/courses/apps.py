from django.apps import AppConfig


class CoursesConfig(AppConfig):
    name = "talka.courses"
    label = "courses"
