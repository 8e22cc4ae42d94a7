"""Packages come in, take the place of older ones, go and come back."""

import hashlib
import shutil
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from uuid import uuid4

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from talka.courses.models import Course, Package, PackageUnit
from talka.courses.packages.readers import Manifest, read_folder, root_of
from talka.courses.packages.unpacking import LARGEST_PACKAGE, Unpacked, refuse, unpack
from talka.courses.rules.access import WRITE
from talka.people.actions import require
from talka.people.models import User

# A removed package can be brought back for this long; then its files go.
KEPT = timedelta(days=30)
# Pages that are open still play the version before, or an offer waits for a yes.
SPARE = timedelta(days=1)


def store_folder() -> Path:
    """Where unpacked packages lie: beside the public media, never under it."""
    return Path(settings.DATA) / "packages"


def take_package(
    *,
    course: Course,
    file: Path,
    name: str,
    by: User,
    at: datetime,
    replaces: Package | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Package:
    """Unpacks `file` (called `name` by who sent it), looks what it is and keeps it; nobody sees it until a topic shows it.

    With `replaces` it is an offer that waits for `accept_offer`. All or nothing: refused, nothing remains but the file, which is the caller's.
    Raises NotAllowed; PackageRefused naming every file and the reason.
    """
    require(by, WRITE, cluster=course.cluster_id)
    store = store_folder()
    store.mkdir(parents=True, exist_ok=True, mode=0o700)
    if shutil.disk_usage(store).free < LARGEST_PACKAGE // 4:
        raise refuse(name, _("does not fit on this site's disk; tell whoever runs this site"))
    uuid = uuid4()
    part, target = store / f".{uuid}", store / str(uuid)
    part.mkdir(mode=0o700)
    try:
        unpacked = unpack(file, name=name, into=part, progress=progress)
        root = root_of(part)
        manifest = read_folder(root, name=name)
        _fits(manifest, replaces, name)
        with transaction.atomic():
            made = _keep(course, manifest, unpacked, file, name=name, by=by, at=at, replaces=replaces, folder=str(uuid))
            root.rename(target)
    except BaseException:
        # The table and the folder come together: when the row could not be written, no folder stays.
        shutil.rmtree(target, ignore_errors=True)
        raise
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return made


def _fits(manifest: Manifest, replaces: Package | None, name: str) -> None:
    if replaces is not None and replaces.kind != manifest.kind:
        raise refuse(
            name,
            _("is {found}, but would replace {wanted}").format(found=Package.Kind(manifest.kind).label, wanted=replaces.get_kind_display()),
        )


def _keep(
    course: Course,
    manifest: Manifest,
    unpacked: Unpacked,
    file: Path,
    *,
    name: str,
    by: User,
    at: datetime,
    replaces: Package | None,
    folder: str,
) -> Package:
    with file.open("rb") as stream:
        sha256 = hashlib.file_digest(stream, "sha256").hexdigest()
    package = Package.objects.create(
        uuid=folder, course=course, kind=manifest.kind, title=manifest.title[:400], folder=folder, name=name[:255], sha256=sha256,
        bytes=unpacked.bytes, files=unpacked.files, by=by, at=at, replaces=replaces,
        state=Package.State.READY if replaces is None else Package.State.OFFERED,
        manifest={
            **manifest.settings,
            "language": manifest.language,
            "findings": [[f.place, f.says] for f in manifest.findings],
        },
    )  # fmt: skip
    made: dict[str, PackageUnit] = {}
    for order, unit in enumerate(manifest.units):
        made[unit.key] = PackageUnit.objects.create(
            package=package, key=unit.key, title=unit.title[:400], kind=unit.kind, order=order, href=unit.href, settings=dict(unit.settings),
            parent=made.get(unit.parent) if unit.parent else None,
        )  # fmt: skip
    return package


@transaction.atomic
def accept_offer(*, offer: Package, by: User, at: datetime) -> Package:
    """The offered version takes the place of the one before. Units keep their identity by their key, and with it people's runs.

    Raises NotAllowed. Answers the package that is ready now.
    """
    require(by, WRITE, cluster=offer.course.cluster_id)
    package = Package.objects.select_for_update().get(offers=offer)
    for name in ("title", "folder", "name", "sha256", "bytes", "files", "manifest"):
        setattr(package, name, getattr(offer, name))
    package.by, package.at, package.version = by, at, package.version + 1
    package.state, package.removed_at = Package.State.READY, None
    package.save()
    _take_units(package, list(offer.units.order_by("order", "pk")), at)
    offer.delete()
    return package


def _take_units(package: Package, units: list[PackageUnit], at: datetime) -> None:
    known = {unit.key: unit for unit in package.units.all()}
    kept: Mapping[int, PackageUnit] = {}
    for new in units:
        row = known.pop(new.key, None)
        if row is None:
            row = PackageUnit(package=package, key=new.key)
        row.title, row.kind, row.order, row.href, row.settings, row.retired_at = (
            new.title,
            new.kind,
            new.order,
            new.href,
            new.settings,
            None,
        )
        row.parent = kept[new.parent_id] if new.parent_id else None
        row.save()
        kept = {**kept, new.pk: row}
    PackageUnit.objects.filter(pk__in=[row.pk for row in known.values()], retired_at=None).update(retired_at=at)


@transaction.atomic
def remove_package(*, package: Package, by: User, at: datetime) -> None:
    """Nobody can play it any more; what people did is kept, and it can be brought back for a month. An offer just goes. Raises NotAllowed."""
    require(by, WRITE, cluster=package.course.cluster_id)
    if package.state == Package.State.OFFERED:
        package.delete()
        return
    package.state, package.removed_at = Package.State.REMOVED, at
    package.save(update_fields=["state", "removed_at"])


@transaction.atomic
def restore_package(*, package: Package, by: User) -> None:
    """It is there again. Raises NotAllowed; PackageRefused when its files are gone."""
    require(by, WRITE, cluster=package.course.cluster_id)
    if not package.path.is_dir():
        raise refuse(package.title, _("was removed more than a month ago, so its files are deleted; upload it again"))
    package.state, package.removed_at = Package.State.READY, None
    package.save(update_fields=["state", "removed_at"])


def drop_leftovers(*, at: datetime) -> int:
    """Offers nobody said yes to, files of versions before and of packages removed long ago are deleted. Answers how many folders."""
    Package.objects.filter(state=Package.State.OFFERED, at__lt=at - SPARE).delete()
    wanted = set(Package.objects.exclude(state=Package.State.REMOVED, removed_at__lt=at - KEPT).values_list("folder", flat=True))
    dropped = 0
    for folder in store_folder().iterdir() if store_folder().is_dir() else ():
        old = at.timestamp() - folder.stat().st_ctime > SPARE.total_seconds()
        if old and folder.name not in wanted:
            shutil.rmtree(folder, ignore_errors=True)
            dropped += 1
    return dropped
