"""A course of ours as a Common Cartridge 1.3: a page for every topic, a test for its exercises and for every quiz."""

import xml.etree.ElementTree as ET  # builds only
from collections.abc import Callable, Iterable, Sequence
from html import escape

from talka.courses import packs
from talka.courses.exchange.limits import written_to
from talka.courses.exchange.reading import number_text
from talka.courses.exchange.xml import add, clean, write
from talka.courses.rules import materials as m
from talka.courses.rules.packs import Pack
from talka.kit.markdown import to_html

CP = "http://www.imsglobal.org/xsd/imsccv1p3/imscp_v1p1"
LOM = "http://ltsc.ieee.org/xsd/imsccv1p3/LOM/manifest"
QTI = "http://www.imsglobal.org/xsd/ims_qtiasiv1p2"
ASSESSMENT = "imsqti_xmlv1p2/imscc_xmlv1p3/assessment"
PROFILES: dict[type[m.Exercise], str] = {
    m.Single: "cc.multiple_choice.v0p1", m.Multiple: "cc.multiple_response.v0p1", m.TrueFalse: "cc.true_false.v0p1",
    m.Short: "cc.fib.v0p1", m.Open: "cc.essay.v0p1",
}  # fmt: skip


def write_pack(pack: Pack, door: str) -> bytes:
    """The cartridge. `door` begins the addresses of the topics on this site, where everything that a cartridge cannot carry still works."""
    files: dict[str, bytes] = {}
    root = ET.Element("manifest", {"xmlns": CP, "identifier": f"course-{pack.course.key}"})
    head = add(root, "metadata")
    add(head, "schema", "IMS Common Cartridge")
    add(head, "schemaversion", "1.3.0")
    general = add(ET.SubElement(head, "lom", {"xmlns": LOM}), "general")
    add(add(general, "title"), "string", pack.course.title, language=pack.course.language)
    add(add(general, "description"), "string", pack.course.summary, language=pack.course.language)
    organization = add(add(root, "organizations"), "organization", identifier="outline", structure="rooted-hierarchy")
    top = add(organization, "item", identifier="root")
    resources = add(root, "resources")
    for module in pack.course.modules:
        module_item = _folder(top, f"module-{module.key}", module.title)
        for lesson in module.lessons:
            lesson_item = _folder(module_item, f"lesson-{lesson.key}", lesson.title)
            for key in lesson.topics:
                _topic(pack, key, door, lesson_item, resources, files)
    files["imsmanifest.xml"] = write(root)
    return packs.write_zip(files)


def _folder(parent: ET.Element, identifier: str, title: str) -> ET.Element:
    made = add(parent, "item", identifier=identifier)
    add(made, "title", title)
    return made


def _leaf(parent: ET.Element, resources: ET.Element, name: str, title: str, kind: str, files: Sequence[str]) -> None:
    item = add(parent, "item", identifier=f"i-{name}", identifierref=f"r-{name}")
    add(item, "title", title)
    resource = add(resources, "resource", identifier=f"r-{name}", type=kind)
    if kind == "webcontent":
        resource.set("href", files[0])
    for file in files:
        add(resource, "file", href=file)


def _topic(pack: Pack, key: str, door: str, lesson: ET.Element, resources: ET.Element, files: dict[str, bytes]) -> None:
    topic, folder = pack.topics[key], f"topics/{key}/"
    parts = [(e, pack.definitions[folder + e.file]) for e in topic.materials]
    body = "".join(_shown(d, e.title) for e, d in parts)
    page = f"pages/{key}.html"
    link = f'<p><a href="{escape(door)}/{key}/">{escape(topic.title)}</a></p>'
    head = f'<!DOCTYPE html>\n<html lang="{pack.course.language}"><head><meta charset="utf-8"><title>{escape(topic.title)}</title></head>'
    files[page] = f"{head}<body><h1>{escape(topic.title)}</h1>{body}{link}</body></html>\n".encode()
    used = []
    for _entry, definition in parts:
        image = getattr(definition, "image", "") or getattr(definition, "src", "")
        if isinstance(definition, m.Image | m.Infographic | m.Hotspot) and folder + image in pack.assets:
            files[f"pages/{key}/{image}"] = pack.assets[folder + image]
            used.append(f"pages/{key}/{image}")
    body_files = [page, *dict.fromkeys(used)]
    files[page] = files[page].replace(b'src="files/', f'src="{key}/'.encode())
    _leaf(lesson, resources, key, topic.title, "webcontent", body_files)
    known = dict(written_to("cartridge", pack, key))
    own = [known[folder + e.file] for e, _d in parts if folder + e.file in known]
    if own:
        _assessment(f"{key}-exercises", f"{topic.title}: exercises", own, None, lesson, resources, files)
    for entry, definition in parts:
        if isinstance(definition, m.Quiz) and (pool := [known[folder + p.file] for p in definition.pool if folder + p.file in known]):
            _assessment(f"{key}-{entry.key}", entry.title or definition.title or topic.title, pool, definition, lesson, resources, files)


def _assessment(
    name: str,
    title: str,
    exercises: Sequence[m.Exercise],
    quiz: m.Quiz | None,
    lesson: ET.Element,
    resources: ET.Element,
    files: dict[str, bytes],
) -> None:
    root = ET.Element("questestinterop", {"xmlns": QTI})
    test = add(root, "assessment", ident=name, title=title)
    fields = {"cc_profile": "cc.exam.v0p1", "qmd_assessmenttype": "Examination", "qmd_scoretype": "Percentage"}
    if quiz and quiz.attempts:
        fields["cc_maxattempts"] = str(quiz.attempts)
    if quiz and quiz.minutes:
        fields["qmd_timelimit"] = str(quiz.minutes)
    _fields(test, fields)
    section = add(test, "section", ident="root")
    for n, exercise in enumerate(exercises, 1):
        section.append(write_item(exercise, identifier=f"{name}-{n}"))
    files[f"tests/{name}.xml"] = write(root)
    _leaf(lesson, resources, name, title, ASSESSMENT, [f"tests/{name}.xml"])


def _fields(parent: ET.Element, values: dict[str, str]) -> None:
    box = add(parent, "qtimetadata")
    for label, value in values.items():
        field = add(box, "qtimetadatafield")
        add(field, "fieldlabel", label)
        add(field, "fieldentry", value)


def _material(parent: ET.Element, words: str, *, markup: bool = False) -> None:
    add(add(parent, "material"), "mattext", words, texttype="text/html" if markup else "text/plain")


def write_item(exercise: m.Exercise, *, identifier: str) -> ET.Element:
    """One exercise as a QTI 1.2 item of the cartridge's profile."""
    item = ET.Element("item", {"ident": identifier, "title": clean(exercise.title or identifier)})
    _fields(add(item, "itemmetadata"), {"cc_profile": PROFILES[type(exercise)], "cc_weighting": number_text(exercise.points)})
    box = add(item, "presentation")
    _material(box, str(to_html(exercise.prompt)), markup=True)
    marking = add(item, "resprocessing")
    add(add(marking, "outcomes"), "decvar", maxvalue="100", minvalue="0", varname="SCORE", vartype="Decimal")
    comments: dict[str, str] = {}
    match exercise:
        case m.Single() | m.Multiple():
            _choices(box, marking, exercise, comments)
        case m.TrueFalse():
            options = [("true", "True", exercise.feedback_true), ("false", "False", exercise.feedback_false)]
            _labels(box, options, several=False)
            _right(marking, ["true" if exercise.right else "false"])
            comments |= {name: said for name, _words, said in options if said}
        case m.Short():
            _blank(box)
            for accepted in exercise.accepted:
                _right(marking, [accepted], case="No" if exercise.ignore_case else "Yes")
        case _:
            _blank(box)
    for name in comments:
        condition = add(marking, "respcondition", continue_="Yes")
        add(add(condition, "conditionvar"), "varequal", name, respident="response")
        add(condition, "displayfeedback", feedbacktype="Response", linkrefid=f"{name}_fb")
    said = exercise.feedback
    general = {"correct_fb": said.right, "general_incorrect_fb": said.wrong, **{f"{k}_fb": v for k, v in comments.items()}}
    for name, words in general.items():
        if words:
            _material(add(item, "itemfeedback", ident=name), words)
    if exercise.explanation:
        _material(add(item, "itemfeedback", ident="general_fb"), str(to_html(exercise.explanation)), markup=True)
    return item


def _choices(box: ET.Element, marking: ET.Element, exercise: m.Single | m.Multiple, comments: dict[str, str]) -> None:
    several = isinstance(exercise, m.Multiple)
    _labels(box, [(c.key, c.text, c.feedback) for c in exercise.choices], several=several, shuffle=exercise.shuffle)
    comments |= {c.key: c.feedback for c in exercise.choices if c.feedback}
    _right(marking, [c.key for c in exercise.choices if c.right], [c.key for c in exercise.choices if not c.right] if several else [])


def _labels(box: ET.Element, options: Iterable[tuple[str, str, str]], *, several: bool, shuffle: bool = False) -> None:
    lid = add(box, "response_lid", ident="response", rcardinality="Multiple" if several else "Single")
    choice = add(lid, "render_choice", shuffle="Yes" if shuffle else "No")
    for name, words, _said in options:
        _material(add(choice, "response_label", ident=name), words)


def _blank(box: ET.Element) -> None:
    add(add(box, "response_str", ident="response", rcardinality="Single"), "render_fib")


def _right(marking: ET.Element, wanted: Sequence[str], unwanted: Sequence[str] = (), *, case: str = "") -> None:
    condition = add(marking, "respcondition", continue_="No")
    test = add(condition, "conditionvar")
    box = add(test, "and") if len(wanted) + len(unwanted) > 1 else test
    for name in wanted:
        equal = add(box, "varequal", name, respident="response")
        if case:
            equal.set("case", case)
    for name in unwanted:
        add(add(box, "not"), "varequal", name, respident="response")
    add(condition, "setvar", "100", action="Set", varname="SCORE")


# A topic as a page that only shows


def _shown(definition: m.Definition, title: str) -> str:
    shown = _SHOWN.get(type(definition))
    words = shown(definition) if shown else ""
    return (f"<h2>{escape(title)}</h2>" if title and words else "") + words


def _pairs(rows: Iterable[tuple[str, str]]) -> str:
    return "<dl>" + "".join(f"<dt>{escape(a)}</dt><dd>{b}</dd>" for a, b in rows) + "</dl>"


def _picture(name: str, alt: str) -> str:
    return f'<p><img src="files/{escape(name)}" alt="{escape(alt)}"></p>'


_SHOWN: dict[type, Callable[..., str]] = {
    m.Text: lambda d: str(to_html(d.text)),
    m.Document: lambda d: str(to_html(d.text)),
    m.Image: lambda d: _picture(d.src, d.alt) + (f"<p>{escape(d.caption)}</p>" if d.caption else ""),
    m.Film: lambda d: "".join(f"<h3>{escape(s.title)}</h3><p>{escape(s.say)}</p>" for s in d.slides),
    m.Infographic: lambda d: _picture(d.image, d.alt) + _pairs((s.label, str(to_html(s.text))) for s in d.spots),
    m.Timeline: lambda d: _pairs((f"{e.when}: {e.title}", str(to_html(e.text))) for e in d.events),
    m.Tool: lambda d: str(to_html(d.intro)) + _pairs((f.label, escape(f.help)) for f in d.fields),
    m.Vocabulary: lambda d: _pairs((t.term, escape(t.definition)) for t in d.terms),
    m.Formula: lambda d: f"<p><code>{escape(d.latex)}</code></p>" + _pairs((s.symbol, escape(s.text)) for s in d.meaning),
    m.Code: lambda d: f"<pre><code>{escape(d.text)}</code></pre>",
    m.Case: lambda d: str(to_html(d.intro)),
}
