"""The ticket's surface as a widget: it stands in the place of a panel, and has the keys while it is open."""

from __future__ import annotations

from time import monotonic

from textual.events import Key, Resize
from textual.message import Message

from console.tui.ticket.edging import AROUND, edged
from console.tui.ticket.flows import TicketDesk
from console.tui.widgets.row_pane import RowPane
from console.tui.widgets.row_strips import StyleOf
from engine.domain.units import SECOND_NS, Nanoseconds


class TicketPane(RowPane, can_focus=True):
    """Shows :class:`TicketDesk` in as much room as the layout gives it.

    The app calls :meth:`redraw` with each flush of the screen; what did not change is not painted.
    """

    class Toggled(Message):
        """The surface has something to show now, or no longer."""

        def __init__(self, is_open: bool) -> None:
            super().__init__()
            self.is_open = is_open

    def __init__(self, tickets: TicketDesk, style_of: StyleOf, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(style_of, id=id)
        self._tickets = tickets
        self._was_open = False
        tickets.changed = self.redraw

    def redraw(self) -> None:
        """Draws what there is now; what is drawn counts as seen once it was painted."""
        if not self.is_attached:
            return
        if self._tickets.is_open is not self._was_open:
            self._was_open = self._tickets.is_open
            self.post_message(self.Toggled(self._was_open))
        width, height = self.size
        if not self.display or width <= 0 or height <= 0:
            return
        rows = self._tickets.rows(width - AROUND, height - AROUND)
        self.show(edged(rows, width, height))
        face = self._tickets.face
        self.call_after_refresh(self._tickets.painted, face)

    def on_resize(self, _: Resize) -> None:
        self.redraw()

    def on_key(self, event: Key) -> None:
        """All keys are the ticket's, but for those with ctrl."""
        if not self._tickets.is_open or event.key.startswith("ctrl+"):
            return
        event.stop()
        event.prevent_default()
        key = event.character if event.is_printable and event.character else event.key
        self._tickets.key(key, self._tickets.mono_ns() - _waited_ns(event))
        self.redraw()


def _waited_ns(event: Key) -> Nanoseconds:
    """How long ago the key was pressed: what waited while the console was busy was not meant for what is on
    the screen now."""
    return max(0, int((monotonic() - event.time) * SECOND_NS))
