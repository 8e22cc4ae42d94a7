"""What staff type when they bring people into a course, and what learners say."""

from datetime import date
from typing import Any

from django import forms
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from talka.clusters.models import Cluster, Organisation
from talka.clusters.queries import members_of, organisations_of
from talka.courses.models import Assignment, Course, CourseReview, ReminderChoice
from talka.courses.queries import colleagues_of, courses_to_assign
from talka.courses.rules import entry
from talka.people.models import User
from talka.skills.models import Profile

DAY = {"type": "date"}


def _not_past(day: date | None) -> date | None:
    if day is not None and day < localdate():
        raise forms.ValidationError(_("This day is over. Choose today or a later one."))
    return day


class InviteForm(forms.Form):
    """Addresses to write to."""

    addresses = forms.CharField(
        label=gettext_lazy("E-mail addresses"),
        help_text=gettext_lazy("One per line, or separated by commas. Each gets an e-mail with a link of its own."),
        widget=forms.Textarea(attrs={"rows": 6}),
        max_length=60_000,
    )
    due_on = forms.DateField(label=gettext_lazy("Due on"), required=False, widget=forms.DateInput(attrs=DAY))

    def clean_addresses(self) -> tuple[str, ...]:
        found = entry.addresses_in(self.cleaned_data["addresses"])
        if found.bad:
            raise forms.ValidationError(_("These are not e-mail addresses: {bad}. Nothing was sent.").format(bad=", ".join(found.bad[:10])))
        if len(found.good) > entry.MOST_ADDRESSES:
            raise forms.ValidationError(_("At most {n} addresses at once. Nothing was sent.").format(n=entry.MOST_ADDRESSES))
        return found.good

    def clean_due_on(self) -> date | None:
        return _not_past(self.cleaned_data["due_on"])


class LinkForm(forms.Form):
    """A link for whoever has it."""

    expires_on = forms.DateField(label=gettext_lazy("Open until"), required=False, widget=forms.DateInput(attrs=DAY))
    due_on = forms.DateField(label=gettext_lazy("Due on"), required=False, widget=forms.DateInput(attrs=DAY))

    def clean_expires_on(self) -> date | None:
        return _not_past(self.cleaned_data["expires_on"])

    def clean_due_on(self) -> date | None:
        return _not_past(self.cleaned_data["due_on"])


class UntilForm(forms.Form):
    """Since when somebody came, and until when they should be done."""

    newcomers_since = forms.DateField(
        label=gettext_lazy("Only those who came on this day or later"), required=False, widget=forms.DateInput(attrs=DAY)
    )
    due_on = forms.DateField(label=gettext_lazy("Due on"), required=False, widget=forms.DateInput(attrs=DAY))
    due_days = forms.IntegerField(
        label=gettext_lazy("or so many days after they were enrolled"), required=False, min_value=1, max_value=1000
    )

    def clean_due_on(self) -> date | None:
        return _not_past(self.cleaned_data["due_on"])

    def clean(self) -> dict[str, Any]:
        asked: dict[str, Any] = super().clean() or self.cleaned_data
        if asked.get("due_on") and asked.get("due_days"):
            self.add_error("due_days", _("Choose either a day or a number of days."))
        return asked


class RuleForm(UntilForm):
    """Whom a rule reaches and until when they should be done."""

    organisation = forms.ModelChoiceField(
        label=gettext_lazy("Who"), queryset=Organisation.objects.none(), required=False, empty_label=gettext_lazy("everyone in the cluster")
    )
    part = forms.ChoiceField(label=gettext_lazy("Only"), choices=[("", gettext_lazy("in any part")), *Assignment.PARTS], required=False)
    profile = forms.ModelChoiceField(
        label=gettext_lazy("Only those who rated themselves against the profile"),
        queryset=Profile.objects.none(),
        required=False,
        empty_label=gettext_lazy("any profile, or none"),
    )

    field_order = ("organisation", "part", "profile")

    def __init__(self, *args: Any, cluster: Cluster, viewer: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        firms = organisations_of(members_of(cluster, viewer=viewer, on=localdate()))
        self.fields["organisation"].queryset = firms.order_by("name")  # type: ignore[attr-defined]
        self.fields["profile"].queryset = Profile.objects.select_related("framework").order_by("framework", "order")  # type: ignore[attr-defined]


class AtWorkForm(UntilForm):
    """What a training contact gives to whom of their people, and until when."""

    course = forms.ModelChoiceField(label=gettext_lazy("Course"), queryset=Course.objects.none())
    people = forms.ModelMultipleChoiceField(
        label=gettext_lazy("Only these people"),
        help_text=gettext_lazy("Choose nobody to reach everybody, including those who come later."),
        queryset=User.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    field_order = ("course", "people")

    def __init__(self, *args: Any, organisation: Organisation, viewer: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["course"].queryset = courses_to_assign(viewer)  # type: ignore[attr-defined]
        self.fields["people"].queryset = colleagues_of(organisation, viewer=viewer, on=localdate())  # type: ignore[attr-defined]


class LearnerForm(forms.Form):
    """What staff may change for one learner."""

    due_on = forms.DateField(label=gettext_lazy("Due on"), required=False, widget=forms.DateInput(attrs=DAY))
    percent = forms.TypedChoiceField(
        label=gettext_lazy("More time in timed quizzes"),
        help_text=gettext_lazy(
            "For people who need it, for example for reading or typing. It counts from now on, also in a quiz under way."
        ),
        coerce=int,
        choices=[(0, gettext_lazy("none")), (25, "+25 %"), (50, "+50 %"), (100, "+100 %"), (200, "+200 %")],
    )


class HideForm(forms.Form):
    because = forms.CharField(
        label=gettext_lazy("Why it is hidden"),
        help_text=gettext_lazy("Who wrote the review can read this. The stars no longer count either."),
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 2}),
    )


class ReviewForm(forms.ModelForm):
    stars = forms.TypedChoiceField(
        label=gettext_lazy("Stars"),
        coerce=int,
        choices=[
            (5, gettext_lazy("5 of 5: I would recommend it to anybody")),
            (4, gettext_lazy("4 of 5: good")),
            (3, gettext_lazy("3 of 5: it will do")),
            (2, gettext_lazy("2 of 5: of little use")),
            (1, gettext_lazy("1 of 5: of no use to me")),
        ],
    )

    class Meta:
        model = CourseReview
        fields = ("stars", "text")
        widgets = {"text": forms.Textarea(attrs={"rows": 4, "maxlength": 2000})}  # Django's own way


class RemindersForm(forms.ModelForm):
    on = forms.BooleanField(label=gettext_lazy("Send me a digest, at most once a day"), required=False)

    class Meta:
        model = ReminderChoice
        fields = ("due", "stopped", "fresh", "weekly")

    field_order = ("on", "due", "stopped", "fresh", "weekly")
