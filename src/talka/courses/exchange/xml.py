"""XML from strangers into plain trees, and trees of ours into XML."""

import io
import re
import xml.etree.ElementTree as ET  # builds and writes only; strangers' bytes go through defusedxml
from collections.abc import Iterator

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import iterparse
from django.utils.translation import gettext as _

from talka.courses.exchange.reading import unreadable

DEEPEST = 150
MOST_ELEMENTS = 2_000_000
LARGEST = 100_000_000
_FORBIDDEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


def parse(content: bytes, *, file: str) -> ET.Element:
    """The root of an XML file. Raises Unreadable with the line, for entities, and for depths that no such file needs."""
    if len(content) > LARGEST:
        raise unreadable(file, _("is larger than {n} MB").format(n=LARGEST // 1_000_000))
    depth, count, root = 0, 0, None
    try:
        for event, element in iterparse(io.BytesIO(content), events=("start", "end"), forbid_entities=True, forbid_external=True):
            root = element if root is None else root
            depth += 1 if event == "start" else -1
            count += event == "start"
            if depth > DEEPEST or count > MOST_ELEMENTS:
                raise unreadable(file, _("is nested too deeply or has too many elements"))
    except ET.ParseError as e:
        line, column = e.position
        says = _("Line {line}, column {column}: this is not valid XML.")
        raise unreadable(file, says.format(line=line, column=column + 1)) from e
    except DefusedXmlException as e:
        raise unreadable(file, _("declares entities of its own; such files are refused")) from e
    except (ValueError, LookupError, UnicodeError) as e:
        raise unreadable(file, _("is not UTF-8; save it as UTF-8")) from e
    if root is None:
        raise unreadable(file, _("is empty"))
    return root


def local(element: ET.Element) -> str:
    """The name without its namespace."""
    return element.tag.rsplit("}", 1)[-1] if isinstance(element.tag, str) else ""


def namespace(element: ET.Element) -> str:
    return element.tag[1:].split("}", 1)[0] if isinstance(element.tag, str) and element.tag.startswith("{") else ""


def children(element: ET.Element, name: str) -> list[ET.Element]:
    return [child for child in element if local(child) == name]


def child(element: ET.Element | None, *names: str) -> ET.Element | None:
    """The first element down this way of names, whatever the namespace."""
    for name in names:
        if element is None:
            return None
        element = next((c for c in element if local(c) == name), None)
    return element


def text(element: ET.Element | None, *names: str) -> str:
    """The text down this way of names, stripped; empty where there is none."""
    found = child(element, *names)
    return ("".join(found.itertext()) if found is not None else "").strip()


def descendants(element: ET.Element, *names: str) -> Iterator[ET.Element]:
    """All elements below with one of these names, in order."""
    for found in element.iter():
        if found is not element and local(found) in names:
            yield found


def attribute(element: ET.Element, name: str, default: str = "") -> str:
    """An attribute, whatever its namespace."""
    return next((value for key, value in element.attrib.items() if key.rsplit("}", 1)[-1] == name), default)


def clean(words: str) -> str:
    """Without the characters that XML does not allow."""
    return _FORBIDDEN.sub("", words)


def add(parent: ET.Element, tag: str, words: str | None = None, /, **attributes: str) -> ET.Element:
    """A new child; underscores in attribute names become hyphens."""
    made = ET.SubElement(parent, tag, {k.rstrip("_").replace("_", "-"): clean(v) for k, v in attributes.items()})
    if words is not None:
        made.text = clean(words)
    return made


def write(root: ET.Element, *, indent: bool = True) -> bytes:
    if indent:
        ET.indent(root)
    return ET.tostring(root, encoding="utf-8", xml_declaration=True) + b"\n"
