"""Forms: one column, label above, help in a sentence, the error beside its field and summed up on top with links.

`{{ form }}` draws any Django form this way. Text areas made with `Draft` keep what is typed on the reader's device.
"""

from functools import cached_property
from typing import Any

from django import forms
from django.forms.renderers import DjangoTemplates

# What every template of the site has without loading it, also inside forms.
BUILTINS = ["django.templatetags.i18n", "django.templatetags.static", "talka.kit.templatetags.kit"]


class Renderer(DjangoTemplates):
    """Named in settings.FORM_RENDERER."""

    form_template_name = "kit/form/form.html"
    field_template_name = "kit/form/field.html"

    @cached_property
    def engine(self) -> Any:
        made = super().engine
        made.engine.template_builtins += made.engine.get_template_builtins(BUILTINS)
        return made


class Draft(forms.Textarea):
    """A text area whose text is kept on the reader's device until the form is taken. `key` names what is written ("topic:12:notes")."""

    def __init__(self, key: str, **attrs: Any) -> None:
        super().__init__(attrs={"rows": 6, "data-draft": key, **attrs})


class FileInput(forms.ClearableFileInput):
    """A file to choose; `accept` as in HTML (".csv,text/csv")."""

    def __init__(self, accept: str = "", **attrs: Any) -> None:
        super().__init__(attrs={**({"accept": accept} if accept else {}), **attrs})


class DateInput(forms.DateInput):
    """The browser's own date field, which knows the reader's way of writing."""

    input_type = "date"

    def __init__(self, **attrs: Any) -> None:
        super().__init__(attrs=attrs, format="%Y-%m-%d")
