"""Input of this room's pages."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django import forms
from django.conf import settings
from django.utils.text import slugify
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from talka.clusters.models import Organisation
from talka.kit.forms import FileInput
from talka.skills.models import Framework
from talka.surveys.models import Item, Need, NeedDecision, Questionnaire, Section, Survey
from talka.surveys.rules.definitions import TESTS
from talka.surveys.tables import test_words


class DecisionForm(forms.Form):
    """Accept, merge or reject one need."""

    verdict = forms.ChoiceField(
        label=_("What do you decide?"),
        choices=[
            (NeedDecision.Verdict.ACCEPT, _("Accept: we will do something about it")),
            (NeedDecision.Verdict.MERGE, _("Merge: it is part of another need")),
            (NeedDecision.Verdict.REJECT, _("Reject: we will not act on it")),
        ],
        widget=forms.RadioSelect,
    )
    into = forms.ModelChoiceField(
        Need.objects.none(), label=_("Part of"), required=False, help_text=_("Only when you merge."), empty_label=_("choose a need")
    )
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


class NewSurveyForm(forms.Form):
    """A survey from a template or from nothing."""

    title = forms.CharField(label=_("Title"), max_length=200)
    template = forms.ChoiceField(label=_("Begin with"), widget=forms.RadioSelect)
    structure = forms.FileField(
        label=_("Or a structure from LimeSurvey"),
        required=False,
        widget=FileInput(".lss"),
        help_text=_("A file ending in .lss. Its responses (CSV with codes) can be imported afterwards."),
    )

    def __init__(self, *args: Any, templates: Mapping[str, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["template"].choices = [*templates.items(), ("", _("An empty survey"))]  # type: ignore[attr-defined]
        self.fields["template"].required = False
        self.fields["template"].initial = next(iter(templates), "")


class Moment(forms.DateTimeInput):
    """The browser's own field for a day and an hour."""

    input_type = "datetime-local"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%dT%H:%M")


class SurveyForm(forms.ModelForm):  # type: ignore[type-arg]
    """A survey's settings."""

    class Meta:
        model = Survey
        fields = ["title", "summary", "identity", "opens_at", "closes_at", "framework", "language", "visibility", "follows"]
        widgets = {"identity": forms.RadioSelect, "opens_at": Moment, "closes_at": Moment, "summary": forms.Textarea(attrs={"rows": 3})}
        help_texts = {
            "identity": _("Respondents read this before they begin. It can't be changed once somebody has begun."),
            "opens_at": _("Empty: not open yet. You can also open and close it by hand."),
            "visibility": _("Who may read the summary once you publish it. Results with all details stay with the staff."),
            "follows": _("The earlier wave with the same questions, so that the two can be compared."),
            "framework": _("Needed for pairs per competence."),
        }

    low = forms.IntegerField(label=_("Lowest step of the scale"), min_value=0, max_value=99)
    high = forms.IntegerField(
        label=_("Highest step of the scale"),
        min_value=1,
        max_value=100,
        help_text=_("Changing the steps begins a new version: answers so far are kept apart and never mixed with later ones."),
    )
    importance = forms.CharField(
        label=_("Names of the steps of importance"),
        widget=forms.Textarea(attrs={"rows": 5}),
        required=False,
        help_text=_("One per line, or only the two ends."),
    )
    ability = forms.CharField(label=_("Names of the steps of ability"), widget=forms.Textarea(attrs={"rows": 5}), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        survey = self.instance
        self.fields["framework"].queryset = Framework.objects.all()  # type: ignore[attr-defined]
        self.fields["follows"].queryset = survey.cluster.surveys.exclude(pk=survey.pk)  # type: ignore[attr-defined]
        self.fields["language"].widget = forms.Select(choices=settings.LANGUAGES)
        scale = survey.scales.order_by("-version")[0]
        self.fields["low"].initial, self.fields["high"].initial = scale.low, scale.high
        for half in ("importance", "ability"):
            self.fields[half].initial = "\n".join(scale.labels.get(half, []))
        # The visibility of an organisation has no meaning for a cluster's survey.
        choices = [c for c in Survey.VISIBILITIES if c[0] != "organisation"]
        self.fields["visibility"].choices = choices  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        low, high = data.get("low"), data.get("high")
        if low is not None and high is not None:
            if low >= high:
                self.add_error("high", _("The highest step must lie above the lowest."))
            for half in ("importance", "ability"):
                names = lines(data.get(half, ""))
                if names and len(names) not in {2, high - low + 1}:
                    self.add_error(half, _("Name every step ({n}) or only the two ends.").format(n=high - low + 1))
        opens, closes = data.get("opens_at"), data.get("closes_at")
        if isinstance(opens, datetime) and isinstance(closes, datetime) and closes <= opens:
            self.add_error("closes_at", _("It must close after it opens."))
        return data

    def scale(self) -> tuple[int, int, dict[str, list[str]]]:
        labels = {half: lines(self.cleaned_data[half]) for half in ("importance", "ability")}
        return self.cleaned_data["low"], self.cleaned_data["high"], {half: names for half, names in labels.items() if names}

    def settings(self) -> dict[str, Any]:
        """What `change_survey` takes."""
        return {name: self.cleaned_data[name] for name in self.Meta.fields}


def lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


class QuestionnaireForm(forms.ModelForm):  # type: ignore[type-arg]
    """An audience."""

    importance = forms.CharField(label=_("How importance is asked"), max_length=300, required=False)
    ability = forms.CharField(label=_("How ability is asked"), max_length=300, required=False)

    class Meta:
        model = Questionnaire
        fields = ["title", "audience", "intro", "thanks", "invited", "target", "quota"]
        widgets = {"intro": forms.Textarea(attrs={"rows": 4}), "thanks": forms.Textarea(attrs={"rows": 2})}
        help_texts = {
            "title": _("Respondents read it, such as “For people who manage a cluster”."),
            "audience": _("A short code for files and figures, such as managers."),
            "invited": _("How many were asked. Counted from the personal links if you leave it empty."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for half in ("importance", "ability"):
            self.fields[half].initial = self.instance.prompts.get(half, "")
        add_translations(self, self.instance.translations, ("title", "intro", "thanks"))

    def values(self) -> dict[str, Any]:
        """What `put_questionnaire` takes."""
        data = self.cleaned_data
        prompts = {half: data[half] for half in ("importance", "ability") if data[half]}
        return {
            **{name: data[name] for name in self.Meta.fields},
            "prompts": prompts,
            "translations": translations(self, self.instance.translations),
        }


def other_languages() -> list[tuple[str, str]]:
    return [(code, str(name)) for code, name in settings.LANGUAGES]


def add_translations(form: forms.Form | forms.ModelForm, kept: Mapping[str, Any], names: tuple[str, ...]) -> None:  # type: ignore[type-arg]
    """A field per language and text; an empty one means that the survey's own language is shown. They stand folded away at the end."""
    form.in_other_languages, form.is_translated = True, any(kept.values())  # type: ignore[union-attr]
    own = getattr(getattr(form.instance, "survey", None), "language", "en") if isinstance(form, forms.ModelForm) else "en"
    for code, language in other_languages():
        if code == own:
            continue
        for name in names:
            label = form.fields[name].label if name in form.fields else name
            area = forms.Textarea(attrs={"rows": 2, "lang": code})
            form.fields[f"{name}_{code}"] = forms.CharField(
                label=f"{label} ({language})", required=False, widget=area, initial=kept.get(code, {}).get(name, "")
            )


def translations(form: forms.Form | forms.ModelForm, kept: Mapping[str, Any]) -> dict[str, Any]:  # type: ignore[type-arg]
    """The translations as they are kept; what the form does not show stays."""
    found: dict[str, Any] = {code: dict(words) for code, words in kept.items()}
    for field, text in form.cleaned_data.items():
        name, _underscore, code = field.rpartition("_")
        if code in dict(settings.LANGUAGES) and name in {"title", "intro", "thanks", "text", "help"}:
            found.setdefault(code, {})
            if text:
                found[code][name] = text
            else:
                found[code].pop(name, None)
    return {code: words for code, words in found.items() if words}


NUMBERS = frozenset({Item.Kind.LIKERT, Item.Kind.NUMBER, Item.Kind.NPS})


class ConditionFields(forms.ModelForm):  # type: ignore[type-arg]
    """Shown only if an earlier answer is so."""

    depends = forms.ChoiceField(label=_("Show only if"), required=False)
    test = forms.ChoiceField(label=_("this holds"), required=False)
    value = forms.CharField(label=_("of this value"), max_length=200, required=False, help_text=_("For choices the code of the choice."))

    def __init__(self, *args: Any, survey: Survey, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.survey = survey
        own = self.instance.code if isinstance(self.instance, Item) and self.instance.pk else None
        codes = [(i.code, f"{i.code}: {i.text[:60]}") for i in survey.items.all() if i.code != own]
        self.fields["depends"].choices = [("", _("always shown")), *codes]  # type: ignore[attr-defined]
        words = test_words()
        self.fields["test"].choices = [(t, words[t]) for t in TESTS]  # type: ignore[attr-defined]
        condition = self.instance.condition or {}
        self.fields["depends"].initial = condition.get("item", "")
        self.fields["test"].initial = condition.get("is", "eq")
        self.fields["value"].initial = condition.get("value", "")

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        asked = self.survey.items.filter(code=data.get("depends") or "").first()
        if asked is not None and data.get("test") != "answered":
            self._check_value(asked, data)
        return data

    def _check_value(self, asked: Item, data: dict[str, Any]) -> None:
        """What an answer is compared with must be something that can be answered, or the question would never be shown."""
        value, choices = data.get("value", "").strip(), asked.options.get("choices", ())
        if choices:
            found = next((c["code"] for c in choices if value.casefold() in {c["code"].casefold(), c["text"].casefold()}), None)
            if found is None:
                text = gettext("“{value}” is none of the choices: {choices}.")
                self.add_error("value", text.format(value=value, choices=", ".join(c["code"] for c in choices)))
                return
            data["value"] = found
            # Several may be chosen of one kind of question, one of the other.
            several = asked.kind != Item.Kind.CHOICE
            data["test"] = {"eq": "has"}.get(data["test"], data["test"]) if several else {"has": "eq"}.get(data["test"], data["test"])
        elif asked.kind in NUMBERS or data.get("test") in {"lt", "gt"}:
            try:
                float(value)
            except ValueError:
                self.add_error("value", gettext("Enter a number."))

    def condition(self) -> dict[str, Any]:
        data = self.cleaned_data
        if not data["depends"]:
            return {}
        found = {"item": data["depends"], "is": data["test"] or "eq"}
        return found if found["is"] == "answered" else {**found, "value": data["value"]}


class SectionForm(ConditionFields):
    """A page of the questionnaire."""

    field_order = ["title", "text", "depends", "test", "value"]

    class Meta:
        model = Section
        fields = ["title", "text"]
        widgets = {"text": forms.Textarea(attrs={"rows": 3})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        add_translations(self, self.instance.translations, ("title", "text"))

    def values(self) -> dict[str, Any]:
        data = self.cleaned_data
        return {
            "title": data["title"],
            "text": data["text"],
            "condition": self.condition(),
            "translations": translations(self, self.instance.translations),
        }


class ItemForm(ConditionFields):
    """A question. Which fields it has follows from its kind."""

    choices = forms.CharField(
        label=_("Choices"),
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text=_("One per line. “code = words” sets the code that files show; else it is made from the words."),
    )
    low = forms.IntegerField(label=_("Lowest"), required=False)
    high = forms.IntegerField(label=_("Highest"), required=False)
    unit = forms.CharField(label=_("Unit"), max_length=40, required=False)
    only_for = forms.ModelMultipleChoiceField(
        Questionnaire.objects.none(),
        label=_("Only for"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("None: for everybody."),
    )
    field_order = [
        "text",
        "help",
        "code",
        "competence",
        "choices",
        "low",
        "high",
        "unit",
        "required",
        "only_for",
        "depends",
        "test",
        "value",
    ]

    class Meta:
        model = Item
        fields = ["text", "help", "code", "competence", "required"]
        widgets = {"text": forms.Textarea(attrs={"rows": 2}), "help": forms.Textarea(attrs={"rows": 2})}
        help_texts = {
            "text": _("{code} in braces is replaced by the answer to that question."),
            "code": _("Names the question in files and figures. Lower case letters, digits and hyphens."),
        }

    def __init__(self, *args: Any, survey: Survey, kind: str, **kwargs: Any) -> None:
        super().__init__(*args, survey=survey, **kwargs)
        self.kind = kind
        options = self.instance.options or {}
        self.fields["choices"].initial = "\n".join(f"{c['code']} = {c['text']}" for c in options.get("choices", ()))
        for name in ("low", "high", "unit"):
            self.fields[name].initial = options.get(name, "")
        self.fields["only_for"].queryset = survey.questionnaires.all()  # type: ignore[attr-defined]
        if self.instance.pk:
            self.fields["only_for"].initial = self.instance.only_for.all()
        competences = survey.framework.competences.all() if survey.framework else None
        if kind != "need" or competences is None:
            del self.fields["competence"]
        else:
            self.fields["competence"].queryset = competences  # type: ignore[attr-defined]
        self.fields["code"].required = False
        if kind not in {"choice", "choices", "ranking"}:
            del self.fields["choices"]
        if kind not in {"likert", "number"}:
            del self.fields["low"], self.fields["high"]
        if kind != "number":
            del self.fields["unit"]
        if kind == "sus":
            self.fields["text"].label = _("Name of the system, as it stands in the ten sentences")
            self.fields["text"].help_text = _("Such as: the platform")
        add_translations(self, self.instance.translations, ("text", "help"))

    def clean_code(self) -> str:
        code = self.cleaned_data["code"] or slugify(self.cleaned_data.get("text", ""))[:40].strip("-") or "question"
        if self.cleaned_data["code"] or not self.survey.items.filter(code=code).exclude(pk=self.instance.pk).exists():
            return str(code)
        return next(c for n in range(2, 10_000) if not self.survey.items.filter(code=(c := f"{code}-{n}")).exists())

    def clean_choices(self) -> list[dict[str, str]]:
        found = []
        for line in lines(self.cleaned_data["choices"]):
            code, equals, text = line.partition("=")
            words = text.strip() if equals else line
            found.append({"code": slugify(code.strip() if equals else line)[:40] or f"c{len(found) + 1}", "text": words or line})
        if len({c["code"] for c in found}) != len(found):
            raise forms.ValidationError(_("Two choices have the same code. Write “code = words” to tell them apart."))
        if len(found) < 2:
            raise forms.ValidationError(_("A choice needs at least two."))
        return found

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("low") is not None and data.get("high") is not None and data["low"] >= data["high"]:
            self.add_error("high", _("The highest must lie above the lowest."))
        if self.kind == "likert" and (data.get("high") or 5) - (data.get("low") or 1) > 10:
            self.add_error("high", _("At most eleven steps can be told apart."))
        return data

    def values(self) -> dict[str, Any]:
        """What `put_item` takes."""
        data = self.cleaned_data
        options = (
            {name: data[name] for name in ("choices", "low", "high", "unit") if data.get(name) not in {None, ""}}
            if self.kind
            not in {
                "choice",
                "choices",
                "ranking",
            }
            else {"choices": data["choices"]}
        )
        kept = {name: value for name, value in (self.instance.options or {}).items() if name not in {"choices", "low", "high", "unit"}}
        return {
            "kind": self.kind,
            "text": data["text"],
            "help": data["help"],
            "code": data["code"],
            "required": data["required"],
            "competence": data.get("competence"),
            "options": {**kept, **options},
            "condition": self.condition(),
            "translations": translations(self, self.instance.translations),
        }


class AddressesForm(forms.Form):
    """People to invite, one address per line or separated by commas."""

    questionnaire = forms.ModelChoiceField(Questionnaire.objects.none(), label=_("Audience"), empty_label=None)
    addresses = forms.CharField(
        label=_("E-mail addresses"),
        widget=forms.Textarea(attrs={"rows": 5}),
        required=False,
        max_length=400_000,
        help_text=_("One per line. Each gets a personal link. Nothing is sent yet."),
    )
    members = forms.BooleanField(label=_("Everybody who works for a member of the cluster"), required=False)
    contacts_only = forms.BooleanField(label=_("Of these only the training contacts"), required=False)
    kinds = forms.MultipleChoiceField(
        label=_("Only of these types of members"), choices=Organisation.Kind.choices, required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any, survey: Survey, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["questionnaire"].queryset = survey.questionnaires.all()  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if not data.get("members") and not data.get("addresses", "").strip():
            self.add_error("addresses", _("Write at least one address, or take the members."))
        return data

    def addresses_given(self) -> list[str]:
        return self.cleaned_data["addresses"].replace(",", "\n").replace(";", "\n").splitlines()
