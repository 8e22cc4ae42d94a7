"""A course structure (`cmi5.xml`) from a stranger's bytes into a plain tree, checked against every clause that it must keep.

Source: cmi5 specification, Quartz 1st edition, sections 13 and 14, and its schema CourseStructure.xsd. `[13.1.4]` in a finding is the section.
"""

import io
import re
import xml.etree.ElementTree as ET  # names only; strangers' bytes go through defusedxml
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from urllib.parse import parse_qsl, unquote, urlsplit

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import iterparse
from django.utils.translation import gettext as _

from talka.records.rules.values import is_iri, is_language_tag

NAMESPACE = "https://w3id.org/xapi/profiles/cmi5/v1/CourseStructure.xsd"
LARGEST = 10_000_000
MOST_UNITS = 10_000
DEEPEST = 40
MOST_FINDINGS = 20
LONGEST_URL = 2_000
LONGEST_ID = 2_000

MOVE_ON = ("NotApplicable", "Passed", "Completed", "CompletedAndPassed", "CompletedOrPassed")
LAUNCH_METHODS = ("AnyWindow", "OwnWindow")
# Names that the launch itself puts into the query string (8.1).
LAUNCH_NAMES = frozenset({"endpoint", "fetch", "actor", "registration", "activityId"})
Texts = dict[str, str]


class Broken(Exception):
    """This is no course structure that can be taken. `findings` say why, one line each."""

    def __init__(self, findings: list[str]) -> None:
        super().__init__("\n".join(findings))
        self.findings = findings


@dataclass(frozen=True, slots=True)
class Objective:
    id: str
    title: Texts
    description: Texts


@dataclass(frozen=True, slots=True)
class Unit:
    """An assignable unit: what is launched. `url` is relative to the package or whole."""

    id: str
    title: Texts
    description: Texts
    url: str
    move_on: str = "NotApplicable"
    mastery: float | None = None
    method: str = "AnyWindow"
    activity_type: str = ""
    parameters: str | None = None
    entitlement: str | None = None
    objectives: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Block:
    id: str
    title: Texts
    description: Texts
    objectives: tuple[str, ...] = ()
    children: "tuple[Unit | Block, ...]" = ()


@dataclass(frozen=True, slots=True)
class Structure:
    """A course of units and blocks. `remarks` are what was met and is not used here."""

    id: str
    title: Texts
    description: Texts
    objectives: tuple[Objective, ...] = ()
    children: tuple[Unit | Block, ...] = ()
    remarks: tuple[str, ...] = ()

    def units(self) -> Iterator[Unit]:
        """All units in the order of the structure."""
        return _units(self.children)


def _units(children: tuple[Unit | Block, ...]) -> Iterator[Unit]:
    for child in children:
        if isinstance(child, Unit):
            yield child
        else:
            yield from _units(child.children)


def is_whole(url: str) -> bool:
    """Whether a unit's address is fully qualified, so that its content lies elsewhere."""
    return bool(urlsplit(url).scheme)


def file_of(url: str) -> str:
    """The file of the package that a relative address opens."""
    return unquote(urlsplit(url).path)


def parse(content: bytes, *, has_file: Callable[[str], bool] | None) -> Structure:
    """The structure in these bytes; `has_file` says whether the package holds a file, None where there is no package around it.

    Raises Broken.
    """
    root = _root(content)
    reader = _Reader(has_file)
    structure = reader.read(root)
    if reader.findings or structure is None:
        raise Broken(reader.findings)
    return structure


def _root(content: bytes) -> ET.Element:
    """The root element. Raises Broken for entities, depths and sizes that no such file needs."""
    if len(content) > LARGEST:
        raise Broken([_("The course structure has more than {most} MB.").format(most=LARGEST // 1_000_000)])
    root, depth = None, 0
    try:
        # No DTD at all: a course structure needs none, and entities that grow or read files come with it.
        for event, element in iterparse(io.BytesIO(content), events=("start", "end"), forbid_dtd=True):
            root = element if root is None else root
            depth += 1 if event == "start" else -1
            if depth > 2 * DEEPEST:
                raise Broken([_("The course structure is nested too deeply.")])
    except DefusedXmlException:
        raise Broken([_("The course structure declares its own document type (DTD). Such files are refused.")]) from None
    except ET.ParseError as e:
        line, column = e.position
        raise Broken([_("Line {line}, column {column}: this is not valid XML.").format(line=line, column=column + 1)]) from None
    except (ValueError, LookupError, UnicodeError):
        raise Broken([_("The course structure is in an encoding that cannot be read. Save it as UTF-8.")]) from None
    if root is None:
        raise Broken([_("The course structure is empty.")])
    return root


def _text(element: ET.Element) -> str:
    return "".join(element.itertext()).strip()


@dataclass(slots=True)
class _Reader:
    has_file: Callable[[str], bool] | None
    findings: list[str] = field(default_factory=list)
    foreign: dict[str, int] = field(default_factory=dict)
    # Of what can be launched or satisfied, and of objectives; each once in the whole structure.
    ids: dict[str, set[str]] = field(default_factory=lambda: {"unit": set(), "objective": set()})
    counted: int = 0

    def miss(self, section: str, text: str) -> None:
        if len(self.findings) < MOST_FINDINGS:
            self.findings.append(f"{text} [{section}]")
        elif len(self.findings) == MOST_FINDINGS:
            self.findings.append(_("There is more; fix these first."))

    # ---- elements by the schema's sequence -------------------------------------------------------------------------------------

    def parts(self, element: ET.Element, where: str, *wanted: str) -> dict[str, list[ET.Element]]:
        """The children by name. They must stand in the order of `wanted` (`?` may be missing, `+` comes once or often, `|` is either)."""
        found: dict[str, list[ET.Element]] = {}
        names = [w.rstrip("?+") for w in wanted]
        at = 0
        for child in element:
            if not isinstance(child.tag, str):
                continue
            space, _brace, name = child.tag.rpartition("}")
            if space.lstrip("{") != NAMESPACE:
                # Other namespaces are extensions; an LMS may leave them aside (13.1.5).
                if space:
                    self.foreign[space.lstrip("{")] = self.foreign.get(space.lstrip("{"), 0) + 1
                    continue
                name = ""
            place = next((n for n, names_here in enumerate(names) if name in names_here.split("|")), None)
            if place is None:
                self.miss("13.2", _("{where}: <{name}> is not allowed here.").format(where=where, name=name or child.tag))
                continue
            if place < at:
                self.miss("13.2", _("{where}: <{name}> is in the wrong place.").format(where=where, name=name))
            elif name in found and not wanted[place].endswith("+"):
                self.miss("13.2", _("{where}: <{name}> appears twice.").format(where=where, name=name))
            at = max(at, place)
            found.setdefault(name, []).append(child)
        for one, either in zip(wanted, names, strict=True):
            if not one.endswith("?") and not any(n in found for n in either.split("|")):
                self.miss("13.2", _("{where}: <{name}> is missing.").format(where=where, name=either.replace("|", "> / <")))
        return found

    def attributes(self, element: ET.Element, where: str, *known: str) -> None:
        for name in element.attrib:
            if not name.startswith("{") and name not in known:
                self.miss("13.2", _("{where}: the attribute “{name}” is not known.").format(where=where, name=name))

    def texts(self, found: dict[str, list[ET.Element]], name: str, where: str) -> Texts:
        """A text in its languages; one without a language has the key "und"."""
        made: Texts = {}
        for element in found.get(name, [])[:1]:
            for one in self.parts(element, f"{where}, {name}", "langstring+").get("langstring", []):
                language = (one.get("lang") or "und").strip()
                if not is_language_tag(language):
                    self.miss("13.2", _("{where}: “{tag}” is not a language.").format(where=where, tag=language[:40]))
                else:
                    made.setdefault(language, _text(one))
        return made

    def iri(self, element: ET.Element, where: str, section: str) -> str:
        value = (element.get("id") or "").strip()
        if not value:
            self.miss(section, _("{where}: the id is missing.").format(where=where))
        elif not is_iri(value) or len(value) > LONGEST_ID:
            self.miss(
                "3.0",
                _("{where}: the id “{id}” is not a full IRI, such as https://example.com/course/1.").format(where=where, id=value[:200]),
            )
        return value

    def once(self, kind: str, value: str, section: str) -> None:
        if value and value in self.ids[kind]:
            self.miss(section, _("The id “{id}” appears twice.").format(id=value[:200]))
        self.ids[kind].add(value)

    # ---- the parts of a course -------------------------------------------------------------------------------------------------

    def read(self, root: ET.Element) -> Structure | None:
        if root.tag != f"{{{NAMESPACE}}}courseStructure":
            self.miss("14.0", _("This is not a cmi5 course structure: it begins with <{name}>.").format(name=str(root.tag)[:100]))
            return None
        whole = self.parts(root, "courseStructure", "course", "objectives?", "au|block+")
        if "course" not in whole:
            return None
        course = whole["course"][0]
        self.attributes(course, "course", "id")
        found = self.parts(course, "course", "title", "description")
        id_ = self.iri(course, "course", "13.1.1")
        title, description = self.texts(found, "title", "course"), self.texts(found, "description", "course")
        objectives = tuple(self.objectives(whole))
        children = self.children(root, 0)
        for idref, where in self.referred:
            if idref not in self.ids["objective"]:
                self.remarks.append(_("{where} names an objective that the course does not have: {id}").format(where=where, id=idref[:200]))
        self.remarks += [_("Left aside: parts of the extension {space}").format(space=space[:200]) for space in self.foreign]
        return Structure(id_, title, description, objectives, children, tuple(self.remarks[:MOST_FINDINGS]))

    referred: list[tuple[str, str]] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)

    def objectives(self, whole: dict[str, list[ET.Element]]) -> Iterator[Objective]:
        for group in whole.get("objectives", [])[:1]:
            for element in self.parts(group, "objectives", "objective+").get("objective", []):
                id_ = self.iri(element, "objective", "13.1.3")
                self.once("objective", id_, "13.1.3")
                # The schema's xs:all: title and description in any order.
                rows = sorted(element, key=lambda e: str(e.tag).endswith("description"))
                element[:] = rows
                found = self.parts(element, "objective", "title", "description")
                yield Objective(id_, self.texts(found, "title", "objective"), self.texts(found, "description", "objective"))

    def referring(self, found: dict[str, list[ET.Element]], where: str) -> tuple[str, ...]:
        made = []
        for group in found.get("objectives", [])[:1]:
            for element in self.parts(group, where, "objective+").get("objective", []):
                idref = (element.get("idref") or "").strip()
                if idref:
                    self.referred.append((idref, where))
                    made.append(idref)
        return tuple(made)

    def children(self, element: ET.Element, depth: int) -> tuple[Unit | Block, ...]:
        made: list[Unit | Block] = []
        for child in element:
            if child.tag == f"{{{NAMESPACE}}}au":
                made.append(self.unit(child))
            elif child.tag == f"{{{NAMESPACE}}}block":
                if depth >= DEEPEST:
                    self.miss("13.1.2", _("Blocks are nested more than {most} deep.").format(most=DEEPEST))
                    break
                made.append(self.block(child, depth + 1))
            else:
                continue
            self.counted += 1
            if self.counted > MOST_UNITS:
                self.miss("6.1", _("The course has more than {most} units and blocks.").format(most=MOST_UNITS))
                break
        return tuple(made)

    def block(self, element: ET.Element, depth: int) -> Block:
        id_ = self.iri(element, "block", "13.1.2")
        where = f"block {id_[:200]}" if id_ else "block"
        self.once("unit", id_, "13.1.2")
        self.attributes(element, where, "id")
        found = self.parts(element, where, "title", "description", "objectives?", "au|block+")
        return Block(
            id_,
            self.texts(found, "title", where),
            self.texts(found, "description", where),
            self.referring(found, where),
            self.children(element, depth),
        )

    def unit(self, element: ET.Element) -> Unit:
        id_ = self.iri(element, "au", "13.1.4")
        where = f"au {id_[:200]}" if id_ else "au"
        self.once("unit", id_, "13.1.4")
        self.attributes(element, where, "id", "moveOn", "masteryScore", "launchMethod", "activityType")
        found = self.parts(element, where, "title", "description", "objectives?", "url", "launchParameters?", "entitlementKey?")

        def optional(name: str) -> str | None:
            return _text(found[name][0]) if name in found else None

        return Unit(
            id=id_,
            title=self.texts(found, "title", where),
            description=self.texts(found, "description", where),
            url=self.url(optional("url"), where),
            move_on=self.one_of(element, "moveOn", MOVE_ON, where),
            mastery=self.mastery(element, where),
            method=self.one_of(element, "launchMethod", LAUNCH_METHODS, where),
            activity_type=(element.get("activityType") or "").strip(),
            parameters=optional("launchParameters"),
            entitlement=optional("entitlementKey"),
            objectives=self.referring(found, where),
        )

    def one_of(self, element: ET.Element, name: str, allowed: tuple[str, ...], where: str) -> str:
        value = (element.get(name) or allowed[0]).strip()
        if value not in allowed:
            self.miss("13.1.4", _("{where}: {name} cannot be “{value}”.").format(where=where, name=name, value=value[:40]))
        return value

    def mastery(self, element: ET.Element, where: str) -> float | None:
        value = element.get("masteryScore")
        if value is None:
            return None
        try:
            score = Decimal(value.strip())
            # xs:decimal knows neither exponents nor infinity; four places is what the section grants.
            right = score.is_finite() and 0 <= score <= 1 and re.fullmatch(r"[+-]?(\d+(\.\d*)?|\.\d+)", value.strip()) is not None
        except InvalidOperation:
            right = False
        if not right:
            self.miss(
                "13.1.4", _("{where}: masteryScore must be a number from 0 to 1, not “{value}”.").format(where=where, value=value[:40])
            )
            return None
        return round(float(score), 4)

    def url(self, value: str | None, where: str) -> str:
        """The address of a unit, whole or relative. Every way in which it can be wrong is named."""
        if not value:
            if value is not None:
                self.miss("13.1.4", _("{where}: the url is empty.").format(where=where))
            return ""
        trouble = self.trouble_with(value)
        if trouble:
            section, text = trouble
            self.miss(section, _("{where}: the url “{url}” {trouble}").format(where=where, url=value[:200], trouble=text))
        return value

    def trouble_with(self, value: str) -> tuple[str, str] | None:  # noqa: PLR0911  # one answer per clause
        if len(value) > LONGEST_URL or re.search(r"[\s\x00-\x20\x7f<>\"{}|\\^`]", value):
            return "13.1.4", _("has characters that an address cannot have, or is too long.")
        try:
            split = urlsplit(value)
            names = {name for name, _value in parse_qsl(split.query, keep_blank_values=True, max_num_fields=200)}
        except ValueError:
            return "13.1.4", _("is not an address.")
        if clash := names & LAUNCH_NAMES:
            return "8.1", _("brings the parameter “{name}”, which the launch itself sets.").format(name=min(clash))
        if split.scheme:
            if split.scheme not in {"http", "https"}:
                return "13.1.4", _("opens another program. A page can only open http and https addresses.")
            return None if split.hostname else ("13.1.4", _("names no host."))
        if self.has_file is None:
            return "14.2", _("is relative, but this file is not in a package. Every address in it must be complete.")
        path = unquote(split.path)
        if split.netloc or path.startswith("/") or ".." in path.split("/"):
            return "14.1", _("leads out of the package.")
        if not path or not self.has_file(path):
            return "14.1", _("names a file that is not in the package.")
        return None
