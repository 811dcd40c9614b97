"""Listing series, events and markets, and changing what is listed."""

from __future__ import annotations

from msgspec.structs import replace

from engine.domain.market import Event, Market, MarketStatus, Series, Strike
from engine.domain.price_grid import STRUCTURES, PriceGrid
from engine.domain.units import SECOND_NS, Nanoseconds
from engine.sandbox.core.clock import DueKind
from engine.sandbox.core.feed import EventListed, LifecycleEvent, MarketChanged
from engine.sandbox.core.listing import ListingError, MarketRecord, valid_prices
from engine.sandbox.core.settlement import left_to_pay_bp
from engine.sandbox.core.state import State, uuid_shaped


def list_series(state: State, series: Series) -> None:
    """Raises ListingError if it is listed already."""
    if series.ticker in state.series:
        raise ListingError(f"series {series.ticker}: listed already")
    state.series[series.ticker] = series
    state.events_by_series[series.ticker] = []
    state.dirty.series[series.ticker] = None


def list_event(state: State, event: Event) -> None:
    """Raises ListingError if it is listed already or its series or shard is unknown."""
    if event.ticker in state.events:
        raise ListingError(f"event {event.ticker}: listed already")
    if event.series_ticker not in state.series:
        raise ListingError(f"event {event.ticker}: series {event.series_ticker} is not listed")
    if event.exchange_index not in state.statuses:
        raise ListingError(f"event {event.ticker}: exchange_index {event.exchange_index} is unknown")
    add_event(state, event)
    state.feed.append(EventListed(event.ticker))


def list_market(state: State, market: Market) -> MarketRecord:
    """Lists a market; by the clock it is initialized, active or closed, unless its status says more.

    Raises ListingError if it is listed already, its event is unknown or on another shard.
    """
    if market.ticker in state.markets:
        raise ListingError(f"market {market.ticker}: listed already")
    event = state.events.get(market.event_ticker)
    if event is None:
        raise ListingError(f"market {market.ticker}: event {market.event_ticker} is not listed")
    if event.exchange_index != market.exchange_index:
        raise ListingError(
            f"market {market.ticker}: exchange_index {market.exchange_index},"
            f" its event has {event.exchange_index}"
        )
    status = market.status
    if status in (MarketStatus.INITIALIZED, MarketStatus.ACTIVE):
        status = _status_by_clock(market, state.clock.now_ns)
    elif status in _DECIDED:
        _check_decided(state, market, event)
    created_ns = market.created_ns or state.clock.now_ns
    market = replace(
        market,
        fees=event.fees(market.fees),
        status=status,
        created_ns=created_ns,
        updated_ns=market.updated_ns or created_ns,
    )
    record = add_market(state, market)
    state.feed.append(MarketChanged(market.ticker, LifecycleEvent.CREATED, state.clock.now_ns))
    return record


_DECIDED = (
    MarketStatus.DETERMINED,
    MarketStatus.DISPUTED,
    MarketStatus.AMENDED,
    MarketStatus.FINALIZED,
)


def _check_decided(state: State, market: Market, event: Event) -> None:
    """A market listed with its result: the result is there, and fits the event it comes into."""
    if market.settlement_bp is None:
        raise ListingError(f"market {market.ticker}: {market.status.value} without a settlement value")
    if not event.mutually_exclusive:
        return
    left_bp = left_to_pay_bp(state, event.ticker, market.ticker) if market.settlement_bp else 0
    if market.settlement_bp > left_bp:
        raise ListingError(
            f"market {market.ticker}: got {market.settlement_bp} bp, its event has {left_bp} bp left to pay"
        )
    if any(account.shorts.get(event.ticker) for account in state.accounts.values()):
        raise ListingError(f"market {market.ticker}: listed with a result while its event is traded")


def _status_by_clock(market: Market, now_ns: Nanoseconds) -> MarketStatus:
    if now_ns >= market.close_ns:
        return MarketStatus.CLOSED
    return MarketStatus.ACTIVE if now_ns >= market.open_ns else MarketStatus.INITIALIZED


def add_event(state: State, event: Event) -> None:
    """Puts an event among the listed ones without telling anyone."""
    state.events[event.ticker] = event
    state.events_by_series[event.series_ticker].append(event)
    state.markets_by_event[event.ticker] = []
    state.dirty.events[event.ticker] = None


def change_event(state: State, event: Event) -> None:
    """Replaces what is listed of an event; the one place where it is."""
    siblings = state.events_by_series[event.series_ticker]
    siblings[siblings.index(state.events[event.ticker])] = event
    state.events[event.ticker] = event
    state.dirty.events[event.ticker] = None


def add_market(state: State, market: Market) -> MarketRecord:
    """Puts a market among the listed ones without telling anyone, and on the agenda what is due for it."""
    event = state.events[market.event_ticker]
    record = MarketRecord(
        market,
        market_id=uuid_shaped(f"{state.world_id}:market:{market.ticker}"),
        is_exclusive=event.mutually_exclusive,
        clock=state.clock,
        trades_kept=state.rules.trades_kept,
    )
    state.markets[market.ticker] = record
    state.markets_by_event[event.ticker].append(record)
    if market.status is MarketStatus.FINALIZED and event.mutually_exclusive:
        paid_bp = state.settled_bp.get(event.ticker, 0) + (market.settlement_bp or 0)
        state.settled_bp[event.ticker] = paid_bp
    schedule(state, market)
    state.dirty.markets[market.ticker] = None
    return record


def schedule(state: State, market: Market) -> None:
    """What is still due in the life of a market."""
    match market.status:
        case MarketStatus.INITIALIZED:
            state.agenda.add(market.open_ns, DueKind.MARKET_OPEN, market.ticker)
            state.agenda.add(market.close_ns, DueKind.MARKET_CLOSE, market.ticker)
        case MarketStatus.ACTIVE | MarketStatus.INACTIVE:
            state.agenda.add(market.close_ns, DueKind.MARKET_CLOSE, market.ticker)
        case MarketStatus.CLOSED:
            delay_ns = state.rules.cancel_at_close_delay_ns
            state.agenda.add(market.close_ns + delay_ns, DueKind.CLOSE_CANCEL, market.ticker)
        case MarketStatus.DETERMINED | MarketStatus.AMENDED:
            if state.rules.settles_by_timer:
                state.agenda.add(settles_ns(market), DueKind.SETTLEMENT, market.ticker)
        case MarketStatus.DISPUTED | MarketStatus.FINALIZED:
            return


def settles_ns(market: Market) -> Nanoseconds:
    """When a determined or amended market pays, unless it is disputed first."""
    return (market.determined_ns or 0) + market.settlement_timer_s * SECOND_NS


def change_market(state: State, record: MarketRecord, market: Market) -> None:
    """Replaces what is listed of a market; the one place where it is."""
    record.market = replace(market, updated_ns=state.clock.now_ns)
    state.dirty.markets[record.ticker] = None


def tell(state: State, record: MarketRecord, event: LifecycleEvent) -> None:
    state.feed.append(MarketChanged(record.ticker, event, state.clock.now_ns))


def listed(state: State, ticker: str) -> MarketRecord:
    """Raises ListingError for a market that is not listed."""
    record = state.markets.get(ticker)
    if record is None:
        raise ListingError(f"market {ticker}: not listed")
    return record


def update_strike(
    state: State, ticker: str, strike: Strike, yes_sub_title: str | None, no_sub_title: str | None
) -> None:
    """Sets the strike, and the sub titles where they are given, of a listed market."""
    record = listed(state, ticker)
    market = record.market
    change_market(
        state,
        record,
        replace(
            market,
            strike=strike,
            yes_sub_title=market.yes_sub_title if yes_sub_title is None else yes_sub_title,
            no_sub_title=market.no_sub_title if no_sub_title is None else no_sub_title,
        ),
    )
    tell(state, record, LifecycleEvent.METADATA_UPDATED)


def update_grid(state: State, ticker: str, structure: str, grid: PriceGrid | None = None) -> None:
    """Gives a market another grid: the one of that name, or ``grid`` under that name. Resting orders stay, so
    it must accept every price that rests.

    Raises ListingError for an unknown name or a grid on which a resting order would not lie.
    """
    record = listed(state, ticker)
    if grid is None:
        if structure not in STRUCTURES:
            raise ListingError(
                f"price_level_structure: got {structure}, wanted one of {', '.join(STRUCTURES)}"
            )
        grid = STRUCTURES[structure]
    prices = valid_prices(grid)
    for price_bp in (*record.levels.bids, *record.levels.asks):
        if price_bp not in prices:
            raise ListingError(f"{ticker} as {structure}: a resting order is at {price_bp} bp")
    record.valid_prices = prices
    change_market(state, record, replace(record.market, price_level_structure=structure, grid=grid))
    tell(state, record, LifecycleEvent.PRICE_LEVEL_STRUCTURE_UPDATED)
