"""What people type about themselves, parsed and checked."""

from zoneinfo import available_timezones

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from talka.people.models import User


class ProfileForm(forms.ModelForm):
    language = forms.ChoiceField(label=_("Language"), required=False)
    time_zone = forms.CharField(
        label=_("Time zone"), required=False, help_text=_("A name such as Europe/Vilnius. Empty: the network's own.")
    )

    class Meta:
        model = User
        fields = ["name", "language", "time_zone"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["language"].choices = [("", _("as set in the browser")), *settings.LANGUAGES]

    def clean_time_zone(self) -> str:
        name = self.cleaned_data["time_zone"].strip()
        if name and name not in available_timezones():
            raise forms.ValidationError(_("There is no time zone of this name. Write one like Europe/Vilnius."))
        return name


class LinkForm(forms.Form):
    email = forms.EmailField(label=_("E-mail address"), widget=forms.EmailInput(attrs={"autocomplete": "email"}))


class EraseForm(forms.Form):
    sure = forms.BooleanField(label=_("Yes, erase my name, my address and my traces. This cannot be undone."))
