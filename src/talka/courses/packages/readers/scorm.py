"""SCORM 1.2 and 2004: an IMS manifest with items, each leading to a page of the package."""

import xml.etree.ElementTree as ET  # the type only; strangers' bytes are parsed by the exchange's reader
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urljoin, urlsplit

from django.utils.translation import gettext as _

from talka.courses.exchange.reading import Unreadable
from talka.courses.exchange.xml import child, children, descendants, local, namespace, parse, text
from talka.courses.packages.readers.manifest import Manifest, Unit
from talka.courses.packages.unpacking import Finding

MANIFEST = "imsmanifest.xml"
MOST_ITEMS = 1_000
LONGEST_TITLE = 400


def read(folder: Path) -> Manifest:
    """The default organization's items as units: blocks, scos, and assets (content), in the order of the manifest."""
    findings: list[Finding] = []
    try:
        root = parse((folder / MANIFEST).read_bytes(), file=MANIFEST)
    except Unreadable as why:
        return Manifest("scorm12", "", (), findings=[Finding("", str(why))])
    kind = _kind(root)
    if kind is None:
        findings.append(
            Finding(MANIFEST, _("is not a SCORM manifest; import a Common Cartridge or a QTI package on the course's exchange page"))
        )
        return Manifest("scorm12", "", (), findings=findings)
    resources = {r.get("identifier", ""): (r, _base(r, root)) for r in descendants(root, "resource")}
    organization = _organization(root, findings)
    units: list[Unit] = []
    if organization is not None:
        _items(organization, None, units, resources, folder, findings, _modes(organization, {}))
        if not any(u.kind != "block" for u in units) and not any(f.grave for f in findings):
            findings.append(Finding(MANIFEST, _("contains nothing that can be played")))
    title = _title(organization) or next((u.title for u in units), "") or "SCORM"
    return Manifest(kind, title, tuple(units), {"schema": _schema(root)}, findings)


def _schema(root: ET.Element) -> str:
    return text(root, "metadata", "schemaversion")


def _kind(root: ET.Element) -> str | None:
    """By the version it names, else by the namespaces it uses."""
    version = _schema(root).lower()
    spaces = {namespace(e) for e in root.iter()} | {k[1:].split("}")[0] for e in root.iter() for k in e.attrib if k.startswith("{")}
    if version == "1.2" or any("adlcp_rootv1p2" in s for s in spaces):
        return "scorm12"
    if "2004" in version or "cam 1.3" in version or any("adlcp_v1p3" in s for s in spaces):
        return "scorm2004"
    return "scorm12" if "scorm" in text(root, "metadata", "schema").lower() else None


def _attribute(element: ET.Element, name: str) -> str:
    """An attribute whatever its namespace and case."""
    return next((v for k, v in element.attrib.items() if k.rsplit("}", 1)[-1].lower() == name.lower()), "")


def _base(resource: ET.Element, root: ET.Element) -> str:
    holder = child(root, "resources")
    bases = [_attribute(e, "base") for e in (root, holder, resource) if e is not None]
    made = ""
    for base in bases:
        made = urljoin(made, base) if base else made
    return made


def _organization(root: ET.Element, findings: list[Finding]) -> ET.Element | None:
    holder = child(root, "organizations")
    rows = children(holder, "organization") if holder is not None else []
    if not rows:
        findings.append(Finding(MANIFEST, _("contains nothing that can be played")))
        return None
    default = holder.get("default", "") if holder is not None else ""
    if len(rows) > 1:
        findings.append(Finding(MANIFEST, _("has {n} organizations; the default one is used").format(n=len(rows)), grave=False))
    return next((row for row in rows if row.get("identifier") == default), rows[0])


def _title(of: ET.Element | None) -> str:
    return " ".join(text(of, "title").split())[:LONGEST_TITLE]


def _modes(of: ET.Element, before: dict[str, Any]) -> dict[str, Any]:
    """Sequencing control of 2004: `linear` where learners may not choose but only go on."""
    mode = child(of, "sequencing", "controlMode")
    if mode is None:
        return before
    return {"linear": mode.get("choice", "true").lower() == "false"}


def _items(
    holder: ET.Element,
    parent: str | None,
    units: list[Unit],
    resources: dict[str, tuple[ET.Element, str]],
    folder: Path,
    findings: list[Finding],
    modes: dict[str, Any],
) -> None:
    for item in children(holder, "item"):
        key = (item.get("identifier") or f"item-{len(units) + 1}")[:500]
        if any(u.key == key for u in units):
            findings.append(Finding(key, _("appears twice")))
            continue
        if len(units) >= MOST_ITEMS:
            findings.append(Finding(MANIFEST, _("has more than {n} items; split it into several files").format(n=MOST_ITEMS)))
            return
        title, reference = _title(item) or key, item.get("identifierref", "")
        if item.get("isvisible", "true").lower() == "false":
            findings.append(Finding(title, _("is marked as hidden, so it is left out"), grave=False))
            continue
        if not reference:
            units.append(Unit(key=key, title=title, kind="block", parent=parent))
            _items(item, key, units, resources, folder, findings, _modes(item, modes))
            continue
        if reference not in resources:
            findings.append(Finding(title, _("refers to “{name}”, which is missing").format(name=reference)))
            continue
        resource, base = resources[reference]
        href, problem = _href(resource, base, item.get("parameters", ""), folder)
        if problem:
            findings.append(Finding(title, problem))
            continue
        kind = "sco" if _attribute(resource, "scormtype").lower() != "asset" else "content"
        settings = _settings(item) | modes
        units.append(Unit(key=key, title=title, kind=kind, href=href, parent=parent, settings=settings))


def _href(resource: ET.Element, base: str, parameters: str, folder: Path) -> tuple[str, str]:
    """(address inside the package with its query, "") or ("", why not)."""
    href = (resource.get("href") or "").strip()
    if not href:
        return "", _("has no page to open")
    whole = urljoin(base, href.replace("\\", "/"))
    parts = urlsplit(whole)
    if parts.scheme or parts.netloc:
        return "", _("leads to another site ({url}); only what is in the package can be played").format(url=whole[:100])
    path = unquote(parts.path).lstrip("/")
    if ".." in path.split("/") or not (folder / path).is_file():
        return "", _("refers to “{name}”, which is missing").format(name=path[:150])
    extra = parameters.strip().lstrip("?&")
    query = "&".join(filter(None, [parts.query, extra if not extra.startswith("#") else ""]))
    fragment = parts.fragment or (extra.removeprefix("#") if extra.startswith("#") else "")
    return path + (f"?{query}" if query else "") + (f"#{fragment}" if fragment else ""), ""


def _settings(item: ET.Element) -> dict[str, Any]:
    """What the run-time needs: launch data, mastery, times, prerequisites."""
    made: dict[str, Any] = {}
    names = {
        "prerequisites": "prerequisites", "maxtimeallowed": "max_time", "timelimitaction": "time_action", "datafromlms": "launch_data",
        "masteryscore": "mastery",
    }  # fmt: skip
    for part in item:
        name = names.get(local(part).lower())
        if name and (part.text or "").strip():
            made[name] = (part.text or "").strip()[:64_000]
        if local(part) == "completionThreshold":
            made["completion_threshold"] = (_attribute(part, "minProgressMeasure") or (part.text or "")).strip()
    delivery = child(item, "sequencing", "deliveryControls")
    if delivery is not None and delivery.get("completionSetByContent", "false").lower() == "true":
        made["content_decides"] = True
    objective = child(item, "sequencing", "objectives", "primaryObjective")
    if objective is not None and objective.get("satisfiedByMeasure", "false").lower() == "true":
        lowest = child(objective, "minNormalizedMeasure")
        made["passing"] = (lowest.text or "1.0").strip() if lowest is not None else "1.0"
    return made
