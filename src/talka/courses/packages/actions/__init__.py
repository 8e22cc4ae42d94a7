"""Writes of packages: what comes in, and what people do with it."""

from talka.courses.packages.actions.running import NotTaken, Sitting, begin_run, keep_scorm, keep_user_state, see_page, tell_h5p
from talka.courses.packages.actions.showing import show_package
from talka.courses.packages.actions.taking import accept_offer, drop_leftovers, remove_package, restore_package, take_package
from talka.courses.packages.unpacking import Finding, PackageRefused

__all__ = [
    "Finding",
    "NotTaken",
    "PackageRefused",
    "Sitting",
    "accept_offer",
    "begin_run",
    "drop_leftovers",
    "keep_scorm",
    "keep_user_state",
    "remove_package",
    "restore_package",
    "see_page",
    "show_package",
    "take_package",
    "tell_h5p",
]
