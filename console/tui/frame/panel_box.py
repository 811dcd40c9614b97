"""A panel in its box on the screen."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, cast

from console.tui.cells import Row, plain
from console.tui.desk import Desk
from console.tui.frame.boxing import Box, age_text, boxed, top
from console.tui.frame.cursor import Cursor, scrolled
from console.tui.layout import Rect
from console.tui.panels.base import (
    SCROLL_DOWN,
    SCROLL_UP,
    Panel,
    PanelState,
    Place,
    SteeredPanel,
    View,
)
from console.tui.panels.states import Saying, saying_view
from console.tui.widgets.row_pane import RowPane
from console.tui.widgets.row_strips import StyleOf
from engine.domain.units import SECOND_NS, Nanoseconds

if TYPE_CHECKING:
    from collections.abc import Sequence

_NEWEST_FIRST = frozenset({"LOG", "TAS", "FILL", "WHY"})
"""On their first row a cursor goes with what is new; further down it stays on its row."""
_OF_LOADED = frozenset({"BOOK", "WATCH", "EVT"})
_STILL_NS = 5 * SECOND_NS
_STILL_LOST_NS = 30 * SECOND_NS
"""After so long a view that time did not change is looked at again; that of a lost engine."""


class PanelBox(RowPane):
    """Draws its panel's view, keeps the cursor on its row, scrolls. ``number`` is the key that focuses it."""

    def __init__(self, style_of: StyleOf, number: int, panel: Panel) -> None:
        super().__init__(style_of, flashes=True)
        self.number = number
        self.panel = panel
        self.rect = Rect(0, 0, 0, 0)
        self.is_focused = False
        self.is_chosen = False
        """Whether the user moved the cursor: only then its row counts as meant."""
        self.view: View | None = None
        self._cursor = Cursor()
        self._chosen_under = ""
        """The market that was loaded when the user moved the cursor."""
        self._offset = 0
        self._is_ageing = True
        """Whether rows changed when the panel was last looked at for the time that went by."""
        self._drawn_ns: Nanoseconds = 0
        self._age = ""
        """As the border tells it now."""
        self._keys_shown: tuple[str | None, ...] = ()

    @property
    def code(self) -> str:
        return self.panel.code

    @property
    def key(self) -> str | None:
        """What the row of the cursor is about."""
        return self._cursor.key

    @property
    def row_text(self) -> str:
        """The row of the cursor as text."""
        view = self.view
        if view is None or not self._cursor.at < len(view.rows):
            return ""
        return plain(view.rows[self._cursor.at]).strip()

    def put(self, rect: Rect) -> None:
        """Where the box is on the screen."""
        if rect == self.rect:
            return
        self.rect = rect
        self.styles.offset = (rect.x, rect.y)
        self.styles.width, self.styles.height = rect.width, rect.height

    def open(self, panel: Panel) -> None:
        """Another panel takes the place."""
        self.panel, self._cursor, self._offset, self.is_chosen = panel, Cursor(), 0, False
        self._is_ageing = True

    def draw(self, desk: Desk) -> None:
        self.is_chosen = self.is_meant(desk)
        view, stood_on = self._view(desk), self._cursor.key
        self._cursor = self._stands(view, desk)
        if self._cursor.key != stood_on:
            # Some panels tell more of the row that the cursor is on.
            view = self._view(desk)
            self._cursor = self._cursor.kept(view.keys)
        self.view = view
        self._drawn_ns = desk.mono_ns()
        self._show(view)

    def is_meant(self, desk: Desk) -> bool:
        """Whether the row of the cursor was chosen and still is. With another market loaded since, a price of
        the ladder was one of the market before, and in a list of markets the loaded one is meant."""
        return self.is_chosen and (self.code not in _OF_LOADED or self._chosen_under == desk.loaded)

    def _stands(self, view: View, desk: Desk) -> Cursor:
        """The cursor on its row, or where one begins."""
        if self._cursor.key is None or not self.is_chosen:
            return Cursor(_first_key(view.keys, desk.loaded, self.code)).kept(view.keys)
        return self._cursor.kept(view.keys)

    def age(self, desk: Desk) -> None:
        """Draws what time alone changes: rows each second while they do, else now and then; the age in the
        border when it reads otherwise."""
        longest_ns = _STILL_NS if desk.is_attached else _STILL_LOST_NS
        passed_ns, view = desk.mono_ns() - self._drawn_ns, self.view
        if view is None or self._is_ageing or passed_ns >= longest_ns:
            before = self._inside
            self.draw(desk)
            self._is_ageing = desk.is_attached and before != self._inside
            return
        age_s = view.aged_s(desk, passed_ns)
        if age_text(age_s) == self._age:
            return
        if view.has_own_age:
            self._show_age(replace(view, age_s=age_s))
        else:
            self.draw(desk)

    @property
    def _inside(self) -> tuple[Row, ...]:
        """What is drawn between the borders."""
        return self.rows[1:-1]

    def _view(self, desk: Desk) -> View:
        """The panel's view. A panel that fails says so in its own box: the others, and the keys by which
        orders are canceled and positions closed, go on."""
        place = self._place()
        try:
            steered = self._steered
            if steered is not None:
                self.panel = steered.settled(desk, place)
            return self.panel.view(desk, place)
        except Exception as error:
            text = f"this panel failed: {type(error).__name__}: {error}"
            advice = "the engine and the other panels go on; : and a code opens another panel here"
            return saying_view(self.code, Saying(PanelState.ERROR, text, advice), place.width)

    def move(self, desk: Desk, by: int) -> None:
        """The cursor goes up or down; a view without rows to stand on scrolls."""
        view = self.view
        if view is None:
            return
        self.is_chosen, self._chosen_under = True, desk.loaded
        if not any(key is not None for key in view.keys):
            self._offset += by
        elif self._cursor.is_at_end(view.keys, by) and self._steered is not None:
            self.act(desk, SCROLL_UP if by < 0 else SCROLL_DOWN)
        else:
            self._cursor = self._cursor.moved(view.keys, by)
            if self.code in _NEWEST_FIRST and self._cursor.is_at_end(view.keys, -1):
                self.is_chosen = False
        self.draw(desk)

    def select(self, desk: Desk, key: str) -> None:
        self._cursor, self.is_chosen = Cursor(key, self._cursor.at), True
        self._chosen_under = desk.loaded
        self.draw(desk)

    def nth(self, number: int) -> str | None:
        """The key of the nth row that may be stood on, counted from 1."""
        keys = [key for key in self.view.keys if key is not None] if self.view is not None else []
        return keys[number - 1] if 0 < number <= len(keys) else None

    def act(self, desk: Desk, action: str) -> bool:
        """An action of the panel itself; false when it knows none of that name."""
        panel = self._steered
        if panel is None or action not in panel.actions:
            return False
        self.panel = panel.acted(action, desk, self._place())
        self.draw(desk)
        return True

    @property
    def _steered(self) -> SteeredPanel | None:
        """The panel where it has a will of its user in it. A look at the names alone: asking for the protocol
        takes longer than most views."""
        return cast(SteeredPanel, self.panel) if hasattr(self.panel, "settled") else None

    @property
    def page(self) -> int:
        """As many rows as are seen below the header."""
        head = 0 if self.view is None else self.view.header_rows
        return max(1, self.rect.height - 2 - head)

    def _place(self) -> Place:
        rect = self.rect
        return Place(max(rect.width - 2, 1), max(rect.height - 2, 1), self._cursor.key, self.is_focused)

    def _show(self, view: View) -> None:
        inside = max(self.rect.height - 2, 0)
        at = -1 if self._cursor.key is None else self._cursor.at
        self._offset = scrolled(self._offset, at, len(view.rows), inside, view.header_rows)
        self._age = age_text(view.age_s)
        head = view.header_rows
        seen = view.keys[head + self._offset : self._offset + inside]
        self._keys_shown = (None, *view.keys[:head], *seen)
        self.show(boxed(view, self._box()), self._keys_shown)

    def _show_age(self, view: View) -> None:
        """Of what was drawn only the upper border is another."""
        self._age = age_text(view.age_s)
        self.show((top(view, self._box()), *self.rows[1:]), self._keys_shown)

    def _box(self) -> Box:
        cursor_at = None if self._cursor.key is None else self._cursor.at
        return Box(self.number, self.rect.width, self.rect.height, self.is_focused, cursor_at, self._offset)


def _first_key(keys: Sequence[str | None], loaded: str, code: str) -> str | None:
    """Where a cursor begins: on the loaded market, in a ladder in the middle, else on the first row."""
    named = [key for key in keys if key is not None]
    if not named:
        return None
    if loaded in named:
        return loaded
    return named[len(named) // 2] if code == "BOOK" else named[0]
