"""Two events for the tests of panels, with their markets, quotes and facts.

The price of bitcoin at an hour, twelve strikes that are not exclusive, with tenths of cents at the edges; and
a day's highest temperature, six ranges of which one wins, in whole cents.
"""

from __future__ import annotations

from decimal import Decimal

from engine.control.rows.markets import FactsRow, MarketRow, QuoteRow
from engine.domain.fee import FeeSchedule
from engine.domain.market import Event, Market, MarketStatus, Strike, StrikeType
from engine.domain.price_grid import STRUCTURES
from engine.domain.units import HOUR_NS, MINUTE_NS, SECOND_NS

NOW = 1_795_201_331 * SECOND_NS
"""Friday 20 November 2026, 14:02:11 in New York."""
CLOSE = 1_795_204_800 * SECOND_NS
"""15:00 in New York."""
WEATHER_CLOSE = 1_795_237_200 * SECOND_NS
"""Midnight in New York."""
BTC = "KXBTCD-26NOV2015"
WEATHER = "KXHIGHNY-26NOV20"
BTC_STRIKES = tuple(range(93_500, 96_500, 250))
BTC_AT = "KXBTCD-26NOV2015-T94999.99"
"""The strike in the middle."""
WEATHER_AT = "KXHIGHNY-26NOV20-B52.5"
_BTC_RULES = (
    "If the simple average of the sixty seconds of CF Benchmarks' Bitcoin Real-Time Index (BRTI) before 3 PM "
    "EST is above {floor} at 3 PM EST on Nov 20, 2026, then the market resolves to Yes."
)
_BTC_SECOND = (
    "Not all cryptocurrency price data is the same. While checking a source like Google or Coinbase may help "
    "guide your decision, the price used to determine this market is based on CF Benchmarks' corresponding "
    "Real Time Index (RTI)."
)


def strike_ticker(strike: int) -> str:
    return f"{BTC}-T{strike - 0.01:.2f}"


def btc_rows() -> tuple[MarketRow, ...]:
    return tuple(
        MarketRow(
            ticker=strike_ticker(strike),
            event_ticker=BTC,
            series_ticker="KXBTCD",
            title="Bitcoin price on Nov 20, 2026 at 3pm EST?",
            yes_sub_title=f"${strike:,} or above",
            status=MarketStatus.ACTIVE,
            close_ns=CLOSE,
        )
        for strike in BTC_STRIKES
    )


_BTC_BIDS = (9_920, 9_870, 9_600, 8_900, 7_800, 6_600, 5_100, 3_700, 2_400, 1_300, 420, None)


def btc_quotes() -> tuple[QuoteRow, ...]:
    """The highest strike has no bid; the one below it comes from an old quote."""
    found = []
    for at, strike in enumerate(BTC_STRIKES):
        bid = _BTC_BIDS[at]
        ask = 110 if bid is None else bid + (60 if bid > 9_000 or bid < 1_000 else 200)
        found.append(
            QuoteRow(
                strike_ticker(strike),
                bid,
                0 if bid is None else 12_000 + 3_500 * at,
                ask,
                9_000 + 4_100 * at,
                None if bid is None else min(bid + 100, 9_950),
                1_204_000 + 98_700 * at,
                604_000 + 11_100 * at,
                at != len(BTC_STRIKES) - 2,
            )
        )
    return tuple(found)


_WEATHER = (
    ("T50", "49° or below", 200, 300),
    ("B50.5", "50° to 51°", 1_800, 1_900),
    ("B52.5", "52° to 53°", 5_600, 5_900),
    ("B54.5", "54° to 55°", 1_700, 2_000),
    ("B56.5", "56° to 57°", 300, 500),
    ("T57", "58° or above", None, 100),
)


def weather_rows() -> tuple[MarketRow, ...]:
    return tuple(
        MarketRow(
            ticker=f"{WEATHER}-{name}",
            event_ticker=WEATHER,
            series_ticker="KXHIGHNY",
            title=f"Will the high temp in NYC be {label} on Nov 20, 2026?",
            yes_sub_title=label,
            status=MarketStatus.ACTIVE,
            close_ns=WEATHER_CLOSE,
        )
        for name, label, _, _ in _WEATHER
    )


def weather_quotes() -> tuple[QuoteRow, ...]:
    return tuple(
        QuoteRow(f"{WEATHER}-{name}", bid, 25_000 if bid else 0, ask, 40_000, bid, 3_310_000, 910_000, True)
        for name, _, bid, ask in _WEATHER
    )


def facts(row: MarketRow) -> FactsRow:
    is_btc = row.event_ticker == BTC
    market = Market(
        ticker=row.ticker,
        event_ticker=row.event_ticker,
        series_ticker=row.series_ticker,
        title=row.title,
        yes_sub_title=row.yes_sub_title,
        no_sub_title=row.yes_sub_title,
        rules_primary=_rules(row),
        rules_secondary=_BTC_SECOND if is_btc else "",
        open_ns=row.close_ns - 24 * HOUR_NS,
        close_ns=row.close_ns,
        expected_expiration_ns=row.close_ns + 5 * MINUTE_NS,
        latest_expiration_ns=row.close_ns + 7 * 24 * HOUR_NS,
        strike=strike_of(row.ticker),
        price_level_structure="tapered_deci_cent" if is_btc else "linear_cent",
        grid=STRUCTURES["tapered_deci_cent" if is_btc else "linear_cent"],
        fees=FeeSchedule(),
        status=row.status,
    )
    event = Event(
        row.event_ticker,
        row.series_ticker,
        "Bitcoin price on Nov 20, 2026 at 3pm EST?" if is_btc else "Highest temperature in NYC today?",
        "Nov 20, 2026 at 3pm EST" if is_btc else "On Nov 20, 2026",
        mutually_exclusive=not is_btc,
    )
    sources = (("CF Benchmarks", "https://www.cfbenchmarks.com/data/indices/BRTI"),)
    weather = (("National Weather Service", "https://www.weather.gov/okx"),)
    title = "Bitcoin price Above/below" if is_btc else "Highest temperature in NYC"
    return FactsRow(market, event, title, sources if is_btc else weather, "BRTI" if is_btc else "")


def _rules(row: MarketRow) -> str:
    if row.event_ticker == BTC:
        return _BTC_RULES.format(floor=row.ticker.rpartition("-T")[2])
    return (
        "If the highest temperature recorded in Central Park, New York for November 20, 2026 as reported by "
        f"the National Weather Service's Climatological Report (Daily), is {row.yes_sub_title}, then the "
        "market resolves to Yes."
    )


def strike_of(ticker: str) -> Strike:
    name = ticker.rpartition("-")[2]
    value = Decimal(name[1:])
    if ticker.startswith(BTC):
        return Strike(StrikeType.GREATER, floor=value)
    if name == "T50":
        return Strike(StrikeType.LESS, cap=value)
    if name == "T57":
        return Strike(StrikeType.GREATER, floor=value)
    half = Decimal("0.5")
    return Strike(StrikeType.BETWEEN, floor=value - half, cap=value + half)
