"""Input of this room's pages."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from talka.surveys.models import Need, NeedDecision


class DecisionForm(forms.Form):
    """Accept, merge or reject one need."""

    verdict = forms.ChoiceField(
        label=_("Decision"),
        choices=[
            (NeedDecision.Verdict.ACCEPT, _("Accept: we will do something about it")),
            (NeedDecision.Verdict.MERGE, _("Merge: it is part of another need")),
            (NeedDecision.Verdict.REJECT, _("Reject: we will not act on it")),
        ],
        widget=forms.RadioSelect,
    )
    into = forms.ModelChoiceField(Need.objects.none(), label=_("Part of"), required=False, help_text=_("Only when you merge."))
    reason = forms.CharField(
        label=_("Reason"),
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=2000,
        help_text=_("Somebody will ask in a year. One sentence is enough."),
    )

    def __init__(self, *args: Any, need: Need, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        others = need.survey.needs.exclude(pk=need.pk).select_related("item")
        self.fields["into"].queryset = others  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        merge = data.get("verdict") == NeedDecision.Verdict.MERGE
        if merge and not data.get("into") and "into" not in self.errors:
            self.add_error("into", _("Choose the need that takes this one in."))
        if not merge:
            data["into"] = None
        return data
