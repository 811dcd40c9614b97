"""The generator: a seeded world of living markets for the sandbox exchange.

What is listed at the start: every open event, what opens soon, and settled events with their results: a day
of the hourly crypto ladders, two days of the quarter-hours, eight days of daily series, sixteen of weekly
ones.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence

from engine.domain.candle import Candlestick
from engine.domain.market import Event, MarketStatus
from engine.domain.units import CONTRACT_BP, SECOND_NS, Nanoseconds
from engine.sandbox.core.exchange import Exchange
from engine.sandbox.core.feed import IndexValue, Traded
from engine.sandbox.core.past import NO_PAST
from engine.sandbox.source import SourceSummary
from engine.sandbox.sources.generator.desk import QUOTES_PER_CALL, LiveEvent, MarketMaking
from engine.sandbox.sources.generator.families import Family, Underlyings, families
from engine.sandbox.sources.generator.flow import TRADES_PER_CALL, Flow
from engine.sandbox.sources.generator.options import GeneratorOptions
from engine.sandbox.sources.generator.past import EventPast, MarketPast
from engine.sandbox.sources.generator.path import PricePath, decimal_text, mean_cents
from engine.sandbox.sources.generator.plan import Plan, plan_of, settled, with_target
from engine.sandbox.sources.generator.programme import Act, Due, Programme
from engine.sandbox.sources.generator.scenario import scenario_named
from engine.sandbox.sources.generator.slots import QUARTER_S, Slot
from engine.sandbox.sources.generator.told import told_pasts

_INDEX_VALUES_PER_CALL = 15
_ENDS_PER_CALL = 4
_PASTS_KEPT = 256
"""Events whose told past stays at hand."""
_FINAL = frozenset({MarketStatus.FINALIZED, MarketStatus.DETERMINED})
_UNCLOSED = frozenset({MarketStatus.INITIALIZED, MarketStatus.ACTIVE, MarketStatus.INACTIVE})
_SKIPPING_NS = 3_600 * SECOND_NS
"""In a step longer than this, events that live and die within it are listed settled, without a life."""


class Generator:
    """A MarketSource. Two with equal options that are advanced to equal times make equal worlds."""

    def __init__(self, options: GeneratorOptions) -> None:
        """Raises InvalidOption or UnknownScenario."""
        options.check()
        self.options = options
        self._scenario = scenario_named(options.scenario)
        self._paths = Underlyings(options.seed, self._scenario)
        made = families(options.seed, self._paths, options.legs)
        self._families = {ticker: made[ticker] for ticker in options.series}
        self._programme = Programme(self._families.values())
        self._making = MarketMaking(options.seed, self._scenario)
        self._flow = Flow(options.seed)
        self._pasts: OrderedDict[str, EventPast] = OrderedDict()
        self._published_s = 0

    def open(self, exchange: Exchange) -> None:
        """Lists the world at ``exchange.now_ns``; what a restored exchange has already stays as it is."""
        now_s = exchange.now_ns // SECOND_NS
        self._published_s = now_s - 1
        self._making.open_accounts(exchange)
        self._flow.open_accounts(exchange)
        for family in self._families.values():
            if family.series.ticker not in exchange.series:
                exchange.list_series(family.series)
        for family, slot in self._programme.begin(now_s, _unsettled_since_s(exchange)):
            self._admit(exchange, family, slot, now_s)
        exchange.advance(exchange.now_ns)
        self._run_programme(exchange, exchange.now_ns)
        self._publish(exchange, now_s)
        self._making.run(exchange, exchange.now_ns, budget=1 << 30)

    def advance(self, exchange: Exchange, to_ns: Nanoseconds) -> None:
        """Lives the time up to ``to_ns``; quotes, prints and index values of one step are limited."""
        from_ns = exchange.now_ns
        self._run_programme(exchange, to_ns)
        exchange.advance(to_ns)
        self._publish(exchange, to_ns // SECOND_NS)
        looked = self._making.run(exchange, to_ns, QUOTES_PER_CALL)
        self._flow.informed(exchange, looked, to_ns)
        self._flow.crowd(exchange, self._making, from_ns, to_ns, TRADES_PER_CALL)

    def next_due_ns(self, now_ns: Nanoseconds) -> Nanoseconds | None:
        """The next second: something always moves."""
        return (now_ns // SECOND_NS + 1) * SECOND_NS

    def history(self, exchange: Exchange, ticker: str, start_s: int, end_s: int) -> Sequence[Candlestick]:
        """One-minute candles of what the exchange was told; none for a market that began in its own time."""
        past, until_s = self._past(exchange, ticker)
        return [] if past is None else list(past.candles(start_s, min(end_s, until_s)))

    def past_trades(self, exchange: Exchange, ticker: str, start_s: int, end_s: int) -> Sequence[Traded]:
        """Prints of what the exchange was told, oldest first."""
        past, until_s = self._past(exchange, ticker)
        return [] if past is None else past.prints(start_s, min(end_s, until_s - 1))

    @property
    def live_events(self) -> list[LiveEvent]:
        """The events that are quoted now."""
        return list(self._making.events.values())

    def summary(self) -> SourceSummary:
        options = self.options
        return SourceSummary(
            kind="generator",
            detail={
                "seed": options.seed,
                "scenario": options.scenario,
                "ladders": "full" if options.legs is None else str(options.legs),
                "series": list(options.series),
                "open_markets": sum(len(event.desks) for event in self._making.events.values()),
            },
        )

    def _admit(self, exchange: Exchange, family: Family, slot: Slot, now_s: int) -> None:
        """Lists an event that is due, as it stands by now, and puts what is to come on the programme."""
        event_ticker = f"{family.series.ticker}-{slot.stamp}"
        is_over = slot.determine_s + family.settlement_timer_s <= now_s
        is_known = event_ticker in exchange.events
        if is_over and not is_known:
            if slot.close_s >= now_s - family.past_s:
                self._list_settled(exchange, with_target(plan_of(family, slot)), now_s)
            return
        if is_known and all(r.market.status in _FINAL for r in exchange.markets_of(event_ticker)):
            return
        if not is_known:
            plan = plan_of(family, slot)
            exchange.list_event(plan.event())
            for market in plan.markets():
                exchange.list_market(market)
            if slot.open_s * SECOND_NS < exchange.now_ns:
                self._remember(exchange, plan, now_s)
        self._programme.add(family, slot, Act.OPEN, slot.open_s)
        self._programme.add(family, slot, Act.CLOSE, slot.close_s)
        self._programme.add(family, slot, Act.DETERMINE, slot.determine_s)

    def _list_settled(self, exchange: Exchange, plan: Plan, now_s: int) -> None:
        exchange.list_event(plan.event())
        paid, text = plan.results()
        for market, settlement_bp in zip(plan.markets(), paid, strict=True):
            exchange.list_market(settled(market, plan.slot, settlement_bp, text))
        self._remember(exchange, plan, now_s)

    def _run_programme(self, exchange: Exchange, to_ns: Nanoseconds) -> None:
        """Does what is due up to ``to_ns``, each act at its own time on the exchange's clock."""
        skipping = to_ns - exchange.now_ns > _SKIPPING_NS
        while True:
            due_s = self._programme.next_s()
            if due_s is None or due_s * SECOND_NS > to_ns:
                return
            due = self._programme.pop()
            exchange.advance(max(exchange.now_ns, due_s * SECOND_NS))
            self._perform(exchange, due, to_ns // SECOND_NS if skipping else due_s)

    def _perform(self, exchange: Exchange, due: Due, known_until_s: int) -> None:
        if due.act is Act.LOOK_AHEAD:
            self._programme.look_ahead(due.at_s)
            return
        family, slot = self._programme.event(due)
        if due.act is Act.LIST:
            self._admit(exchange, family, slot, known_until_s)
            return
        event_ticker = f"{due.series}-{due.stamp}"
        if due.act is Act.OPEN:
            self._begin_trading(exchange, plan_of(family, slot))
        elif due.act is Act.CLOSE:
            self._making.stop(event_ticker)
        else:
            self._determine(exchange, with_target(plan_of(family, slot)))

    def _begin_trading(self, exchange: Exchange, plan: Plan) -> None:
        if plan.slot.close_s * SECOND_NS <= exchange.now_ns:
            return
        targeted = with_target(plan)
        if targeted is not plan:
            ticker, rung = targeted.tickers[0], targeted.rungs[0]
            if exchange.markets[ticker].market.strike.floor is None:
                title = targeted.words(rung).yes_sub_title
                exchange.update_strike(ticker, rung.strike, yes_sub_title=title)
        self._making.start(targeted)

    def _determine(self, exchange: Exchange, plan: Plan) -> None:
        """Gives every closed market of an event its result; what was determined by hand stays.

        An exclusive event pays no more than a dollar in all, so a result by hand leaves less for the others.
        A market whose close was moved back gets its result after that close.
        """
        paid, text = plan.results()
        records = [exchange.markets[ticker] for ticker in plan.tickers]
        left_bp = CONTRACT_BP - sum(record.market.settlement_bp or 0 for record in records)
        for record, settlement_bp in zip(records, paid, strict=True):
            if record.market.status is MarketStatus.CLOSED:
                if plan.family.is_exclusive:
                    settlement_bp = min(settlement_bp, left_bp)
                exchange.determine(record.ticker, settlement_bp, text)
        open_until = [r.market.close_ns for r in records if r.market.status in _UNCLOSED]
        if open_until:
            wait_s = plan.slot.determine_s - plan.slot.close_s
            again_s = max(exchange.now_ns, *open_until) // SECOND_NS + max(1, wait_s)
            self._programme.add(plan.family, plan.slot, Act.DETERMINE, again_s)

    def _publish(self, exchange: Exchange, to_s: int) -> None:
        """The index values of the seconds up to ``to_s``; of a long step only the last ones, and the ends of
        settlement minutes."""
        first = self._published_s + 1
        recent = max(first, to_s - _INDEX_VALUES_PER_CALL + 1)
        ends = range(-(-first // QUARTER_S) * QUARTER_S - 1, recent, QUARTER_S)
        for at_s in [*[end for end in ends if end >= first][-_ENDS_PER_CALL:], *range(recent, to_s + 1)]:
            for index_id, path in self._paths.published.items():
                exchange.publish_index(index_value(index_id, path, at_s))
        self._published_s = max(self._published_s, to_s)

    def _remember(self, exchange: Exchange, plan: Plan, now_s: int) -> None:
        """Tells the exchange the past, as of ``now_s``, of an event that was open before it is listed."""
        past = self._keep(EventPast(self.options.seed, self._scenario, with_target(plan)))
        for ticker, told in zip(past.tickers, told_pasts(past, now_s), strict=True):
            exchange.remember(ticker, told)

    def _past(self, exchange: Exchange, ticker: str) -> tuple[MarketPast | None, int]:
        """A market's past, and until which second it is told."""
        record = exchange.markets.get(ticker)
        if record is None or record.past is NO_PAST:
            return None, 0
        past = self._pasts.get(record.event_ticker) or self._find_past(exchange.events[record.event_ticker])
        place = None if past is None else past.places.get(ticker)
        if past is None or place is None:
            return None, 0
        return past.market(place), record.past.until_ns // SECOND_NS

    def _find_past(self, event: Event) -> EventPast | None:
        family, close_s = self._families.get(event.series_ticker), (event.strike_ns or 0) // SECOND_NS
        if family is None:
            return None
        for slot in family.schedule(close_s, close_s + 1):
            plan = plan_of(family, slot)
            if plan.event_ticker == event.ticker:
                return self._keep(EventPast(self.options.seed, self._scenario, with_target(plan)))
        return None

    def _keep(self, past: EventPast) -> EventPast:
        """Keeps an event's past at hand, and forgets the one that was found first."""
        self._pasts[past.plan.event_ticker] = past
        if len(self._pasts) > _PASTS_KEPT:
            self._pasts.popitem(last=False)
        return past


def index_value(index_id: str, path: PricePath, at_s: int) -> IndexValue:
    """One second of a settlement index; in the last minute of a quarter-hour with that minute's mean."""
    window_average, window_size = None, 0
    if at_s % QUARTER_S >= QUARTER_S - 60:
        total, window_size = path.window_sum(at_s)
        window_average = decimal_text(mean_cents(total, window_size))
    return IndexValue(
        index_id=index_id,
        at_ns=at_s * SECOND_NS,
        value=decimal_text(path.cents(at_s)),
        average_60s=decimal_text(path.trailing_cents(at_s)),
        window_average=window_average,
        window_size=window_size,
    )


def _unsettled_since_s(exchange: Exchange) -> int | None:
    """The earliest close among the markets that have no final result yet."""
    closes = [
        record.market.close_ns
        for record in exchange.markets.values()
        if record.market.status is not MarketStatus.FINALIZED
    ]
    return min(closes) // SECOND_NS if closes else None
