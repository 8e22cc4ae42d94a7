"""Writes of this room: verbs with `by=` (None stands for the command line) and `at=`."""

from talka.curriculum.actions.choosing import (
    ImpossibleChoice,
    NoHours,
    NothingToChoose,
    cancel_choice,
    choose_topics,
    mark,
    solve,
    take_choice,
)
from talka.curriculum.actions.coursework import NotReady, from_course, to_course
from talka.curriculum.actions.planning import (
    OtherCluster,
    change,
    drop,
    leave_out,
    put_module,
    put_need,
    put_outcome,
    put_topic,
    remove,
    set_cell,
    start,
    take_needs,
)

__all__ = [
    "ImpossibleChoice",
    "NoHours",
    "NotReady",
    "NothingToChoose",
    "OtherCluster",
    "cancel_choice",
    "change",
    "choose_topics",
    "drop",
    "from_course",
    "leave_out",
    "mark",
    "put_module",
    "put_need",
    "put_outcome",
    "put_topic",
    "remove",
    "set_cell",
    "solve",
    "start",
    "take_choice",
    "take_needs",
    "to_course",
]
