"""Runs strategies: needs become effects, answers become events, decisions go through the gate.

What is missing is marked, never waited for. A strategy that fails is switched off and said so; the others and
the engine go on.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from engine.core.cancels import Cancels
from engine.core.denial import Denial, DenyCode
from engine.core.desk import Desk
from engine.core.effects import AlertLevel, Compute, ReadCandles
from engine.core.exits.entry_wait import EntryWait
from engine.core.facts.stance import StrategyKept
from engine.core.inputs import CandlesReady, ComputeDone, ForecastLost, ForecastReady, Observation
from engine.core.placing import Placing
from engine.core.seat import NOTHING, Seat
from engine.core.stage_record import Stage
from engine.core.stages import Stages
from engine.core.strategy import Decision, Enter, Judged, Leave, Strategy, Withdraw, Work
from engine.core.timers import Due
from engine.core.universe import Universe
from engine.core.verdicts import Verdicts, dry
from engine.core.views import Views
from engine.domain.command import ClosePosition, PlaceOrder
from engine.domain.decision import DecisionRow
from engine.domain.order import TimeInForce
from engine.domain.units import SECOND_NS

_LONGEST_RUN_ID = 48
_encode = msgspec.msgpack.Encoder(order="deterministic").encode


class Host:
    """``follows_books`` is true if any strategy wants to see each change of a book."""

    def __init__(
        self,
        desk: Desk,
        placing: Placing,
        cancels: Cancels,
        universe: Universe,
        stages: Stages,
        entry_wait: EntryWait,
        strategies: Sequence[Strategy],
    ) -> None:
        self._desk = desk
        self._placing = placing
        self._cancels = cancels
        self._universe = universe
        self._stages = stages
        self._entry_wait = entry_wait
        self._seats = {strategy.name: Seat(strategy) for strategy in strategies}
        self._views = Views(desk, universe, stages)
        self._verdicts = Verdicts(desk)
        self._minted = 0
        self.follows_books = any(seat.needs.on_book for seat in self._seats.values())
        for seat in self._seats.values():
            universe.strategies_want.update(dict.fromkeys(seat.needs.series))

    def start(self) -> None:
        """Gives each strategy what it remembered, and sets the first time of its schedule."""
        for name, seat in self._seats.items():
            self._remind(seat)
            self._desk.timers.after_at(self._desk.at + seat.needs.every_ns, Due.STRATEGY, name)

    def due(self, name: str) -> None:
        """A schedule's time: candles are asked for, and a decision is made with what is there."""
        seat = self._seats[name]
        desk = self._desk
        desk.timers.after_at(desk.at + seat.needs.every_ns, Due.STRATEGY, name)
        if not desk.is_ready or not self._is_awake(seat):
            return
        self._read_candles(seat)
        self._decide(seat, "schedule")

    def candles(self, event: CandlesReady) -> None:
        self._views.candles[(event.ticker, event.period_min)] = event.candles
        market = self._desk.markets.get(event.ticker)
        series_ticker = event.ticker.partition("-")[0] if market is None else market.series_ticker
        for seat in self._awake():
            if series_ticker in seat.needs.series and event.period_min in seat.needs.candle_periods_min:
                self._decide(seat, "candles")

    def candles_failed(self, ticker: str) -> None:
        """Old candles would look like new ones: there are none."""
        for key in [key for key in self._views.candles if key[0] == ticker]:
            del self._views.candles[key]

    def observation(self, event: Observation) -> None:
        """One that is no older than what was known."""
        for seat in self._awake():
            if event.kind in seat.needs.observations:
                self._decide(seat, "observation")

    def who_needs(self, kinds: Sequence[str]) -> list[str]:
        """Strategies that are asked and look at any of these kinds."""
        return [
            seat.strategy.name
            for seat in self._seats.values()
            if self._is_awake(seat) and not set(kinds).isdisjoint(seat.needs.observations)
        ]

    def forecast_ready(self, event: ForecastReady) -> None:
        self._tell_lost(event.problem)
        self._desk.forecasts.ready(event, self._desk.mono)
        self._forecasts_moved()

    def forecast_lost(self, event: ForecastLost) -> None:
        self._tell_lost(event.reason)
        self._desk.forecasts.lost(event)
        self._forecasts_moved()

    def _tell_lost(self, problem: str) -> None:
        """Once, until a scan comes to its end."""
        if problem and not self._desk.forecasts.problem:
            text = f"forecaster: {problem}; nothing that needs a forecast is entered"
            self._desk.alert(AlertLevel.WARNING, "FORECAST_DOWN", text)

    def _forecasts_moved(self) -> None:
        for seat in self._awake():
            if seat.needs.forecast:
                self._decide(seat, "forecast")

    def dry_run(self, name: str = "") -> tuple[DecisionRow, ...]:
        """The verdicts of one strategy, or of all, on what is known now; without the gate's own word."""
        rows: list[DecisionRow] = []
        for seat in self._seats.values():
            if name not in ("", seat.strategy.name) or not seat.needs.forecast:
                continue
            view = self._views.view(seat, "forecast", None)
            decisions, _ = seat.strategy.decide(view, msgspec.msgpack.decode(seat.kept))
            rows += [dry(decision) for decision in decisions if isinstance(decision, Judged)]
        return tuple(rows)

    def computed(self, event: ComputeDone) -> None:
        seat = self._seats.get(event.strategy)
        if seat is not None and self._is_awake(seat):
            self._decide(seat, "compute", event)

    def book_changed(self, ticker: str) -> None:
        market = self._desk.markets.get(ticker)
        for seat in self._awake():
            if market is not None and seat.needs.on_book and market.series_ticker in seat.needs.series:
                self._decide(seat, "book")

    def forget(self) -> None:
        """Drops candles of markets that are not listed any more."""
        for key in [key for key in self._views.candles if key[0] not in self._desk.markets]:
            del self._views.candles[key]

    def _awake(self) -> list[Seat]:
        if not self._desk.is_ready:
            return []
        return [seat for seat in self._seats.values() if self._is_awake(seat)]

    def _is_awake(self, seat: Seat) -> bool:
        return not seat.failure and self._stages.is_asked(seat.strategy.name)

    def standing(self) -> tuple[tuple[str, Stage, str], ...]:
        """Name, stage, and why it was switched off by itself."""
        return tuple((name, self._stages.stage(name), seat.failure) for name, seat in self._seats.items())

    def _read_candles(self, seat: Seat) -> None:
        end_s = self._desk.at // SECOND_NS
        for market in self._views.markets(seat):
            for period_min in seat.needs.candle_periods_min:
                start_s = end_s - seat.needs.candle_lookback_s
                self._desk.ask(ReadCandles(market.ticker, market.series_ticker, period_min, start_s, end_s))

    def _decide(self, seat: Seat, cause: str, computed: ComputeDone | None = None) -> None:
        view = self._views.view(seat, cause, computed)
        seat.denials = []
        seat.refused = []
        try:
            decisions, seat.state = seat.strategy.decide(view, seat.state)
            state = _encode(seat.state)
        except Exception as error:
            self._switch_off(seat, f"failed and is off: {type(error).__name__}: {error}")
            return
        if state != seat.kept:
            seat.kept = state
            self._desk.record(StrategyKept(seat.strategy.name, state, self._desk.at))
        for decision in decisions:
            denial = self._carry_out(seat, decision)
            if denial is not None:
                seat.denials.append(denial)

    def _remind(self, seat: Seat) -> None:
        """The state of an earlier run. One that cannot be read is not taken for an empty one."""
        kept = self._desk.money.strategies.get(seat.strategy.name, NOTHING)
        seat.kept = kept
        if kept == NOTHING:
            return
        try:
            seat.state = msgspec.msgpack.decode(kept, type=seat.strategy.state_type)
        except msgspec.MsgspecError as error:
            self._switch_off(seat, f"is off: what it remembered is not a {seat.strategy.state_type}: {error}")

    def _switch_off(self, seat: Seat, why: str) -> None:
        seat.failure = why
        text = f"strategy {seat.strategy.name} {why}"
        self._desk.alert(AlertLevel.URGENT, "STRATEGY_FAILED", text)

    def _carry_out(self, seat: Seat, decision: Decision) -> Denial | None:
        name = seat.strategy.name
        match decision:
            case Enter():
                return self._entered(seat, decision)[1]
            case Judged():
                return self._judged(seat, decision)
            case Leave():
                body = ClosePosition(self._mint(), decision.ticker, decision.count_c, decision.limit_bp)
                return self._placing.close(body, owner=name)
            case Withdraw():
                return self._withdraw(name, decision.client_order_id)
            case Work():
                self._desk.ask(Compute(name, decision.request_id, decision.payload))
                return None

    def _judged(self, seat: Seat, decision: Judged) -> Denial | None:
        name = seat.strategy.name
        stage = self._stages.stage(name)
        if decision.enter is None:
            self._verdicts.passed(name, stage, decision.row)
            return None
        client_order_id, denial = self._entered(seat, decision.enter)
        if denial is not None and denial.code is not DenyCode.STAGE_SHADOW:
            seat.refused.append(decision.enter.ticker)
        self._verdicts.entered(name, stage, decision.row, client_order_id, denial)
        return denial

    def _entered(self, seat: Seat, decision: Enter) -> tuple[str, Denial | None]:
        """The id of the order and why it was not sent."""
        name = seat.strategy.name
        refused = self._desk.forecasts.refusal(self._desk.mono) if seat.needs.forecast else None
        refused = refused or self._desk.observations.refusal(seat.needs.observations, self._desk.mono)
        refused = refused or self._stages.refusal(name, decision)
        if refused is not None:
            return "", refused
        body = self._entry(decision)
        return body.client_order_id, self._enter(name, decision, body)

    def _enter(self, name: str, decision: Enter, body: PlaceOrder) -> Denial | None:
        rests = body.time_in_force is TimeInForce.GOOD_TILL_CANCELED
        wait_ns = decision.wait_ns if rests else None
        refused = self._placing.place(body, owner=name, wait_ns=wait_ns)
        if refused is None and rests:
            self._entry_wait.sent(body.client_order_id, wait_ns)
        return refused

    def _entry(self, decision: Enter) -> PlaceOrder:
        return PlaceOrder(
            client_order_id=self._mint(),
            ticker=decision.ticker,
            leg=decision.leg,
            buys=True,
            price_bp=decision.price_bp,
            count_c=decision.count_c,
            time_in_force=decision.time_in_force,
            far=decision.far,
            plan=decision.plan,
        )

    def _withdraw(self, name: str, client_order_id: str) -> Denial | None:
        record = self._desk.money.orders.get(client_order_id)
        if record is None or record.terms.owner != name:
            text = f"order: got {client_order_id}, which is not one of {name}'s"
            return Denial(DenyCode.ORDER_NOT_FOUND, text)
        self._cancels.want(record)
        return None

    def _mint(self) -> str:
        """The run's id and a counter: the same in a re-run, never the same in another run."""
        self._minted += 1
        return f"{self._desk.run_id[:_LONGEST_RUN_ID]}-{self._minted}"
