"""What a panel is: a pure function from the desk to the rows of one box.

A panel knows no screen. The frame tells it how much room there is and which row the cursor is on, and draws
what comes back; the same desk and place always give the same view.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

from console.tui.cells import Row

if TYPE_CHECKING:
    from console.tui.desk import Desk


class PanelState(StrEnum):
    """What the rows of a view are worth.

    EMPTY: there is nothing to show, and that is known. LOADING: the engine has not told yet. STALE: rows are
    what was last told. OFFLINE: there is no engine; rows, if any, are from before it was lost. ERROR: it
    cannot be shown, and the rows say why.
    """

    NORMAL = "normal"
    EMPTY = "empty"
    LOADING = "loading"
    STALE = "stale"
    OFFLINE = "offline"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Place:
    """The inside of a panel's box in cells. ``cursor`` is the key of the selected row; None: none is."""

    width: int
    height: int
    cursor: str | None = None
    is_focused: bool = False


@dataclass(frozen=True, slots=True)
class View:
    """What a panel shows.

    ``rows`` may be more than fit: the frame scrolls those after the first ``header_rows``. ``keys`` names
    what each row is about (a ticker, an order), as long as ``rows``; None: the cursor passes over it. The age
    is that of the data, in seconds; None: unknown.
    """

    title: str
    rows: tuple[Row, ...]
    keys: tuple[str | None, ...]
    age_s: float | None = None
    state: PanelState = PanelState.NORMAL
    header_rows: int = 0


class Panel(Protocol):
    """``code`` is what the command line calls it, ``name`` what it is in words."""

    @property
    def code(self) -> str: ...

    @property
    def name(self) -> str: ...

    def view(self, desk: Desk, place: Place) -> View:
        """Draws the desk at a place; raises nothing, whatever the desk has."""
        ...
