"""Figures: a title that says the finding, a picture drawn on the server, the numbers behind it, and where they come from."""

from talka.kit.charts.figures import Columns, Figure, draw, figure, figure_csv
from talka.kit.charts.planes import distribution, heat, quadrants
from talka.kit.charts.render import Size, drop_unused, printed, svg, warm
from talka.kit.charts.specs import bars, funnel, line, ranks, sparkline

__all__ = [
    "Columns",
    "Figure",
    "Size",
    "bars",
    "distribution",
    "draw",
    "drop_unused",
    "figure",
    "figure_csv",
    "funnel",
    "heat",
    "line",
    "printed",
    "quadrants",
    "ranks",
    "sparkline",
    "svg",
    "warm",
]
