"""What each format that we write cannot carry. docs/exchange.md is made from these tables, the writers and the tests of round trips follow them."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import msgspec

from talka.courses.rules import materials as m
from talka.courses.rules.packs import Pack


@dataclass(frozen=True, slots=True)
class Loss:
    """`what` is lost, for these types of exercise (none: for all)."""

    what: str
    types: tuple[str, ...] = ()


# Types of exercise that a format has no place for at all.
LEFT_OUT: dict[str, frozenset[str]] = {
    "moodle": frozenset({"hotspot", "scale"}),
    "qti": frozenset(),
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
    from talka.courses.rules.packs import GAP, gaps_of

    if not cloze.bank:
        return cloze.text
    words = iter([next(w for w in gap if w in cloze.bank) for gap in gaps_of(cloze.text)])
    return GAP.sub(lambda _found: "{" + next(words) + "}", cloze.text)


THROUGH: dict[str, Callable[[m.Exercise], m.Exercise]] = {"moodle": through_moodle}
