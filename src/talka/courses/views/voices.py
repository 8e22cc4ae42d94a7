"""A learner answers: takes up an invitation, reviews a course, says what to be reminded of. And staff hide or show a review."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.timezone import localdate, now
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from talka.courses import actions, entry_forms, queries
from talka.courses.models import ReminderChoice
from talka.courses.rules.access import WRITE
from talka.courses.views.entry import Desk, desk_of, row_at
from talka.courses.views.places import person_of
from talka.kit import tables
from talka.people.actions import require
from talka.people.models import Consent, User
from talka.people.queries import consents_of


def invited(request: HttpRequest, token: str) -> HttpResponse:
    """Where an invitation's link leads: what one is invited to, and the way in."""
    try:
        one = actions.invitation_at(token, on=localdate())
    except actions.InvitationOver as over:
        return render(request, "courses/invited_over.html", {"why": over.why}, status=410 if over.why != "unknown" else 404)
    context: dict[str, Any] = {"one": one, "course": one.course}
    if not isinstance(request.user, User):
        known = bool(one.email) and User.objects.filter(email__iexact=one.email).exists()
        return render(request, "courses/invited.html", context | {"known": known})
    if request.method != "POST":
        theirs = one.email and one.email.lower() != request.user.email.lower()
        return render(request, "courses/invited.html", context | {"trouble": "not yours" if theirs else ""})
    try:
        actions.accept_invitation(invitation=one, by=request.user, at=now())
    except actions.NotYours:
        return render(request, "courses/invited.html", context | {"trouble": "not yours"}, status=403)
    except actions.NotVisible:
        return render(request, "courses/invited.html", context | {"trouble": "closed"}, status=403)
    messages.success(request, _("You are enrolled."))
    return redirect("courses:course", one.course.slug)


@require_POST
@login_required
def review_write(request: HttpRequest, course: str) -> HttpResponse:
    """The learner's stars and words about a course."""
    found = get_object_or_404(queries.courses_open_to(request.user), slug=course)
    user = person_of(request)
    enrolment = queries.enrolment_of(user, found)
    if enrolment is None:
        raise Http404
    enrolment.course = found
    if "remove" in request.POST:
        actions.take_back(user=user, course=found)
        messages.success(request, _("Your review is removed."))
        return redirect(f"{reverse('courses:course', args=[course])}#reviews")
    form = entry_forms.ReviewForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Choose from one to five stars. Your review was not saved."))
        return redirect(f"{reverse('courses:course', args=[course])}#reviews")
    try:
        actions.speak(enrolment=enrolment, stars=form.cleaned_data["stars"], text=form.cleaned_data["text"], at=now())
    except actions.TooEarly:
        messages.info(request, _("Do a fifth of the topics first; then your review helps others most."))
    else:
        messages.success(request, _("Thank you. Your review is shown without your name."))
    return redirect(f"{reverse('courses:course', args=[course])}#reviews")


@login_required
def reminders(request: HttpRequest) -> HttpResponse:
    """What one wants to be reminded of."""
    user = person_of(request)
    choice = ReminderChoice.objects.filter(user=user).first() or ReminderChoice(user=user)
    on = Consent.Purpose.REMINDERS in consents_of(user)
    form = entry_forms.RemindersForm(request.POST if request.method == "POST" else None, instance=choice, initial={"on": on})
    if request.method == "POST" and form.is_valid():
        actions.choose_reminders(by=user, at=now(), **form.cleaned_data)
        messages.success(request, _("Saved. The next digest follows it.") if form.cleaned_data["on"] else _("Saved. You get no reminders."))
        return redirect("courses:reminders")
    context = {
        "form": form,
        "heading": _("Reminders"),
        "lead": _("One e-mail in the morning of your time zone, and only when there is something to say."),
        "crumbs": [(_("My courses"), reverse("courses:mine"))],
    }
    return render(request, "kit/form.html", context, status=422 if form.is_bound else 200)


@csrf_exempt  # mail programs send the one click (RFC 8058) without a page of ours before it; the signed link says who
def reminders_off(request: HttpRequest, token: str) -> HttpResponse:
    """The one click that stops the reminders; needs no sign-in. A plain visit asks first, since mail scanners open links."""
    owner = actions.owner_of(token)
    if owner is None:
        raise Http404
    stopped = False
    if request.method == "POST":
        actions.stop_reminders(user=owner, at=now())
        stopped = True
    return render(request, "courses/reminders_off.html", {"stopped": stopped, "choices_url": reverse("courses:reminders")})


# Staff


class ReviewTable(tables.Table):
    stars = tables.Link(url=row_at("courses:review-desk"), verbose_name=gettext_lazy("Stars"))
    text = tables.Column(verbose_name=gettext_lazy("In their words"))
    at = tables.Date(verbose_name=gettext_lazy("Written"))
    done = tables.Number(verbose_name=gettext_lazy("Course done then"), unit="%")
    state = tables.Tag(kinds={"hidden": "plain"}, verbose_name=gettext_lazy("State"))
    hidden_because = tables.Column(verbose_name=gettext_lazy("Reason"))

    def render_done(self, value: float) -> str:
        return f"{value:.0%}"

    def render_state(self, value: str) -> str:
        return _("hidden") if value == "hidden" else _("shown")

    def value_state(self, value: str) -> str:
        return self.render_state(value)


class Reviews(Desk):
    table_class = ReviewTable
    here = "reviews"
    heading = gettext_lazy("Reviews")
    lead = gettext_lazy("What learners say about the course. Nobody sees here who wrote it.")
    search_fields = ("text", "hidden_because")
    order = ("-at",)
    filters = (
        tables.Choice("state", gettext_lazy("State"), "state", [("shown", gettext_lazy("shown")), ("hidden", gettext_lazy("hidden"))]),
        tables.Choice("stars", gettext_lazy("Stars"), "stars", [(n, str(n)) for n in range(5, 0, -1)]),
    )
    empty_what = gettext_lazy("Nobody has reviewed the course yet.")
    empty_why = gettext_lazy("Learners are asked once they have done a fifth of it.")

    def queryset(self, viewer: Any) -> Any:
        require(viewer, WRITE, cluster=self.course.cluster_id)
        return queries.reviews_for_staff(self.course, self.cluster, viewer=viewer)


@login_required
def review_desk(request: HttpRequest, cluster: str, course: str, pk: int) -> HttpResponse:
    """Hide a review with a reason, or show it again."""
    found, row = desk_of(request, cluster, course)
    require(request.user, WRITE, cluster=row.cluster_id)
    one = get_object_or_404(queries.reviews_for_staff(row, found, viewer=request.user).select_related("course"), pk=pk)
    form = entry_forms.HideForm(request.POST if "hide" in request.POST else None)
    if request.method == "POST" and "show" in request.POST:
        actions.show_review(review=one, by=person_of(request))
        messages.success(request, _("The review is shown again."))
        return redirect("courses:review-desk", cluster, course, pk)
    if form.is_bound and form.is_valid():
        actions.hide_review(review=one, because=form.cleaned_data["because"], by=person_of(request), at=now())
        messages.success(request, _("The review is hidden. You can show it again at any time."))
        return redirect("courses:review-desk", cluster, course, pk)
    context = {"cluster": found, "course": row, "one": one, "form": form}
    return render(request, "courses/desk/review.html", context, status=422 if form.is_bound else 200)
