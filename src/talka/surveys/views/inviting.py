"""Links go out, answers come in: open links, QR codes, personal links, reminders, and how many have answered."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from talka.kit.qr import drawn as qr_drawn
from talka.kit.sheets import csv_response
from talka.surveys import actions, queries
from talka.surveys.forms import AddressesForm
from talka.surveys.models import Questionnaire, Survey
from talka.surveys.rules import INVITE
from talka.surveys.views.building import _shell
from talka.surveys.views.places import survey_at


def open_link(questionnaire: Questionnaire) -> str:
    """The address that everybody of this audience may use."""
    return settings.SITE_URL + reverse("surveys:start", args=[questionnaire.survey.uuid, questionnaire.audience])


@login_required
def invite(request: HttpRequest, cluster: str, survey: str) -> HttpResponse:
    """Links, letters, and the response as it comes in."""
    found = survey_at(request, cluster, survey, to=INVITE)
    form = AddressesForm(request.POST or None, survey=found)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        came = [actions.invite(questionnaire=data["questionnaire"], addresses=form.addresses_given(), by=request.user, at=now())]
        if data["members"]:
            given = {"kinds": data["kinds"], "contacts_only": data["contacts_only"]}
            came.append(actions.invite_members(questionnaire=data["questionnaire"], by=request.user, at=now(), **given))
        _say(request, came)
        return redirect("surveys:invite", cluster=cluster, survey=survey)
    context = {**_shell(found, "invite"), "form": form, "heading": _("Invite"), **_live(found)}
    return render(request, "surveys/invite.html", context, status=422 if form.errors else 200)


def _say(request: HttpRequest, came: list[actions.Invited]) -> None:
    made, known = sum(c.made for c in came), sum(c.known for c in came)
    text = ngettext("{n} personal link was made.", "{n} personal links were made.", made).format(n=made)
    if known:
        text += " " + ngettext("{n} address already had one.", "{n} addresses already had one.", known).format(n=known)
    messages.success(request, text)
    if wrong := [w for c in came for w in c.wrong]:
        messages.warning(request, _("These are not e-mail addresses and were left out: {list}").format(list=", ".join(wrong[:20])))


def _live(survey: Survey) -> dict[str, Any]:
    groups = queries.response_of(survey)
    return {
        "groups": [(g, open_link(g.questionnaire)) for g in groups],
        "unsent": sum(g.unsent for g in groups),
        "remindable": queries.to_remind(survey, at=now()).count(),
        "links": sum(g.links for g in groups),
        "mail_works": bool(settings.ENVIRONMENT.mail),
    }


@login_required
def live(request: HttpRequest, cluster: str, survey: str) -> HttpResponse:
    """The response alone, for the page to look again every few seconds."""
    found = survey_at(request, cluster, survey, to=INVITE)
    return render(request, "surveys/live.html", {**_shell(found, "invite"), **_live(found)})


@login_required
def qr(request: HttpRequest, cluster: str, survey: str, audience: str) -> HttpResponse:
    """The open link of an audience as a QR code to print."""
    found = survey_at(request, cluster, survey, to=INVITE)
    questionnaire = get_object_or_404(found.questionnaires.select_related("survey"), audience=audience)
    return HttpResponse(qr_drawn(open_link(questionnaire)), content_type="image/svg+xml")


@login_required
def links(request: HttpRequest, cluster: str, survey: str) -> HttpResponseBase:
    """The personal links as a file, for letters of one's own. Who has answered is said only where respondents know that it is known."""
    found = survey_at(request, cluster, survey, to=INVITE)
    rows = queries.invitations_of(found)
    heads = [_("Audience"), _("Name"), _("E-mail address"), _("Link"), _("Answered")]
    return csv_response(
        f"{survey}-links",
        heads,
        (
            [i.questionnaire.audience, i.name or (i.user.name if i.user else ""), i.email, actions.link(i), i.answered_on is not None]
            for i in rows
        ),
    )


@login_required
@require_POST
def send(request: HttpRequest, cluster: str, survey: str) -> HttpResponse:
    """Letters to those who have none yet, or reminders to those who are missing."""
    found = survey_at(request, cluster, survey, to=INVITE)
    try:
        if "remind" in request.POST:
            n = actions.remind(survey=found, by=request.user, at=now())
            text = ngettext("{n} reminder is on its way.", "{n} reminders are on their way.", n).format(n=n)
        else:
            n = actions.send_links(survey=found, by=request.user, at=now())
            text = ngettext("{n} e-mail is on its way.", "{n} e-mails are on their way.", n).format(n=n)
    except actions.NotTakingAnswers:
        messages.error(request, _("The survey is not open. Open it first, so that the links in the e-mails work."))
    else:
        messages.success(request, text)
    return redirect("surveys:invite", cluster=cluster, survey=survey)
