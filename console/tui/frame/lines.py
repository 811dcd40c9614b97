"""The rows around the panels: banner and command row above, message and keys below, offers under a prompt."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.geometry import Size

from console.tui import roles
from console.tui.cells import Row, clip
from console.tui.frame.banner import BannerWords, banner, has_sentence, sentence_in
from console.tui.frame.key_row import foot_row, key_row
from console.tui.frame.messages import MOST_ROWS, Level
from console.tui.frame.start import hint
from console.tui.layout import PHONE_BELOW
from console.tui.ticket.foot import KeyLabels
from console.tui.widgets.row_pane import RowPane
from console.tui.widgets.row_strips import StyleOf

if TYPE_CHECKING:
    from console.tui.app import DeskApp

_ROOM_FOR_LONG = 12
"""Rows that a terminal must have for a message to take more than one of them."""


_OF_PAGE = (
    ("desk.back", "back"),
    ("move.page_down", "more"),
    ("move.page_up", "before"),
    ("desk.quit", "leave"),
)
"""Actions of a page that lies over the panels."""


class Lines:
    def __init__(self, app: DeskApp, style_of: StyleOf) -> None:
        self._app = app
        self._extent = Size(80, 24)
        self._banner, self._command = RowPane(style_of), RowPane(style_of)
        self._message, self._keys = RowPane(style_of), RowPane(style_of)
        self._offers = RowPane(style_of, id="offers")
        self._key_rows: dict[tuple[str, int, bool, bool, bool], Row] = {}
        """The last one, by what it was made of."""
        self._foot: KeyLabels | None = None
        """The keys of the ticket as they were drawn last; None: it was closed."""

    def above(self) -> tuple[RowPane, ...]:
        return self._banner, self._command

    def below(self) -> tuple[RowPane, ...]:
        return self._message, self._keys

    def over(self) -> tuple[RowPane, ...]:
        return (self._offers,)

    def place(self, extent: Size) -> None:
        """In a terminal of that size."""
        self._extent = extent
        for pane, y in ((self._banner, 0), (self._command, 1), (self._keys, extent.height - 1)):
            _put(pane, y, extent.width, 1)
        self._place_message(1)
        self.place_offers()

    def place_offers(self) -> None:
        """Under the prompt while it is open and something is offered."""
        rows = self._offered()
        self._offers.display = bool(rows)
        _put(self._offers, 2, self._extent.width, max(1, len(rows)))

    def draw(self) -> None:
        app, width = self._app, self._extent.width
        words = BannerWords(app.drawing.is_frozen, app.options.is_observer)
        top = banner(app.desk, words, width)
        self._banner.show((top,))
        self._command.show((self._command_row(top, width),))
        self._draw_message(width)
        self._keys.show((self._key_row(width),))
        if app.prompt.is_open:
            self._offers.show(self._offered())

    def _command_row(self, top: Row, width: int) -> Row:
        app = self._app
        if app.prompt.is_open:
            return app.prompt.row(width)
        left = f" {app.desk.loaded or 'no market loaded'} "
        room = max(width - len(left) - 1, 0)
        right = "" if has_sentence(app.desk, top) else sentence_in(app.desk, room)
        return ((clip(left, width), roles.ACCENT), (f"{right:>{room}} ", roles.LABEL))

    def _draw_message(self, width: int) -> None:
        """A long error covers the feet of panels until it is dismissed, but never a ticket. Of what is only
        told, the beginning must do where there is room for it."""
        app = self._app
        app.messages.hint = hint(app.desk) or app.messages.hint
        is_short = app.trading.is_open or self._extent.height < _ROOM_FOR_LONG
        is_long = app.messages.current.level is Level.ERROR or width < PHONE_BELOW
        rows = app.messages.rows(width, MOST_ROWS if is_long and not is_short else 1)
        self._place_message(len(rows))
        self._message.show(rows)

    def _place_message(self, rows: int) -> None:
        _put(self._message, self._extent.height - 1 - rows, self._extent.width, rows)

    @property
    def is_news(self) -> bool:
        """Whether a message came, or a ticket went on to its next stage, since all was drawn."""
        return self._app.messages.is_news or self._foot_now() != self._foot

    def _foot_now(self) -> KeyLabels | None:
        return self._app.trading.foot if self._app.trading.is_open else None

    def _key_row(self, width: int) -> Row:
        app = self._app
        self._foot = self._foot_now()
        if self._foot is not None:
            return foot_row(self._foot, width)
        if app.boxes.is_covered:
            return foot_row([(app.keymap.text(action), label) for action, label in _OF_PAGE], width)
        can_buy = app.boxes.arrangement.ticket is not None
        can_act = not app.options.is_observer
        panel, is_armed = app.boxes.current.code, app.desk.armed_s is not None
        of = (panel, width, can_act, can_buy, is_armed)
        if of not in self._key_rows:
            made = key_row(app.keymap, panel, width, can_act=can_act, can_buy=can_buy, is_armed=is_armed)
            self._key_rows = {of: made}
        return self._key_rows[of]

    def _offered(self) -> list[Row]:
        if not self._app.prompt.is_open:
            return []
        return self._app.prompt.rows(self._extent.width, self._app.boxes.arrangement.area.height)


def _put(pane: RowPane, y: int, width: int, height: int) -> None:
    pane.styles.offset = (0, max(y, 0))
    pane.styles.width, pane.styles.height = width, height
