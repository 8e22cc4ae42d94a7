"""What managers type about their cluster, parsed and checked."""

from django import forms
from django.utils.translation import gettext_lazy as _

from talka.clusters.models import Cluster, Organisation, Role, Service
from talka.people.models import User


class AdmitForm(forms.ModelForm):
    """A new member: an organisation of the network, or a new one."""

    known = forms.ModelChoiceField(
        label=_("An organisation of the network"),
        queryset=Organisation.objects.none(),
        required=False,
        empty_label=_("none of these: a new one, below"),
    )

    website = forms.URLField(label=_("Website"), required=False, assume_scheme="https")

    class Meta:
        model = Organisation
        fields = ["name", "kind", "employees", "region", "country", "website"]

    def __init__(self, *args, organisations, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["known"].queryset = organisations
        self.fields["name"].required = False
        self.order_fields(["known"])

    def clean(self):
        data = super().clean()
        if not data.get("known") and not data.get("name"):
            self.add_error("name", _("Choose an organisation above, or write the name of a new one."))
        return data


class ServiceForm(forms.ModelForm):
    class Meta:
        model = Service
        fields = ["name", "summary", "price", "unit", "visibility", "retired_on"]
        widgets = {"retired_on": forms.DateInput(attrs={"type": "date"})}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        # A service belongs to a cluster, so "my organisation only" would hide it from everybody.
        self.fields["visibility"].choices = [c for c in self.fields["visibility"].choices if c[0] != "organisation"]


class UseForm(forms.Form):
    organisation = forms.ModelChoiceField(label=_("Member"), queryset=Organisation.objects.none())
    on = forms.DateField(label=_("On"), widget=forms.DateInput(attrs={"type": "date"}))
    people = forms.IntegerField(label=_("People"), min_value=1, max_value=10_000, initial=1)

    def __init__(self, *args, organisations, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["organisation"].queryset = organisations


class ClusterForm(forms.ModelForm):
    website = forms.URLField(label=_("Website"), required=False, assume_scheme="https")

    class Meta:
        model = Cluster
        fields = ["name", "sector", "region", "country", "summary", "website", "founded_on"]
        widgets = {"founded_on": forms.DateInput(attrs={"type": "date"})}


class AppointForm(forms.Form):
    email = forms.EmailField(label=_("E-mail address"), help_text=_("of a person who has signed in here before"))
    part = forms.ChoiceField(label=_("Part"), choices=[c for c in Role.PARTS if c[0] != "member"])

    def clean_email(self) -> User:
        person = User.objects.filter(email__iexact=self.cleaned_data["email"], is_active=True).first()
        if person is None:
            raise forms.ValidationError(_("Nobody here has this address. Ask the person to sign up first."))
        return person
