"""One piece of news as a source tells it. Texts of strangers: cut, kept as data, never followed."""

from __future__ import annotations

import html
import re
from hashlib import sha256

import msgspec

from collectors.taking import Row
from engine.domain.units import Nanoseconds

MOST_TITLE, MOST_SUMMARY, MOST_URL = 400, 2_000, 1_000
_TAG = re.compile(r"<[^<>]{0,500}>")


class Item(msgspec.Struct, frozen=True, kw_only=True):
    """``own_id`` is the source's name of it, if it has one; ``outlet`` who wrote it."""

    source: str
    own_id: str = ""
    title: str
    url: str = ""
    outlet: str = ""
    summary: str = ""
    published_ns: Nanoseconds | None = None
    published_text: str = ""
    sentiment: float | None = None

    @property
    def id(self) -> str:
        """By the source's own name of it, else its address, else its title."""
        name = self.own_id or self.url or self.title
        return sha256(f"{self.source}\n{name}".encode()).hexdigest()[:24]


class NewsRow(Row, frozen=True, kw_only=True):
    """``duplicate_of`` is the id of the first telling of the same news."""

    TABLE = "news"
    id: str
    source: str
    outlet: str | None = None
    title: str
    summary: str | None = None
    url: str | None = None
    published_ns: Nanoseconds | None = None
    published_text: str | None = None
    categories: tuple[str, ...] = ()
    markets: tuple[str, ...] = ()
    duplicate_of: str | None = None
    sentiment: float | None = None
    received_ns: Nanoseconds


def plain_text(text: str, most: int) -> str:
    """Without tags, entities and control characters, in one line of at most ``most`` characters."""
    bare = html.unescape(_TAG.sub(" ", text[: 20 * most]))
    line = " ".join("".join(c if c.isprintable() else " " for c in bare).split())
    return line if len(line) <= most else line[: most - 1] + "…"
