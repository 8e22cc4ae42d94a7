"""The days a page shows."""

from datetime import date

from django import forms
from django.utils.translation import gettext_lazy as _

from talka.insight.rules import Period, period
from talka.kit.forms import DateInput


class DaysForm(forms.Form):
    """From and to, or the last so many days; what cannot be understood counts as not asked."""

    since = forms.DateField(label=_("From"), required=False, widget=DateInput())
    until = forms.DateField(label=_("To"), required=False, widget=DateInput())
    days = forms.IntegerField(min_value=0, max_value=3660, required=False, widget=forms.HiddenInput())

    def period(self, today: date) -> Period:
        self.is_valid()
        asked = self.cleaned_data
        return period(asked.get("since"), asked.get("until"), asked.get("days"), today=today)
