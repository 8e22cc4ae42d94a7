"""The curriculum document as a web page, a PDF and a DOCX file."""

from dataclasses import asdict

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.timezone import now
from django.views.decorators.http import require_GET

from talka.curriculum import queries, wordfile
from talka.curriculum.forms import KIND_NAMES
from talka.curriculum.models import Curriculum
from talka.curriculum.views.around import around, opened
from talka.curriculum.words import labels
from talka.kit import pdf as kit_pdf

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


def _document(found: Curriculum) -> queries.Document:
    return queries.document_of(queries.plan_of(found), at=now(), kind_names={kind: str(name) for kind, name in KIND_NAMES.items()})


@login_required
@require_GET
def document(request: HttpRequest, cluster: str, curriculum: str) -> HttpResponse:
    found = opened(request, cluster, curriculum)
    context = {**around(request, found, "document"), "document": _document(found), "labels": labels()}
    return render(request, "curriculum/document.html", context)


def _file(content: bytes, kind: str, name: str) -> HttpResponse:
    return HttpResponse(content, content_type=kind, headers={"Content-Disposition": f'attachment; filename="{name}"'})


@login_required
@require_GET
def pdf(request: HttpRequest, cluster: str, curriculum: str) -> HttpResponse:
    found = opened(request, cluster, curriculum)
    data = {"document": asdict(_document(found)), "labels": labels()}
    made = kit_pdf.render("curriculum/pdf/document.typ", data, language=found.language)
    return _file(made, "application/pdf", f"{found.slug}.pdf")


@login_required
@require_GET
def docx(request: HttpRequest, cluster: str, curriculum: str) -> HttpResponse:
    found = opened(request, cluster, curriculum)
    return _file(wordfile.write(_document(found), labels(), language=found.language, at=now()), DOCX, f"{found.slug}.docx")
