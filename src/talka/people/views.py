"""Own profile, own data, ways in; the operator's list of people."""

from allauth.account.internal.flows.login import record_authentication
from allauth.account.utils import perform_login
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST

from talka.kit import mail
from talka.kit.doctor import findings
from talka.people import actions
from talka.people.forms import EraseForm, LinkForm, ProfileForm
from talka.people.models import Consent, User
from talka.people.queries import consents_of, people_seen, standing_of


@login_required
@require_http_methods(["GET", "POST"])
def me(request: HttpRequest) -> HttpResponse:
    form = ProfileForm(request.POST or None, instance=User.objects.get(pk=request.user.pk))
    if request.method == "POST" and form.is_valid():
        actions.change_profile(by=request.user, **form.cleaned_data)
        messages.success(request, _("Your profile is saved."))
        return redirect("people:me")
    standing = consents_of(request.user)
    consents = [{"purpose": value, "label": label, "given": standing.get(value)} for value, label in Consent.Purpose.choices]
    status = 422 if request.method == "POST" else 200
    return render(request, "people/me.html", {"form": form, "consents": consents}, status=status)


@login_required
@require_POST
def consent(request: HttpRequest, purpose: str) -> HttpResponse:
    words = dict(Consent.Purpose.choices).get(purpose)
    if words is None:
        raise Http404
    if request.POST.get("give") == "1":
        actions.give_consent(by=request.user, purpose=purpose, words=str(words), at=now())
        messages.success(request, _("Noted: you agree."))
    else:
        actions.withdraw_consent(by=request.user, purpose=purpose, at=now())
        messages.success(request, _("Noted: you no longer agree."))
    return redirect("people:me")


@login_required
def my_data(request: HttpRequest) -> HttpResponse:
    answer = HttpResponse(actions.own_data(by=request.user), content_type="application/zip")
    answer["Content-Disposition"] = 'attachment; filename="my-data.zip"'
    return answer


@login_required
@require_http_methods(["GET", "POST"])
def erase_me(request: HttpRequest) -> HttpResponse:
    form = EraseForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            actions.erase(user=request.user, by=request.user, at=now())
        except actions.LastOperator:
            messages.error(request, _("You are the only operator. Make another person operator first; nothing was erased."))
            return redirect("people:me")
        logout(request)
        messages.success(request, _("You are erased from this network."))
        return redirect("home:front")
    return render(request, "people/erase.html", {"form": form}, status=422 if request.method == "POST" else 200)


@require_http_methods(["GET", "POST"])
def ask_link(request: HttpRequest) -> HttpResponse:
    """Sends a one-time link. The answer is the same whether the address is known or not."""
    form = LinkForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        person = User.objects.filter(email__iexact=form.cleaned_data["email"], is_active=True).first()
        if person:
            mail.send(
                "people/entry",
                to=person.email,
                context={"link": _entry_link(request, person), "minutes": actions.ENTRY_MINUTES},
                language=person.language,
            )
        return render(request, "people/link_sent.html", {"email": form.cleaned_data["email"], "minutes": actions.ENTRY_MINUTES})
    return render(request, "people/ask_link.html", {"form": form}, status=422 if request.method == "POST" else 200)


@sensitive_variables("token")
@require_http_methods(["GET", "POST"])
def enter(request: HttpRequest, token: str) -> HttpResponse:
    """Opening the link shows a button; pressing it signs in. Mail scanners open links and would use it up."""
    person = actions.person_of_entry(token)
    if person is None:
        return render(request, "people/link_ended.html", status=410)
    if request.method == "POST":
        record_authentication(request, person, method="link")
        return perform_login(request, person, email_verification="none", redirect_url=reverse("home:today"))
    return render(request, "people/enter.html", {"person": person})


@login_required
def doctor(request: HttpRequest) -> HttpResponse:
    """The findings of `talka doctor` as a page, and as JSON with `?format=json`; status 503 when something is broken."""
    if not standing_of(request.user).operator:
        raise Http404
    found = findings()
    status = 503 if any(f.state == "broken" for f in found) else 200
    if request.GET.get("format") == "json":
        return JsonResponse([f.as_dict() for f in found], safe=False, status=status)
    return render(request, "people/doctor.html", {"findings": found}, status=status)


@login_required
def person(request: HttpRequest, uuid: str) -> HttpResponse:
    found = get_object_or_404(people_seen(viewer=request.user), uuid=uuid)
    return render(request, "people/person.html", {"person": found})


@login_required
@require_POST
def link_for(request: HttpRequest, uuid: str) -> HttpResponse:
    """An operator makes a link to hand over where mail does not work."""
    found = get_object_or_404(people_seen(viewer=request.user), uuid=uuid, is_active=True)
    return render(request, "people/person.html", {"person": found, "link": _entry_link(request, found), "minutes": actions.ENTRY_MINUTES})


@login_required
@require_POST
def bar(request: HttpRequest, uuid: str) -> HttpResponse:
    found = get_object_or_404(people_seen(viewer=request.user), uuid=uuid)
    actions.set_active(user=found, active=request.POST.get("active") == "1", by=request.user)
    messages.success(
        request, _("{name} may sign in.").format(name=found) if found.is_active else _("{name} may no longer sign in.").format(name=found)
    )
    return redirect("people:person", uuid=uuid)


def _entry_link(request: HttpRequest, person: User) -> str:
    return request.build_absolute_uri(reverse("people:enter", args=[actions.entry_token(person)]))
