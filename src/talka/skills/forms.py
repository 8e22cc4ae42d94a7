"""Input of this room's pages."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from talka.skills.models import Competence


class LevelsForm(forms.Form):
    """A level 0 to 5 for each of `competences`, in words. What is left open stays open."""

    def __init__(self, *args: Any, competences: Sequence[Competence], labels: Sequence[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.competences = competences
        for c in competences:
            words = [(n, f"{labels[n - 1]}: {text}" if len(labels) >= n else text) for n, text in enumerate(c.levels, 1)]
            self.fields[c.key] = forms.TypedChoiceField(
                label=c.title,
                help_text=c.description,
                choices=[(0, _("None of it yet")), *words],
                coerce=int,
                empty_value=None,
                required=False,
                widget=forms.RadioSelect,
            )

    def levels(self) -> dict[str, int]:
        """What was given, by competence key."""
        return {key: level for key, level in self.cleaned_data.items() if level is not None}
