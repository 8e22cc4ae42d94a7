"""Disclosure control: hide figures of small groups so that nobody can work them out from what stays visible."""

from talka.science.disclosure.breakdowns import Leak, check_breakdowns, protect_breakdowns
from talka.science.disclosure.cells import Sum, feasible, protect_cells
from talka.science.disclosure.figure import THRESHOLD, THRESHOLD_INSIDE, rounded, rounded_percent, shown
from talka.science.disclosure.tables import ProtectedList, ProtectedTable, protect_list, protect_table, table_sums

__all__ = [
    "THRESHOLD",
    "THRESHOLD_INSIDE",
    "Leak",
    "ProtectedList",
    "ProtectedTable",
    "Sum",
    "check_breakdowns",
    "feasible",
    "protect_breakdowns",
    "protect_cells",
    "protect_list",
    "protect_table",
    "rounded",
    "rounded_percent",
    "shown",
    "table_sums",
]
