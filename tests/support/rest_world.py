"""A world for tests of the REST routes: two series, a scripted past, two customers, a movable time."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import TypeVar

import httpx
import msgspec
from small_world import START_NS, MovableWall, QuietSource, in_process, signer_for, small_world

from engine.domain.candle import Candlestick, Ohlc
from engine.domain.fee import FeeSchedule, FeeType
from engine.domain.market import Event, Market, Series, Strike, StrikeType
from engine.domain.order import BookSide
from engine.domain.price_grid import STRUCTURES
from engine.domain.units import DAY_NS, HOUR_NS, SECOND_NS, Nanoseconds
from engine.sandbox.core.exchange import Exchange
from engine.sandbox.core.feed import Traded
from engine.sandbox.server.store import Store
from engine.sandbox.server.world import World
from engine.sandbox.source import SourceSummary

T = TypeVar("T")

START_S = START_NS // SECOND_NS
BELOW, BETWEEN, ABOVE, LATER, COIN = (
    "KXHIGHNY-26SEP21-T83",
    "KXHIGHNY-26SEP21-B83.5",
    "KXHIGHNY-26SEP21-T84",
    "KXHIGHNY-26SEP22-T83",
    "KXBTCD-26SEP2117-T86749.99",
)
WEATHER_DAY, NEXT_DAY, COIN_HOUR = "KXHIGHNY-26SEP21", "KXHIGHNY-26SEP22", "KXBTCD-26SEP2117"
WEATHER_FEES = FeeSchedule()
COIN_FEES = FeeSchedule(fee_type=FeeType.QUADRATIC_WITH_MAKER_FEES, multiplier_millionths=500_000)


class ScriptedSource(QuietSource):
    """Lists five markets; its past has a trade and a candle each minute of the hour before the start."""

    def open(self, exchange: Exchange) -> None:
        if "KXHIGHNY" in exchange.series:
            return
        sources = (("NWS", "https://weather.example"),)
        exchange.list_series(Series("KXHIGHNY", "High in NYC", "Climate", "daily", WEATHER_FEES, sources))
        exchange.list_series(
            Series("KXBTCD", "Bitcoin", "Crypto", "hourly", COIN_FEES, exchange_index=2, tags=("BTC",))
        )
        for ticker in (WEATHER_DAY, NEXT_DAY):
            exchange.list_event(Event(ticker, "KXHIGHNY", "High today", "Sep 21", mutually_exclusive=True))
        exchange.list_event(
            Event(
                COIN_HOUR,
                "KXBTCD",
                "Bitcoin at 5",
                "",
                mutually_exclusive=False,
                strike_ns=START_NS + HOUR_NS,
                exchange_index=2,
            )
        )
        for market in _markets(exchange.now_ns):
            exchange.list_market(market)
        exchange.advance(exchange.now_ns)

    def history(self, exchange: Exchange, ticker: str, start_s: int, end_s: int) -> Sequence[Candlestick]:
        if ticker != COIN:
            return ()
        first = START_S // 60 * 60 - 3600
        return [past_candle(end) for end in range(first, START_S + 1, 60) if start_s <= end <= end_s]

    def past_trades(self, exchange: Exchange, ticker: str, start_s: int, end_s: int) -> Sequence[Traded]:
        if ticker != COIN:
            return ()
        first = START_S // 60 * 60 - 3600
        return [
            Traded(f"past-{at}", ticker, 4_000, 200, BookSide.BID, at * SECOND_NS)
            for at in range(first + 30, START_S, 60)
            if start_s <= at <= end_s
        ]

    def summary(self) -> SourceSummary:
        return SourceSummary("scripted", {"markets": 5})


def past_candle(end_s: int) -> Candlestick:
    """The scripted past: a bid of 39.5 to 40.1 cents, an ask of 41 cents, two contracts at 40 cents."""
    return Candlestick(
        end_s,
        Ohlc(3_950, 4_010, 3_950, 4_000),
        Ohlc(4_100, 4_100, 4_100, 4_100),
        Ohlc(4_000, 4_000, 4_000, 4_000),
        4_000,
        4_000,
        200,
        900,
    )


def _markets(now_ns: Nanoseconds) -> list[Market]:
    weather = {
        "series_ticker": "KXHIGHNY",
        "fees": WEATHER_FEES,
        "price_level_structure": "linear_cent",
        "grid": STRUCTURES["linear_cent"],
    }
    coin = {
        "series_ticker": "KXBTCD",
        "fees": COIN_FEES,
        "price_level_structure": "tapered_deci_cent",
        "grid": STRUCTURES["tapered_deci_cent"],
        "exchange_index": 2,
    }
    return [
        _market(BELOW, WEATHER_DAY, Strike(StrikeType.LESS, cap=Decimal(83)), now_ns, **weather),
        _market(
            BETWEEN, WEATHER_DAY, Strike(StrikeType.BETWEEN, Decimal(83), Decimal(84)), now_ns, **weather
        ),
        _market(ABOVE, WEATHER_DAY, Strike(StrikeType.GREATER, Decimal(84)), now_ns, **weather),
        _market(LATER, NEXT_DAY, Strike(StrikeType.LESS, cap=Decimal(83)), now_ns + DAY_NS, **weather),
        _market(COIN, COIN_HOUR, Strike(StrikeType.GREATER, Decimal("86749.99")), now_ns, **coin),
    ]


def _market(ticker: str, event: str, strike: Strike, from_ns: Nanoseconds, **fields: object) -> Market:
    return Market(
        ticker=ticker,
        event_ticker=event,
        title=ticker,
        yes_sub_title="yes",
        no_sub_title="no",
        rules_primary="If it is so, then Yes.",
        open_ns=from_ns - HOUR_NS,
        close_ns=from_ns + 2 * HOUR_NS,
        expected_expiration_ns=from_ns + 3 * HOUR_NS,
        latest_expiration_ns=from_ns + 7 * DAY_NS,
        strike=strike,
        **fields,  # type: ignore[arg-type]
    )


class Desk:
    """A world with its clients: ``ann`` and ``bob`` trade, ``anyone`` signs nothing."""

    def __init__(self, world: World, wall: MovableWall) -> None:
        self.world = world
        self.wall = wall
        self.ann = in_process(world, signer_for(world, "ann"))
        self.bob = in_process(world, signer_for(world, "bob"))
        self.anyone = in_process(world)

    @property
    def exchange(self) -> Exchange:
        return self.world.exchange

    def pass_time(self, seconds: float) -> None:
        """Moves the wall, and with it the exchange."""
        self.wall.at_ns += int(seconds * SECOND_NS)
        self.world.tick()

    async def trade(
        self, price: str = "0.4000", count: str = "2.00", ticker: str = BETWEEN
    ) -> tuple[str, str]:
        """Ann buys YES from Bob's resting ask; returns both order ids."""
        resting = ok(await self.bob.place(ticker=ticker, side="ask", price=price, count=count), 201)
        taking = ok(await self.ann.place(ticker=ticker, price=price, count=count), 201)
        return str(taking["order_id"]), str(resting["order_id"])


def open_desk(store: Store | None = None, wall: MovableWall | None = None) -> Desk:
    wall = wall or MovableWall()
    return Desk(small_world(wall, store, kind="scripted", make_source=lambda options: ScriptedSource()), wall)


def ok(answer: httpx.Response, status: int = 200) -> dict[str, object]:
    """The body of an answer that must have this status."""
    assert answer.status_code == status, f"{answer.status_code}: {answer.text}"
    found: dict[str, object] = answer.json()
    return found


def typed(answer: httpx.Response, kind: type[T], status: int = 200) -> T:
    """The body decoded as a wire Struct: a missing or wrongly typed field fails."""
    assert answer.status_code == status, f"{answer.status_code}: {answer.text}"
    return msgspec.json.decode(answer.content, type=kind)


def refused(answer: httpx.Response) -> tuple[int, object]:
    """Status and body of a refusal."""
    return answer.status_code, answer.json()


def nested(code: str, message: str, details: str | None = None) -> dict[str, object]:
    """The body of a refusal in the nested shape."""
    inner = {"code": code, "message": message}
    return {"error": inner if details is None else inner | {"details": details}}


def failed(operation: str, field: str, tag: str) -> dict[str, object]:
    """The body of a query parameter that breaks a rule."""
    key = f"Key: '{operation}Params.{field}' Error:Field validation for '{field}' failed on the '{tag}' tag"
    return {"msg": f"Parameter validation failed for {operation}: {key}"}
