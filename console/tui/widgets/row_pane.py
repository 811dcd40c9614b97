"""Rows on the screen: the widget of every live table. Only rows that changed are painted."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from textual.geometry import Region, Size
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.widget import Widget

from console.tui.cells import Row
from console.tui.widgets.row_strips import Change, Keys, RowStrips, StyleOf


class RowPane(Widget):
    """As many rows as the layout gives it room for, from the first.

    With ``flashes``, changed cells of a row whose key stayed are bold until the next :meth:`show` or
    :meth:`settle`; whoever flushes the screen calls one of them each time. It has no border, padding, tint or
    opacity, whatever a style sheet says: boxes are drawn as rows.
    """

    ALLOW_SELECT = False

    def __init__(
        self,
        style_of: StyleOf,
        *,
        flashes: bool = False,
        id: str | None = None,  # noqa: A002 - Textual's own word
        classes: str | None = None,
    ) -> None:
        super().__init__(id=id, classes=classes)
        self._row_strips = RowStrips(style_of, flashes=flashes)

    @property
    def rows(self) -> tuple[Row, ...]:
        return self._row_strips.rows

    @property
    def is_flashing(self) -> bool:
        return self._row_strips.is_flashing

    def show(self, rows: Sequence[Row], keys: Keys = ()) -> None:
        """``keys``: what each row is about, as many as rows; needed only for the flash."""
        self._paint(self._row_strips.show(rows, keys, range(self.size.height)))

    def settle(self) -> None:
        """Ends the flash."""
        self._paint(self._row_strips.settle())

    def restyle(self, style_of: StyleOf) -> None:
        """Paints everything in another theme."""
        self._row_strips.restyle(style_of)
        self.refresh()

    def spell(self, *, is_ascii: bool) -> None:
        """Paints everything in plain ASCII, or as it is."""
        self._row_strips.spell(is_ascii=is_ascii)
        self.refresh()

    def render_line(self, y: int) -> Strip:
        return self._row_strips.strip(y, self.size.width)

    def render_lines(self, crop: Region) -> list[Strip]:
        """Textual asks for all lines of each pane with every paint. There is neither border nor padding, so
        the kept strips are the answer as they are."""
        return strips_in(crop, self._row_strips, self.size.width, 0)

    def _paint(self, changes: Iterable[Change]) -> None:
        regions = regions_of(changes, self.size, 0)
        if regions:
            self.refresh(*regions)


class ScrollRowPane(ScrollView):
    """As :class:`RowPane` for more rows than fit: only those in view are made and painted.

    It scrolls by Textual's own keys, wheel and :meth:`scroll_to`.
    """

    ALLOW_SELECT = False
    DEFAULT_CSS = "ScrollRowPane { overflow-x: hidden; overflow-y: auto; scrollbar-size-vertical: 1; }"

    def __init__(
        self,
        style_of: StyleOf,
        *,
        flashes: bool = False,
        id: str | None = None,  # noqa: A002 - Textual's own word
        classes: str | None = None,
    ) -> None:
        super().__init__(id=id, classes=classes)
        self._row_strips = RowStrips(style_of, flashes=flashes)

    @property
    def rows(self) -> tuple[Row, ...]:
        return self._row_strips.rows

    @property
    def is_flashing(self) -> bool:
        return self._row_strips.is_flashing

    def show(self, rows: Sequence[Row], keys: Keys = ()) -> None:
        top = self.scroll_offset.y
        changes = self._row_strips.show(rows, keys, range(top, top + self.size.height))
        if len(rows) != self.virtual_size.height:
            self.virtual_size = Size(0, len(rows))
        self._paint(changes)

    def settle(self) -> None:
        """Ends the flash."""
        self._paint(self._row_strips.settle())

    def restyle(self, style_of: StyleOf) -> None:
        """Paints everything in another theme."""
        self._row_strips.restyle(style_of)
        self.refresh()

    def show_row(self, y: int) -> None:
        """Scrolls no further than it takes to have row ``y`` in view."""
        top, height = self.scroll_offset.y, self.size.height
        if y < top:
            self.scroll_to(y=y, animate=False)
        elif y >= top + height:
            self.scroll_to(y=y - height + 1, animate=False)

    def render_line(self, y: int) -> Strip:
        return self._row_strips.strip(y + self.scroll_offset.y, self.outer_size.width)

    def render_lines(self, crop: Region) -> list[Strip]:
        """As wide as the widget with its scroll bar, which Textual paints over the rows' ends."""
        return strips_in(crop, self._row_strips, self.outer_size.width, self.scroll_offset.y)

    def _paint(self, changes: Iterable[Change]) -> None:
        regions = regions_of(changes, self.size, self.scroll_offset.y)
        if regions:
            self.refresh(*regions)


def strips_in(crop: Region, row_strips: RowStrips, width: int, scrolled: int) -> list[Strip]:
    """The lines of a widget, whose first is row ``scrolled``."""
    strips = [row_strips.strip(y + scrolled, width) for y in crop.line_range]
    if crop.column_span == (0, width):
        return strips
    return [strip.crop(*crop.column_span) for strip in strips]


def regions_of(changes: Iterable[Change], size: Size, scrolled: int) -> list[Region]:
    """The changes that are in view, in cells of the widget."""
    found: list[Region] = []
    for y, first, end in changes:
        end = size.width if end is None else min(end, size.width)
        if 0 <= y - scrolled < size.height and first < end:
            found.append(Region(first, y - scrolled, end - first, 1))
    return found
