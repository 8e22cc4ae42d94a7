"""Reads of the shared tools; the viewer is an argument."""

from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from talka.kit.models import Upload, Work


def works_of(viewer: Any) -> QuerySet[Work]:
    """Long work that `viewer` may see: their own; an operator (superuser) all."""
    if not viewer.is_authenticated:
        return Work.objects.none()
    return Work.objects.all() if viewer.is_superuser else Work.objects.filter(by=viewer)


def uploads_of(viewer: Any) -> QuerySet[Upload]:
    """Files that `viewer` sent; nobody else sees them, operators neither."""
    return Upload.objects.filter(by=viewer) if viewer.is_authenticated else Upload.objects.none()


def waiting_upload(uuid: Any, *, kind: str, viewer: Any, at: datetime) -> Upload | None:
    """The file of this kind that `viewer` sent and has not confirmed yet, or None when it has expired."""
    return uploads_of(viewer).filter(uuid=uuid, kind=kind, taken_at=None, expires_at__gt=at).first()
