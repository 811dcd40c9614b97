"""A price chart on the screen: drawn when its model or size changes, painted where the picture differs."""

from __future__ import annotations

from console.tui.chart.draw import draw
from console.tui.chart.glyphs import BRAILLE, GlyphSet
from console.tui.chart.model import ChartModel
from console.tui.widgets.row_pane import RowPane
from console.tui.widgets.row_strips import StyleOf


class PriceChart(RowPane):
    def __init__(
        self,
        style_of: StyleOf,
        *,
        glyphs: GlyphSet = BRAILLE,
        id: str | None = None,  # noqa: A002 - Textual's own word
        classes: str | None = None,
    ) -> None:
        super().__init__(style_of, id=id, classes=classes)
        self._glyphs = glyphs
        self._model = ChartModel()

    def show_model(self, model: ChartModel) -> None:
        if model != self._model or not self.rows:
            self._model = model
            self._draw()

    def use_glyphs(self, glyphs: GlyphSet) -> None:
        """Draws with other characters."""
        self._glyphs = glyphs
        self._draw()

    def on_resize(self) -> None:
        self._draw()

    def _draw(self) -> None:
        self.show(draw(self._model, self.size.width, self.size.height, self._glyphs))
