"""Which panels are where, at each size of the terminal."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

PHONE_BELOW = 60
"""Columns under which only what is held and what happened is shown."""
TRADE_WIDTH = 80
TRADE_HEIGHT = 24
"""Below these no ticket opens: its review would not fit beside the book."""
_REVIEW_MORE = 8
"""Rows that a review with a plan, a warning and the limits that are left needs beyond the news panel's."""
_AROUND = 4
"""Rows of banner, command line, message and keys."""


class Rect(NamedTuple):
    """In cells, from the left and top of the screen."""

    x: int
    y: int
    width: int
    height: int


class Slot(NamedTuple):
    """A place for a panel. ``number`` is its key; ``codes`` are those that it takes, the first at start."""

    number: int
    codes: tuple[str, ...]
    rect: Rect


class Size(StrEnum):
    PHONE = "phone"
    NARROW = "narrow"
    DESK = "desk"
    WIDE = "wide"


class Arrangement(NamedTuple):
    """``ticket`` is where a ticket opens, None where none may."""

    size: Size
    slots: tuple[Slot, ...]
    ticket: Rect | None
    area: Rect

    def slot_for(self, code: str) -> Slot:
        """Where a panel opens: where it is at home, else in the first place."""
        return next((slot for slot in self.slots if code in slot.codes), self.slots[0])


_LIST = ("WATCH",)
_MONEY = ("POS", "ORD", "FILL", "CASH", "COND", "LOAD")
_LADDER = ("BOOK", "TAS")
_MODELS = ("FCST", "WHY", "XRAY")
_NEWS = ("LOG", "NEWS", "FEED", "ENG", "RISK", "SCAN")


def size_of(width: int, height: int, *, is_phone: bool = False) -> Size:
    if is_phone or width < PHONE_BELOW:
        return Size.PHONE
    if width < 110 or height < 34:
        return Size.NARROW
    return Size.DESK if width < 170 or height < 50 else Size.WIDE


def arrange(width: int, height: int, *, is_phone: bool = False) -> Arrangement:
    """The arrangement for a terminal of that many columns and rows; every slot is at least 3 by 3."""
    size = size_of(width, height, is_phone=is_phone)
    area = Rect(0, 2, max(width, 10), max(height - _AROUND, 3))
    made = {Size.PHONE: _phone, Size.NARROW: _narrow, Size.DESK: _desk, Size.WIDE: _wide}[size](area)
    if size is Size.PHONE or width < TRADE_WIDTH or height < TRADE_HEIGHT:
        made = made._replace(ticket=None)
    return made


def _phone(area: Rect) -> Arrangement:
    if area.height < 8:
        slots: tuple[Slot, ...] = (Slot(3, (*_MONEY, "LOG", "WATCH", "EVT"), area),)
    else:
        top, bottom = _split_rows(area, area.height * 3 // 5)
        slots = (
            Slot(3, (*_MONEY, *_LIST, "EVT", "GP", "DES", "BOOK", "TAS", *_MODELS), top),
            Slot(5, _NEWS, bottom),
        )
    return Arrangement(Size.PHONE, slots, None, area)


def _narrow(area: Rect) -> Arrangement:
    main = ("EVT", *_LIST, "GP", "DES", *_MODELS, *_NEWS)
    if area.height < 12:
        slots: tuple[Slot, ...] = (Slot(1, (*main, *_MONEY, *_LADDER), area),)
        return Arrangement(Size.NARROW, slots, None, area)
    top, bottom = _split_rows(area, area.height - max(5, area.height * 3 // 10))
    if area.width < TRADE_WIDTH:
        return Arrangement(
            Size.NARROW, (Slot(1, (*main, *_LADDER), top), Slot(3, _MONEY, bottom)), None, area
        )
    left, right = _split_columns(top, area.width - max(30, area.width * 3 // 10))
    slots = (Slot(1, main, left), Slot(3, _MONEY, bottom), Slot(4, _LADDER, right))
    return Arrangement(Size.NARROW, slots, Rect(area.x, area.y, left.width, area.height), area)


def _desk(area: Rect) -> Arrangement:
    top, bottom = _split_rows(area, area.height * 21 // 36)
    watch, chart = _split_columns(top, area.width * 46 // 120)
    money, rest = _split_columns(bottom, area.width * 48 // 120)
    ladder, news = _split_columns(rest, area.width * 32 // 120)
    slots = (
        Slot(1, _LIST, watch),
        Slot(2, ("GP", "EVT", "DES", "HELP", *_MODELS), chart),
        Slot(3, _MONEY, money),
        Slot(4, _LADDER, ladder),
        Slot(5, _NEWS, news),
    )
    taller = min(area.height, news.height + _REVIEW_MORE)
    ticket = Rect(news.x, area.y + area.height - taller, news.width, taller)
    return Arrangement(Size.DESK, slots, ticket, area)


def _wide(area: Rect) -> Arrangement:
    left, ladder = _split_columns(area, area.width - 44)
    top, bottom = _split_rows(left, area.height * 36 // 56)
    watch, centre = _split_columns(top, 56)
    chart, event = _split_rows(centre, top.height * 20 // 36)
    money, news = _split_columns(bottom, bottom.width // 2)
    slots = (
        Slot(1, _LIST, watch),
        Slot(2, ("GP", "DES", "HELP"), chart),
        Slot(3, _MONEY, money),
        Slot(4, _LADDER, ladder),
        Slot(5, _NEWS, news),
        Slot(6, ("EVT", *_MODELS), event),
    )
    return Arrangement(Size.WIDE, slots, news, area)


def _split_rows(rect: Rect, first: int) -> tuple[Rect, Rect]:
    x, y, width, height = rect
    first = min(max(first, 3), height - 3)
    return Rect(x, y, width, first), Rect(x, y + first, width, height - first)


def _split_columns(rect: Rect, first: int) -> tuple[Rect, Rect]:
    x, y, width, height = rect
    first = min(max(first, 3), width - 3)
    return Rect(x, y, first, height), Rect(x + first, y, width - first, height)
