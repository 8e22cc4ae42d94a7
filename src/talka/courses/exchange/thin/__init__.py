"""Thin packages: SCORM 1.2 and cmi5 for other platforms. Each item opens one of our topics in its own window and reports back when it is done."""

import xml.etree.ElementTree as ET  # builds only
from collections.abc import Iterator
from html import escape
from importlib.resources import files as resource_files
from urllib.parse import urlsplit

from django.utils import translation
from django.utils.translation import gettext as _

from talka.courses import packs
from talka.courses.exchange.xml import add, write
from talka.courses.rules.packs import OutlineLesson, OutlineModule, Pack

SCORM_CP = "http://www.imsproject.org/xsd/imscp_rootv1p1p2"
ADLCP = "http://www.adlnet.org/xsd/adlcp_rootv1p2"
CMI5 = "https://w3id.org/xapi/profiles/cmi5/v1/CourseStructure.xsd"


def _script(name: str) -> bytes:
    return resource_files(__package__).joinpath(name).read_bytes()


def _topics(pack: Pack) -> Iterator[tuple[OutlineModule, OutlineLesson, str]]:
    for module in pack.course.modules:
        for lesson in module.lessons:
            for key in lesson.topics:
                yield module, lesson, key


def _page(pack: Pack, key: str, door: str, script: str) -> bytes:
    """The page that the other platform shows: a way to the topic, and a line that says what was reported."""
    site = urlsplit(door)
    topic = pack.topics[key]
    with translation.override(pack.course.language):
        words = {
            "open": _("Open the topic"), "says": _("It opens in a window of its own. Leave this page open: it reports when the topic is done."),
            "done": _("Done, and reported."), "alone": _("This page was not opened by a learning platform, so nothing is reported."),
        }  # fmt: skip
    return (
        f'<!DOCTYPE html>\n<html lang="{pack.course.language}"><head><meta charset="utf-8"><title>{escape(topic.title)}</title>'
        f'<meta name="viewport" content="width=device-width"></head><body data-launch="{escape(door)}/{key}/" '
        f'data-origin="{escape(site.scheme)}://{escape(site.netloc)}" data-topic="{key}" data-done="{escape(words["done"])}" '
        f'data-alone="{escape(words["alone"])}"><h1>{escape(topic.title)}</h1><p>{escape(topic.summary)}</p><p>{escape(words["says"])}</p>'
        f'<p><button type="button" id="open">{escape(words["open"])}</button></p><p id="state" role="status"></p>'
        f'<script src="{script}"></script></body></html>\n'
    ).encode()


def write_scorm(pack: Pack, door: str) -> bytes:
    """SCORM 1.2: one SCO per topic. `door` begins the addresses of the topics' doors on this site."""
    files = {"scorm.js": _script("scorm.js")}
    root = ET.Element("manifest", {"xmlns": SCORM_CP, "xmlns:adlcp": ADLCP, "identifier": f"talka-{pack.course.key}", "version": "1.2"})
    head = add(root, "metadata")
    add(head, "schema", "ADL SCORM")
    add(head, "schemaversion", "1.2")
    organizations = add(root, "organizations", default="outline")
    organization = add(organizations, "organization", identifier="outline")
    add(organization, "title", pack.course.title)
    resources = add(root, "resources")
    folders: dict[str, ET.Element] = {}
    for module, lesson, key in _topics(pack):
        if module.key not in folders:
            folders[module.key] = _folder(organization, f"module-{module.key}", module.title)
        name = f"{module.key}/{lesson.key}"
        if name not in folders:
            folders[name] = _folder(folders[module.key], f"lesson-{lesson.key}", lesson.title)
        item = add(folders[name], "item", identifier=f"topic-{key}", identifierref=f"sco-{key}", isvisible="true")
        add(item, "title", pack.topics[key].title)
        files[f"{key}.html"] = _page(pack, key, door, "scorm.js")
        resource = add(resources, "resource", identifier=f"sco-{key}", type="webcontent", href=f"{key}.html")
        resource.set("adlcp:scormtype", "sco")
        add(resource, "file", href=f"{key}.html")
        add(resource, "file", href="scorm.js")
    files["imsmanifest.xml"] = write(root)
    return packs.write_zip(files)


def _folder(parent: ET.Element, identifier: str, title: str) -> ET.Element:
    made = add(parent, "item", identifier=identifier, isvisible="true")
    add(made, "title", title)
    return made


def write_cmi5(pack: Pack, door: str) -> bytes:
    """cmi5: one assignable unit per topic, in blocks of modules and lessons."""
    files = {"cmi5.js": _script("cmi5.js")}
    root = ET.Element("courseStructure", {"xmlns": CMI5})
    course = add(root, "course", id=f"{door}/")
    _told(course, pack.course.title, pack.course.summary, pack.course.language)
    folders: dict[str, ET.Element] = {}
    for module, lesson, key in _topics(pack):
        if module.key not in folders:
            folders[module.key] = _block(root, f"{door}/#module-{module.key}", module.title, module.summary, pack.course.language)
        name = f"{module.key}/{lesson.key}"
        if name not in folders:
            folders[name] = _block(folders[module.key], f"{door}/#lesson-{lesson.key}", lesson.title, lesson.summary, pack.course.language)
        topic = pack.topics[key]
        unit = add(folders[name], "au", id=f"{door}/{key}/", moveOn="Completed", launchMethod="AnyWindow")
        _told(unit, topic.title, topic.summary, pack.course.language)
        add(unit, "url", f"{key}.html")
        files[f"{key}.html"] = _page(pack, key, door, "cmi5.js")
    files["cmi5.xml"] = write(root)
    return packs.write_zip(files)


def _block(parent: ET.Element, identifier: str, title: str, summary: str, language: str) -> ET.Element:
    made = add(parent, "block", id=identifier)
    _told(made, title, summary, language)
    return made


def _told(parent: ET.Element, title: str, summary: str, language: str) -> None:
    add(add(parent, "title"), "langstring", title, lang=language)
    add(add(parent, "description"), "langstring", summary or title, lang=language)
