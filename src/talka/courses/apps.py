from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CoursesConfig(AppConfig):
    name = "talka.courses"
    label = "courses"

    def ready(self) -> None:
        from talka.kit import nav

        nav.top("learn", _("Learn"), "courses:catalogue", order=20, icon="learn", tab=True, part="/learn/")
