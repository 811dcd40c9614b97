"""A price chart as rows of text: a pure function of its model and its size."""

from __future__ import annotations

from console.tui import roles
from console.tui.cells import Row, pad, width_of
from console.tui.chart.canvas import Canvas
from console.tui.chart.glyphs import BRAILLE, LEVEL_ROLES, GlyphSet
from console.tui.chart.model import ChartModel
from console.tui.chart.price_axis import PriceAxis, price_axis
from console.tui.chart.tags import Tag, placed, price_text, tag_text
from console.tui.chart.time_axis import TimeAxis, time_axis, time_labels
from console.tui.chart.trace import Strokes, spread_of, trace

NO_PRICES = "no prices yet"
ZONE = "ET"
_LEAST_PLOT = 12
_LEAST_WIDTH = _LEAST_PLOT + 8
_LEAST_HEIGHT = 4
_ROWS_A_TICK = 4


def draw(model: ChartModel, width: int, height: int, glyphs: GlyphSet = BRAILLE) -> tuple[Row, ...]:
    """``height`` rows of ``width`` cells. Where it is too small for them, axes are left out.

    Prices at the right, US Eastern times at the bottom; for the same model in the same bucket of time only
    the last columns differ. Bars of the model that lie outside of the window are not drawn.
    """
    width, height = max(width, 0), max(height, 0)
    if not width or not height:
        return ((),) * height
    gutter = _gutter_width(model, width) if height >= _LEAST_HEIGHT else 0
    has_times = height >= _LEAST_HEIGHT
    plot = Canvas(width - gutter, height - has_times, glyphs)
    times = time_axis(model, plot.width * glyphs.across)
    strokes = {} if times is None else trace(model.bars, times)
    prices = price_axis(model, strokes.values(), plot.height * glyphs.down)
    _draw_plot(plot, model, times, prices, strokes)
    right = _gutter(model, prices, glyphs, gutter, plot.height)
    rows = [(*plot.row(y), *right[y]) for y in range(plot.height)]
    if has_times:
        rows.append(_bottom(model, times, glyphs, plot.width, gutter))
    return tuple(rows)


def _draw_plot(
    plot: Canvas, model: ChartModel, times: TimeAxis | None, prices: PriceAxis, strokes: Strokes
) -> None:
    if times is not None:
        _draw_times(plot, model, times)
        _draw_band(plot, model, times, prices)
    _draw_levels(plot, model, prices)
    for column, (low_bp, high_bp) in strokes.items():
        plot.dots(column, prices.row(high_bp), prices.row(low_bp), roles.TEXT)
    if not model.bars and not model.points:
        _say(plot, NO_PRICES)


def _draw_times(plot: Canvas, model: ChartModel, times: TimeAxis) -> None:
    """The rules: where the forecast starts and where the market closes."""
    glyphs = plot.glyphs
    starts = model.points[0].at_s if model.points else None
    for at_s, text, role in (
        (starts, glyphs.rule, roles.AXIS),
        (model.close_s, glyphs.close_rule, roles.WARNING),
    ):
        column = None if at_s is None else times.column(at_s)
        if column is not None:
            for y in range(plot.height):
                plot.put(column // glyphs.across, y, text, role)


def _draw_band(plot: Canvas, model: ChartModel, times: TimeAxis, prices: PriceAxis) -> None:
    """Filled between the quantiles, with edges of every other dot, and the median as a line; what is old is
    grey and has no ground of its own."""
    glyphs, before = plot.glyphs, None
    band, line = (roles.STALE, roles.STALE) if model.is_forecast_old else (roles.BAND, roles.FORECAST)
    spread = spread_of(model.points, times)
    for column, point in spread.items():
        top, bottom = prices.row(point.high_bp), prices.row(point.low_bp)
        for y in range(top // glyphs.down, bottom // glyphs.down + 1):
            if plot.is_free(column // glyphs.across, y):
                plot.put(column // glyphs.across, y, glyphs.band_fill, band)
        if column % 2 == 0:
            plot.dots(column, top, top, band)
            plot.dots(column, bottom, bottom, band)
    for column, point in spread.items():
        row = prices.row(point.median_bp)
        first, last = (row, row) if before is None else _joined(before, row)
        plot.dots(column, first, last, line)
        before = row


def _joined(before: int, row: int) -> tuple[int, int]:
    """The dots of a line's next column: up to the row before, not over it again."""
    if row > before:
        return before + 1, row
    return (row, before - 1) if row < before else (row, row)


def _draw_levels(plot: Canvas, model: ChartModel, prices: PriceAxis) -> None:
    """The most important level last, over the others."""
    for level in reversed(model.levels):
        stroke = plot.glyphs.strokes.get(level.kind)
        if stroke is None or not prices.holds(level.price_bp):
            continue
        plot.fill_row(prices.row(level.price_bp) // plot.glyphs.down, stroke, LEVEL_ROLES[level.kind])


def _say(plot: Canvas, text: str) -> None:
    if len(text) <= plot.width:
        plot.write((plot.width - len(text)) // 2, plot.height // 2, text, roles.LABEL)


def _gutter_width(model: ChartModel, width: int) -> int:
    """For the axis, a mark, and the longest tag, as long as the plot keeps its least width."""
    if width < _LEAST_WIDTH:
        return 0
    longest = max((width_of(tag_text(level)) for level in model.levels), default=0)
    return min(max(longest, 5) + 3, width - _LEAST_PLOT)


def _gutter(model: ChartModel, prices: PriceAxis, glyphs: GlyphSet, width: int, height: int) -> list[Row]:
    """The right axis: tags, and round prices on the rows that are left."""
    tags = {tag.row: tag for tag in placed(model.levels, prices, glyphs, height)}
    ticks = {
        prices.row(price) // glyphs.down: price for price in prices.ticks(-(-height // _ROWS_A_TICK) + 1)
    }
    return [_gutter_row(tags.get(y), ticks.get(y), glyphs, width) for y in range(height)]


def _gutter_row(tag: Tag | None, tick: int | None, glyphs: GlyphSet, width: int) -> Row:
    if width <= 0:
        return ()
    if tag is not None:
        edge = glyphs.edge_tick if tag.row == tag.wanted else glyphs.edge
        return ((edge, roles.AXIS), (pad(tag.text, width - 1), tag.role))
    if tick is not None:
        return ((f"{glyphs.edge_tick} {price_text(tick)}"[:width].ljust(width), roles.AXIS),)
    return ((glyphs.edge.ljust(width), roles.AXIS),)


def _bottom(model: ChartModel, times: TimeAxis | None, glyphs: GlyphSet, width: int, gutter: int) -> Row:
    """Times under their columns; the close has its word where there is room."""
    line = Canvas(width, 1, glyphs)
    taken: list[tuple[int, int]] = []
    labels: list[tuple[int, str, str]] = []
    if times is not None:
        close = None if model.close_s is None else times.column(model.close_s)
        if close is not None:
            labels.append((close // glyphs.across, "close", roles.WARNING))
        labels += [(x, text, roles.AXIS) for x, text in time_labels(times, glyphs.across, width)]
    for middle, text, role in labels:
        x = min(max(middle - len(text) // 2, 0), width - len(text))
        if x >= 0 and all(x > end or x + len(text) < start for start, end in taken):
            taken.append((x, x + len(text)))
            line.write(x, 0, text, role)
    zone = (" " + ZONE)[:gutter].ljust(gutter)
    return (*line.row(0), (zone, roles.AXIS)) if gutter else line.row(0)
