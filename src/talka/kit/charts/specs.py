"""Ready-made pictures. Each takes plain values and answers what `figure()` takes; axes carry their units, labels stand at the data."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django.utils.formats import number_format
from django.utils.translation import get_language

from talka.kit.charts.render import Size, Spec
from talka.kit.tokens import SERIES

DASHES = ([1, 0], [6, 3], [2, 2], [8, 3, 2, 3], [1, 3], [10, 4])


def _colour(n: int) -> str:
    return f"var(--{SERIES[n % len(SERIES)]})"


def _values(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    return {"values": [dict(row) for row in rows]}


def extent(labels: Sequence[str], most: int = 260) -> int:
    """Room for the longest label: the reader's font may be wider than the one that Vega measures with."""
    return min(most, round(7.2 * max((len(label) for label in labels), default=0)) + 4)


def _day(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def line(
    series: Mapping[str, Sequence[tuple[Any, ...]]],
    *,
    y: str,
    x: str = "",
    forecast_from: date | None = None,
    y_format: str = "",
    zero: bool = True,
    height: int = 190,
) -> Spec:
    """Lines over time: `series` maps a label to points (date, value) or (date, value, low, high); low and high shade an interval.

    Points from `forecast_from` on are dashed. `y` and `x` are the axes' titles with units; `y_format` a d3 format (".0%").
    A value None leaves a gap.
    """

    def spec(size: Size) -> dict[str, Any]:
        names = [str(name) for name in series]
        rows = [
            {"x": _day(p[0]), "y": p[1], "s": str(name), "low": p[2] if len(p) > 2 else None, "high": p[3] if len(p) > 3 else None}
            for name, points in series.items()
            for p in points
        ]
        start = _day(forecast_from) if forecast_from else None
        for row in rows:
            row["f"] = bool(start and row["x"] >= start)
        # The first forecast point also ends the observed line, so that the two meet.
        if start:
            for name in names:
                seen = [r for r in rows if r["s"] == name and not r["f"]]
                if seen and any(r["s"] == name and r["f"] for r in rows):
                    rows.append({**seen[-1], "f": True})
        ends = {name: max((r for r in rows if r["s"] == name and r["y"] is not None), key=lambda r: r["x"], default=None) for name in names}
        ticks: dict[str, Any] = {"tickCount": 6 if size is Size.DESK else 3, "labelOverlap": True, "labelFlush": True}
        x_axis = {"field": "x", "type": "temporal", "title": x or None, "axis": {**ticks, "format": _span(rows)}}
        y_axis = {
            "field": "y",
            "type": "quantitative",
            "title": y,
            "scale": {"zero": zero, "nice": True},
            "axis": {"format": y_format} if y_format else {},
        }
        colour = {
            "field": "s",
            "type": "nominal",
            "legend": None,
            "scale": {"domain": names, "range": [_colour(i) for i in range(len(names))]},
        }
        layers: list[dict[str, Any]] = []
        if any(r["low"] is not None for r in rows):
            layers.append(
                {
                    "transform": [{"filter": "datum.low != null"}],
                    "mark": {"type": "area", "opacity": 0.16},
                    "encoding": {"x": x_axis, "y": {**y_axis, "field": "low"}, "y2": {"field": "high"}, "color": colour},
                }
            )
        dash = {"field": "f", "type": "nominal", "legend": None, "scale": {"domain": [False, True], "range": [[1, 0], [5, 5]]}}
        if len(names) > 1 and not start:
            dash = {
                "field": "s",
                "type": "nominal",
                "legend": None,
                "scale": {"domain": names, "range": [DASHES[i % 6] for i in range(len(names))]},
            }
        layers.append({"mark": {"type": "line"}, "encoding": {"x": x_axis, "y": y_axis, "color": colour, "strokeDash": dash}})
        if len(names) > 1:
            layers.append(
                {
                    "data": {"values": [e for e in ends.values() if e]},
                    "mark": {"type": "text", "align": "left", "dx": 6, "fontWeight": 600, "limit": 150 if size is Size.DESK else 80},
                    "encoding": {"x": x_axis, "y": y_axis, "color": colour, "text": {"field": "s"}},
                }
            )
        wide = size.value - (110 if size is Size.DESK else 60) * (len(names) > 1)
        return {"width": wide, "height": height, "data": _values(rows), "layer": layers}

    return spec


def _span(rows: Sequence[Mapping[str, Any]]) -> str:
    days = sorted(str(r["x"])[:10] for r in rows)
    short = bool(days) and (date.fromisoformat(days[-1]) - date.fromisoformat(days[0])).days <= 120
    if (get_language() or "").startswith("lt"):  # from the year down to the day
        return "%b %-d" if short else "%Y %b"
    return "%-d %b" if short else "%b %y"


def bars(
    rows: Sequence[tuple[str, float]],
    *,
    y: str,
    x: str = "",
    y_format: str = "",
    height: int = 190,
    highlight: str | None = None,
) -> Spec:
    """Upright bars in the order given: (label, value). `highlight` names the bar that the title speaks of."""

    def spec(size: Size) -> dict[str, Any]:
        return {
            "height": height,
            "data": _values([{"x": str(a), "y": b, "h": highlight is None or str(a) == highlight} for a, b in rows]),
            "encoding": {
                "x": {
                    "field": "x",
                    "type": "ordinal",
                    "sort": None,
                    "title": x or None,
                    "axis": {"labelAngle": 0, "labelOverlap": True, "labelLimit": size.value // max(len(rows), 1) if len(rows) < 8 else 60},
                },
                "y": {"field": "y", "type": "quantitative", "title": y, "axis": {"format": y_format} if y_format else {}},
            },
            "layer": [
                {
                    "mark": {"type": "bar"},
                    "encoding": {
                        "color": {
                            "field": "h",
                            "type": "nominal",
                            "legend": None,
                            "scale": {"domain": [True, False], "range": ["var(--pine)", "var(--line)"]},
                        }
                    },
                },
                *(
                    [
                        {
                            "mark": {"type": "text", "dy": -7},
                            "encoding": {"text": {"field": "y", "type": "quantitative", "format": y_format or ",~r"}},
                        }
                    ]
                    if len(rows) <= (16 if size is Size.DESK else 8)
                    else []
                ),
            ],
        }

    return spec


def ranks(
    rows: Sequence[tuple[str, float] | tuple[str, float, float, float]],
    *,
    x: str,
    x_format: str = "",
    domain: tuple[float, float] | None = None,
    dots: bool | None = None,
    highlight: Sequence[str] = (),
) -> Spec:
    """Lying bars, one per row and in the order given: (label, value) or (label, value, low, high) with the interval drawn.

    With intervals a dot on its interval is drawn instead of a bar (`dots`), because a bar hides its lower half.
    The label stands above its row on a phone, so that it is never cut.
    """

    def spec(size: Size) -> dict[str, Any]:
        interval = any(len(r) > 2 for r in rows)
        as_dots = interval if dots is None else dots
        chosen = {str(h) for h in highlight}
        values = [
            {
                "i": i,
                "label": str(r[0]),
                "v": r[1],
                "low": r[2] if len(r) > 2 else None,  # type: ignore[misc]
                "high": r[3] if len(r) > 3 else None,  # type: ignore[misc]
                "h": not chosen or str(r[0]) in chosen,
            }
            for i, r in enumerate(rows)
        ]
        desk = size is Size.DESK
        scale: dict[str, Any] = {"domain": list(domain)} if domain else {"zero": not as_dots}
        axis = {"grid": True, "domain": False, "ticks": False, "tickCount": 5 if desk else 3}
        if x_format:
            axis["format"] = x_format
        order = [v["label"] for v in values]
        y_axis = {
            "field": "label",
            "type": "ordinal",
            "sort": order,
            "title": None,
            "axis": {"labelLimit": 260, "labelColor": "var(--ink)", "minExtent": extent(order)} if desk else None,
        }
        x_axis = {"field": "v", "type": "quantitative", "title": x, "scale": scale, "axis": axis}
        colour = {
            "field": "h",
            "type": "nominal",
            "legend": None,
            "scale": {"domain": [True, False], "range": ["var(--pine)", "var(--line)"]},
        }
        shift = {} if desk else {"yOffset": 8}
        layers: list[dict[str, Any]] = []
        if not as_dots:
            layers.append({"mark": {"type": "bar", "height": 14 if desk else 10, **shift}, "encoding": {"color": colour}})
        if interval:
            layers.append(
                {
                    "transform": [{"filter": "datum.low != null"}],
                    "mark": {"type": "rule", "color": "var(--sky)", "strokeWidth": 3, **shift},
                    "encoding": {"x": {**x_axis, "field": "low"}, "x2": {"field": "high"}},
                }
            )
        if as_dots:
            layers.append({"mark": {"type": "point", "size": 90, "opacity": 1, **shift}, "encoding": {"color": colour}})
        else:
            layers.append(
                {
                    "mark": {"type": "text", "align": "left", "dx": 5, **shift},
                    "encoding": {"text": {"field": "v", "type": "quantitative", "format": x_format or ",~r"}},
                }
            )
        if not desk:
            layers.append(
                {
                    "mark": {"type": "text", "align": "left", "dx": 2, "yOffset": -8, "color": "var(--ink)", "limit": 300},
                    "encoding": {"x": {"value": 0}, "text": {"field": "label"}},
                }
            )
        return {
            "width": 330 if desk else 290,
            "height": {"step": 26 if desk else 38},
            "data": {"values": values},
            "encoding": {"y": y_axis, "x": x_axis},
            "layer": layers,
        }

    return spec


def funnel(steps: Sequence[tuple[str, int]], *, x: str) -> Spec:
    """How many are left at each step, from the first on; each bar says its number and its share of the first."""
    first = steps[0][1] if steps else 0

    def spec(size: Size) -> dict[str, Any]:
        values = [
            {
                "label": str(label),
                "v": count,
                "say": number_format(count, force_grouping=True) + (f" · {round(100 * count / first)}\u202f%" if first else ""),
            }
            for label, count in steps
        ]
        desk = size is Size.DESK
        shift = {} if desk else {"yOffset": 9}
        layers = [
            {"mark": {"type": "bar", "height": 20 if desk else 14, **shift}},
            {"mark": {"type": "text", "align": "left", "dx": 6, "color": "var(--ink)", **shift}, "encoding": {"text": {"field": "say"}}},
        ]
        if not desk:
            layers.append(
                {
                    "mark": {"type": "text", "align": "left", "dx": 2, "yOffset": -8, "color": "var(--ink)", "limit": 300},
                    "encoding": {"x": {"value": 0}, "text": {"field": "label"}},
                }
            )
        return {
            "width": 300 if desk else 230,
            "height": {"step": 32 if desk else 42},
            "data": {"values": values},
            "encoding": {
                "y": {
                    "field": "label",
                    "type": "ordinal",
                    "sort": None,
                    "title": None,
                    "axis": {"labelLimit": 260, "labelColor": "var(--ink)", "minExtent": extent([v["label"] for v in values])}
                    if desk
                    else None,
                },
                "x": {
                    "field": "v",
                    "type": "quantitative",
                    "title": x,
                    "scale": {"zero": True, "domain": [0, max(first, 1)]},
                    "axis": {"grid": False, "domain": False, "ticks": False, "tickCount": 3},
                },
            },
            "layer": layers,
        }

    return spec


def sparkline(values: Sequence[float | None]) -> Spec:
    """A line without axes, to stand in a row of text or a table."""

    def spec(size: Size) -> dict[str, Any]:
        rows = [{"x": i, "y": v} for i, v in enumerate(values)]
        ends = [r for r in rows if r["y"] is not None][-1:]
        bare = {"axis": None, "scale": {"zero": True}}
        encoding = {
            "x": {"field": "x", "type": "quantitative", "axis": None, "scale": {"nice": False}},
            "y": {"field": "y", "type": "quantitative", **bare},
        }
        return {
            "width": 112,
            "height": 24,
            "config": {"padding": 4},
            "data": {"values": rows},
            "layer": [
                {"mark": {"type": "line", "strokeWidth": 2}, "encoding": encoding},
                {
                    "data": {"values": ends},
                    "mark": {"type": "point", "color": "var(--amber)", "size": 40, "opacity": 1},
                    "encoding": encoding,
                },
            ],
        }

    return spec
