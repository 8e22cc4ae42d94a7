"""What each format that we write cannot carry. docs/exchange.md is made from these tables, the writers and the tests of round trips follow them."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import msgspec

from talka.courses.rules import materials as m
from talka.courses.rules.packs import GAP, Pack, gaps_of


@dataclass(frozen=True, slots=True)
class Loss:
    """`what` is lost, for these types of exercise (none: for all)."""

    what: str
    types: tuple[str, ...] = ()


# Types of exercise that a format has no place for at all.
LEFT_OUT: dict[str, frozenset[str]] = {
    "moodle": frozenset({"hotspot", "scale"}),
    "qti": frozenset(),
    "scorm": frozenset(m.EXERCISES),
    "cmi5": frozenset(m.EXERCISES),
    "cartridge": frozenset({"number", "cloze", "match", "order", "categorise", "hotspot", "scale", "upload"}),
}
LOSSES: dict[str, tuple[Loss, ...]] = {
    "moodle": (
        Loss("empty lines and blanks at the ends of texts"),
        Loss("`attempts`: Moodle sets them for a whole quiz"),
        Loss(
            "keys of choices, pairs, items, categories and criteria; they are made anew from the words",
            ("single", "multiple", "match", "order", "categorise", "open", "upload"),
        ),
        Loss("`feedback.partly`: these are right or wrong", ("truefalse", "number", "short", "open", "upload", "cloze")),
        Loss("`feedback.right` and `feedback.wrong`: Moodle has no place for them", ("truefalse", "open", "upload", "cloze")),
        Loss("`feedback` of single items, and the order of categories", ("categorise",)),
        Loss("all but the first fitting word of a gap that is filled from a bank", ("cloze",)),
        Loss("quizzes: their questions come as exercises of the topic, without pass mark, time, draw and attempts"),
        Loss("all other materials: a question bank holds questions only"),
    ),
    "qti": (
        Loss("other ways to write the same Markdown, and blanks and line breaks that do not show"),
        Loss("words of a gap that its bank does not hold, since nobody can choose them", ("cloze",)),
        Loss("places of spots finer than a thousandth of the picture", ("hotspot",)),
        Loss("`attempts` of a quiz; those of single exercises stay"),
        Loss("all other materials: a package of items holds questions only"),
    ),
    "cartridge": (
        Loss(
            "films, videos, recordings, cases and fillable sheets as such: their words stand on the page, the rest is a link to this site"
        ),
        Loss("`hints`, `attempts` of single exercises, `assesses`, `feedback.partly`"),
        Loss("points for a part of the right choices: a cartridge knows right and wrong", ("multiple",)),
        Loss("rubric and model answer", ("open",)),
        Loss("pass mark and draw of quizzes"),
    ),
    "scorm": (
        Loss("everything: the package holds the outline only, the topics open on this site; it reports that a topic is done, and the time"),
    ),
    "cmi5": (
        Loss("everything: the package holds the outline only, the topics open on this site; it reports that a topic is done, and the time"),
    ),
}


def exercises_of(pack: Pack, topic: str) -> Iterator[tuple[str, m.Exercise]]:
    """(path, definition) of a topic's exercises in order, those in quizzes too."""
    folder = f"topics/{topic}/"
    for entry in pack.topics[topic].materials:
        definition = pack.definitions[folder + entry.file]
        if isinstance(definition, m.Exercise):
            yield folder + entry.file, definition
        elif isinstance(definition, m.Quiz):
            for member in definition.pool:
                question = pack.definitions[folder + member.file]
                if isinstance(question, m.Exercise):
                    yield folder + member.file, question


def type_of(exercise: m.Exercise) -> str:
    return str(exercise.__struct_config__.tag)


def written_to(format_key: str, pack: Pack, topic: str) -> Iterator[tuple[str, m.Exercise]]:
    """The topic's exercises that this format has a place for."""
    for path, exercise in exercises_of(pack, topic):
        if type_of(exercise) not in LEFT_OUT[format_key]:
            yield path, exercise


# What remains of an exercise on its way through a format and back. Tests compare with this, so that the tables above stay true.

_no_feedback = m.Feedback()


def _renamed(definition: m.Exercise) -> m.Exercise:
    """With keys made from the words, as a reader makes them."""
    from talka.courses.exchange.reading import keys_for

    changes: dict[str, object] = {}
    for name, words in (("choices", "text"), ("pairs", "left"), ("items", "text"), ("rubric", "text")):
        if parts := getattr(definition, name, None):
            keys = keys_for([getattr(p, words) for p in parts])
            changes[name] = [msgspec.structs.replace(p, key=key) for p, key in zip(parts, keys, strict=True)]
    return msgspec.structs.replace(definition, **changes)


def through_moodle(exercise: m.Exercise) -> m.Exercise:
    """What Moodle XML keeps of an exercise."""
    from talka.courses.exchange.reading import keys_for

    said = exercise.feedback
    made = _renamed(msgspec.structs.replace(exercise, attempts=0))
    match made:
        case m.TrueFalse():
            made = msgspec.structs.replace(made, feedback=_no_feedback)
        case m.Open() | m.Upload():
            rubric = [msgspec.structs.replace(c, text=" ".join(c.text.split())) for c in made.rubric]
            made = msgspec.structs.replace(made, feedback=_no_feedback, model_answer=made.model_answer.strip(), rubric=rubric)
        case m.Cloze():
            kept = said if made.bank else _no_feedback
            made = msgspec.structs.replace(made, feedback=kept, text=_first_words(made).strip(), prompt=made.prompt.strip())
        case m.Number() | m.Short():
            made = msgspec.structs.replace(made, feedback=msgspec.structs.replace(said, partly=""))
        case m.Categorise():
            labels = {c.key: c.label for c in made.categories}
            used = [labels[i.category] for i in made.items]
            order = list(dict.fromkeys([*used, *(c.label for c in made.categories)]))
            names = dict(zip(order, keys_for(order), strict=True))
            made = msgspec.structs.replace(
                made,
                categories=[m.Category(key=names[label], label=label) for label in order],
                items=[msgspec.structs.replace(i, category=names[labels[i.category]], feedback="") for i in made.items],
            )
    return made


def _first_words(cloze: m.Cloze) -> str:
    if not cloze.bank:
        return cloze.text
    words = iter([next(w for w in gap if w in cloze.bank) for gap in gaps_of(cloze.text)])
    return GAP.sub(lambda _found: "{" + next(words) + "}", cloze.text)


def through_qti(exercise: m.Exercise, *, picture: tuple[int, int] = (1000, 600)) -> m.Exercise:
    """What QTI 3.0 keeps of an exercise on its own (attempts stand in the test). `picture`: the size in which a hotspot's picture is shown."""
    from talka.courses.exchange.markup import canonical

    changes: dict[str, object] = {"attempts": 0, "prompt": canonical(exercise.prompt), "explanation": canonical(exercise.explanation)}
    said = exercise.feedback
    changes["feedback"] = m.Feedback(right=_lines(said.right), partly=_lines(said.partly), wrong=_lines(said.wrong))
    changes["hints"] = [_lines(h) for h in exercise.hints]
    for name in ("choices", "items", "rubric", "categories", "pairs", "spots"):
        if parts := getattr(exercise, name, None):
            changes[name] = [_one_line(p) for p in parts]
    match exercise:
        case m.Cloze():
            changes["text"] = _lines(_words_of_the_bank(exercise))
        case m.Hotspot():
            changes["spots"] = [_on_the_grid(s, *picture) for s in changes["spots"]]  # type: ignore[attr-defined]
        case m.Scale() | m.Open() | m.Upload():
            changes["model_answer"] = canonical(exercise.model_answer)
        case m.TrueFalse():
            changes |= {
                "feedback_true": " ".join(exercise.feedback_true.split()),
                "feedback_false": " ".join(exercise.feedback_false.split()),
            }
    return msgspec.structs.replace(exercise, **changes)


def _words_of_the_bank(cloze: m.Cloze) -> str:
    if not cloze.bank:
        return cloze.text
    gaps = iter([[w for w in gap if w in cloze.bank] for gap in gaps_of(cloze.text)])
    return GAP.sub(lambda _found: "{" + "|".join(next(gaps)) + "}", cloze.text)


def _lines(words: str) -> str:
    return "\n".join(" ".join(line.split()) for line in words.split("\n") if line.strip())


def _one_line(part: m.Part) -> m.Part:
    values = {f: getattr(part, f) for f in part.__struct_fields__}
    return msgspec.structs.replace(part, **{f: " ".join(v.split()) for f, v in values.items() if isinstance(v, str) and f != "key"})


def _on_the_grid(spot: m.HotspotSpot, width: int, height: int) -> m.HotspotSpot:
    """Edges fall on whole points of the picture."""
    left, right = (round(v * width / 100) / width * 100 for v in (spot.x, spot.x + spot.w))
    top, bottom = (round(v * height / 100) / height * 100 for v in (spot.y, spot.y + spot.h))
    return msgspec.structs.replace(spot, x=round(left, 1), y=round(top, 1), w=round(right - left, 1), h=round(bottom - top, 1))


THROUGH: dict[str, Callable[[m.Exercise], m.Exercise]] = {"moodle": through_moodle, "qti": through_qti}
