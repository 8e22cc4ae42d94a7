"""A QTI item and its parts. Version 3 names are read as if they were those of version 2, so that one reader serves both."""

import re
import xml.etree.ElementTree as ET  # builds only
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from django.utils.text import slugify
from django.utils.translation import gettext as _

from talka.courses.exchange.markup import Finder, inner_markup, to_markdown, to_plain
from talka.courses.exchange.reading import Made, keys_for
from talka.courses.exchange.xml import child, children, descendants, local

NAME = "QTI"
RIGHT_WORDS = {"right": "right", "correct": "right", "partly": "partly", "partial": "partly", "wrong": "wrong", "incorrect": "wrong"}
# Marking that comes to the same as ours; anything else is named in the report.
KNOWN_MARKING = frozenset(
    ["setOutcomeValue", "mapResponse", "mapResponsePoint", "responseCondition", "responseIf", "responseElseIf", "responseElse", "match", "variable", "correct", "baseValue", "gt", "equal", "isNull", "and", "sum", "multiple", "null", "not"]
)  # fmt: skip
ASIDE = {"rubricBlock", "feedbackBlock", "feedbackInline", "templateBlock", "templateInline", "infoControl", "stylesheet"}


def plainly(element: ET.Element) -> ET.Element:
    """A copy without namespaces, with the names of version 2: qti-choice-interaction becomes choiceInteraction."""
    name = local(element)
    ours = name.startswith("qti-")
    made = ET.Element(_camel(name[4:]) if ours else name)
    for key, value in element.attrib.items():
        bare = key.rsplit("}", 1)[-1]
        made.set(_camel(bare) if ours and not bare.startswith(("data-", "aria-")) else bare, value)
    made.text, made.tail = element.text, element.tail
    made.extend(plainly(inner) for inner in element if isinstance(inner.tag, str))
    return made


def _camel(name: str) -> str:
    head, *rest = name.split("-")
    return head + "".join(word.capitalize() for word in rest)


@dataclass(slots=True)
class Declaration:
    """What an item says about one response."""

    cardinality: str = "single"
    base: str = ""
    correct: list[str] = field(default_factory=list)
    mapping: dict[str, float] = field(default_factory=dict)
    exact: bool = True

    @property
    def right(self) -> list[str]:
        """Everything that is right: the declared answer and what the mapping rewards."""
        return list(dict.fromkeys([*self.correct, *(k for k, v in self.mapping.items() if v > 0)]))


@dataclass(slots=True)
class Item:
    """An item on its way: its root with plain names, its parts, and what becomes of it."""

    root: ET.Element
    body: ET.Element
    declarations: dict[str, Declaration]
    made: Made
    find: Finder | None
    # Feedback to single parts by their identifiers.
    said: dict[str, str] = field(default_factory=dict)

    def markdown(self, markup: str) -> str:
        done = to_markdown(markup, find=self.find)
        self.made.changes += done.changes
        self.made.pictures += done.pictures
        return done.text

    def plain(self, element: ET.Element | None) -> str:
        """The words of a choice, without the feedback inside it."""
        if element is None:
            return ""
        done = to_plain(markup_without(element, lambda inner: local(inner) in ASIDE), find=self.find)
        self.made.changes += done.changes
        if done.pictures:
            self.made.changes.append(_("left out: a picture in an answer"))
        return done.text

    def comment(self, element: ET.Element) -> str:
        inside = next(descendants(element, "feedbackInline", "feedbackBlock"), None)
        return self.plain_words(inside) if inside is not None else self.said.get(element.get("identifier", ""), "")

    def plain_words(self, element: ET.Element) -> str:
        done = to_plain(_content(element))
        self.made.changes += done.changes
        return done.text

    def declared(self, interaction: ET.Element) -> Declaration:
        return self.declarations.get(interaction.get("responseIdentifier", ""), Declaration())


def declaration_of(element: ET.Element) -> Declaration:
    mapping = {e.get("mapKey", ""): to_float(e.get("mappedValue"), 0.0) for e in descendants(element, "mapEntry")}
    exact = any(e.get("caseSensitive", "true") != "false" for e in descendants(element, "mapEntry")) or not mapping
    return Declaration(
        element.get("cardinality", "single"),
        element.get("baseType", ""),
        [v.text.strip() for v in descendants(child(element, "correctResponse") or ET.Element("none"), "value") if v.text],
        mapping,
        exact,
    )


def to_float(words: str | None, default: float) -> float:
    try:
        return float(words or "")
    except ValueError:
        return default


def points_of(item: Item) -> float:
    score = next((d for d in children(item.root, "outcomeDeclaration") if d.get("identifier") == "SCORE"), None)
    points = to_float(score.get("normalMaximum") if score is not None else None, 0.0)
    return points if 0 < points <= 100 else 1.0


def markup_without(element: ET.Element, drop: Callable[[ET.Element], bool]) -> str:
    copy = without(element, drop)
    return inner_markup(copy)


def without(element: ET.Element, drop: Callable[[ET.Element], bool]) -> ET.Element:
    made = ET.Element(element.tag, element.attrib)
    made.text, made.tail = element.text, element.tail
    for inner in element:
        if drop(inner):
            # The words behind it belong to its parent.
            if len(made):
                made[-1].tail = (made[-1].tail or "") + (inner.tail or "")
            else:
                made.text = (made.text or "") + (inner.tail or "")
        else:
            made.append(without(inner, drop))
    return made


def _content(element: ET.Element) -> str:
    """The markup inside, without the wrapper that version 3 puts around it."""
    inner = child(element, "contentBody")
    return inner_markup(inner if inner is not None else element)


def take_feedback(item: Item) -> None:
    words: dict[str, str] = {}
    hints: list[str] = []
    for modal in children(item.root, "modalFeedback"):
        outcome, name = modal.get("outcomeIdentifier", ""), modal.get("identifier", "")
        if outcome == "SOLUTION":
            item.made.value["explanation"] = item.markdown(_content(modal))
        elif outcome == "HINT":
            hints.append(item.plain_words(modal))
        elif outcome == "FEEDBACK" and name.lower() in RIGHT_WORDS and modal.get("showHide", "show") == "show":
            words[RIGHT_WORDS[name.lower()]] = item.plain_words(modal)
        elif modal.get("showHide", "show") == "show":
            item.said[name] = item.plain_words(modal)
    item.made.value |= {"hints": hints} | ({"feedback": words} if words else {})


def is_aside(element: ET.Element) -> bool:
    return local(element) in ASIDE


def name_the_rest(item: Item) -> None:
    """What of the item is not taken: blocks for others, catalogues, own ways of marking."""
    left = []
    used_rubric = item.made.value.get("type") in {"open", "upload", "scale"}
    for name, says in (
        ("rubricBlock", "a note for others than the learner"),
        ("feedbackBlock", "feedback inside the text"),
        ("catalogInfo", "a catalogue of supports"),
        ("assessmentStimulusRef", "a shared stimulus"),
        ("companionMaterialsInfo", "companion materials"),
        ("infoControl", "a note that opens on demand"),
    ):
        found = [e for e in item.root.iter() if local(e) == name]
        if name == "feedbackBlock":
            found = [e for e in found if not _inside_choice(item.body, e)]
        if found and not (name == "rubricBlock" and used_rubric):
            left.append(says)
    if left:
        item.made.changes.append(_("left out: {names}").format(names=", ".join(left)))
    marking = child(item.root, "responseProcessing")
    strange = sorted({local(e) for e in marking.iter() if e is not marking} - KNOWN_MARKING) if marking is not None else []
    if strange and not item.made.refused:
        item.made.changes.append(_("its own way of marking ({names}) became the one used here").format(names=", ".join(strange[:5])))


def _inside_choice(body: ET.Element, block: ET.Element) -> bool:
    return any(block in list(choice.iter()) for choice in descendants(body, "simpleChoice", "simpleAssociableChoice"))


def key_names(identifiers: Sequence[str]) -> dict[str, str]:
    """Our keys for identifiers: the same where they fit."""
    plain = [re.sub(r"^[kir]\.", "", i) for i in identifiers]
    fits = all(re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", p) and len(p) <= 80 for p in plain) and len(set(plain)) == len(plain)
    keys = plain if fits else keys_for([slugify(p) or p for p in plain])
    return dict(zip(identifiers, keys, strict=True))
