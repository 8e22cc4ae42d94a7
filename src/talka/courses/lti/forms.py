"""What staff type about platforms and tools, parsed; what cannot work is said by the actions."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from talka.clusters.models import Organisation


class Lines(forms.CharField):
    """Several values, one in each line."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(widget=forms.Textarea(attrs={"rows": 3}), max_length=4_000, **kwargs)

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, list) else value

    def clean(self, value: Any) -> Any:
        return list(dict.fromkeys(line.strip() for line in str(super().clean(value) or "").splitlines() if line.strip()))[:50]


class Pairs(Lines):
    """Names with values, one in each line: difficulty=hard."""

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(f"{k}={v}" for k, v in value.items()) if isinstance(value, dict) else value

    def clean(self, value: Any) -> Any:
        made = {}
        for line in super().clean(value):
            name, equals, rest = line.partition("=")
            if not equals or not name.strip():
                raise forms.ValidationError(_("Write each as name=value, one per line."))
            made[name.strip()[:100]] = rest.strip()[:1_000]
        return made


def _url(label: Any, help_text: Any = "", *, required: bool = False) -> forms.URLField:
    return forms.URLField(label=label, help_text=help_text, required=required, assume_scheme="https", max_length=500)


class PlatformForm(forms.Form):
    """The name and the organisation; the rest is what the other platform shows once our data were put in there."""

    name = forms.CharField(label=_("Name"), max_length=120, help_text=_("The name that people know: Moodle of the trade school."))
    organisation = forms.ModelChoiceField(
        label=_("Its people belong to"),
        queryset=Organisation.objects.none(),
        required=False,
        empty_label=_("no organisation"),
        help_text=_("With an organisation they see what its people see here; without one, courses that everyone signed in may see."),
    )
    network = forms.BooleanField(label=_("For the whole network, not for this cluster alone"), required=False)
    issuer = forms.CharField(label=_("Issuer"), max_length=500, required=False, help_text=_("Also called platform ID."))
    client_id = forms.CharField(label=_("Client id"), max_length=255, required=False)
    deployments = Lines(label=_("Deployment ids"), required=False, help_text=_("One per line."))
    login_url = _url(_("Address of the authentication request"))
    token_url = _url(_("Address of the access token"))
    keys_url = _url(_("Address of the public keys"))

    def __init__(self, *args: Any, organisations: Any, may_network: bool, new: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["organisation"].queryset = organisations  # type: ignore[attr-defined]
        if not (may_network and new):
            del self.fields["network"]
        if new:
            for name in ("issuer", "client_id", "deployments", "login_url", "token_url", "keys_url"):
                del self.fields[name]


class ToolForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=120, help_text=_("Learners see it."))
    network = forms.BooleanField(label=_("For the whole network, not for this cluster alone"), required=False)
    login_url = _url(_("Address where a login begins"), _("Also called initiate login URL."), required=True)
    launch_url = _url(_("Address of the content"), _("Also called target link or tool URL."), required=True)
    redirects = Lines(
        label=_("Addresses of return"), help_text=_("Also called redirection URIs, one per line. Nothing is sent anywhere else.")
    )
    deep_link_url = _url(_("Address for choosing content"), _("If the tool offers a choice (deep linking)."))
    keys_url = _url(_("Address of its public keys"), _("Also called JWKS URL."))
    public_key = forms.CharField(
        label=_("Or its public key"), required=False, max_length=5_000, widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("Beginning with -----BEGIN PUBLIC KEY-----"),
    )  # fmt: skip
    custom = Pairs(label=_("Parameters"), required=False, help_text=_("Write each as name=value, one per line."))
    sends_name = forms.BooleanField(label=_("The tool learns people's names"), required=False)
    sends_email = forms.BooleanField(
        label=_("The tool learns people's e-mail addresses"),
        required=False,
        help_text=_("Without these it knows each person by a name made for it alone. People are told before they open it the first time."),
    )

    def __init__(self, *args: Any, may_network: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not may_network:
            del self.fields["network"]
