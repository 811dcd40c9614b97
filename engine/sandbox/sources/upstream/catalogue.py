"""Bringing what the mirrored exchange lists, and what becomes of it, into ours.

A market here goes through the same states, never ahead of the mirrored one but for its close, which comes by
the clock. Its result and its payment come from over there alone. What cannot be taken over is counted by its
reason and left as it is: the market keeps its last good state.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from functools import partial

import msgspec

from engine.domain.fee import FeeType
from engine.domain.feed import EventFeeSeen, LifecycleKind, LifecycleSeen
from engine.domain.market import CannotResolve, InvalidSettlement, Market, MarketStatus, Outcome, Series
from engine.domain.units import CONTRACT_BP, DAY_NS, PriceBp
from engine.domain.venue import EventSheet, MarketSheet
from engine.sandbox.core.day_window import STEP_NS, DayStep
from engine.sandbox.core.exchange import Exchange
from engine.sandbox.core.lifecycle import LifecycleError
from engine.sandbox.core.listing import ListingError
from engine.sandbox.core.orders import UpdateReason
from engine.sandbox.core.past import Past
from engine.sandbox.core.refusal import Refusal
from engine.sandbox.sources.upstream.words import SeriesTold, StatusTold

OPEN = (MarketStatus.INITIALIZED, MarketStatus.ACTIVE, MarketStatus.INACTIVE)
DECIDED = (MarketStatus.DETERMINED, MarketStatus.DISPUTED, MarketStatus.AMENDED, MarketStatus.FINALIZED)
_REFUSALS = (ListingError, LifecycleError, InvalidSettlement, CannotResolve, Refusal)
_SPREAD_STEPS = 24
"""Over so many steps of a day its volume is spread, since only its sum is told."""


class Catalogue:
    """Knows which sheet of each market was taken over last; ``troubles`` are what could not be."""

    def __init__(self, on_trading: Callable[[str], None]) -> None:
        """``on_trading`` hears of a market whose book may be shown from now on, or must be shown anew."""
        self.sheets: dict[str, MarketSheet] = {}
        self.troubles: Counter[str] = Counter()
        self._on_trading = on_trading

    def take_series(self, exchange: Exchange, told: SeriesTold) -> None:
        series = told.series
        if series.ticker not in exchange.series:
            exchange.list_series(series)
        for sheet in told.events:
            if sheet.event.series_ticker == series.ticker:
                self._guarded("event", partial(self._event, exchange, series, sheet))

    def take_sheets(self, exchange: Exchange, sheets: Iterable[MarketSheet]) -> None:
        """Markets that are listed here; others are none of ours."""
        for sheet in sheets:
            if sheet.ticker in exchange.markets:
                self._update(exchange, sheet)

    def take_status(self, exchange: Exchange, told: StatusTold) -> None:
        """Pauses and resumes what pauses and resumes over there."""
        before = dict(exchange.statuses)
        for shard in before:
            active, trading = told.by_shard.get(shard, (told.is_active, told.is_trading))
            exchange.set_active(exchange_active=active, trading_active=trading, exchange_index=shard)
        if before != dict(exchange.statuses):
            for record in exchange.markets.values():
                self._on_trading(record.ticker)

    def take_fees(self, exchange: Exchange, seen: EventFeeSeen) -> None:
        if seen.event_ticker not in exchange.events:
            return
        self._guarded("fees", partial(self._event_fees, exchange, seen))

    def take_life(self, exchange: Exchange, seen: LifecycleSeen) -> bool:
        """A step of a market's life; returns whether its sheet must be read to know the rest."""
        if seen.ticker not in exchange.markets:
            return False
        return self._guarded("life", partial(self._live, exchange, seen)) is not True

    def _guarded(self, what: str, work: Callable[[], bool | None]) -> bool | None:
        try:
            return work()
        except _REFUSALS as error:
            self.troubles[f"{what}: {error}"] += 1
            return None

    def _event(self, exchange: Exchange, series: Series, sheet: EventSheet) -> None:
        event = msgspec.structs.replace(
            sheet.event,
            fee_type_override=sheet.fee_type_override,
            fee_multiplier_override_millionths=sheet.fee_multiplier_override_millionths,
        )
        if event.ticker not in exchange.events:
            exchange.list_event(event)
        fees = sheet.fees(series)
        known = exchange.events[event.ticker].fees(exchange.series[series.ticker].fees)
        if (fees.fee_type, fees.multiplier_millionths) != (known.fee_type, known.multiplier_millionths):
            exchange.update_event_fees(event.ticker, fees.fee_type, fees.multiplier_millionths)
        for row in sheet.markets:
            if row.ticker in exchange.markets:
                self._update(exchange, row)
            elif not row.is_combo and row.status in OPEN and row.close_ns > exchange.now_ns:
                market = row.listed(event, fees)
                if market is None:
                    self.troubles[f"market: {row.ticker} has no strike that is known"] += 1
                else:
                    self._guarded("market", partial(self._list, exchange, row, market))

    def _list(self, exchange: Exchange, row: MarketSheet, market: Market) -> None:
        listed = exchange.list_market(market)
        self.sheets[row.ticker] = row
        if row.status is MarketStatus.INITIALIZED and listed.market.status is MarketStatus.ACTIVE:
            # By the clock it is open; over there it is not yet.
            exchange.deactivate(row.ticker)
        past = _past_of(row, exchange.now_ns)
        if past is not None:
            exchange.remember(row.ticker, past)

    def _update(self, exchange: Exchange, sheet: MarketSheet) -> None:
        """Terms and state apart: one that cannot be taken over does not keep back the other."""
        known = self.sheets.get(sheet.ticker)
        self.sheets[sheet.ticker] = sheet
        market = exchange.markets[sheet.ticker].market
        if market.status in OPEN and sheet.status in OPEN:
            self._guarded("terms", partial(self._update_terms, exchange, sheet, market))
        if known is None or known.status is not sheet.status or market.status is not sheet.status:
            self._guarded("state", partial(self._update_status, exchange, sheet))

    def _update_terms(self, exchange: Exchange, sheet: MarketSheet, market: Market) -> None:
        if sheet.close_ns != market.close_ns:
            exchange.update_close(sheet.ticker, sheet.close_ns)
        if sheet.grid != market.grid:
            self._update_grid(exchange, sheet)
        words = (sheet.yes_sub_title, sheet.no_sub_title)
        if sheet.strike is not None and (
            sheet.strike != market.strike or words != (market.yes_sub_title, market.no_sub_title)
        ):
            exchange.update_strike(sheet.ticker, sheet.strike, yes_sub_title=words[0], no_sub_title=words[1])

    def _update_grid(self, exchange: Exchange, sheet: MarketSheet) -> None:
        """Orders off the new grid are canceled first, as they could not rest there."""
        ticker = sheet.ticker
        for account in exchange.accounts.values():
            if account.is_house and ticker in account.quotes:
                exchange.quote(account.account_id, ticker, (), ())
            for order in list(account.resting.values()):
                if order.ticker == ticker and not sheet.grid.accepts(order.price_bp):
                    exchange.cancel_order(account.account_id, order.order_id, reason=UpdateReason.HALT)
        exchange.update_grid(ticker, sheet.price_level_structure, sheet.grid)
        self._on_trading(ticker)

    def _update_status(self, exchange: Exchange, sheet: MarketSheet) -> None:
        ticker, status = sheet.ticker, exchange.markets[sheet.ticker].market.status
        match sheet.status:
            case MarketStatus.ACTIVE:
                if status is MarketStatus.INACTIVE:
                    exchange.activate(ticker)
                self._on_trading(ticker)
            case MarketStatus.INACTIVE:
                if status in (MarketStatus.ACTIVE, MarketStatus.INITIALIZED):
                    exchange.deactivate(ticker)
            case MarketStatus.CLOSED:
                self._close(exchange, ticker)
            case (
                MarketStatus.DETERMINED
                | MarketStatus.DISPUTED
                | MarketStatus.AMENDED
                | MarketStatus.FINALIZED
            ):
                self._decide(exchange, sheet)
            case _:
                return

    def _close(self, exchange: Exchange, ticker: str) -> None:
        if exchange.markets[ticker].market.status in OPEN:
            exchange.close_now(ticker)

    def _decide(self, exchange: Exchange, sheet: MarketSheet) -> None:
        value_bp = _value_bp(sheet.result, sheet.settlement_bp)
        if value_bp is None:
            self.troubles[f"result: {sheet.ticker} is {sheet.status_text} without a value"] += 1
            return
        self._settle(exchange, sheet, value_bp)

    def _settle(self, exchange: Exchange, sheet: MarketSheet, value_bp: PriceBp) -> None:
        """Takes a market as far as the other exchange has it: determined, disputed, amended, paid."""
        ticker, status = sheet.ticker, sheet.status
        self._close(exchange, ticker)
        market = exchange.markets[ticker].market
        if market.status is MarketStatus.FINALIZED:
            if market.settlement_bp != value_bp:
                self.troubles[f"result: {ticker} has paid {market.settlement_bp} bp, now {value_bp}"] += 1
            return
        if market.status is MarketStatus.CLOSED:
            exchange.determine(ticker, value_bp, sheet.expiration_value)
        elif market.settlement_bp != value_bp:
            if market.status is MarketStatus.AMENDED:
                exchange.dispute(ticker)
            exchange.amend_result(ticker, value_bp, sheet.expiration_value)
        now = exchange.markets[ticker].market.status
        if status is MarketStatus.DISPUTED and now is not MarketStatus.DISPUTED:
            exchange.dispute(ticker)
        if status is MarketStatus.FINALIZED:
            exchange.settle_now(ticker)

    def _live(self, exchange: Exchange, seen: LifecycleSeen) -> bool:
        """Whether all that the message says is done; a result is taken from the sheet, which tells more."""
        ticker, kind = seen.ticker, seen.kind
        status = exchange.markets[ticker].market.status
        match kind:
            case LifecycleKind.ACTIVATED if status is MarketStatus.INACTIVE:
                exchange.activate(ticker)
                self._on_trading(ticker)
                return True
            case LifecycleKind.DEACTIVATED if status in (MarketStatus.ACTIVE, MarketStatus.INITIALIZED):
                exchange.deactivate(ticker)
                return True
            case LifecycleKind.CLOSE_DATE_UPDATED if seen.close_ns is not None and status in OPEN:
                exchange.update_close(ticker, seen.close_ns)
                return True
            case _:
                return False

    def _event_fees(self, exchange: Exchange, seen: EventFeeSeen) -> None:
        fee_type = None if seen.fee_type is None else _fee_type(seen.fee_type)
        exchange.update_event_fees(seen.event_ticker, fee_type, seen.multiplier_millionths)


def _fee_type(word: str) -> FeeType:
    """Raises ListingError for a fee that cannot be told."""
    try:
        return FeeType(word)
    except ValueError:
        raise ListingError(f"fee type: got {word}") from None


def _value_bp(result: Outcome | None, settlement_bp: PriceBp | None) -> PriceBp | None:
    """What one YES is paid; None while that is not said."""
    if settlement_bp is not None:
        return settlement_bp
    return {Outcome.YES: CONTRACT_BP, Outcome.NO: 0}.get(result) if result is not None else None


def _past_of(sheet: MarketSheet, now_ns: int) -> Past | None:
    """The figures of a market from before it was mirrored. The money traded is told at the last price."""
    if sheet.last_bp is None or not sheet.volume_c:
        return None
    return Past(
        until_ns=now_ns,
        last_trade_bp=sheet.last_bp,
        volume_c=sheet.volume_c,
        dollar_volume_ud=sheet.volume_c * sheet.last_bp,
        open_interest_c=min(sheet.open_interest_c, sheet.volume_c),
        day=_day_of(min(sheet.volume_24h_c, sheet.volume_c), now_ns),
    )


def _day_of(volume_c: int, now_ns: int) -> tuple[DayStep, ...]:
    if not volume_c:
        return ()
    last = now_ns // STEP_NS
    apart = DAY_NS // STEP_NS // _SPREAD_STEPS
    each_c, rest_c = divmod(volume_c, _SPREAD_STEPS)
    steps = [last - apart * back for back in range(_SPREAD_STEPS - 1, -1, -1)]
    return tuple(
        DayStep(step, each_c + (rest_c if place == _SPREAD_STEPS - 1 else 0))
        for place, step in enumerate(steps)
        if each_c or place == _SPREAD_STEPS - 1
    )
