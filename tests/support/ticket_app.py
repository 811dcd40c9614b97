"""A small app with nothing on it but the ticket's surface, and what it says in the message row."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from textual.app import App, ComposeResult

from console.tui import cells
from console.tui.desk import Desk
from console.tui.theme import theme_named
from console.tui.ticket.flows import TicketDesk
from console.tui.ticket.messages import Message
from console.tui.ticket.pane import TicketPane


class TicketApp(App[None]):
    """``said`` are the messages; :meth:`on_desk` is what the real app does with each change of the desk."""

    def __init__(self, desk: Desk, home: Path | None = None, **options: Any) -> None:
        super().__init__()
        self.desk = desk
        self.said: list[Message] = []
        self.toggles: list[bool] = []
        self.tickets = TicketDesk(desk, home=home, say=self.said.append, **options)
        desk.listen(lambda _: self.on_desk())

    def compose(self) -> ComposeResult:
        yield TicketPane(self.tickets, theme_named("default").style, id="ticket")

    def on_mount(self) -> None:
        self.query_one(TicketPane).focus()

    def on_ticket_pane_toggled(self, message: TicketPane.Toggled) -> None:
        self.toggles.append(message.is_open)

    def on_desk(self) -> None:
        self.tickets.moved()
        if self.is_running:
            self.query_one(TicketPane).redraw()

    async def on_unmount(self) -> None:
        await self.tickets.stop()

    @property
    def text(self) -> str:
        """What is on the surface, without its edge."""
        rows = self.query_one(TicketPane).rows[1:-1]
        return "\n".join(cells.plain(row)[1:-1].rstrip() for row in rows)

    @property
    def last(self) -> str:
        return self.said[-1].text if self.said else ""
