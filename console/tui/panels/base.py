"""What a panel is: a pure function from the desk to the rows of one box.

A panel knows no screen. The frame tells it how much room there is and which row the cursor is on, and draws
what comes back; the same desk and place always give the same view.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, ClassVar, Protocol, runtime_checkable

from console.tui.cells import Row
from engine.domain.units import SECOND_NS, Nanoseconds

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
    is that of the data, in seconds; None: unknown. Rows may be made when they are first looked at: look
    before the desk changes.
    """

    title: str
    rows: Sequence[Row]
    keys: tuple[str | None, ...]
    age_s: float | None = None
    state: PanelState = PanelState.NORMAL
    header_rows: int = 0
    topic: str = ""
    """Whose age it is, where it is a topic's."""
    since_ns: Nanoseconds | None = None
    """From when on it counts, where that is a moment of the exchange's time."""

    def aged_s(self, desk: Desk, passed_ns: Nanoseconds) -> float | None:
        """The age now, ``passed_ns`` after the view was made."""
        if self.topic:
            return desk.age_s(self.topic)
        if self.since_ns is not None:
            return max(0, desk.now_ns - self.since_ns) / SECOND_NS
        return None if self.age_s is None else self.age_s + passed_ns / SECOND_NS

    @property
    def has_own_age(self) -> bool:
        """Whether its age can be told without making the view anew."""
        return bool(self.topic) or self.since_ns is not None


class Panel(Protocol):
    """``code`` is what the command line calls it, ``name`` what it is in words."""

    @property
    def code(self) -> str: ...

    @property
    def name(self) -> str: ...

    def view(self, desk: Desk, place: Place) -> View:
        """Draws the desk at a place; raises nothing, whatever the desk has."""
        ...


@runtime_checkable
class SteeredPanel(Panel, Protocol):
    """A panel with a will of its user in it: an order that was frozen, a fold, the middle of a ladder.

    Panels are values. Before each view the frame keeps what :meth:`settled` gives back, and when a key was
    pressed in the panel what :meth:`acted` does; both return the panel itself where nothing changes.
    """

    actions: ClassVar[tuple[str, ...]]
    """Those that :meth:`acted` knows."""

    def settled(self, desk: Desk, place: Place) -> SteeredPanel:
        """The panel with what must not move from here on, such as the rows' order, taken from the desk."""
        ...

    def acted(self, action: str, desk: Desk, place: Place) -> SteeredPanel:
        """The panel after an action at the cursor; an unknown one changes nothing."""
        ...


FOLD = "fold"
"""Closes or opens the group of rows under the cursor."""
RESORT = "resort"
"""Puts the rows into the order of now, or into the next kind of order."""
CENTRE = "centre"
"""Brings the middle of the data to the middle of the panel."""
SCROLL_UP = "scroll_up"
"""Asked for when the cursor is to leave the first or last row that may be selected."""
SCROLL_DOWN = "scroll_down"
