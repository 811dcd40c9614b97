"""The boxes on the screen: where each is, which one has the keys, which fills the screen."""

from __future__ import annotations

from collections.abc import Callable

from console.tui.desk import Desk
from console.tui.flush import reads
from console.tui.frame.panel_box import PanelBox
from console.tui.layout import Arrangement, arrange
from console.tui.panel_registry import panel_of
from console.tui.panels.base import Panel
from console.tui.widgets.row_strips import StyleOf

MOST_BOXES = 6


class Boxes:
    """Boxes are made once and moved about: a resize never loses a cursor."""

    def __init__(self, style_of: StyleOf, desk: Desk, *, is_phone: bool = False) -> None:
        self._desk = desk
        self._is_phone = is_phone
        self.arrangement: Arrangement = arrange(120, 40, is_phone=is_phone)
        self._by_number: dict[int, PanelBox] = {}
        self.focused = 0
        self.is_zoomed = False
        self._over: Panel | None = None
        self._standing: tuple[bool, ...] = ()
        """What makes pictures old all at once, as it was when they were drawn last."""
        self._over_box = PanelBox(style_of, 0, panel_of("LOG"))
        self._make: Callable[[int, Panel], PanelBox] = lambda number, panel: PanelBox(style_of, number, panel)
        for number, code in zip(
            range(1, MOST_BOXES + 1), ("WATCH", "GP", "POS", "BOOK", "LOG", "EVT"), strict=True
        ):
            self._by_number[number] = self._make(number, panel_of(code))

    def widgets(self) -> list[PanelBox]:
        return [*self._by_number.values(), self._over_box]

    @property
    def shown(self) -> list[PanelBox]:
        """Those that are seen, in the order of their numbers."""
        if self._over is not None:
            return [self._over_box]
        numbers = sorted(slot.number for slot in self.arrangement.slots)
        if self.is_zoomed:
            return [self._by_number[self.focused]]
        return [self._by_number[number] for number in numbers]

    @property
    def current(self) -> PanelBox:
        """The one that has the keys."""
        return self._over_box if self._over is not None else self._by_number[self.focused]

    @property
    def is_covered(self) -> bool:
        """Whether a page lies over the panels."""
        return self._over is not None

    def find(self, code: str) -> PanelBox | None:
        return next((box for box in self.shown if box.code == code), None)

    def arrange(self, width: int, height: int) -> None:
        """For a terminal of that size. A panel that its place does not take gives way to the place's own."""
        is_first = not self.focused
        self.arrangement = arrange(width, height, is_phone=self._is_phone)
        for slot in self.arrangement.slots:
            box = self._by_number[slot.number]
            wanted = box.code if box.code in slot.codes and not is_first else slot.codes[0]
            if wanted != box.code:
                box.open(panel_of(wanted))
        numbers = [slot.number for slot in self.arrangement.slots]
        if self.focused not in numbers:
            self.focused = numbers[0]
            self.is_zoomed = False
        self.place()

    def place(self) -> None:
        """Puts every box where it belongs and hides the others."""
        shown = self.shown
        rects = {slot.number: slot.rect for slot in self.arrangement.slots}
        for box in self.widgets():
            is_shown = box in shown
            box.display = is_shown
            box.is_focused = box is self.current
            if is_shown:
                whole = self.is_zoomed or self._over is not None
                box.put(self.arrangement.area if whole else rects[box.number])

    def focus(self, number: int) -> bool:
        if self._over is not None or number not in [slot.number for slot in self.arrangement.slots]:
            return False
        self.focused = number
        self.place()
        return True

    def focus_next(self, by: int) -> None:
        numbers = sorted(slot.number for slot in self.arrangement.slots)
        self.focus(numbers[(numbers.index(self.focused) + by) % len(numbers)])

    def zoom(self) -> None:
        if self._over is None:
            self.is_zoomed = not self.is_zoomed
            self.place()

    def open(self, code: str) -> None:
        """Shows the panel of a code where it is at home, and gives it the keys."""
        self._over = None
        slots = self.arrangement.slots
        there = next((slot for slot in slots if self._by_number[slot.number].code == code), None)
        slot = there or self.arrangement.slot_for(code)
        box = self._by_number[slot.number]
        if box.code != code:
            box.open(panel_of(code))
        self.focused = slot.number
        self.place()

    def open_over(self, panel: Panel) -> None:
        """A page over all panels, until :meth:`back`."""
        self._over = panel
        self._over_box.open(panel)
        self.place()

    def back(self) -> bool:
        """One step out: from a page, from a zoomed panel. False when there is none."""
        if self._over is not None:
            self._over = None
        elif self.is_zoomed:
            self.is_zoomed = False
        else:
            return False
        self.place()
        return True

    @property
    def is_flashing(self) -> bool:
        return any(box.is_flashing for box in self.shown)

    def draw(self) -> None:
        """Draws what is seen."""
        for box in self.shown:
            box.draw(self._desk)

    def keep(self, kinds: frozenset[str], *, is_new_second: bool) -> None:
        """Draws of what is seen that which may look different: since kinds of topics changed, or by the time
        that went by."""
        standing = (self._desk.is_attached, self._desk.is_silent, self._desk.is_feed_live)
        is_all, self._standing = standing != self._standing, standing
        for box in self.shown:
            if is_all or box.view is None or reads(box.code, kinds):
                box.draw(self._desk)
            elif is_new_second:
                box.age(self._desk)
