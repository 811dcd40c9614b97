"""What the frame asks of the part that writes and sends orders."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from console.tui.layout import Rect


@dataclass(frozen=True, slots=True)
class Where:
    """What an action of trading is about. ``row_key`` is what the row of the cursor names (an order, a price
    in basis points of YES, a ticker), empty unless the user chose the row; ``panel`` is that panel's code."""

    ticker: str
    panel: str = ""
    row_key: str = ""


class Trading(Protocol):
    """Keys go to it first while it is open; it alone sends what adds or takes away risk."""

    @property
    def is_open(self) -> bool:
        """Whether a surface is shown and takes the keys."""
        ...

    @property
    def foot(self) -> tuple[tuple[str, str], ...]:
        """Its keys with what each does, for the last row of the screen."""
        ...

    def act(self, action_id: str, where: Where) -> None:
        """``ticket.yes``, ``ticket.no``, ``ticket.close``, ``order.cancel``, ``order.cancel_all`` or
        ``desk.arm`` was asked for."""
        ...

    def type(self, code: str, ticker: str, args: tuple[str, ...]) -> None:
        """A code of the kind TICKET, or ARM or SAFE, was typed."""
        ...

    def key(self, key: str, character: str | None) -> None:
        """A key while it is open; it is not used for anything else."""
        ...

    def put(self, rect: Rect | None) -> None:
        """Where its surface is on the screen; None: no ticket may open at this size."""
        ...

    def flush(self) -> None:
        """Draws what changed; called eight times a second."""
        ...
