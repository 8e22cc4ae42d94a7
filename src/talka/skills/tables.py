"""The lists of this room."""

from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from talka.kit.tables import Column, Number, Table
from talka.skills.models import Framework
from talka.skills.queries import CompetenceGaps


class FrameworkTable(Table):
    title = Column(verbose_name=_("Framework"))
    size = Number(verbose_name=_("Competences"))
    profiles = Column(verbose_name=_("Profiles"), orderable=False)
    language = Column(verbose_name=_("Language"))

    def render_title(self, value: str, record: Framework) -> SafeString:
        return format_html('<a href="{}">{}</a>', reverse("skills:framework", args=[record.key]), value)

    def value_title(self, value: str) -> str:
        return value

    def render_profiles(self, record: Framework) -> str:
        return ", ".join(p.title for p in record.profiles.all())

    def value_profiles(self, record: Framework) -> str:
        return self.render_profiles(record)


class ClusterGapTable(Table):
    competence = Column(verbose_name=_("Competence"), order_by="competence__title")
    people = Number(verbose_name=_("People with the gap"))
    open = Number(verbose_name=_("Open"))
    in_progress = Number(verbose_name=_("In progress"))
    closed = Number(verbose_name=_("Closed"))

    def value_competence(self, record: CompetenceGaps) -> str:
        return record.competence.title

    def value_people(self, record: CompetenceGaps) -> int | str:
        return record.people if record.people is not None else gettext("fewer than 5")

    def render_people(self, record: CompetenceGaps) -> str:
        return str(self.value_people(record))
