"""What staff type about sources and forwards, parsed and checked."""

from django import forms
from django.utils.translation import gettext_lazy as _

from talka.clusters.models import Cluster
from talka.records.rules import Scope

SCOPE_WORDS = {
    Scope.ALL: _("everything"),
    Scope.WRITE: _("write statements"),
    Scope.READ_MINE: _("read its own statements"),
    Scope.READ: _("read all statements within its border"),
    Scope.STATE: _("state documents"),
    Scope.PROFILE: _("profile documents"),
}


class ClusterField(forms.ModelChoiceField):
    """The border: a cluster of those the person manages, or the network for an operator."""

    def __init__(self) -> None:
        super().__init__(
            label=_("Belongs to"),
            queryset=Cluster.objects.none(),
            required=False,
            empty_label=_("the whole network"),
            help_text=_("A source of a cluster never reads what another cluster stored."),
        )


class SourceForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=120, help_text=_("Who sends: Moodle of the school, the app on site."))
    cluster = ClusterField()
    scopes = forms.MultipleChoiceField(
        label=_("What its key allows"), choices=list(SCOPE_WORDS.items()), widget=forms.CheckboxSelectMultiple, initial=[Scope.WRITE]
    )
    per_minute = forms.IntegerField(
        label=_("Requests a minute"), min_value=0, max_value=1_000_000, initial=0, help_text=_("0: as many as the machine can take.")
    )

    def __init__(self, *args, clusters, needs_cluster, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["cluster"].queryset = clusters
        if needs_cluster:
            self.fields["cluster"].required = True
            self.fields["cluster"].empty_label = None


class ForwardForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=120)
    cluster = ClusterField()
    endpoint = forms.URLField(label=_("Address"), assume_scheme="https", help_text=_("The part before /statements."))
    key = forms.CharField(label=_("Key"), max_length=200)
    secret = forms.CharField(label=_("Secret"), widget=forms.PasswordInput, help_text=_("Kept encrypted."))
    verbs = forms.CharField(
        label=_("Only these verbs"), required=False, widget=forms.Textarea(attrs={"rows": 3}), help_text=_("One IRI per line; empty: all.")
    )
    activities = forms.CharField(
        label=_("Only these activities"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("One IRI per line; empty: all."),
    )
    whole_past = forms.BooleanField(label=_("Also send what is already stored"), required=False)

    def __init__(self, *args, clusters, needs_cluster, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["cluster"].queryset = clusters
        if needs_cluster:
            self.fields["cluster"].required = True
            self.fields["cluster"].empty_label = None

    def clean_verbs(self):
        return self.cleaned_data["verbs"].split()

    def clean_activities(self):
        return self.cleaned_data["activities"].split()
