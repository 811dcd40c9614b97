"""Desks for the tests of panels: a clock that stands still, a tie without an engine, and a full day's rows.

Two events: the price of bitcoin at an hour, twelve strikes that are not exclusive, with tenths of cents at
the edges; and a day's highest temperature, six ranges of which one wins, in whole cents.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import msgspec

from console.tui.desk import CandleSeries, Decisions, Desk
from engine.control.attachment import TieState
from engine.control.errors import ConnectionLost, ControlError, QueryRefused
from engine.control.forecast_rows import ForecastRows, ModelRow, ScanRow
from engine.control.protocol import (
    DESK,
    INDEX,
    LOG,
    TAPE_PREFIX,
    WATCH,
    BookRows,
    CommandAnswer,
    Delta,
    DeskRows,
    IndexRows,
    LogRows,
    Rows,
    Snapshot,
    TapeRows,
    WatchRows,
    book_topic,
    forecast_topic,
)
from engine.control.queries import Args, Page
from engine.control.replica import Replica
from engine.control.rows import (
    CashRow,
    ConditionRow,
    ExchangeRow,
    FactsRow,
    FeedRow,
    FillRow,
    IndexRow,
    LeaseRow,
    LimitRow,
    LoadRow,
    LogRow,
    MarketRow,
    OrderRow,
    PlanRow,
    PositionRow,
    QuoteRow,
    StatusRow,
    TradeRow,
)
from engine.domain.candle import Candlestick, Ohlc
from engine.domain.command import CommandBody
from engine.domain.decision import DecisionRow, GateRow
from engine.domain.fee import FeeSchedule
from engine.domain.forecast import Forecast, ForecastSource, SeriesStatus
from engine.domain.market import Event, Market, MarketStatus, Strike, StrikeType
from engine.domain.order import Leg, OrderState
from engine.domain.plan import ExitCause, PlanState, PlanTerms, Target
from engine.domain.price_grid import STRUCTURES
from engine.domain.trigger import ConditionState, ConditionTerms, Crossing, Source, Ticket, Trigger
from engine.domain.units import DOLLAR_UD, HOUR_NS, MINUTE_NS, SECOND_NS

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
INDEX_VALUE = "95013.42"
_BTC_RULES = (
    "If the simple average of the sixty seconds of CF Benchmarks' Bitcoin Real-Time Index (BRTI) before 3 PM "
    "EST is above {floor} at 3 PM EST on Nov 20, 2026, then the market resolves to Yes."
)
_BTC_SECOND = (
    "Not all cryptocurrency price data is the same. While checking a source like Google or Coinbase may help "
    "guide your decision, the price used to determine this market is based on CF Benchmarks' corresponding "
    "Real Time Index (RTI)."
)


class StillClock:
    """Both clocks stand until a test moves them."""

    def __init__(self) -> None:
        self.mono = 1_000 * SECOND_NS

    def mono_ns(self) -> int:
        return self.mono

    def wall_ns(self) -> int:
        return NOW

    def pass_s(self, seconds: float) -> None:
        self.mono += round(seconds * SECOND_NS)


class StillTie:
    """What an attachment looks like to a desk; it takes no command and answers no query."""

    def __init__(self) -> None:
        self.replica = Replica()
        self.state = TieState.ATTACHED
        self.reason: ControlError | None = None
        self.refusal = ""
        """Why every query is refused."""
        self._listeners: list[Callable[[str], None]] = []

    def listen(self, listener: Callable[[str], None]) -> Callable[[], None]:
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def tell(self, topic: str) -> None:
        for listener in tuple(self._listeners):
            listener(topic)

    async def command(
        self, body: CommandBody, *, command_id: str = "", is_interactive: bool = False
    ) -> CommandAnswer:
        raise ConnectionLost("no engine here")

    async def query(
        self, kind: str, args: Args | None = None, cursor: str | None = None, limit: int = 100
    ) -> Page[Any]:
        raise QueryRefused(kind, "NOT_FOUND", self.refusal) if self.refusal else ConnectionLost("none here")

    async def subscribe(self, topic: str) -> None:
        return None

    async def unsubscribe(self, topic: str) -> None:
        return None


class PanelDesk:
    """A desk and the hands on it: what its engine says, what its clock shows."""

    def __init__(self) -> None:
        self.clock = StillClock()
        self.tie = StillTie()
        self.desk = Desk(self.tie, self.clock, period_min=1)
        self._revs: dict[str, int] = {}

    def say(self, topic: str, rows: Rows) -> None:
        """A snapshot of a topic the first time, a delta from then on."""
        since = self._revs.get(topic)
        self._revs[topic] = rev = (since or 0) + 1
        frame = Snapshot(topic, rev, rows) if since is None else Delta(topic, since, rev, rows)
        self.tie.replica.apply(frame)
        self.tie.tell(topic)

    @property
    def topics(self) -> tuple[str, ...]:
        """All that were said, in the order in which they were first."""
        return tuple(self._revs)

    def lose(self, text: str = "the engine closed the connection") -> None:
        self.tie.replica.distrust()
        self.tie.state, self.tie.reason = TieState.SEEKING, ConnectionLost(text)
        self.tie.tell("")


def blank_desk() -> PanelDesk:
    """Attached a moment ago; nothing was said yet."""
    return PanelDesk()


def idle_desk() -> PanelDesk:
    """Everything is there but business: no position, no order, no fill, no line."""
    hands = PanelDesk()
    hands.say(DESK, DeskRows(status=status(), cash=cash()))
    hands.say(WATCH, WatchRows())
    hands.say(LOG, LogRows())
    return hands


def full_desk() -> PanelDesk:
    """An afternoon's desk with the middle bitcoin strike loaded."""
    hands = PanelDesk()
    desk_rows = DeskRows(
        status=status(), cash=cash(), positions=positions(), orders=orders(), fills=fills(), plans=plans(),
        conditions=conditions(), loads=loads(),
    )  # fmt: skip
    hands.say(DESK, desk_rows)
    markets = (*btc_rows(), *weather_rows())
    hands.say(WATCH, WatchRows(markets, (*btc_quotes(), *weather_quotes())))
    hands.say(LOG, LogRows(log_lines()))
    hands.say(book_topic(BTC_AT), btc_book())
    hands.say(INDEX, IndexRows((IndexRow("BRTI", INDEX_VALUE, NOW - 400_000_000, NOW - 300_000_000),)))
    hands.say(TAPE_PREFIX + BTC_AT, TapeRows(trades()[1::-1]))
    add_models(hands)
    hands.desk.load(BTC_AT)
    add_facts(hands.desk)
    return hands


def add_facts(desk: Desk) -> None:
    """What the desk fetches: facts of every market, candles and earlier trades of the loaded one."""
    for row in (*btc_rows(), *weather_rows()):
        desk.facts[row.ticker] = facts(row)
    desk.candles[BTC_AT, 1] = CandleSeries(BTC_AT, 1, candles(), NOW)
    desk.trades[BTC_AT] = trades()
    desk.decisions[BTC_AT] = Decisions(decisions(), NOW - 4 * SECOND_NS)


def add_models(hands: PanelDesk) -> None:
    """What a scan of twelve seconds ago found; the highest strike and two ranges have no forecast."""
    hands.say(DESK, DeskRows(scan=scan()))
    hands.say(WATCH, WatchRows(models=models()))
    hands.say(forecast_topic(BTC_AT), ForecastRows(forecast=forecast()))


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


def positions() -> tuple[PositionRow, ...]:
    """YES above, NO in the middle (its book may not be read), and one of another program."""
    return (
        PositionRow(
            ticker=BTC_AT, leg=Leg.YES, count_c=1_000, cost_ud=4_900_000, exit_ud=5_100_000,
            realised_ud=310_000, fees_ud=175_000, owner="manual",
        ),
        PositionRow(
            ticker=strike_ticker(96_000), leg=Leg.NO, count_c=2_550, cost_ud=22_440_000, exit_ud=None,
            fees_ud=60_100, owner="manual",
        ),
        PositionRow(
            ticker=WEATHER_AT, leg=Leg.NO, count_c=500, cost_ud=2_350_000, exit_ud=2_050_000,
            realised_ud=-120_000, fees_ud=87_500, owner="external",
        ),
    )  # fmt: skip


def plans() -> tuple[PlanRow, ...]:
    """Of the first two positions: one between stop and profit, one whose stop cannot be sold into."""
    return (
        PlanRow(
            ticker=BTC_AT, leg=Leg.YES, owner="manual", state=PlanState.GUARDING, take_profit_bp=6_900,
            terms=PlanTerms(take_profit=Target(2_000), stop_loss=Target(-1_000)), stop_loss_bp=3_900,
        ),
        PlanRow(
            ticker=strike_ticker(96_000), leg=Leg.NO, owner="manual", state=PlanState.BLOCKED,
            terms=PlanTerms(stop_loss=Target(8_000, is_level=True)), stop_loss_bp=8_000,
            exit_cause=ExitCause.STOP_LOSS, text="nobody bids for NO",
        ),
    )  # fmt: skip


def conditions() -> tuple[ConditionRow, ...]:
    """Armed, disabled, fired and expired."""
    buy = Ticket(BTC_AT, Leg.NO, True, 1_000, 6_000, plan=PlanTerms(take_profit=Target(2_000)))
    below = Trigger(Source.BID, Crossing.AT_OR_BELOW, 4_200)
    spot = Trigger(Source.SPOT, Crossing.AT_OR_ABOVE, 9_520_000, key="BRTI")
    made = NOW - 600 * SECOND_NS
    return (
        ConditionRow(
            condition_id="dip", terms=ConditionTerms(below, buy, NOW + 2 * HOUR_NS, ("rise",)),
            state=ConditionState.ARMED, created_ns=made,
        ),
        ConditionRow(
            condition_id="rise", terms=ConditionTerms(spot, buy), state=ConditionState.DISABLED,
            created_ns=made + SECOND_NS,
        ),
        ConditionRow(
            condition_id="early", terms=ConditionTerms(below, buy), state=ConditionState.FIRED,
            created_ns=made, ended_ns=NOW - 60 * SECOND_NS, client_order_id="early-o",
            cause="yes_bid was 41 at 42: sent",
        ),
        ConditionRow(
            condition_id="late", terms=ConditionTerms(below, buy, NOW - 90 * SECOND_NS),
            state=ConditionState.EXPIRED, created_ns=made, ended_ns=NOW - 90 * SECOND_NS, cause="expired",
        ),
    )  # fmt: skip


def loads() -> tuple[LoadRow, ...]:
    return (
        LoadRow(slot=1, ticket=Ticket(BTC_AT, Leg.YES, True, 500, 5_300), expires_ns=NOW + 15 * MINUTE_NS),
        LoadRow(slot=4, ticket=Ticket(WEATHER_AT, Leg.NO, False, 500, 4_100)),
    )


EWMA = ForecastSource("ewma", is_baseline=True)
TIMESFM = ForecastSource("timesfm-2.5", False, "3f2a91c0" * 8, is_pinned=True)
"""Two makers of forecasts."""


def scan(**changes: Any) -> ScanRow:
    row = ScanRow(
        state="ok", source=EWMA, at_ns=NOW - 12 * SECOND_NS, next_ns=NOW + 48 * SECOND_NS, elapsed_ms=412.6,
        markets=18, asked=11, forecasts=15, skipped={"too_short": 2, "constant": 1}, candle_requests=2,
        covered=1_021, judged=1_298,
    )  # fmt: skip
    return msgspec.structs.replace(row, **changes)


def forecast(source: ForecastSource = EWMA, horizon: int = 12) -> Forecast:
    """Of the middle bitcoin strike: minutes that fall from 51.9 c while the band opens."""
    steps = tuple(
        tuple(5_190 - 40 * step + (level - 4) * (60 + 25 * step) for level in range(9))
        for step in range(horizon)
    )
    return Forecast(BTC_AT, source, NOW - 12 * SECOND_NS, NOW // SECOND_NS // 60 * 60, 60, steps)


def models() -> tuple[ModelRow, ...]:
    """By strike: falling, with one edge that is proven; one from another maker, three without a forecast."""
    made: dict[str, Any] = {
        "source": EWMA,
        "made_at_ns": NOW - 12 * SECOND_NS,
        "end_s": NOW // SECOND_NS + 700,
    }
    found = []
    for at, bid in enumerate(_BTC_BIDS):
        ticker = strike_ticker(BTC_STRIKES[at])
        if bid is None:
            found.append(ModelRow(ticker=ticker, status=SeriesStatus.TOO_SHORT, **made))
            continue
        now, move = bid + 100, (at - 4) * -150
        median = min(max(now + move, 60), 9_930)
        found.append(
            ModelRow(
                ticker=ticker,
                median_bp=median,
                low_bp=max(median - 420, 10),
                high_bp=min(median + 380, 9_990),
                move_bp=median - now,
                confidence="high" if abs(move) > 600 else "low",
                edge_bp=abs(move) - 230,
                edge_leg=Leg.YES if move > 0 else Leg.NO,
                verdict="PASS" if at == 7 else "unproven",
                **made,
            )
        )
    half = {**made, "source": TIMESFM, "made_at_ns": NOW - 95 * SECOND_NS}
    found.append(ModelRow(ticker=f"{WEATHER}-B50.5", status=SeriesStatus.CONSTANT, **half))
    found.append(
        ModelRow(
            ticker=WEATHER_AT, median_bp=6_130, low_bp=5_300, high_bp=7_020, move_bp=380,
            confidence="medium", edge_bp=120, edge_leg=Leg.YES, **half,
        )
    )  # fmt: skip
    found.append(ModelRow(ticker=f"{WEATHER}-B54.5", status=SeriesStatus.TOO_SHORT, **half))
    return tuple(found)


def decisions() -> tuple[DecisionRow, ...]:
    """On the middle strike: passed for its cost, taken in shadow, taken with money, passed for its spread."""
    gates = (
        GateRow("CONFIDENCE", True, "high, 13.2 c", "medium or more"),
        GateRow("PRICE_RANGE", True, "47 c", "20 to 95 c"),
        GateRow("SPREAD", True, "2 c", "10 c or less"),
        GateRow("COST_EXCEEDS_MOVE", False, "cost 5.4 c, move 4.4 c", "cost below the move"),
    )
    passed = DecisionRow(
        decision_id="d-4", at_ns=NOW - 12 * SECOND_NS, strategy="timesfm-no", stage="money", ticker=BTC_AT,
        verdict="PASS", code="COST_EXCEEDS_MOVE", text="fees and spread cost 5.4 c, the move is 4.4 c",
        leg=Leg.NO, forecast_bp=4_750, current_bp=5_190, move_bp=-440, confidence="medium",
        model=EWMA.label, gates=gates,
    )  # fmt: skip
    taken = msgspec.structs.replace(
        passed, decision_id="d-3", at_ns=NOW - 72 * SECOND_NS, verdict="TAKE", code="", text="",
        price_bp=4_900, count_c=600, stake_ud=2_940_000, take_profit_bp=5_900, stop_loss_bp=4_400,
        client_order_id="c-resting", move_bp=-1_320, forecast_bp=3_870, confidence="high",
        gates=(*gates[:3], GateRow("COST_EXCEEDS_MOVE", True, "cost 5.4 c, move 13.2 c", gates[3].wanted)),
    )  # fmt: skip
    shadow = msgspec.structs.replace(
        taken, decision_id="d-2", at_ns=NOW - 132 * SECOND_NS, stage="shadow", client_order_id=""
    )
    wide = msgspec.structs.replace(
        passed, decision_id="d-1", at_ns=NOW - 192 * SECOND_NS, code="SPREAD", text="the spread is 12 c",
        gates=(*gates[:2], GateRow("SPREAD", False, "12 c", "10 c or less")),
    )  # fmt: skip
    return passed, taken, shadow, wide


def order(name: str, state: OrderState, **changes: Any) -> OrderRow:
    row = OrderRow(
        client_order_id=name,
        order_id=f"ex-{name}",
        ticker=BTC_AT,
        owner="manual",
        leg=Leg.YES,
        buys=True,
        price_bp=4_900,
        count_c=1_000,
        remaining_c=1_000,
        state=state,
        intended_ns=NOW - 95 * SECOND_NS,
        updated_ns=NOW - 90 * SECOND_NS,
        expires_ns=NOW + 505 * SECOND_NS,
    )
    return msgspec.structs.replace(row, **changes)


def orders() -> tuple[OrderRow, ...]:
    """One in every state."""
    s = SECOND_NS
    return (
        order("c-intent", OrderState.INTENT, order_id="", intended_ns=NOW - s // 5, updated_ns=NOW - s // 5),
        order("c-sent", OrderState.SENT, order_id="", intended_ns=NOW - s // 2, updated_ns=NOW - s // 2),
        order(
            "c-unknown", OrderState.UNKNOWN, order_id="", leg=Leg.NO, price_bp=4_300, count_c=500,
            remaining_c=500, intended_ns=NOW - 9 * s, updated_ns=NOW - 4 * s, cause="timed out after 5 s",
        ),
        order("c-resting", OrderState.RESTING),
        order(
            "c-partial", OrderState.PARTIAL, leg=Leg.NO, buys=False, opens=False, price_bp=9_100,
            ticker=strike_ticker(96_000), filled_c=450, remaining_c=550, booked_c=450, booked_ud=4_095_000,
        ),
        order("c-asked", OrderState.RESTING, price_bp=4_700, cancel="asked"),
        order(
            "c-filled", OrderState.FILLED, filled_c=1_000, remaining_c=0, booked_c=1_000,
            booked_ud=4_900_000, fees_ud=175_000, updated_ns=NOW - 600 * s, intended_ns=NOW - 601 * s,
        ),
        order("c-canceled", OrderState.CANCELED, price_bp=4_500, remaining_c=0, updated_ns=NOW - 700 * s),
        order(
            "c-rejected", OrderState.REJECTED, order_id="", remaining_c=0, cause="insufficient_balance",
            updated_ns=NOW - 800 * s,
        ),
        order("c-expired", OrderState.EXPIRED, remaining_c=0, updated_ns=NOW - 900 * s),
        order("c-absent", OrderState.ABSENT, order_id="", remaining_c=0, updated_ns=NOW - 1_000 * s),
    )  # fmt: skip


def fills() -> tuple[FillRow, ...]:
    first = FillRow(
        trade_id="t-1", order_id="ex-c-filled", client_order_id="c-filled", ticker=BTC_AT, owner="manual",
        leg=Leg.YES, buys=True, price_bp=4_900, count_c=1_000, fee_ud=175_000, is_taker=True,
        at_ns=NOW - 600 * SECOND_NS,
    )  # fmt: skip
    second = msgspec.structs.replace(
        first, trade_id="t-2", order_id="ex-c-partial", client_order_id="c-partial", leg=Leg.NO, buys=False,
        ticker=strike_ticker(96_000), price_bp=9_120, count_c=450, fee_ud=0, is_taker=False,
        at_ns=NOW - 61 * SECOND_NS,
    )  # fmt: skip
    third = msgspec.structs.replace(
        first, trade_id="t-3", order_id="ex-other", client_order_id="", owner="external", leg=Leg.NO,
        ticker=WEATHER_AT, price_bp=4_700, count_c=500, fee_ud=87_500, at_ns=NOW - 20 * SECOND_NS,
    )  # fmt: skip
    return (first, second, third)


def log_lines() -> tuple[LogRow, ...]:
    said = (
        ("note", "STARTED", "run 7f3a on sandbox", ""),
        ("note", "ORDER", "buy 10 YES at 49 c (manual)", BTC_AT),
        ("note", "FILL", "bought 10 YES at 49 c, fee $0.175 (manual)", BTC_AT),
        ("warning", "ADOPTED", "found 5 contracts that no fill explains", WEATHER_AT),
        ("urgent", "UNKNOWN", "c-unknown unknown: timed out after 5 s [a bracket] stays as it is", BTC_AT),
        ("note", "ORDER_TOO_LARGE", "got 5000 contracts, wanted at most 10", BTC_AT),
    )
    return tuple(
        LogRow(no, NOW - (700 - 110 * no) * SECOND_NS, level, code, text, ticker)
        for no, (level, code, text, ticker) in enumerate(said, 1)
    )


def btc_book() -> BookRows:
    bids = ((5_100, 31_000), (5_000, 120_000), (4_900, 64_025), (4_700, 8_000), (4_000, 500_000))
    asks = ((5_300, 28_600), (5_400, 90_000), (5_500, 45_000), (5_800, 210_000), (9_250, 1_000))
    return BookRows(bids, asks, is_fresh=True)


def trades() -> tuple[TradeRow, ...]:
    prints = ((5_200, 1_000, Leg.YES), (5_100, 250, Leg.NO), (5_300, 12_050, Leg.YES), (5_000, 40, Leg.NO))
    return tuple(
        TradeRow(f"p-{at}", BTC_AT, price, count, taker, NOW - (2 + 7 * at) * SECOND_NS)
        for at, (price, count, taker) in enumerate(prints)
    )


def candles() -> tuple[Candlestick, ...]:
    """Two hours of minutes that wander around 50 c, one in seven without a trade."""
    found = []
    last = 4_600
    for at in range(120):
        close = 4_500 + (at * at // 16 % 700) + (at * 37 % 5 - 2) * 15
        has_trade = at % 7 != 3
        price = Ohlc(last, max(last, close) + 10, min(last, close) - 10, close) if has_trade else Ohlc()
        bid = Ohlc(last - 100, close - 50, last - 150, close - 100)
        ask = Ohlc(last + 100, close + 150, last + 50, close + 100)
        end_s = NOW // SECOND_NS // 60 * 60 - (119 - at) * 60
        mean = close if has_trade else None
        found.append(Candlestick(end_s, bid, ask, price, mean, last, 500 * (at % 5), 70_000))
        last = close
    return tuple(found)


def status(**changes: Any) -> StatusRow:
    row = StatusRow(
        venue="sandbox",
        mode="RUNNING",
        account="acct-1",
        build="0.1.0",
        run_id="7f3a",
        pid=4242,
        uptime_ns=3_725 * SECOND_NS,
        rev=18_204,
        exchange_ns=NOW,
        is_ready=True,
        exchange=ExchangeRow(True, "ok", True, 12_000_000),
        feeds=(FeedRow("exchange", "live", 200_000_000),),
        lease=LeaseRow("console", 581 * SECOND_NS),
        positions=3,
        resting_orders=3,
        unknown_orders=1,
        markets=18,
        books_fresh=17,
        clients=2,
        limits=(
            LimitRow("order_loss", "ud", 5_000_000),
            LimitRow("order_count", "count", 1_000),
            LimitRow("total_worst_case", "ud", 40_000_000, 29_690_000),
            LimitRow("daily_loss", "ud", 10_000_000, 8_450_000),
            LimitRow("entries_a_minute", "times", 6, 6),
            LimitRow("collar", "bp", 300),
        ),
        day_pnl_ud=-1_230_000,
        entries_stopped="six entries in this minute",
    )
    return msgspec.structs.replace(row, **changes)


def cash() -> CashRow:
    shards = {0: 812_345_600, 1: 100 * DOLLAR_UD}
    return CashRow(sum(shards.values()), 29 * DOLLAR_UD + 690_000, shards, NOW - 3 * SECOND_NS)
