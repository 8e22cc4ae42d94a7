"""One QTI item as an exercise of ours, by the kind of its interaction."""

import mimetypes
import re
import xml.etree.ElementTree as ET  # builds only
from collections.abc import Callable, Sequence
from typing import Any

from django.utils.translation import gettext as _

from talka.courses.exchange import banks
from talka.courses.exchange.markup import Finder, inner_markup, outer_markup, to_plain
from talka.courses.exchange.moodle.reading import split_rubric
from talka.courses.exchange.qti.item import (
    Declaration,
    Item,
    declaration_of,
    is_aside,
    key_names,
    markup_without,
    name_the_rest,
    points_of,
    take_feedback,
    to_float,
    without,
)
from talka.courses.exchange.reading import Made, Picture
from talka.courses.exchange.xml import child, children, descendants, local, text


def item_of(root: ET.Element, *, find: Finder | None = None) -> Made:
    """An <assessmentItem> (as `plainly` gives it) as ours."""
    made = Made(title=root.get("title", "").strip()[:400])
    body = child(root, "itemBody")
    if body is None:
        made.refused = _("is empty")
        return made
    item = Item(root, body, {d.get("identifier", ""): declaration_of(d) for d in children(root, "responseDeclaration")}, made, find)
    if children(root, "templateDeclaration"):
        made.refused = _("“{kind}” has no counterpart here").format(kind="templateProcessing")
        return made
    if root.get("adaptive") == "true":
        made.refused = _("“{kind}” has no counterpart here").format(kind="adaptive")
        return made
    made.value = {"title": made.title, "points": points_of(item)}
    take_feedback(item)
    interactions = [e for e in body.iter() if local(e).endswith("Interaction")]
    _read_interactions(item, interactions)
    name_the_rest(item)
    return made


def _read_interactions(item: Item, interactions: Sequence[ET.Element]) -> None:
    inline = [e for e in interactions if local(e) in {"textEntryInteraction", "inlineChoiceInteraction"}]
    if not interactions:
        words = item.markdown(markup_without(item.body, is_aside))
        item.made.kind, item.made.value = "text", {"text": words}
        item.made.refused = "" if words else _("is empty")
    elif len(inline) == len(interactions):
        _inline(item, inline)
    elif len(interactions) > 1:
        kinds = ", ".join(dict.fromkeys(local(e) for e in interactions))
        item.made.refused = _("asks several questions in one item ({kinds}); make a separate item of each").format(kinds=kinds)
    elif (kind := local(interactions[0])) not in HANDLERS:
        item.made.refused = _("“{kind}” has no counterpart here").format(kind=kind)
    else:
        (interaction,) = interactions
        item.made.value["prompt"] = _prompt(item, interaction)
        HANDLERS[kind](item, interaction)


def _prompt(item: Item, interaction: ET.Element) -> str:
    """The words around the interaction and the prompt inside it."""
    around = item.markdown(markup_without(item.body, lambda e: is_aside(e) or e is interaction))
    inside = child(interaction, "prompt")
    words = item.markdown(inner_markup(inside)) if inside is not None else ""
    return "\n\n".join(part for part in (around, words) if part)


def _choice(item: Item, interaction: ET.Element) -> None:
    declared = item.declared(interaction)
    choices = children(interaction, "simpleChoice")
    ids = [c.get("identifier", "") for c in choices]
    right = set(declared.right)
    if {i.lower() for i in ids} == {"true", "false"} and declared.cardinality == "single":
        comments = {c.get("identifier", "").lower(): item.comment(c) for c in choices}
        item.made.value |= {
            "type": "truefalse",
            "right": "true" in {r.lower() for r in right},
            "feedback_true": comments["true"],
            "feedback_false": comments["false"],
        }
        return
    names = key_names(ids)
    several = declared.cardinality in {"multiple", "ordered"} and interaction.get("maxChoices", "1") != "1"
    item.made.value |= {
        "type": "multiple" if several or len(right) > 1 else "single",
        "choices": [
            {"key": names[i], "text": item.plain(c)} | ({"right": True} if i in right else {}) | _said(item.comment(c))
            for i, c in zip(ids, choices, strict=True)
        ],
    }
    if interaction.get("shuffle", "false") != "true":
        item.made.value["shuffle"] = False
    if len(right) > 1 and not several:
        item.made.changes.append(_("several answers earn all points: it became a multiple choice, where all of them are wanted"))
    shares = {declared.mapping[i] for i in right if i in declared.mapping}
    if len(shares) > 1:
        item.made.changes.append(_("unequal weights of right answers became equal"))
    if any(c.get("fixed") == "true" for c in choices) and interaction.get("shuffle") == "true":
        item.made.changes.append(_("choices that kept their place are shuffled like the others"))


def _said(words: str) -> dict[str, str]:
    return {"feedback": words} if words else {}


def _order(item: Item, interaction: ET.Element) -> None:
    choices = {c.get("identifier", ""): c for c in children(interaction, "simpleChoice")}
    right = item.declared(interaction).correct
    if sorted(right) != sorted(choices):
        item.made.refused = _("The right order does not include every item.")
        return
    names = key_names(right)
    item.made.value |= {"type": "order", "items": [{"key": names[i], "text": item.plain(choices[i])} for i in right]}


def _pairs(declared: Declaration) -> list[tuple[str, str]]:
    return [(a, b) for a, _space, b in (pair.partition(" ") for pair in declared.right)]


def _match(item: Item, interaction: ET.Element) -> None:
    sets = children(interaction, "simpleMatchSet")
    if len(sets) != 2:
        item.made.refused = _("A matching question needs two sets.")
        return
    left, right = ({c.get("identifier", ""): c for c in children(s, "simpleAssociableChoice")} for s in sets)
    partner = dict(_pairs(item.declared(interaction)))
    if not set(partner) <= set(left) and set(partner) <= set(right):
        left, right = right, left
    if set(partner) != set(left) or not set(partner.values()) <= set(right) or len(partner) != len(_pairs(item.declared(interaction))):
        item.made.refused = _("Each item on the left needs exactly one partner on the right.")
        return
    names = key_names(list(left))
    if all(c.get("matchMax", "1") == "1" for c in right.values()):
        spare = [i for i in right if i not in partner.values()]
        item.made.value |= {
            "type": "match",
            "pairs": [{"key": names[i], "left": item.plain(c), "right": item.plain(right[partner[i]])} for i, c in left.items()],
            "distractors": [item.plain(right[i]) for i in spare],
        }
        return
    labels = key_names(list(right))
    item.made.value |= {
        "type": "categorise",
        "categories": [{"key": labels[i], "label": item.plain(c)} for i, c in right.items()],
        "items": [
            {"key": names[i], "text": item.plain(c), "category": labels[partner[i]]} | _said(item.comment(c)) for i, c in left.items()
        ],
    }


def _inline(item: Item, gaps: Sequence[ET.Element]) -> None:
    blocks = list(item.body)
    home = next((b for b in blocks if gaps[0] in list(b.iter())), None)
    if len(gaps) == 1 and local(gaps[0]) == "textEntryInteraction" and home is not None:
        around = " ".join("".join(without(home, is_aside).itertext()).split())
        declared = item.declared(gaps[0])
        if declared.base in {"float", "integer"}:
            _number(item, gaps[0], home, around)
            return
        if not around:
            item.made.value["prompt"] = item.markdown(markup_without(item.body, lambda e: is_aside(e) or e is home))
            item.made.value |= {"type": "short", "accepted": declared.right} | ({"ignore_case": False} if declared.exact else {})
            return
    _cloze(item, gaps, home)


def _number(item: Item, entry: ET.Element, home: ET.Element, around: str) -> None:
    declared = item.declared(entry)
    tail = " ".join((entry.tail or "").split())
    if around == tail and len(tail) <= 40:
        item.made.value["prompt"] = item.markdown(markup_without(item.body, lambda e: is_aside(e) or e is home))
        item.made.value["unit"] = tail
    else:
        entry.tag, entry.text = "span", "_____"
        item.made.value["prompt"] = item.markdown(markup_without(item.body, is_aside))
    if not declared.right:
        item.made.refused = _("No answer is marked as right.")
        return
    if len(declared.right) > 1:
        item.made.changes.append(
            _("only {kept} is kept, not {others}").format(kept=declared.right[0], others=", ".join(declared.right[1:]))
        )
    item.made.value |= {"type": "number", "right": to_float(declared.right[0], 0.0), "tolerance": _tolerance(item)}


def _tolerance(item: Item) -> float:
    for equal in descendants(item.root, "equal"):
        if equal.get("toleranceMode") == "absolute":
            return max((to_float(t, 0.0) for t in equal.get("tolerance", "").split()), default=0.0)
        if equal.get("toleranceMode") == "relative":
            share = max((to_float(t, 0.0) for t in equal.get("tolerance", "").split()), default=0.0)
            right = next((abs(to_float(r, 0.0)) for d in item.declarations.values() for r in d.right), 0.0)
            return round(right * share / 100, 12)
    return 0.0


def _cloze(item: Item, gaps: Sequence[ET.Element], home: ET.Element | None) -> None:
    """What stands before the first gap's block is the task; that block and all behind it is the text."""
    blocks = list(item.body)
    first = blocks.index(home) if home is not None else 0
    bank: list[str] = []
    written: list[str] = []
    for n, gap in enumerate(gaps):
        declared = item.declared(gap)
        right = declared.right
        if local(gap) == "inlineChoiceInteraction":
            options = {c.get("identifier", ""): item.plain(c) for c in children(gap, "inlineChoice")}
            bank += [o for o in options.values() if o not in bank]
            right = [options[r] for r in right if r in options]
        if not right:
            item.made.refused = _("A gap has no right answer.")
            return
        gap.tag, gap.text = "span", f"\x01{n}\x02"
        for inner in list(gap):
            gap.remove(inner)
        written.append(banks.gap(right))
    chosen = bool(bank)
    task = "".join(outer_markup(without(b, is_aside)) for b in blocks[:first] if not is_aside(b))
    body = "".join(outer_markup(without(b, is_aside)) for b in blocks[first:] if not is_aside(b))
    item.made.value["prompt"] = item.markdown(task) or banks.GAPS_PROMPT
    done = to_plain(body, find=item.find)
    item.made.changes += done.changes
    item.made.pictures += done.pictures
    item.made.value["text"] = re.sub(r"\x01(\d+)\x02", lambda f: written[int(f[1])], banks.outside_gaps(done.text))
    item.made.value["type"] = "cloze"
    if chosen:
        item.made.value["bank"] = [banks.word(w) for w in bank]
        if len(gaps) > 1:
            item.made.changes.append(_("the gaps share one list of words; before each had its own"))


def _gap_match(item: Item, interaction: ET.Element) -> None:
    words = {w.get("identifier", ""): item.plain(w) for w in children(interaction, "gapText")}
    if children(interaction, "gapImg"):
        item.made.refused = _("“{kind}” has no counterpart here").format(kind="gapImg")
        return
    pairs = _pairs(item.declared(interaction))
    copy = without(interaction, lambda e: local(e) in {"gapText", "prompt"} or is_aside(e))
    written: dict[int, str] = {}
    for n, gap in enumerate(descendants(copy, "gap")):
        right = [words[a] for a, b in pairs if b == gap.get("identifier") and a in words]
        if not right:
            item.made.refused = _("A gap has no right answer.")
            return
        written[n] = banks.gap(right)
        gap.tag, gap.text = "span", f"\x01{n}\x02"
    done = to_plain(inner_markup(copy), find=item.find)
    item.made.changes += done.changes
    item.made.pictures += done.pictures
    item.made.value |= {
        "type": "cloze",
        "text": re.sub(r"\x01(\d+)\x02", lambda f: written[int(f[1])], banks.outside_gaps(done.text)),
        "bank": [banks.word(w) for w in words.values()],
    }


def _hotspot(item: Item, interaction: ET.Element) -> None:
    image = next(descendants(interaction, "img", "object", "picture"), None)
    source = (image.get("src") or image.get("data") or "") if image is not None else ""
    content = item.find(source) if item.find and source else None
    if image is None or content is None:
        item.made.refused = _("The picture is missing.")
        return
    if interaction.get("maxChoices", "1") != "1":
        item.made.changes.append(_("one spot is chosen; before several could be"))
    width, height = to_float(image.get("width"), 0.0), to_float(image.get("height"), 0.0)
    choices = children(interaction, "hotspotChoice")
    right = set(item.declared(interaction).right)
    names = key_names([c.get("identifier", "") for c in choices])
    spots = []
    for choice in choices:
        box = _box(choice.get("shape", ""), choice.get("coords", ""), width, height)
        if box is None:
            item.made.refused = _("“{kind}” has no counterpart here").format(kind=f"shape={choice.get('shape')}")
            return
        if choice.get("shape") != "rect":
            item.made.changes.append(_("spots of other shapes became rectangles"))
        name = choice.get("identifier", "")
        label = choice.get("hotspotLabel") or names[name]
        spots.append(
            {"key": names[name], **box, "label": label} | ({"right": True} if name in right else {}) | _said(item.said.get(name, ""))
        )
    # Where the topic keeps the picture is settled when it takes the exercise.
    item.made.value |= {"type": "hotspot", "image": source, "alt": image.get("alt") or text(image) or "?", "spots": spots}
    item.made.shown = Picture(source.rsplit("/", 1)[-1], content, "")


def _box(shape: str, coords: str, width: float, height: float) -> dict[str, float] | None:
    parts = [p.strip() for p in coords.replace(" ", ",").split(",") if p.strip()]
    if not parts or any(not re.fullmatch(r"-?[\d.]+%?", p) for p in parts):
        return None
    sizes = [width if n % 2 == 0 else height for n in range(len(parts))]
    if any(size <= 0 and not p.endswith("%") for p, size in zip(parts, sizes, strict=True)):
        return None
    share = [float(p.rstrip("%")) if p.endswith("%") else float(p) / size * 100 for p, size in zip(parts, sizes, strict=True)]
    if shape == "rect" and len(share) == 4:
        left, top, right, bottom = share
    elif shape == "circle" and len(share) == 3:
        radius = float(parts[2].rstrip("%"))
        across, down = (radius / width * 100, radius / height * 100) if width and height else (radius, radius)
        left, top, right, bottom = share[0] - across, share[1] - down, share[0] + across, share[1] + down
    elif shape == "ellipse" and len(share) == 4:
        left, top, right, bottom = share[0] - share[2], share[1] - share[3], share[0] + share[2], share[1] + share[3]
    elif shape == "poly" and len(share) >= 6:
        left, right, top, bottom = min(share[0::2]), max(share[0::2]), min(share[1::2]), max(share[1::2])
    else:
        return None
    left, top, right, bottom = (min(100.0, max(0.0, v)) for v in (left, top, right, bottom))
    return {"x": round(left, 1), "y": round(top, 1), "w": round(right - left, 1), "h": round(bottom - top, 1)}


def _slider(item: Item, interaction: ET.Element) -> None:
    right = item.declared(interaction).correct
    low, high = to_float(interaction.get("lowerBound"), 0.0), to_float(interaction.get("upperBound"), 0.0)
    if not right or not low.is_integer() or not high.is_integer():
        item.made.refused = _("A slider needs whole numbers as limits and a right value.")
        return
    labels = dict(part.split(": ", 1) for part in interaction.get("data-labels", "").split(" | ") if ": " in part)
    answer, _rubric = _notes(item)
    item.made.value |= {
        "type": "scale", "min": int(low), "max": int(high), "labels": labels, "model": float(right[0]), "tolerance": _tolerance(item),
        "model_answer": answer,
    }  # fmt: skip


def _notes(item: Item) -> tuple[str, list[dict[str, str]]]:
    """(model answer, criteria) of what is written for those who mark."""
    answer, criteria = "", []
    for block in descendants(item.body, "rubricBlock"):
        inner = child(block, "contentBody") if child(block, "contentBody") is not None else block
        lists = [e for e in inner if local(e) == "ul" and "criteria" in e.get("class", "")]
        for box in lists:
            criteria += [(e.get("id", ""), to_plain(inner_markup(e)).text) for e in box]
        answer += item.markdown(markup_without(inner, lambda e, lists=lists: e in lists))  # type: ignore[misc]
    if criteria:
        names = key_names([key for key, _words in criteria])
        return answer, [{"key": names[key], "text": words} for key, words in criteria]
    return split_rubric(answer)


def _open(item: Item, _interaction: ET.Element) -> None:
    answer, rubric = _notes(item)
    item.made.value |= {"type": "open", "model_answer": answer, "rubric": rubric}


def _upload(item: Item, interaction: ET.Element) -> None:
    answer, rubric = _notes(item)
    kinds = [(mimetypes.guess_extension(t.strip()) or "").lstrip(".") for t in interaction.get("type", "").replace(",", " ").split()]
    item.made.value |= {"type": "upload", "model_answer": answer, "rubric": rubric, "accept": [k for k in kinds if k] or ["pdf"]}


HANDLERS: dict[str, Callable[[Item, ET.Element], Any]] = {
    "choiceInteraction": _choice, "orderInteraction": _order, "matchInteraction": _match, "gapMatchInteraction": _gap_match,
    "hotspotInteraction": _hotspot, "sliderInteraction": _slider, "extendedTextInteraction": _open, "uploadInteraction": _upload,
}  # fmt: skip
