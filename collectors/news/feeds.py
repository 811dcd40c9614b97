"""RSS and Atom feeds. A document type, and with it every entity of its own, is refused."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit
from xml.etree import ElementTree

from collectors.fetching import Body, Request, gist
from collectors.news.desk import NewsDesk
from collectors.news.items import Item
from collectors.polling import Errand
from collectors.taking import FaultKind, SourceFault, Taken
from collectors.words import one_line, place_of
from engine.domain.units import SECOND_NS, Nanoseconds
from engine.wire.iso_time import TimeError, iso_ns

NAME = "rss"
_EVERY_S = 120.0
_MOST_ITEMS = 500
_ATOM = "{http://www.w3.org/2005/Atom}"


class Feeds:
    """A :class:`collectors.polling.PollSource`: an errand for each feed."""

    name = NAME
    spacing_s = 1.0
    keeps_raw = False

    def __init__(self, desk: NewsDesk, urls: Sequence[str]) -> None:
        self._desk = desk
        self._errands = [
            Errand(name=place_of(url), request=Request(url=url), every_s=_EVERY_S)
            for url in dict.fromkeys(urls)
        ]

    def errands(self, now_ns: Nanoseconds) -> Sequence[Errand]:
        return self._errands

    def take(self, errand: Errand, body: Body) -> Taken:
        return self._desk.take(items_of(body)[:_MOST_ITEMS], body.received_ns)


def items_of(body: Body) -> list[Item]:
    """Raises SourceFault for what is no feed."""
    where = place_of(body.url)
    if b"<!DOCTYPE" in body.data[:2_048] or b"<!ENTITY" in body.data:
        raise SourceFault(FaultKind.SHAPE, f"{where}: a page or a document type, no feed: {gist(body.data)}")
    try:
        root = ElementTree.fromstring(body.data)
    except (ElementTree.ParseError, ValueError, LookupError) as error:
        # The latter two are of an encoding that is not known, or not read.
        detail = f"{where}: no feed: {one_line(str(error))}: {gist(body.data)}"
        raise SourceFault(FaultKind.SHAPE, detail) from None
    outlet = urlsplit(body.url).hostname or ""
    if root.tag == f"{_ATOM}feed":
        return [_atom(entry, outlet) for entry in root.iter(f"{_ATOM}entry")]
    if _local(root.tag) in ("rss", "RDF"):
        return [_rss(item, outlet) for item in root.iter() if _local(item.tag) == "item"]
    raise SourceFault(FaultKind.SHAPE, f"{where}: got {one_line(root.tag, 60)}, wanted a feed")


def _rss(item: ElementTree.Element, outlet: str) -> Item:
    texts = {_local(part.tag): (part.text or "").strip() for part in reversed(item)}
    published = texts.get("pubDate") or texts.get("date", "")
    return Item(
        source=NAME,
        own_id=texts.get("guid", ""),
        title=texts.get("title", ""),
        url=texts.get("link", ""),
        outlet=outlet,
        summary=texts.get("description", ""),
        published_ns=_moment(published),
        published_text=published,
    )


def _atom(entry: ElementTree.Element, outlet: str) -> Item:
    texts = {_local(part.tag): "".join(part.itertext()).strip() for part in reversed(entry)}
    links = [
        link.get("href", "")
        for link in entry.iter(f"{_ATOM}link")
        if link.get("rel", "alternate") == "alternate"
    ]
    published = texts.get("published") or texts.get("updated", "")
    return Item(
        source=NAME,
        own_id=texts.get("id", ""),
        title=texts.get("title", ""),
        url=links[0] if links else "",
        outlet=outlet,
        summary=texts.get("summary", ""),
        published_ns=_moment(published),
        published_text=published,
    )


def _moment(text: str) -> Nanoseconds | None:
    """RFC 822 as RSS has it, or ISO 8601 as Atom does; None for what is neither."""
    try:
        return iso_ns(text)
    except TimeError:
        pass
    try:
        found = parsedate_to_datetime(text)
    except ValueError:
        return None
    aware = found if found.tzinfo is not None else found.replace(tzinfo=UTC)
    return int(aware.timestamp()) * SECOND_NS


def _local(tag: object) -> str:
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""
