"""The series of the generated exchange: what each is settled on, when, at which strikes, in which words."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import msgspec

from engine.domain.fee import FeeSchedule
from engine.domain.market import Series
from engine.sandbox.sources.generator import ladder, slots, wording
from engine.sandbox.sources.generator.ladder import Rung
from engine.sandbox.sources.generator.outlook import Underlying
from engine.sandbox.sources.generator.path import PriceModel, PricePath
from engine.sandbox.sources.generator.prices import (
    AveragedIndex,
    ClosingLevel,
    session_activity,
    weekdays_before,
)
from engine.sandbox.sources.generator.scenario import Scenario
from engine.sandbox.sources.generator.slots import Slot
from engine.sandbox.sources.generator.temperature import DailyHigh, Station
from engine.sandbox.sources.generator.throughput import WeeklyThroughput

CENT = Decimal("0.01")
HAIR = Decimal("0.0001")
CRYPTO_SHARD = 2
HALF_FEE = FeeSchedule(multiplier_millionths=500_000)
CF_BENCHMARKS = (("CF Benchmarks", "https://www.cfbenchmarks.com/data/indices/BRTI"),)
NEW_YORK = Station("NYC", -5, 62.5, 22.5, 204, 14.0, 6.5)
CHICAGO = Station("MDW", -6, 59.5, 26.0, 202, 15.0, 8.0)
LOS_ANGELES = Station("LAX", -8, 71.5, 5.5, 236, 11.0, 4.5)


class Family(msgspec.Struct, frozen=True):
    """One series with all that makes its events."""

    series: Series
    underlying: Underlying
    schedule: slots.Schedule
    rungs: Callable[[Slot, float], tuple[Rung, ...]]
    """The markets of a slot, given the expected settlement value when it is listed."""
    event_words: wording.EventWording
    market_words: wording.MarketWording
    is_exclusive: bool
    liveliness: float
    """Trades a minute in a market at even odds."""
    settlement_timer_s: int
    rules_secondary: str = ""
    price_level_structure: str = "linear_cent"
    past_s: int = 8 * 86_400
    """How far back settled events are listed."""

    @property
    def has_target(self) -> bool:
        """Whether the strike is the index value at the opening."""
        return self.series.ticker == "KXBTC15M"


class Underlyings:
    """The hidden paths behind all series of one world."""

    def __init__(self, seed: int, scenario: Scenario) -> None:
        self.bitcoin = PricePath(seed, PriceModel("BRTI", 84_000.0, 0.024), scenario)
        self.ether = PricePath(seed, PriceModel("ETHUSD_RTI", 2_650.0, 0.032, 0.008), scenario)
        self.sp500 = PricePath(
            seed, PriceModel("SPX", 7_700.0, 0.0085, 0.003), scenario, session_activity, weekdays_before
        )
        self.nasdaq = PricePath(
            seed, PriceModel("NDX", 26_500.0, 0.0115, 0.004), scenario, session_activity, weekdays_before
        )

    @property
    def published(self) -> dict[str, PricePath]:
        """The indexes that are published every second, by their ids."""
        return {path.model.name: path for path in (self.bitcoin, self.ether)}


def families(seed: int, paths: Underlyings, legs: int | None) -> dict[str, Family]:
    """Every series by ticker; ``legs`` as in the options."""
    made = [
        *_crypto(paths, legs),
        _index("KXINX", "S&P 500", paths.sp500, Decimal(25), HAIR, legs),
        _index("KXNASDAQ100", "Nasdaq-100", paths.nasdaq, Decimal(100), CENT, legs),
        _weather("KXHIGHNY", seed, NEW_YORK, "NYC", "New York City", "CLINYC"),
        _weather("KXHIGHCHI", seed, CHICAGO, "Chicago", "Chicago Midway", "CLIMDW"),
        _weather("KXHIGHLAX", seed, LOS_ANGELES, "LA", "Los Angeles", "CLILAX"),
        _travellers(seed),
    ]
    return {family.series.ticker: family for family in made}


def _crypto(paths: Underlyings, legs: int | None) -> list[Family]:
    bitcoin = "Bitcoin Real-Time Index (BRTI)"
    ether = "Ethereum Real-Time Index (ERTI)"
    return [
        _coin(
            "KXBTC",
            "Bitcoin range",
            paths.bitcoin,
            wording.crypto("Bitcoin", bitcoin, "Bitcoin price range on {date}?"),
            lambda slot, centre: ladder.bands(
                centre, width=Decimal(250 if slot.is_main else 100), rungs=_most(188, legs), gap=CENT
            ),
        ),
        _coin(
            "KXBTCD",
            "Bitcoin price Above/below",
            paths.bitcoin,
            wording.crypto("Bitcoin", bitcoin, "Bitcoin price on {date}?"),
            lambda slot, centre: ladder.thresholds(
                centre, width=Decimal(250 if slot.is_main else 100), rungs=_most(188, legs), gap=CENT
            ),
            is_exclusive=False,
        ),
        _quarters(paths.bitcoin),
        _coin(
            "KXETH",
            "Ethereum price range",
            paths.ether,
            wording.crypto("Ethereum", ether, "Ethereum price at {date} at {hour}?"),
            lambda slot, centre: ladder.bands(
                centre, width=Decimal(20 if slot.is_main else 5), rungs=_most(300, legs), gap=CENT
            ),
        ),
    ]


def _most(all_: int, legs: int | None) -> int:
    return all_ if legs is None else min(all_, legs)


def _coin(
    ticker: str,
    title: str,
    path: PricePath,
    words: tuple[wording.EventWording, wording.MarketWording],
    rungs: Callable[[Slot, float], tuple[Rung, ...]],
    *,
    is_exclusive: bool = True,
) -> Family:
    return Family(
        series=_series(ticker, title, "Crypto", "hourly", sources=CF_BENCHMARKS, exchange_index=CRYPTO_SHARD),
        underlying=AveragedIndex(path),
        schedule=slots.hourly,
        rungs=rungs,
        event_words=words[0],
        market_words=words[1],
        is_exclusive=is_exclusive,
        liveliness=0.8,
        settlement_timer_s=60,
        rules_secondary=wording.INDEX_NOTE,
        past_s=86_400,
    )


def _quarters(path: PricePath) -> Family:
    return Family(
        series=_series(
            "KXBTC15M",
            "Bitcoin price up or down",
            "Crypto",
            "fifteen_min",
            sources=CF_BENCHMARKS,
            exchange_index=CRYPTO_SHARD,
        ),
        underlying=AveragedIndex(path),
        schedule=slots.quarterly,
        rungs=lambda slot, _centre: ladder.target(slot.stamp[-2:], None),
        event_words=wording.quarter_event,
        market_words=wording.quarter_market,
        is_exclusive=False,
        liveliness=20.0,
        settlement_timer_s=1,
        rules_secondary=wording.INDEX_NOTE,
        price_level_structure="tapered_deci_cent",
        past_s=2 * 86_400,
    )


def _index(ticker: str, name: str, path: PricePath, width: Decimal, gap: Decimal, legs: int | None) -> Family:
    event_words, market_words = wording.stock_index(name, gap)
    return Family(
        series=_series(
            ticker,
            f"{name} range",
            "Financials",
            "daily",
            fees=HALF_FEE,
            sources=(("Google Finance", "https://www.google.com/finance/"),),
        ),
        underlying=ClosingLevel(path),
        schedule=slots.sessions,
        rungs=lambda _slot, centre: ladder.bands(centre, width=width, rungs=_most(30, legs), gap=gap),
        event_words=event_words,
        market_words=market_words,
        is_exclusive=True,
        liveliness=1.2,
        settlement_timer_s=60,
    )


def _weather(ticker: str, seed: int, station: Station, short: str, full: str, site: str) -> Family:
    event_words, market_words = wording.temperature(short, full, site)
    return Family(
        series=_series(
            ticker,
            f"Highest temperature in {short}",
            "Climate and Weather",
            "daily",
            sources=(("The Weather Company", "https://weather.com/kalshi"),),
        ),
        underlying=DailyHigh(seed, station),
        schedule=slots.climate_days(station.standard_offset_h),
        rungs=lambda _slot, centre: ladder.temperatures(centre),
        event_words=event_words,
        market_words=market_words,
        is_exclusive=True,
        liveliness=1.5,
        settlement_timer_s=1_800,
    )


def _travellers(seed: int) -> Family:
    return Family(
        series=_series(
            "KXTSAW",
            "TSA check-ins this week",
            "Transportation",
            "weekly",
            sources=(("TSA", "https://www.tsa.gov/travel/passenger-volumes"),),
        ),
        underlying=WeeklyThroughput(seed),
        schedule=slots.weeks,
        rungs=lambda _slot, centre: ladder.millions(centre, rungs=10),
        event_words=wording.travellers_event,
        market_words=wording.travellers_market,
        is_exclusive=False,
        liveliness=0.3,
        settlement_timer_s=300,
        past_s=16 * 86_400,
    )


def _series(
    ticker: str,
    title: str,
    category: str,
    frequency: str,
    *,
    fees: FeeSchedule | None = None,
    sources: tuple[tuple[str, str], ...],
    exchange_index: int = 0,
) -> Series:
    return Series(
        ticker=ticker,
        title=title,
        category=category,
        frequency=frequency,
        fees=fees or FeeSchedule(),
        settlement_sources=sources,
        exchange_index=exchange_index,
    )
