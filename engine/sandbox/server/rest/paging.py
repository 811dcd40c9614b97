"""Cursors: opaque to a client, and stable while lists grow.

A cursor says where the last page ended, in a way that later arrivals do not move. One that cannot be read,
or that belongs to another list, starts from the beginning: the exchange answers it with 200.
"""

from __future__ import annotations

import base64
import binascii
from bisect import bisect_right
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

T = TypeVar("T")

_SEPARATOR = "\x1f"


def cursor_text(listing: str, place: str) -> str:
    """An opaque cursor of one list."""
    return base64.urlsafe_b64encode(f"{listing}{_SEPARATOR}{place}".encode()).decode().rstrip("=")


def cursor_place(listing: str, cursor: str | None) -> str | None:
    """The place in a cursor of this list, else None."""
    if not cursor:
        return None
    try:
        text = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
    except (binascii.Error, ValueError):
        return None
    found, separator, place = text.partition(_SEPARATOR)
    return place if separator and found == listing else None


def newest_first(
    listing: str,
    items: Sequence[T],
    cursor: str | None,
    limit: int,
    wanted: Callable[[T], bool],
    is_past: Callable[[T], bool] | None = None,
) -> tuple[list[T], str]:
    """A page of a list that only grows at its end, newest first, and the next cursor (empty on the last).

    The cursor counts from the oldest item, so that arrivals do not move it. ``is_past`` says that neither
    this item nor any older one can be wanted.
    """
    place = cursor_place(listing, cursor)
    end = len(items)
    if place is not None and place.isdigit():
        end = min(int(place), end)
    page: list[T] = []
    for index in range(end - 1, -1, -1):
        item = items[index]
        if is_past is not None and is_past(item):
            break
        if not wanted(item):
            continue
        if len(page) == limit:
            return page, cursor_text(listing, str(index + 1))
        page.append(item)
    return page, ""


def by_key(
    listing: str,
    items: Sequence[T],
    key: Callable[[T], Any],
    cursor: str | None,
    limit: int,
    wanted: Callable[[T], bool],
    *,
    read_key: Callable[[str], Any] = str,
    write_key: Callable[[Any], str] = str,
) -> tuple[list[T], str]:
    """A page of a list that is sorted by a unique key, and the next cursor (empty on the last page).

    The cursor is the key of the page's last item. ``read_key`` raises ValueError for a key it cannot read.
    """
    place = cursor_place(listing, cursor)
    start = 0
    if place is not None:
        try:
            start = bisect_right(items, read_key(place), key=key)
        except ValueError:
            start = 0
    page: list[T] = []
    for index in range(start, len(items)):
        item = items[index]
        if not wanted(item):
            continue
        if len(page) == limit:
            return page, cursor_text(listing, write_key(key(page[-1])))
        page.append(item)
    return page, ""
