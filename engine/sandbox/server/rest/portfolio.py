"""Balance, positions, deposits and withdrawals of an account."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from engine.domain.units import CONTRACT_BP, MicroDollars, Nanoseconds
from engine.sandbox.core.accounts import Account, Deposit, Holding
from engine.sandbox.core.listing import MarketRecord
from engine.sandbox.core.state import uuid_shaped
from engine.sandbox.server.answers import json_response
from engine.sandbox.server.auth import require_caller
from engine.sandbox.server.rest.context import cutoff_ns, exchange_of
from engine.sandbox.server.rest.paging import by_key, newest_first
from engine.sandbox.server.rest.projection_portfolio import (
    event_position_shape,
    four_places,
    position_shape,
    whole_cents,
)
from engine.sandbox.server.rest.query import Query
from engine.sandbox.server.rest.times import seconds_of
from engine.wire.portfolio import (
    Balance,
    DepositPage,
    MoneyMovement,
    PositionPage,
    ShardBalance,
    WithdrawalPage,
)

if TYPE_CHECKING:
    from engine.sandbox.core.exchange import Exchange

TICKERS_MAX = 100
_COUNT_FIELDS: Mapping[str, Callable[[Holding], int]] = {
    "position": lambda holding: holding.count_c,
    "total_traded": lambda holding: holding.total_traded_ud,
}


async def balance(request: Request) -> Response:
    """Cash that is free for orders, in all or on one shard, and what the positions would sell for now."""
    caller = await require_caller(request, "read::portfolio_balance")
    query = Query(request, "GetBalance")
    query.refuse_other_subaccounts()
    shard = query.shard()
    exchange = exchange_of(request)
    if shard is not None:
        exchange.require_exchange(shard)
    account = exchange.accounts[caller.account_id]
    shards = sorted(account.cash_ud) if shard is None else [shard]
    free_ud = {index: account.available_ud(index) for index in shards}
    total_ud = sum(free_ud.values())
    return json_response(
        Balance(
            balance=whole_cents(total_ud),
            balance_dollars=four_places(total_ud),
            portfolio_value=whole_cents(_positions_value(exchange, account, shards)),
            updated_ts=seconds_of(exchange.now_ns),
            balance_breakdown=[
                ShardBalance(exchange_index=index, balance=four_places(free_ud[index])) for index in shards
            ],
        )
    )


def _positions_value(exchange: Exchange, account: Account, shards: list[int]) -> MicroDollars:
    """The open contracts at the best bid of the leg held; nothing where nobody bids."""
    total_ud = 0
    for holding in account.holdings.values():
        record = exchange.markets[holding.ticker]
        if holding.count_c and record.exchange_index in shards:
            total_ud += abs(holding.count_c) * _leg_bid(record, is_yes=holding.count_c > 0)
    return total_ud


def _leg_bid(record: MarketRecord, *, is_yes: bool) -> int:
    settled_bp = record.market.settlement_bp
    if settled_bp is not None:
        return settled_bp if is_yes else CONTRACT_BP - settled_bp
    if is_yes:
        return record.levels.best_bid_bp or 0
    ask_bp = record.levels.best_ask_bp
    return 0 if ask_bp is None else CONTRACT_BP - ask_bp


async def list_positions(request: Request) -> Response:
    return await position_page(request, Query(request, "GetPositions"), historical=False)


async def position_page(request: Request, query: Query, *, historical: bool) -> Response:
    """By ticker. The event positions are those of the page's markets, over everything held in the event."""
    caller = await require_caller(request, "read")
    limit = query.limit()
    exchange = exchange_of(request)
    wanted = _position_filter(exchange, query, cutoff_ns(request), historical=historical)
    account = exchange.accounts[caller.account_id]
    holdings = [account.holdings[ticker] for ticker in sorted(account.holdings)]
    listing = "historical_positions" if historical else "positions"
    page, cursor = by_key(listing, holdings, _ticker, query.text("cursor"), limit, wanted)
    return json_response(
        PositionPage(
            market_positions=[
                position_shape(holding, exchange.markets[holding.ticker].exchange_index) for holding in page
            ],
            event_positions=[
                event_position_shape(event_ticker, _of_event(exchange, account, event_ticker))
                for event_ticker in sorted({exchange.markets[h.ticker].event_ticker for h in page})
            ],
            cursor=cursor,
        )
    )


def _ticker(holding: Holding) -> str:
    return holding.ticker


def _of_event(exchange: Exchange, account: Account, event_ticker: str) -> list[Holding]:
    tickers = (record.ticker for record in exchange.markets_of(event_ticker))
    return [account.holdings[ticker] for ticker in tickers if ticker in account.holdings]


def _position_filter(
    exchange: Exchange, query: Query, cutoff: Nanoseconds, *, historical: bool
) -> Callable[[Holding], bool]:
    """``count_filter`` keeps what is not zero in one of its fields; settled ones only if asked for."""
    query.refuse_other_subaccounts()
    fields = query.csv("count_filter")
    for field in fields:
        if field not in _COUNT_FIELDS:
            raise query.broken("count_filter", "oneof")
    word = query.choice("settlement_status", ("unsettled", "settled", "all"))
    status = word or ("all" if historical else "unsettled")
    tickers = frozenset(query.csv("ticker", TICKERS_MAX))
    events = frozenset(query.csv("event_ticker", TICKERS_MAX))
    shard = query.shard()

    def wanted(holding: Holding) -> bool:
        record = exchange.markets[holding.ticker]
        return (
            (not tickers or holding.ticker in tickers)
            and (not events or record.event_ticker in events)
            and shard in (None, record.exchange_index)
            and (status == "all" or holding.is_settled is (status == "settled"))
            and (not fields or any(_COUNT_FIELDS[field](holding) for field in fields))
            and (holding.is_settled and holding.updated_ns < cutoff) is historical
        )

    return wanted


async def list_deposits(request: Request) -> Response:
    """Newest first. The play money of an account's opening is a deposit too, one on each shard."""
    caller = await require_caller(request, "read")
    query = Query(request, "GetDeposits")
    limit = query.limit(maximum=500)
    exchange = exchange_of(request)
    numbered = list(enumerate(exchange.accounts[caller.account_id].deposits))
    page, cursor = newest_first("deposits", numbered, query.text("cursor"), limit, lambda item: True)
    shapes = [_deposit_shape(exchange, caller.account_id, number, deposit) for number, deposit in page]
    return json_response(DepositPage(deposits=shapes, cursor=cursor))


def _deposit_shape(exchange: Exchange, account_id: str, number: int, deposit: Deposit) -> MoneyMovement:
    """Cents cut off, as the exchange tells them."""
    return MoneyMovement(
        id=uuid_shaped(f"{exchange.world_id}:deposit:{account_id}:{number}"),
        amount_cents=whole_cents(deposit.amount_ud),
        fee_cents=0,
        status="applied",
        created_ts=seconds_of(deposit.at_ns),
        finalized_ts=seconds_of(deposit.at_ns),
        type="play_money",
    )


async def list_withdrawals(request: Request) -> Response:
    """Play money cannot be withdrawn."""
    await require_caller(request, "read")
    Query(request, "GetWithdrawals").limit(maximum=500)
    return json_response(WithdrawalPage(withdrawals=[], cursor=""))


routes = [
    Route("/portfolio/balance", balance),
    Route("/portfolio/positions", list_positions),
    Route("/portfolio/deposits", list_deposits),
    Route("/portfolio/withdrawals", list_withdrawals),
]
