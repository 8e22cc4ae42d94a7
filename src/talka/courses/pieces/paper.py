"""An exercise on paper: everything that one needs to answer it with a pen, and nothing that gives the answer away."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from talka.courses.models import Material
from talka.courses.rules import exercises
from talka.courses.rules import materials as m
from talka.courses.rules.packs import GAP


@dataclass(frozen=True, slots=True)
class Paper:
    """Lists to choose from or to bring together, a text with gaps, and lines to write on."""

    lists: tuple[tuple[str, ...], ...] = ()
    text: str = ""
    lines: range = range(0)


def on_paper(material: Material) -> Paper:
    """The exercise as it is read. Whatever has a right order stands in another one, the same for all."""
    return _paper(m.parse("exercise", material.wording), material.key)


def _paper(exercise: object, seed: str) -> Paper:  # noqa: C901, PLR0911  # one per kind
    match exercise:
        case m.Single() | m.Multiple():
            return Paper(lists=(_mixed([c.text for c in exercise.choices], seed),))
        case m.TrueFalse():
            return Paper(lists=((_("True"), _("False")),))
        case m.Hotspot():
            return Paper(lists=(tuple(s.label for s in exercise.spots),))
        case m.Order():
            return Paper(lists=(_mixed([i.text for i in exercise.items], seed),))
        case m.Match():
            rights = [*(p.right for p in exercise.pairs), *exercise.distractors]
            return Paper(lists=(tuple(p.left for p in exercise.pairs), _mixed(rights, seed)))
        case m.Categorise():
            return Paper(lists=(_mixed([i.text for i in exercise.items], seed), tuple(c.label for c in exercise.categories)))
        case m.Cloze():
            return Paper(lists=(_mixed(exercise.bank, seed),) if exercise.bank else (), text=GAP.sub("_" * 12, exercise.text))
        case m.Scale():
            return Paper(lists=(tuple(f"{n}: {label}" for n, label in exercise.labels.items()),) if exercise.labels else (), lines=range(1))
        case m.Open():
            return Paper(lines=range(4))
        case m.Number() | m.Short():
            return Paper(lines=range(1))
    return Paper()


def _mixed(texts: list[str], seed: str) -> tuple[str, ...]:
    return tuple(exercises.shuffled(texts, seed))
