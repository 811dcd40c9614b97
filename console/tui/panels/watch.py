"""WATCH: every market by event, what is held on top.

Columns go in this order when it gets narrow: open interest, volume, edge, spread, last, model, position, ask.
Those of the model are left out while no forecaster was ever heard of.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import ClassVar

from console.tui import numbers, roles
from console.tui.cells import Row, clip, pad
from console.tui.desk import Desk
from console.tui.panels.base import FOLD, RESORT, PanelState, Place, View
from console.tui.panels.labels import common_title, status_word
from console.tui.panels.lazy_rows import LazyRows, Make
from console.tui.panels.memo import RowMemo
from console.tui.panels.model_words import has_models, is_current
from console.tui.panels.sheet import fit, merged
from console.tui.panels.states import Saying, saying_view, waiting, with_caveat
from console.tui.panels.watch_groups import Group, Order, groups_of, in_order, pinned_of, quiet_of
from console.tui.panels.watch_rows import COLUMNS, WITHOUT_MODEL, Look, market_row, seen_of
from engine.control.protocol import WATCH
from engine.control.rows.markets import MarketRow
from engine.domain.market import MarketStatus
from engine.domain.units import Nanoseconds

PINNED = "pinned"
"""The key of the heading over what is held."""
_EMPTY = Saying(
    PanelState.EMPTY,
    "no markets in the universe",
    "type : and a ticker, or : ENG to see what the engine follows",
)


@dataclass(frozen=True, slots=True)
class Watch:
    """What its user wants of it.

    Of a long event the markets with two sides are shown, those of ``whole`` events all, those of ``folded``
    ones not at all. ``quiet`` are the markets that had not two sides when their event was ``judged``, so that
    no row comes or goes with a quote. ``frozen`` is the order that was asked for last, by ticker; markets
    that came later stand behind.
    """

    folded: frozenset[str] = frozenset()
    whole: frozenset[str] = frozenset()
    quiet: frozenset[str] = frozenset()
    judged: frozenset[str] = frozenset()
    order: Order = Order.STRIKE
    frozen: tuple[str, ...] = ()
    _memo: RowMemo = field(default_factory=RowMemo, compare=False, repr=False)

    code: ClassVar[str] = "WATCH"
    name: ClassVar[str] = "markets by event"
    actions: ClassVar[tuple[str, ...]] = (FOLD, RESORT)

    def view(self, desk: Desk, place: Place) -> View:
        markets = desk.replica.watch.markets
        saying = waiting(desk, WATCH, "the markets") or (None if markets else _EMPTY)
        if saying is not None:
            return saying_view("WATCH", saying, place.width, desk.age_s(WATCH))
        columns = COLUMNS if has_models(desk) else WITHOUT_MODEL
        sheet = fit(columns, place.width)
        has_model = "model" in sheet.names
        look = Look(
            sheet, _decimals(desk), not desk.is_stale(WATCH), has_model, has_model and is_current(desk)
        )
        pairs = [(None, look.sheet.header()), *self._pairs(desk, look, place.width)]
        rows, keys = LazyRows(row for _, row in pairs), tuple(key for key, _ in pairs)
        by = "" if self.order is Order.STRIKE else f" by {self.order}"
        view = View(f"WATCH {len(markets)}{by}", rows, keys, desk.age_s(WATCH), header_rows=1, topic=WATCH)
        return with_caveat(view, desk, WATCH, place.width)

    def settled(self, desk: Desk, place: Place) -> Watch:
        """Judges which markets are quiet in events that are new here."""
        if not desk.replica.watch.is_whole or self.judged.issuperset(desk.events()):
            return self
        found = {
            group.event: quiet
            for group in groups_of(desk)
            if group.event not in self.judged and (quiet := quiet_of(desk, group.legs)) is not None
        }
        if not found:
            return self
        return replace(self, quiet=self.quiet.union(*found.values()), judged=self.judged | found.keys())

    def acted(self, action: str, desk: Desk, place: Place) -> Watch:
        if action == FOLD:
            return self._fold(desk, place.cursor)
        if action == RESORT:
            kinds = tuple(Order)
            chosen = kinds[(kinds.index(self.order) + 1) % len(kinds)]
            fresh = replace(self, quiet=frozenset(), judged=frozenset())
            return replace(fresh, order=chosen, frozen=in_order(desk, chosen)).settled(desk, place)
        return self

    def _fold(self, desk: Desk, cursor: str | None) -> Watch:
        """From the markets with two sides to all, to none, and back."""
        market = desk.market(cursor or "")
        if market is not None and market.ticker in pinned_of(desk):
            event = PINNED
        else:
            event = (cursor or "") if market is None else market.event_ticker
        legs = desk.legs_of(event)
        if not legs and event != PINNED:
            return self
        if event in self.folded:
            return replace(self, folded=self.folded - {event}, whole=self.whole - {event})
        if event in self.whole or not any(leg.ticker in self.quiet for leg in legs):
            return replace(self, folded=self.folded | {event})
        return replace(self, whole=self.whole | {event})

    def _pairs(self, desk: Desk, look: Look, width: int) -> Iterator[tuple[str | None, Row | Make]]:
        pinned, now_ns = pinned_of(desk), desk.now_ns
        if pinned:
            yield PINNED, _heading(f"held {len(pinned)}", "", PINNED in self.folded, width)
        if PINNED not in self.folded:
            for market in pinned.values():
                yield market.ticker, partial(self._row, desk, market, look, now_ns, is_pinned=True)
        for group in groups_of(desk):
            legs = [leg for leg in group.legs if leg.ticker not in pinned]
            if legs:
                yield from self._group(desk, Group(group.event, tuple(legs)), look, now_ns, width)

    def _group(
        self, desk: Desk, group: Group, look: Look, now_ns: Nanoseconds, width: int
    ) -> Iterator[tuple[str | None, Row | Make]]:
        event, legs = group
        is_folded = event in self.folded
        yield event, partial(_event_heading, desk, event, legs, is_folded, width)
        if is_folded:
            return
        shown = legs if event in self.whole else [leg for leg in legs if leg.ticker not in self.quiet]
        for leg in self._ordered(shown):
            yield leg.ticker, partial(self._row, desk, leg, look, now_ns, is_pinned=False)
        hidden = len(legs) - len(shown)
        if hidden:
            text = f"  + {hidden} without a bid or an ask: Space"
            yield None, ((clip(text, width), roles.LABEL),)

    def _row(self, desk: Desk, market: MarketRow, look: Look, now_ns: Nanoseconds, *, is_pinned: bool) -> Row:
        return market_row(self._memo, seen_of(desk, market, look, now_ns, is_pinned=is_pinned))

    def _ordered(self, legs: Iterable[MarketRow]) -> Iterable[MarketRow]:
        if not self.frozen:
            return legs
        at = {ticker: index for index, ticker in enumerate(self.frozen)}
        return sorted(legs, key=lambda leg: at.get(leg.ticker, len(at)))


def _decimals(desk: Desk) -> int:
    """At least one, so that no price moves when one market comes to its edge with finer steps."""
    quotes = desk.replica.watch.quotes.values()
    has_hundredths = any(
        (quote.bid_bp or 0) % 10 or (quote.ask_bp or 0) % 10 or (quote.last_bp or 0) % 10 for quote in quotes
    )
    return 2 if has_hundredths else 1


def _event_heading(desk: Desk, event: str, legs: Sequence[MarketRow], is_folded: bool, width: int) -> Row:
    return _heading(_event_text(desk, event, legs), _end_text(desk, legs[0]), is_folded, width)


def _heading(text: str, end: str, is_folded: bool, width: int) -> Row:
    """``end`` stands at the right edge; the text gives way to it."""
    glyph = "▸ " if is_folded else "▾ "
    room = max(width - len(end) - 1, min(width, 3))
    shown = pad(clip(glyph + text, room), room)
    return merged(((shown, roles.TITLE), (clip(f" {end}", width - room), roles.LABEL)))


def _event_text(desk: Desk, event: str, legs: Sequence[MarketRow]) -> str:
    facts = desk.facts.get(legs[0].ticker)
    if facts is not None:
        return f"{event}  {facts.event.title}"
    return f"{event}  {common_title(tuple(leg.title for leg in legs))}"


def _end_text(desk: Desk, leg: MarketRow) -> str:
    if leg.status is MarketStatus.ACTIVE:
        return numbers.countdown(leg.close_ns - desk.now_ns)
    return status_word(leg.status)
