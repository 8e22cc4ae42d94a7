"""Moodle course backups (.mbz): sections, pages, books, links, quizzes and question banks, as far as they map to materials of ours."""

import xml.etree.ElementTree as ET  # builds only
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from talka.courses.exchange import moodle
from talka.courses.exchange.archive import Archive
from talka.courses.exchange.banks import Shelf
from talka.courses.exchange.markup import Finder, to_markdown
from talka.courses.exchange.pages import HTML, add_file, add_link, add_page, decoded, ending_of
from talka.courses.exchange.reading import Fate, Made, Read, ReadMaterial, ReadTopic, Unreadable, unreadable
from talka.courses.exchange.xml import add, child, children, descendants, parse, text

NAME = "Moodle course backup"
START = "moodle_backup.xml"
BANK = "Question bank"


@dataclass(slots=True)
class _Backup:
    archive: Archive
    read: Read
    # (context, area, item) to the files of that area: name to hash.
    files: dict[str, dict[str, str]] = field(default_factory=dict)
    questions: dict[str, ET.Element] = field(default_factory=dict)
    kinds: dict[str, str] = field(default_factory=dict)
    # Question by bank entry: quizzes of newer versions name the entry.
    entries: dict[str, str] = field(default_factory=dict)
    used: set[str] = field(default_factory=set)

    def finder(self, context: str) -> Finder:
        def find(source: str) -> bytes | None:
            from urllib.parse import unquote

            name = unquote(source.split("?", 1)[0]).rsplit("/", 1)[-1]
            return self.content(self.files.get(context, {}).get(name, ""))

        return find

    def content(self, digest: str) -> bytes | None:
        path = f"files/{digest[:2]}/{digest}"
        return self.archive.read(path) if digest and path in self.archive else None


def read_backup(archive: Archive) -> Read:
    """The course in a backup. Raises Unreadable."""
    root = parse(archive.read(START), file=START)
    about = child(root, "information")
    if about is None:
        raise unreadable(f"{archive.name}, {START}", _("is not a backup of Moodle 2 or later"))
    title = text(about, "original_course_fullname") or text(about, "name") or archive.name.rsplit(".", 1)[0]
    backup = _Backup(archive, Read(title=title[:400]))
    _index_files(backup)
    _index_questions(backup)
    contents = child(about, "contents")
    sections = [_section(backup, s) for s in descendants(contents, "section")] if contents is not None else []
    activities = [a for a in descendants(contents, "activity") if child(a, "directory") is not None] if contents is not None else []
    by_section: dict[str, list[ET.Element]] = {}
    for activity in activities:
        by_section.setdefault(text(activity, "sectionid"), []).append(activity)
    for number, name, summary, sequence in sections:
        found = by_section.pop(number, [])
        found.sort(key=lambda a, s=sequence: s.index(text(a, "moduleid")) if text(a, "moduleid") in s else len(s))  # type: ignore[misc]
        if summary:
            topic = backup.read.topic(backup.read.title, name, name)
            add_page(backup.read, topic, summary, title=name, place=f"section {name}")
        for activity in found:
            _activity(backup, activity, name)
    for left in by_section.values():
        for activity in left:
            _activity(backup, activity, backup.read.title)
    _rest_of_bank(backup)
    if "users.xml" in archive:
        backup.read.remark(_("People, their answers and grades in the backup are not imported."))
    return backup.read


def _optional(backup: _Backup, path: str) -> ET.Element | None:
    """The root of a file that a backup may lack or that may be broken; then the report says so."""
    if path not in backup.archive:
        return None
    try:
        return parse(backup.archive.read(path), file=path)
    except Unreadable as broken:
        backup.read.note(path, path, Fate.LEFT, str(broken))
        return None


def _index_files(backup: _Backup) -> None:
    root = _optional(backup, "files.xml")
    for file in children(root, "file") if root is not None else []:
        name = text(file, "filename")
        if name and name != ".":
            backup.files.setdefault(text(file, "contextid"), {})[name] = text(file, "contenthash")


def _index_questions(backup: _Backup) -> None:
    root = _optional(backup, "questions.xml")
    if root is None:
        return
    for category in children(root, "question_category"):
        name = text(category, "name")
        entries = list(descendants(category, "question_bank_entry"))
        holders = [(e, q) for e in entries for q in descendants(e, "question")] or [(None, q) for q in descendants(category, "question")]
        context = text(category, "contextid")
        for entry, question in holders:
            # The parts of a cloze question are questions of their own, with a parent.
            if child(question, "qtype") is None or text(question, "parent") not in {"", "0"}:
                continue
            key = question.get("id", "")
            backup.questions[key] = _as_export(backup, question, context)
            backup.kinds[key] = name
            if entry is not None:
                # A later version stands further down and replaces the earlier one.
                if (older := backup.entries.get(entry.get("id", ""))) is not None:
                    backup.questions.pop(older, None)
                backup.entries[entry.get("id", "")] = key


_FORMATS = {"0": "moodle_auto_format", "1": "html", "2": "plain_text", "4": "markdown"}


def _put(parent: ET.Element, name: str, words: str, shape: str = "1") -> ET.Element:
    made = add(parent, name, None, format=_FORMATS.get(shape, "html"))
    add(made, "text", words)
    return made


def _as_export(backup: _Backup, question: ET.Element, context: str) -> ET.Element:
    """A question of a backup in the shape of Moodle XML, so that one reader serves both."""
    kind = text(question, "qtype")
    made = ET.Element("question", {"type": kind, "context": context})
    add(add(made, "name"), "text", text(question, "name"))
    _put(made, "questiontext", text(question, "questiontext"), text(question, "questiontextformat") or "1")
    _put(made, "generalfeedback", text(question, "generalfeedback"), text(question, "generalfeedbackformat") or "1")
    add(made, "defaultgrade", text(question, "defaultmark") or "1")
    add(made, "penalty", text(question, "penalty") or "0")
    plugin = next((e for e in question if isinstance(e.tag, str) and e.tag.startswith("plugin_qtype_")), None)
    for hint in descendants(question, "question_hint"):
        _put(made, "hint", text(hint, "hint"), text(hint, "hintformat") or "1")
    tags = [text(t, "rawname") or text(t, "name") for t in descendants(question, "tag")]
    if tags:
        box = add(made, "tags")
        for tag in tags:
            add(add(box, "tag"), "text", tag)
    if plugin is not None:
        _answers(made, plugin, kind)
        _options(made, plugin)
    return made


def _answers(made: ET.Element, plugin: ET.Element, kind: str) -> None:
    numbers = {text(n, "answer"): text(n, "tolerance") for n in descendants(plugin, "numerical_record")}
    for answer in descendants(plugin, "answer"):
        if child(answer, "fraction") is None:
            continue
        words = text(answer, "answertext")
        if kind == "truefalse":
            words = "true" if not len(children(made, "answer")) else "false"
        share = float(text(answer, "fraction") or 0)
        # An ordering keeps the place where others keep the share.
        one = _put(made, "answer", words, text(answer, "answerformat") or "0")
        one.set("fraction", str(share if kind == "ordering" else share * 100))
        _put(one, "feedback", text(answer, "feedback"), text(answer, "feedbackformat") or "1")
        if answer.get("id", "") in numbers:
            add(one, "tolerance", numbers[answer.get("id", "")])
    for unit in descendants(plugin, "numerical_unit"):
        box = child(made, "units")
        add(add(box if box is not None else add(made, "units"), "unit"), "unit_name", text(unit, "unit"))
    for pair in descendants(plugin, "match"):
        if child(pair, "questiontext") is not None:
            sub = _put(made, "subquestion", text(pair, "questiontext"), text(pair, "questiontextformat") or "1")
            add(add(sub, "answer"), "text", text(pair, "answertext"))


_TRUTH = {"single", "shuffleanswers"}
_KEPT = {"usecase", "responseformat", "attachments", "filetypeslist"}
_COMBINED = {"correctfeedback", "partiallycorrectfeedback", "incorrectfeedback", "graderinfo"}


def _options(made: ET.Element, plugin: ET.Element) -> None:
    """The settings of a type, which stand one level down under various names."""
    for box in plugin.iter():
        for option in box:
            name = option.tag if isinstance(option.tag, str) else ""
            if child(made, name) is not None or len(option):
                continue
            if name in _TRUTH:
                add(made, name, "true" if (option.text or "").strip() == "1" else "false")
            elif name in _KEPT:
                add(made, name, (option.text or "").strip())
            elif name in _COMBINED and (option.text or "").strip() not in {"", "$@NULL@$"}:
                _put(made, name, option.text or "", text(box, f"{name}format") or "1")


def _section(backup: _Backup, section: ET.Element) -> tuple[str, str, str, list[str]]:
    """(id, name, summary, ids of its activities in their order)."""
    number = text(section, "sectionid")
    root = _optional(backup, f"{text(section, 'directory')}/section.xml")
    name = text(root, "name") if root is not None else ""
    title = text(section, "title")
    summary = text(root, "summary") if root is not None else ""
    name = name if name not in {"", "$@NULL@$"} else (f"Section {title}" if title.isdigit() else title) or "Section"
    sequence = text(root, "sequence").split(",") if root is not None else []
    return number, name[:400], "" if summary == "$@NULL@$" else summary, sequence


def _activity(backup: _Backup, activity: ET.Element, lesson: str) -> None:
    kind, title, folder = text(activity, "modulename"), text(activity, "title"), text(activity, "directory")
    path = f"{folder}/{kind}.xml"
    if kind not in _KINDS:
        backup.read.note(folder, title or kind, Fate.LEFT, _("“{kind}” has no counterpart here").format(kind=kind))
        return
    root = _optional(backup, path)
    if root is None:
        backup.read.note(path, title or kind, Fate.LEFT, _("refers to “{name}”, which is missing").format(name=path))
        return
    body = child(root, kind)
    topic = backup.read.topic(backup.read.title, lesson, (title or kind)[:400])
    _KINDS[kind](backup, topic, body if body is not None else root, root.get("contextid", ""), title, path)


def _page(backup: _Backup, topic: ReadTopic, body: ET.Element, context: str, title: str, path: str) -> None:
    words = "\n".join(part for part in (text(body, "intro"), text(body, "content")) if part and part != "$@NULL@$")
    add_page(backup.read, topic, words, title=title, place=path, find=backup.finder(context))


def _book(backup: _Backup, topic: ReadTopic, body: ET.Element, context: str, title: str, path: str) -> None:
    if not list(descendants(body, "chapter")):
        backup.read.note(path, title, Fate.LEFT, _("is empty"))
    for chapter in descendants(body, "chapter"):
        name = text(chapter, "title")
        markup = f"<h2>{name}</h2>{text(chapter, 'content')}"
        add_page(backup.read, topic, markup, title=f"{title}: {name}", place=path, find=backup.finder(context))


def _url(backup: _Backup, topic: ReadTopic, body: ET.Element, _context: str, title: str, path: str) -> None:
    words = to_markdown(text(body, "intro")).text
    add_link(backup.read, topic, title=text(body, "name") or title, url=text(body, "externalurl"), words=words, place=path)


def _resource(backup: _Backup, topic: ReadTopic, _body: ET.Element, context: str, title: str, path: str) -> None:
    """A file, or the files of a folder."""
    names = backup.files.get(context, {})
    if not names:
        backup.read.note(path, title, Fate.LEFT, _("is missing"))
    for name, digest in names.items():
        content = backup.content(digest)
        if content is None:
            backup.read.note(path, name, Fate.LEFT, _("is missing"))
        elif ending_of(name) in HTML:
            add_page(backup.read, topic, decoded(content), title=title, place=path, find=backup.finder(context))
        else:
            add_file(backup.read, topic, name, content, title=title, place=path)


def _assign(backup: _Backup, topic: ReadTopic, body: ET.Element, context: str, title: str, path: str) -> None:
    done = to_markdown(text(body, "intro"), find=backup.finder(context))
    settings = {(text(c, "plugin"), text(c, "name")): text(c, "value") for c in descendants(body, "plugin_config")}
    online = settings.get(("onlinetext", "enabled")) == "1" and settings.get(("file", "enabled")) != "1"
    value = {"title": title[:400], "prompt": done.text or title, "type": "open" if online else "upload"}
    changes = [*done.changes, _("dates, groups and grading of the assignment are not kept")]
    backup.read.take(topic, Made(value, title=title, pictures=done.pictures, changes=changes), place=path)


def _glossary(backup: _Backup, topic: ReadTopic, body: ET.Element, _context: str, title: str, path: str) -> None:
    from talka.courses.exchange.markup import to_plain
    from talka.courses.exchange.reading import keys_for

    found, changes = [], []
    for entry in descendants(body, "entry"):
        done = to_plain(text(entry, "definition"))
        changes += done.changes
        if text(entry, "concept") and done.text:
            found.append((text(entry, "concept")[:400], done.text))
    keys = keys_for([f"{title} {term}" for term, _words in found])
    terms = [{"key": key, "term": term, "definition": words} for key, (term, words) in zip(keys, found, strict=True)]
    backup.read.take(topic, Made({"terms": terms}, title=title, kind="vocabulary", changes=changes), place=path)


def _quiz(backup: _Backup, topic: ReadTopic, body: ET.Element, context: str, title: str, path: str) -> None:
    seconds, attempts = text(body, "timelimit"), text(body, "attempts_number")
    value: dict[str, object] = {}
    if seconds.isdigit() and int(seconds):
        value["minutes"] = min(600, max(1, round(int(seconds) / 60)))
    if attempts.isdigit():
        value["attempts"] = min(100, int(attempts))
    if (intro := to_markdown(text(body, "intro"), find=backup.finder(context))).text:
        value["intro"] = intro.text
    line = backup.read.note(path, title, Fate.CHANGED if intro.changes else Fate.TAKEN, "; ".join(intro.changes))
    quiz = ReadMaterial("quiz", title[:400], value, line)
    topic.materials.append(quiz)
    for slot in descendants(body, "question_instance"):
        _slot(backup, topic, slot, quiz, path)
    if not quiz.questions:
        topic.materials.remove(quiz)
        backup.read.lines[line] = type(backup.read.lines[line])(path, title, Fate.LEFT, _("None of its questions could be used."))


def _slot(backup: _Backup, topic: ReadTopic, slot: ET.Element, quiz: ReadMaterial, path: str) -> None:
    """One place in a quiz: a question by its number, by its entry in the bank, or drawn at random."""
    entry = next((text(r, "questionbankentryid") for r in descendants(slot, "question_reference")), "")
    key = backup.entries.get(entry, "") or text(slot, "questionid")
    name = f"question {text(slot, 'slot') or slot.get('id', '')}"
    if next(descendants(slot, "question_set_reference"), None) is not None:
        backup.read.note(path, name, Fate.LEFT, _("is drawn at random from a category; put the category's questions into a quiz instead"))
    elif key not in backup.questions:
        backup.read.note(path, name, Fate.LEFT, _("is missing"))
    else:
        made = _question(backup, key)
        backup.used.add(key)
        backup.read.take(topic, made, place=path, into=quiz if made.kind == "exercise" else None)


def _question(backup: _Backup, key: str) -> Made:
    question = backup.questions[key]
    # Its pictures lie in the context of its category.
    names = backup.files.get(question.get("context", ""), {})
    words = " ".join(question.itertext())
    import base64

    holder = child(question, "questiontext")
    for name, digest in names.items():
        if holder is not None and name in words.replace("%20", " ") and (content := backup.content(digest)) is not None:
            add(holder, "file", base64.b64encode(content).decode(), name=name, encoding="base64")
    return moodle.question_of(question, question.get("type", ""), backup.read)


def _rest_of_bank(backup: _Backup) -> None:
    """Questions of the bank that no quiz uses."""
    for key, question in backup.questions.items():
        if key not in backup.used and question.get("type") != "random":
            category = backup.kinds.get(key) or BANK
            shelf = Shelf(backup.read, BANK, BANK, category if category != "top" else BANK)
            backup.read.take(shelf.topic, _question(backup, key), place="questions.xml")


_KINDS = {
    "page": _page, "label": _page, "book": _book, "url": _url, "resource": _resource, "folder": _resource, "assign": _assign,
    "glossary": _glossary, "quiz": _quiz,
}  # fmt: skip
