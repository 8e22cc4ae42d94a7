"""Ready-made pictures on a plane: quadrants, heat, distribution. See specs.py for lines and bars."""

from collections.abc import Sequence
from typing import Any

from talka.kit.charts.render import Size, Spec
from talka.kit.charts.specs import extent


def quadrants(
    points: Sequence[tuple[str, float, float]],
    *,
    x: str,
    y: str,
    cross: tuple[float, float],
    names: tuple[str, str, str, str],
    domain: tuple[float, float] | None = None,
) -> Spec:
    """Importance against performance: points (label, x, y) and a cross-hair at `cross`.

    `names` are the quadrants' from the upper left clockwise. On a phone points carry their number in the table instead of their label.
    """

    def spec(size: Size) -> dict[str, Any]:
        desk = size is Size.DESK
        values = [{"n": str(i), "label": a, "x": b, "y": c} for i, (a, b, c) in enumerate(points, 1)]
        # Room enough at the edges that no point stands on a quadrant's name.
        scale = {"domain": list(domain)} if domain else {"zero": False, "nice": True, "padding": 36 if desk else 30}
        side = 360 if desk else 270
        corners = [
            ("left", "top", 4, 4),
            ("right", "top", side - 4, 4),
            ("right", "bottom", side - 4, side - 4),
            ("left", "bottom", 4, side - 4),
        ]
        layers: list[dict[str, Any]] = [
            {"data": {"values": [{}]}, "mark": {"type": "rule", "strokeDash": [4, 4]}, "encoding": {"x": {"datum": cross[0]}}},
            {"data": {"values": [{}]}, "mark": {"type": "rule", "strokeDash": [4, 4]}, "encoding": {"y": {"datum": cross[1]}}},
            *(
                {
                    "data": {"values": [{}]},
                    "mark": {"type": "text", "align": align, "baseline": base, "text": name, "fontStyle": "italic", "x": left, "y": top},
                }
                for name, (align, base, left, top) in zip(names, corners, strict=True)
            ),
            {
                "mark": {"type": "point", "opacity": 0.9},
                "encoding": {
                    "x": {"field": "x", "type": "quantitative", "title": x, "scale": scale, "axis": {"grid": False}},
                    "y": {"field": "y", "type": "quantitative", "title": y, "scale": scale, "axis": {"grid": False, "domain": True}},
                },
            },
            {
                "mark": {"type": "text", "dy": -9, "color": "var(--ink)", "fontSize": 11},
                "encoding": {
                    "x": {"field": "x", "type": "quantitative"},
                    "y": {"field": "y", "type": "quantitative"},
                    "text": {"field": "n"},
                },
            },
        ]
        return {
            "width": side if not desk else 520,
            "height": side,
            "data": {"values": values},
            "layer": _widened(layers, corners, 520 if desk else side, side),
        }

    return spec


def _widened(layers: list[dict[str, Any]], corners: Sequence[tuple[str, str, int, int]], width: int, side: int) -> list[dict[str, Any]]:
    """The quadrants' names follow the plot's width, which on a desk is more than its height."""
    for layer in layers:
        mark = layer["mark"]
        if mark.get("align") == "right" and mark.get("x") == side - 4:
            mark["x"] = width - 4
    return layers


def heat(cells: Sequence[tuple[str, str, float | None]], *, unit: str, v_format: str = ",~r", numbers: bool = True) -> Spec:
    """A strip or grid of cells (row, column, value) in one hue; None stays empty. With `numbers` each cell says its value."""

    def spec(size: Size) -> dict[str, Any]:
        columns, row_names = list(dict.fromkeys(c[1] for c in cells)), list(dict.fromkeys(c[0] for c in cells))
        most = max((c[2] for c in cells if c[2] is not None), default=1) or 1
        # Opacity of one colour instead of a ramp: a ramp between two tokens can't be computed before the scheme is known.
        values = [
            {"r": r, "c": c, "v": v, "o": 0 if v is None else 0.08 + 0.72 * v / most, "dark": bool(v and v / most > 0.55)}
            for r, c, v in cells
        ]
        desk = size is Size.DESK
        step = max(22, min(56, (430 if desk else 250) // max(len(columns), 1)))
        layers: list[dict[str, Any]] = [
            {
                "mark": {"type": "rect", "fill": "var(--pine)", "stroke": "var(--rule)"},
                "encoding": {"fillOpacity": {"field": "o", "type": "quantitative", "scale": None}},
            }
        ]
        if numbers and step >= 26:
            layers.append(
                {
                    "transform": [{"filter": "datum.v != null"}],
                    "mark": {"type": "text", "fontSize": 11},
                    "encoding": {
                        "text": {"field": "v", "type": "quantitative", "format": v_format},
                        "color": {"condition": {"test": "datum.dark", "value": "var(--paper)"}, "value": "var(--ink)"},
                    },
                }
            )
        return {
            "width": {"step": step},
            "height": {"step": 28},
            "title": {"text": unit, "anchor": "start", "color": "var(--slate)", "fontSize": 12, "fontWeight": "normal"},
            "data": {"values": values},
            "encoding": {
                "x": {
                    "field": "c",
                    "type": "ordinal",
                    "sort": columns,
                    "title": None,
                    "axis": {
                        "orient": "top",
                        "labelAngle": 0,
                        "labelLimit": step + 6,
                        "labelOverlap": True,
                        "domain": False,
                        "ticks": False,
                    },
                },
                "y": {
                    "field": "r",
                    "type": "ordinal",
                    "sort": row_names,
                    "title": None,
                    "axis": {"labelLimit": 220 if desk else 90, "minExtent": extent(row_names, 220 if desk else 90)},
                },
            },
            "layer": layers,
        }

    return spec


def distribution(
    counts: Sequence[tuple[Any, int]],
    *,
    x: str,
    y: str,
    mark_at: float | None = None,
    mark_label: str = "",
    height: int = 170,
) -> Spec:
    """A histogram of counted values (value, count), adjoining bars; `mark_at` draws a line, such as the mean."""

    def spec(size: Size) -> dict[str, Any]:
        order = [str(v) for v, _n in counts]
        layers: list[dict[str, Any]] = [
            {
                "data": {"values": [{"x": str(v), "n": n} for v, n in counts]},
                "mark": {"type": "bar", "width": {"band": 0.94}},
                "encoding": {
                    "x": {"field": "x", "type": "ordinal", "sort": order, "title": x, "axis": {"labelAngle": 0, "labelOverlap": True}},
                    "y": {"field": "n", "type": "quantitative", "title": y},
                },
            }
        ]
        numbers = [float(v) for v, _n in counts if isinstance(v, int | float)]
        if mark_at is not None and len(numbers) == len(counts) > 1:
            band = size.value / len(counts)
            step = (numbers[-1] - numbers[0]) / (len(numbers) - 1)
            at = band * ((mark_at - numbers[0]) / step + 0.5)
            layers += [
                {
                    "data": {"values": [{}]},
                    "mark": {"type": "rule", "color": "var(--amber)", "strokeWidth": 2},
                    "encoding": {"x": {"value": at}, "y": {"value": 0}, "y2": {"value": height}},
                },
                {
                    "data": {"values": [{}]},
                    "mark": {"type": "text", "x": at, "y": -6, "text": mark_label, "color": "var(--amber)", "align": "center"},
                },
            ]
        return {"width": size.value, "height": height, "layer": layers}

    return spec
