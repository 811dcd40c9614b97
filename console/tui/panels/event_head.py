"""The lines above an event's strikes: its life, the number that decides it, what all of it costs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from decimal import Decimal

from console.tui import numbers, roles
from console.tui.cells import Row, Span, clip, clip_row, row_width
from console.tui.desk import Desk
from console.tui.panels import figures
from console.tui.panels.labels import status_word
from console.tui.panels.outside import deciding, value_parts, values_about
from console.tui.panels.sheet import merged
from console.tui.panels.strike_text import index_number, plain
from engine.control.rows.markets import FactsRow, IndexRow, MarketRow
from engine.control.rows.outside import ObservationRow
from engine.domain.market import MarketStatus
from engine.domain.units import SECOND_NS, PriceBp, complement

INDEX_OLD_AFTER_NS = 5 * SECOND_NS
_LIFE = (
    (MarketStatus.CLOSED, "closed"),
    (MarketStatus.DETERMINED, "determined"),
    (MarketStatus.FINALIZED, "paid"),
)
_BESIDE = (MarketStatus.DISPUTED, MarketStatus.AMENDED)


def event_head(desk: Desk, legs: Sequence[MarketRow], width: int, height: int) -> tuple[Row, ...]:
    """As many lines as leave room for strikes: three, or with less height one or none."""
    is_open = any(leg.status is MarketStatus.ACTIVE for leg in legs)
    lines = (_life_line, _index_line, *((_sums_line,) if is_open else ()))
    keep = 3 if height >= 9 else 1 if height >= 5 else 0
    return tuple(line(desk, legs, width) for line in lines[:keep])


def index_value(desk: Desk, legs: Sequence[MarketRow]) -> Decimal | None:
    """The newest value of the number that decides the event: the exchange's word, else what a collector
    tells."""
    facts = _event_facts(desk, legs)
    row = _index_row(desk, facts)
    if row is not None:
        return index_number(row.value)
    return deciding(desk, values_about(desk, legs[0], "" if facts is None else facts.index_id))


def _index_row(desk: Desk, facts: FactsRow | None) -> IndexRow | None:
    return None if facts is None or not facts.index_id else desk.indexes.get(facts.index_id)


def joined(parts: Sequence[Row], width: int, gap: str = "   ") -> Row:
    """Parts side by side; from the first that does not fit on they are left out; the
    very first is cut."""
    spans: list[Span] = []
    for at, part in enumerate(parts):
        piece = part if not spans else ((gap, roles.TEXT), *part)
        if row_width((*spans, *piece)) <= width:
            spans.extend(piece)
        elif at == 0:
            return clip_row(part, width)
        else:
            break
    return merged(spans)


def strip(
    desk: Desk,
    heads: Sequence[Row],
    values: Sequence[ObservationRow],
    width: int,
    after_first: Sequence[Row] = (),
    tail: Sequence[Row] = (),
) -> Row:
    """The number that decides, the values beside it, and ``tail`` where there is room; where there is little,
    a value that is old is told by its age alone. ``after_first`` is about the first of them."""
    gap = "  "
    parts = _after_first((*heads, *value_parts(desk, values)), after_first)
    if sum(row_width(part) for part in parts) + len(gap) * (len(parts) - 1) > width:
        parts = _after_first((*heads, *value_parts(desk, values, is_short=True)), after_first)
    return joined((*parts, *tail), width, gap)


def _after_first(parts: tuple[Row, ...], more: Sequence[Row]) -> tuple[Row, ...]:
    return (*parts[:1], *more, *parts[1:])


def _life_line(desk: Desk, legs: Sequence[MarketRow], width: int) -> Row:
    life = _life(desk, legs)
    title = _title(desk, legs)
    room = width - row_width(life) - 3
    if room < 12:
        return joined((life, ((title, roles.TEXT),)), width)
    return merged((*life, ("   ", roles.TEXT), (clip(title, room), roles.TITLE)))


def _life(desk: Desk, legs: Sequence[MarketRow]) -> tuple[Span, ...]:
    """``OPEN closes 57:49 (15:00 ET)``, then ``CLOSED > determined > paid``, capitals up to now."""
    counted = Counter(leg.status for leg in legs)
    if len(counted) > 1:
        text = ", ".join(f"{many} {status_word(status)}" for status, many in counted.most_common())
        return ((text, roles.ACCENT), (_left(desk, legs), roles.TEXT))
    status = legs[0].status
    if status in (MarketStatus.ACTIVE, MarketStatus.INITIALIZED, MarketStatus.INACTIVE):
        role = roles.ACCENT if status is MarketStatus.ACTIVE else roles.WARNING
        return ((status_word(status), role), (_left(desk, legs), roles.TEXT))
    if status in _BESIDE:
        return (
            ("CLOSED > DETERMINED > ", roles.LABEL),
            (status.upper(), roles.URGENT),
            (" > paid", roles.LABEL),
        )
    return _passed(status)


def _passed(status: MarketStatus) -> tuple[Span, ...]:
    at = next(at for at, (step, _) in enumerate(_LIFE) if step is status)
    spans: list[Span] = []
    for number, (_, word) in enumerate(_LIFE):
        spans.append((word.upper() if number <= at else word, roles.ACCENT if number == at else roles.LABEL))
        if number < len(_LIFE) - 1:
            spans.append((" > ", roles.LABEL))
    return tuple(spans)


def _left(desk: Desk, legs: Sequence[MarketRow]) -> str:
    close_ns = min(leg.close_ns for leg in legs)
    left_ns = close_ns - desk.now_ns
    if left_ns <= 0:
        return " close is due"
    return f" closes in {numbers.countdown(left_ns)} ({numbers.clock(close_ns)[:5]} ET)"


def _title(desk: Desk, legs: Sequence[MarketRow]) -> str:
    facts = _event_facts(desk, legs)
    return legs[0].title if facts is None else facts.event.title


def _index_line(desk: Desk, legs: Sequence[MarketRow], width: int) -> Row:
    facts = _event_facts(desk, legs)
    if facts is None:
        text = desk.failure("facts", legs[0].ticker)
        said = f"settlement source: {text}" if text else "settlement source: loading"
        return ((clip(said, width), roles.WARNING if text else roles.LABEL),)
    names = ", ".join(name for name, _ in facts.settlement_sources) or "see the rules (DES)"
    source: tuple[Span, ...] = (("settles by ", roles.LABEL), (names, roles.TEXT))
    told = values_about(desk, legs[0], facts.index_id)
    if facts.index_id and (_index_row(desk, facts) is not None or not told):
        beside = [row for row in told if row.kind != "index"]
        return strip(desk, (index_part(desk, facts.index_id),), beside, width, tail=(source,))
    if told:
        return strip(desk, (), told, width, tail=(source,))
    return joined((source, (("no live value is carried for it", roles.LABEL),)), width)


def index_part(desk: Desk, index_id: str) -> tuple[Span, ...]:
    """The exchange's own word of an index, with its age."""
    row = desk.indexes.get(index_id)
    value = None if row is None else index_number(row.value)
    if row is None or value is None:
        return ((f"{index_id} ", roles.LABEL), (f"{figures.UNKNOWN} (no value yet)", roles.LABEL))
    age_ns = max(desk.now_ns - row.source_ns, 0)
    is_old = age_ns > INDEX_OLD_AFTER_NS or not desk.is_attached
    text = f"{figures.OLD if is_old else ''}{plain(value)}"
    age = numbers.age(age_ns / SECOND_NS)
    role = roles.STALE if is_old else roles.TEXT
    return ((f"{index_id} ", roles.LABEL), (text, role), (f" {age}", roles.LABEL))


def _sums_line(desk: Desk, legs: Sequence[MarketRow], width: int) -> Row:
    quotes = [desk.quote(leg.ticker) for leg in legs]
    yes = [None if quote is None else quote.ask_bp for quote in quotes]
    no = [None if quote is None or quote.bid_bp is None else complement(quote.bid_bp) for quote in quotes]
    facts = _event_facts(desk, legs)
    kind = "" if facts is None else "one wins" if facts.event.mutually_exclusive else "several may win"
    return joined((_sum("all YES asks", yes), _sum("all NO asks", no), ((kind, roles.LABEL),)), width)


def _sum(name: str, prices: Sequence[PriceBp | None]) -> tuple[Span, ...]:
    """No sum while one of the prices is missing."""
    known = [price for price in prices if price is not None]
    missing = len(prices) - len(known)
    label: Span = (f"{name} ", roles.LABEL)
    if missing:
        return (label, (figures.UNKNOWN, roles.TEXT), (f" ({missing} of {len(prices)} missing)", roles.LABEL))
    return (label, (f"{figures.price(sum(known), figures.places(known))}c", roles.TEXT))


def _event_facts(desk: Desk, legs: Sequence[MarketRow]) -> FactsRow | None:
    """Of the first market of the event whose facts are here."""
    return next((facts for leg in legs if (facts := desk.facts.get(leg.ticker)) is not None), None)
