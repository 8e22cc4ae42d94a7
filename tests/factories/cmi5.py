"""cmi5 packages for tests: a structure of units and blocks, taken in as a zip, and a learner who may play it."""

import tempfile
import zipfile
from pathlib import Path

from talka.courses.actions import enrol
from talka.courses.packages.actions import take_package
from tests.factories import courses

SPACE = "https://w3id.org/xapi/profiles/cmi5/v1/CourseStructure.xsd"
PUBLISHER = "https://publisher.example"


def text(name, words):
    return f'<{name}><langstring lang="en">{words}</langstring></{name}>'


def unit(key, move_on="Completed", *, url="index.html", extra="", **attributes):
    more = "".join(f' {name}="{value}"' for name, value in attributes.items())
    return (
        f'<au id="{PUBLISHER}/{key}" moveOn="{move_on}"{more}>{text("title", f"Unit {key}")}{text("description", "d")}<url>{url}</url>'
        f"{extra}</au>"
    )


def block(key, *inside):
    return f'<block id="{PUBLISHER}/{key}">{text("title", f"Block {key}")}{text("description", "d")}{"".join(inside)}</block>'


def structure(*inside):
    head = f'<course id="{PUBLISHER}/course">{text("title", "Soil")}{text("description", "d")}</course>'
    return f'<courseStructure xmlns="{SPACE}">{head}{"".join(inside)}</courseStructure>'


def package(course, *inside, by, files=None, **more):
    """The package of these units and blocks, taken in by `by`; `files` lie beside index.html."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "soil.zip"
        with zipfile.ZipFile(file, "w") as archive:
            archive.writestr("cmi5.xml", structure(*inside))
            for name, content in {"index.html": "<!doctype html><title>Unit</title>", **(files or {})}.items():
                archive.writestr(name, content)
        return take_package(course=course, file=file, name="soil.zip", by=by, at=courses.WHEN, **more)


def units(made):
    """The units and blocks of a package by the last part of their publisher's id."""
    return {one.key.rsplit("/", 1)[-1]: one for one in made.units.all()}


def enrolment(course, person):
    return enrol(course=course, by=person, at=courses.WHEN)
