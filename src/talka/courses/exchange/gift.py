"""GIFT: questions as plain text, as Moodle and many others read and write them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.translation import gettext as _

from talka.courses.exchange import banks
from talka.courses.exchange.banks import Answer, Shelf
from talka.courses.exchange.markup import to_markdown, to_plain
from talka.courses.exchange.reading import Made, Read, line_of, unreadable

NAME = "GIFT"
LARGEST = 20_000_000
MISSING = "_____"
# A backslash takes the meaning from the sign behind it; for the time of reading such a sign stands as one of a private range.
_SIGNS = "~=#{}:\\"
_HIDDEN = {sign: chr(0xE000 + n) for n, sign in enumerate(_SIGNS)}
_SHOWN = str.maketrans({hidden: sign for sign, hidden in _HIDDEN.items()} | {"\ue00f": "\n"})
_FORMATS = re.compile(r"^\s*\[(html|moodle|plain|markdown)\]", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Block:
    line: int
    text: str


def read(content: bytes, *, name: str) -> Read:
    """The questions of a GIFT file. Raises Unreadable with the line."""
    if len(content) > LARGEST:
        raise unreadable(name, _("is larger than {n} MB").format(n=LARGEST // 1_000_000))
    try:
        words = content.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
    except UnicodeDecodeError as e:
        line = content[: e.start].count(b"\n") + 1
        raise unreadable(f"{name}, {line_of(line)}", _("is not UTF-8; save it as UTF-8")) from e
    found = Read(title=name.rsplit(".", 1)[0])
    shelf = Shelf(found)
    for block in blocks(words):
        if category := re.match(r"\$CATEGORY:\s*(.*)", block.text):
            shelf.turn_to(category[1].strip())
            continue
        found.take(shelf.topic, question_of(block.text), place=f"{name}, {line_of(block.line)}")
    return found


def blocks(words: str) -> Iterator[Block]:
    """The questions, parted by empty lines outside braces; comments are left out. A question whose brace stays open ends at the next name."""
    words = re.sub(r"\\(.)", lambda found: _HIDDEN.get(found[1], "\ue00f" if found[1] == "n" else found[0]), words)
    lines: list[str] = []
    begun, depth = 0, 0
    for number, line in enumerate(words.split("\n"), 1):
        if line.lstrip().startswith("//"):
            continue
        if line.startswith("$CATEGORY:") and not depth:
            if lines:
                yield Block(begun, "\n".join(lines).strip())
                lines = []
            yield Block(number, line.strip())
            continue
        # An open brace would swallow the rest of the file.
        starts_anew = bool(depth and re.match(r"::[^:]+::", line) and lines and not lines[-1].strip())
        if (not line.strip() and not depth) or starts_anew:
            if lines:
                yield Block(begun, "\n".join(lines).strip())
            lines, depth = ([line], 0) if starts_anew else ([], 0)
            begun = number
            depth += line.count("{") - line.count("}") if starts_anew else 0
            continue
        if not lines:
            begun = number
        lines.append(line)
        depth = max(0, depth + line.count("{") - line.count("}"))
    if any(line.strip() for line in lines):
        yield Block(begun, "\n".join(lines).strip())


def question_of(block: str) -> Made:
    """One question as ours."""
    made = Made()
    if named := re.match(r"::(.*?)::", block, re.DOTALL):
        made.title, block = _plain(named[1], made), block[named.end() :].strip()
    before, open_, rest = block.partition("{")
    answers, close, after = rest.rpartition("}") if open_ else ("", "", "")
    if open_ and not close:
        made.refused = _("The answers begin with a brace that is never closed.")
        return made
    if "{" in answers or "}" in answers:
        made.refused = _("There are several groups of answers in braces; a question has one.")
        return made
    after = after.strip().removesuffix('";')
    shape = _FORMATS.match(before)
    missing = bool(open_ and after and re.search(r"\w", after))
    whole = f"{before.rstrip()} {MISSING} {after}" if missing else before.rstrip() + (after if after != '"' else "")
    prompt = _markdown(whole, made)
    made.title = made.title or " ".join(prompt.replace("\\", "").split())[:80]
    made.value = {"title": made.title, "prompt": prompt}
    if not open_:
        made.kind, made.value = "text", {"text": prompt}
        made.refused = "" if prompt else _("is empty")
        return made
    answers, _sign, general = answers.partition("####")
    if general.strip():
        made.value["explanation"] = _markdown((shape[0] if shape and not _FORMATS.match(general) else "") + general.strip(), made)
    _read_answers(answers.strip(), made)
    return made


def _read_answers(answers: str, made: Made) -> None:
    if not answers:
        made.value["type"] = "open"
    elif truth := re.match(r"(TRUE|FALSE|T|F)\s*(?=#|$)", answers, re.IGNORECASE):
        _truefalse(truth[1].upper().startswith("T"), answers[truth.end() :], made)
    elif answers.startswith("#"):
        _number(answers[1:].strip(), made)
    elif "->" in answers and "~" not in answers:
        _match(answers, made)
    else:
        _choose(answers, made)


def _plain(words: str, made: Made) -> str:
    shape = _FORMATS.match(words)
    words = _FORMATS.sub("", words).translate(_SHOWN).strip()
    if "<" in words and not (shape and shape[1].lower() in {"plain", "markdown"}):
        done = to_plain(words)
        made.changes += done.changes
        return done.text
    return " ".join(words.split()) if "\n" not in words else "\n".join(" ".join(line.split()) for line in words.split("\n")).strip()


def _markdown(words: str, made: Made) -> str:
    shape = (_FORMATS.match(words) or ["", "moodle"])[1].lower()
    words = _FORMATS.sub("", words).translate(_SHOWN).strip()
    if shape == "markdown" or (shape != "html" and "<" not in words):
        # An answer line stays a line of its own; in Markdown a single break would be lost.
        return re.sub(r"_{3,}", lambda found: found[0].replace("_", "\\_"), words) if shape != "markdown" else words
    done = to_markdown(words)
    made.changes += done.changes
    made.pictures += done.pictures
    return done.text


def _parted(answers: str) -> Iterator[tuple[str, str]]:
    """(sign, text) of every answer that begins with = or ~."""
    for found in re.finditer(r"([=~])([^=~]*)", answers):
        yield found[1], found[2].strip()


def _weighed(text: str, default: float) -> tuple[float, str]:
    if found := re.match(r"%(-?[\d.]+)%", text):
        return float(found[1]) / 100, text[found.end() :].strip()
    return default, text


def _answer(sign: str, text: str, made: Made) -> Answer:
    share, text = _weighed(text, 1.0 if sign == "=" else 0.0)
    words, _hash, comment = text.partition("#")
    return Answer(_plain(words, made), share, _plain(comment, made))


def _truefalse(right: bool, rest: str, made: Made) -> None:
    said = [_plain(part, made) for part in rest.lstrip().removeprefix("#").split("#")] if rest.strip() else []
    # The first is said to a wrong answer, the second to a right one.
    wrong, good = [*said, "", ""][:2]
    made.value |= {"type": "truefalse", "right": right}
    made.value |= {"feedback_true": good, "feedback_false": wrong} if right else {"feedback_true": wrong, "feedback_false": good}


def _span(text: str) -> tuple[str, float]:
    """(number, tolerance) of `3:2` or `1..5`."""
    if found := re.fullmatch(r"\s*(-?[\d.]+?)\s*\.\.\s*(-?[\d.]+)\s*", text):
        low, high = float(found[1]), float(found[2])
        return f"{(low + high) / 2:.10g}", round(abs(high - low) / 2, 12)
    number, _colon, tolerance = text.partition(":")
    try:
        return number.strip(), float(tolerance or 0)
    except ValueError:
        return number.strip(), 0.0


def _number(answers: str, made: Made) -> None:
    if not answers.startswith(("=", "~")):
        answers = "=" + answers
    found = []
    for sign, text in _parted(answers):
        share, rest = _weighed(text, 1.0 if sign == "=" else 0.0)
        words, _hash, comment = rest.partition("#")
        try:
            number, tolerance = ("*", 0.0) if sign == "~" and not words.strip() else _span(words.translate(_SHOWN))
        except ValueError:
            made.refused = _("“{value}” is not a number.").format(value=words.strip()[:40])
            return
        found.append(Answer(number, share, _plain(comment, made), tolerance))
    banks.number(found, made)


def _match(answers: str, made: Made) -> None:
    pairs = []
    for _sign, text in _parted(answers):
        left, arrow, right = text.partition("->")
        if not arrow:
            made.refused = _("“{text}” has no partner.").format(text=text[:40])
            return
        pairs.append((_plain(left, made), _plain(right.partition("#")[0], made)))
    banks.match(pairs, made)


def _choose(answers: str, made: Made) -> None:
    found = [_answer(sign, text, made) for sign, text in _parted(answers)]
    if not found:
        made.refused = _("No answer is marked with = or ~.")
    elif all(sign == "=" for sign, _text in _parted(answers)):
        banks.short(found, made, ignore_case=True)
    elif any(sign == "=" for sign, _text in _parted(answers)):
        banks.single(found, made, shuffle=True)
    else:
        banks.multiple(found, made, shuffle=True)
