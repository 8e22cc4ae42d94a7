from django.apps import AppConfig


class SkillsConfig(AppConfig):
    name = "talka.skills"
    label = "skills"
