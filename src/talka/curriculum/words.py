"""The words around a curriculum document, the same on the page, in the PDF and in the DOCX file."""

from django.utils.translation import gettext as _


def labels() -> dict[str, str]:
    return {
        "kind": _("Curriculum"),
        "audience": _("For whom"),
        "needs": _("Needs it answers"),
        "need": _("Need"),
        "weight": _("Weight"),
        "outcomes": _("Learning outcomes"),
        "afterwards": _("Afterwards you can"),
        "level": _("Bloom's level"),
        "eqf": _("EQF"),
        "competences": _("Builds"),
        "answers": _("Answers need"),
        "modules": _("Modules, lessons and topics"),
        "module": _("Module"),
        "topic": _("Topic"),
        "hours": _("Hours"),
        "outcome": _("Outcome"),
        "matrix": _("Which topic treats which outcome"),
        "matrix_note": _(
            "I introduced, R reinforced, M mastered. A number is the level at which the topic assesses the outcome: 1 remember, 2 understand, 3 apply, 4 analyse, 5 evaluate, 6 create."
        ),
        "assessment": _("Assessment"),
        "assessed_at": _("Assessed at the level"),
        "how_many": _("How many"),
        "materials": _("Materials"),
        "material": _("Kind of material"),
        "literature": _("Literature"),
        "partners": _("Partners"),
    }
