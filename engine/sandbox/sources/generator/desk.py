"""The makers at work: which markets to look at, which quotes to change, and no more than a call may cost."""

from __future__ import annotations

from typing import NamedTuple

from engine.domain.units import MILLISECOND_NS, SECOND_NS, Nanoseconds, PriceBp
from engine.sandbox.core.exchange import Exchange
from engine.sandbox.sources.generator.noise import Noise
from engine.sandbox.sources.generator.plan import Plan
from engine.sandbox.sources.generator.pricing import (
    MAKERS,
    Shown,
    half_spread,
    ladder_of,
    order_prices,
    shown,
    touch,
    trades_per_minute,
    wobble,
)
from engine.sandbox.sources.generator.scenario import Scenario

QUOTES_PER_CALL = 60
_UNQUOTED = -1e9
_FAR_OFF = 1.5
_QUIET_ODDS = 0.003
"""Where p (1 - p) is less, hardly anything trades, and sizes need little care."""


class Desk:
    """One market as its makers see it. ``centres`` are the shown prices behind their present quotes."""

    __slots__ = (
        "centres",
        "fair",
        "looks",
        "noise",
        "prices",
        "rate",
        "refreshes",
        "shown",
        "sides",
        "ticker",
    )

    def __init__(self, seed: int, ticker: str, prices: tuple[PriceBp, ...]) -> None:
        self.ticker = ticker
        self.noise = Noise(seed, ticker)
        self.prices = prices
        self.fair = 0.0
        self.shown = Shown(0.0)
        self.rate = 0.0
        """Trades a minute, as of the last look."""
        self.centres = [_UNQUOTED] * len(MAKERS)
        self.sides = [(True, True)] * len(MAKERS)
        self.looks = [0] * len(MAKERS)
        self.refreshes = [0] * len(MAKERS)


class LiveEvent:
    """An open event and its desks, in the order of its ladder."""

    __slots__ = ("desks", "due_ns", "plan")

    def __init__(self, seed: int, plan: Plan) -> None:
        prices = order_prices(plan.family.price_level_structure)
        self.plan = plan
        self.desks = [Desk(seed, ticker, prices) for ticker in plan.tickers]
        self.due_ns = 0

    def remaining_s(self, at_ns: Nanoseconds) -> float:
        return self.plan.slot.close_s - at_ns / SECOND_NS

    def look(self, scenario: Scenario, at_ns: Nanoseconds) -> None:
        """Brings the fair values up to date; the nearer the close, the sooner it is due again."""
        remaining = self.remaining_s(at_ns)
        at_s = at_ns // SECOND_NS
        liveliness = self.plan.family.liveliness
        for desk, fair in zip(self.desks, self.plan.fair(at_s), strict=True):
            desk.fair = fair
            desk.shown = shown(scenario, desk.noise, fair, at_s, remaining)
            desk.rate = trades_per_minute(liveliness, scenario, fair, remaining)
        self.due_ns = at_ns + int(min(10.0, max(0.25, remaining / 4_000)) * SECOND_NS)


class Call(NamedTuple):
    """Quotes of one market that are out of date; ``makers`` by their place in ``MAKERS``."""

    desk: Desk
    urgency: float
    makers: tuple[int, ...]
    remaining_s: float


class MarketMaking:
    """Keeps every open market quoted."""

    def __init__(self, seed: int, scenario: Scenario) -> None:
        self._seed = seed
        self._scenario = scenario
        self.events: dict[str, LiveEvent] = {}

    def open_accounts(self, exchange: Exchange) -> None:
        for maker in MAKERS:
            if maker.account_id not in exchange.accounts:
                exchange.open_account(maker.account_id, {}, is_house=True)

    def start(self, plan: Plan) -> None:
        """Takes up quoting an event that is open."""
        self.events[plan.event_ticker] = LiveEvent(self._seed, plan)

    def stop(self, event_ticker: str) -> None:
        self.events.pop(event_ticker, None)

    def run(self, exchange: Exchange, at_ns: Nanoseconds, budget: int) -> list[Desk]:
        """Looks at what is due and changes at most ``budget`` quotes, the furthest off first.

        Returns the desks that were looked at.
        """
        looked: list[Desk] = []
        calls: list[Call] = []
        for event in self.events.values():
            if event.due_ns > at_ns:
                continue
            remaining = event.remaining_s(at_ns)
            if remaining <= 0 or not _is_trading(exchange, event):
                continue
            event.look(self._scenario, at_ns)
            looked.extend(event.desks)
            for desk in event.desks:
                call = _call_for(desk, at_ns, remaining)
                if call is not None:
                    calls.append(call)
        calls.sort(key=_most_urgent_first)
        for call in calls:
            if budget <= 0:
                break
            budget -= len(call.makers)
            self._answer(exchange, call, at_ns)
        return looked

    def _answer(self, exchange: Exchange, call: Call, at_ns: Nanoseconds) -> None:
        """Quotes anew. Makers that are far off pull their quotes first, lest they trade with each other."""
        if call.urgency >= _FAR_OFF and len(call.makers) > 1:
            for number in call.makers:
                exchange.quote(MAKERS[number].account_id, call.desk.ticker, (), ())
        for number in call.makers:
            self._quote(exchange, call.desk, number, at_ns, call.remaining_s)

    def _quote(
        self, exchange: Exchange, desk: Desk, number: int, at_ns: Nanoseconds, remaining_s: float
    ) -> None:
        maker, at_s = MAKERS[number], at_ns // SECOND_NS
        centre = desk.shown.price_bp + wobble(maker, desk.noise, number, at_s)
        place = touch(desk.prices, centre, half_spread(maker, self._scenario, desk.fair, remaining_s))
        bids, asks = ladder_of(maker, number, desk.noise, desk.prices, place, at_s)
        state = desk.shown
        exchange.quote(
            maker.account_id,
            desk.ticker,
            bids if state.has_bids else (),
            asks if state.has_asks else (),
        )
        desk.centres[number] = state.price_bp
        desk.sides[number] = (state.has_bids, state.has_asks)
        desk.looks[number] = at_ns + maker.pace_ms * MILLISECOND_NS
        pause_s = maker.refresh_s * (8 if desk.fair * (1.0 - desk.fair) < _QUIET_ODDS else 1)
        jitter = desk.noise.u64(at_s * 4 + number) % pause_s
        desk.refreshes[number] = at_ns + (pause_s + jitter) * SECOND_NS


def _is_trading(exchange: Exchange, event: LiveEvent) -> bool:
    status = exchange.statuses[event.plan.family.series.exchange_index]
    return status.exchange_active and status.trading_active


def _call_for(desk: Desk, at_ns: Nanoseconds, remaining_s: float) -> Call | None:
    """The makers whose quotes are out of date, with how far in their own steps at most."""
    state = desk.shown
    step = 0.25 + 3.0 * desk.fair * (1.0 - desk.fair)
    looks, refreshes = desk.looks, desk.refreshes
    urgency, late = 0.0, []
    for number, maker in enumerate(MAKERS):
        if at_ns < looks[number]:
            continue
        moved = abs(state.price_bp - desk.centres[number]) / (maker.step_bp * step)
        if desk.sides[number] != (state.has_bids, state.has_asks):
            moved += 4.0
        if moved >= 1.0 or at_ns >= refreshes[number]:
            late.append(number)
            urgency = max(urgency, moved)
    return Call(desk, urgency, tuple(late), remaining_s) if late else None


def _most_urgent_first(call: Call) -> tuple[float, str]:
    return -call.urgency, call.desk.ticker
