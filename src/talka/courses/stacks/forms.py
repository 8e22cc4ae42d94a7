"""What makers and visitors of stacks type, parsed and checked."""

from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from talka.clusters.models import Cluster
from talka.clusters.queries import members_of
from talka.courses.media import MediaRefused
from talka.courses.models import Stack, Tile
from talka.courses.rules.stacks import ENDINGS, FIELDS, LARGEST, MAKE, NEEDED
from talka.courses.stacks import queries
from talka.people.models import User


class StackForm(forms.ModelForm):
    language = forms.ChoiceField(label=gettext_lazy("Language"), choices=settings.LANGUAGES)

    class Meta:
        model = Stack
        fields = ["title", "summary", "language", "visibility", "organisation"]
        labels = {"organisation": gettext_lazy("Of one member")}
        help_texts = {
            "organisation": gettext_lazy("Needed if only this organisation may see it."),
            "visibility": gettext_lazy("“Everyone” means without signing in. A draft is seen by nobody but those who make it."),
        }

    def __init__(self, *args: Any, cluster: Cluster, viewer: Any, on: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        firms = members_of(cluster, viewer=viewer, on=on).values("organisation")
        field = self.fields["organisation"]
        field.queryset = field.queryset.filter(pk__in=firms)  # type: ignore[attr-defined]
        field.empty_label = _("of the whole cluster")  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        if data.get("visibility") == "organisation" and not data.get("organisation"):
            self.add_error("organisation", _("Choose the organisation whose people may see the stack."))
        return data


class TileForm(forms.ModelForm):
    """A tile of one kind; asks only what that kind has."""

    url = forms.URLField(label=gettext_lazy("Address"), required=False, max_length=500, assume_scheme="https")
    upload = forms.FileField(label=gettext_lazy("File"), required=False)

    class Meta:
        model = Tile
        fields = ["title", "text", "url", "alt", "topic", "target", "expert"]
        widgets = {"text": forms.Textarea(attrs={"rows": 5})}

    def __init__(self, *args: Any, kind: str, stack: Stack, viewer: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kind, self.stack = kind, stack
        for name in [n for n in self.fields if n not in FIELDS[kind]]:
            del self.fields[name]
        self.order_fields(FIELDS[kind])
        there = bool(self.instance.file)
        for name in NEEDED[kind]:
            self.fields[name].required = not (name == "upload" and there)
        if "topic" in self.fields:
            self.fields["topic"].queryset = queries.topics_to_show(viewer=viewer)  # type: ignore[attr-defined]
            self.fields["topic"].label_from_instance = lambda t: f"{t.course.title}: {t.title}"  # type: ignore[attr-defined]
        if "target" in self.fields:
            self.fields["target"].queryset = stack.cluster.stacks.exclude(pk=stack.pk)  # type: ignore[attr-defined]
        if "expert" in self.fields:
            self.fields["expert"].queryset = experts(stack.cluster)  # type: ignore[attr-defined]
            self.fields["expert"].empty_label = _("whoever made the stack")  # type: ignore[attr-defined]
            self.fields["expert"].help_text = _("Gets each question by e-mail.")
        if "upload" in self.fields:
            size = LARGEST[kind] // 1_000_000
            kept = _("Leave empty to keep {name}.").format(name=self.instance.file_name) if there else ""
            self.fields["upload"].help_text = f"{', '.join(ENDINGS[kind])}; {_('at most {n} MB.').format(n=size)} {kept}".strip()
        if "text" in self.fields:
            self.fields["text"].help_text = _("You may write **bold**, *lists* and [links](https://…).")
        if kind == "film":
            self.fields["url"].label = _("or the address of a film elsewhere")

    def refuse_upload(self, why: MediaRefused) -> None:
        """Says at the field what the action found wrong with the file."""
        self.add_error("upload", _("{name} {why}.").format(name=self.cleaned_data["upload"].name, why=why))

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        if self.kind == "film" and not self.errors and not (data.get("upload") or data.get("url") or self.instance.file):
            self.add_error("upload", _("Choose a film, or write the address of one."))
        return data

    def values(self) -> dict[str, Any]:
        """What the actions take."""
        given = dict(self.cleaned_data)
        given["upload"] = given.get("upload") or None
        return given


def experts(cluster: Cluster) -> Any:
    """Who may be asked: those who make stacks here. Questions carry what visitors say of themselves, so they go to nobody else."""
    parts = [part.value for part in MAKE.parts]
    return User.objects.filter(
        is_active=True, cluster_roles__cluster=cluster, cluster_roles__until=None, cluster_roles__part__in=parts
    ).distinct()


class SignForm(forms.Form):
    place = forms.CharField(
        label=gettext_lazy("Place or machine"),
        max_length=120,
        help_text=gettext_lazy("It is printed on the sign and shown in the figures."),
    )


class QuestionForm(forms.Form):
    text = forms.CharField(label=gettext_lazy("Your question"), max_length=2000, widget=forms.Textarea(attrs={"rows": 4}))
    email = forms.EmailField(
        label=gettext_lazy("E-mail address for the answer"), required=False,
        help_text=gettext_lazy("Only for this answer; it is forgotten when that is sent."),
    )  # fmt: skip
    # People leave it empty, machines don't.
    website = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, signed_in: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if signed_in:
            del self.fields["email"]


class AnswerForm(forms.Form):
    text = forms.CharField(label=gettext_lazy("Answer"), max_length=5000, widget=forms.Textarea(attrs={"rows": 6}))
