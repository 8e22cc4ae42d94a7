"""What is in an unpacked package. Each kind has a reader; the file at its top tells which."""

from collections.abc import Callable
from pathlib import Path

from django.utils.translation import gettext as _

from talka.courses.packages.readers import cmi5, h5p, scorm
from talka.courses.packages.readers.manifest import Manifest, Unit
from talka.courses.packages.unpacking import PackageRefused, refuse

__all__ = ["READERS", "Manifest", "Unit", "read_folder"]

# The file that tells the kind, and who reads it; the first that is there counts.
READERS: dict[str, Callable[[Path], Manifest]] = {
    "h5p.json": h5p.read,
    "cmi5.xml": cmi5.read,
    "imsmanifest.xml": scorm.read,
}


def root_of(folder: Path) -> Path:
    """Where the package's own files begin: some programs pack a folder instead of its files."""
    inside = list(folder.iterdir())
    if not any((folder / name).is_file() for name in READERS) and len(inside) == 1 and inside[0].is_dir():
        return inside[0]
    return folder


def read_folder(folder: Path, *, name: str) -> Manifest:
    """What is in the package that was unpacked into `folder`. Raises PackageRefused with every grave finding."""
    for landmark, read in READERS.items():
        if (folder / landmark).is_file():
            manifest = read(folder)
            if grave := [f for f in manifest.findings if f.grave]:
                raise PackageRefused(grave)
            return manifest
    if (folder / "tincan.xml").is_file():
        raise refuse(name, _("is a Tin Can package, which cannot be launched safely; export it as cmi5 or SCORM"))
    raise refuse(name, _("is not a package that can be played here: H5P, SCORM or cmi5"))
