"""``timesfm-no``: buys NO where a forecast falls, with a take profit and a stop by the size of the fall.

The preset ``predecessor`` has the first trader's rules; ``default`` adds the gates that its losses show to be
missing. Pure: the same view and state come to the same decisions.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Any

import msgspec

from engine.core.strategy import Decision, Enter, Judged, Needs, View
from engine.domain.barrier import first_at_top_thousandths
from engine.domain.decision import DecisionRow, GateRow
from engine.domain.market import Market
from engine.domain.order import Leg, TimeInForce
from engine.domain.plan import PlanTerms, Target
from engine.domain.units import CENT_BP, DAY_NS, cents
from engine.strategies.pass_codes import PassCode
from engine.strategies.timesfm_case import HIGHEST_TP_BP, Case
from engine.strategies.timesfm_gates import cost_gates, origin_gates, price_gates, room_gates, signal_gates
from engine.strategies.timesfm_params import TimesfmNoParams

NAME = "timesfm-no"
State = dict[str, int]
"""Of each market the end of what the forecast saw on which it was last entered, unix seconds."""


class TimesfmNo:
    """Implements :class:`engine.core.strategy.Strategy`."""

    name = NAME
    state_type: Any = dict[str, int]

    def __init__(self, params: TimesfmNoParams) -> None:
        """``params.series`` names the series that it looks at."""
        self.params = params

    def needs(self, params: TimesfmNoParams) -> Needs:
        """It decides at each scan; the schedule is there for nothing."""
        return Needs(params.series, every_ns=DAY_NS, forecast=True)

    def decide(self, view: View, state: Any) -> tuple[Sequence[Decision], Any]:
        entered: State = {t: end_s for t, end_s in (state or {}).items() if t not in view.refused}
        if view.cause != "forecast":
            return (), entered
        if view.forecast_refusal is not None:
            denial = view.forecast_refusal
            return (Judged(_row("", code=denial.code.value, text=denial.text)),), entered
        return _scan(self.params, view, entered)


def _scan(params: TimesfmNoParams, view: View, state: State) -> tuple[Sequence[Decision], State]:
    """Every market of its series; the largest falls first, so that they get what room a series has."""
    cases, decisions = [], []
    for market in view.markets:
        forecast = view.forecasts.get(market.ticker)
        if forecast is None:
            decisions.append(Judged(_without(view, market)))
        else:
            cases.append(Case(params, market, forecast, _book(view, market)))
    taken: dict[str, int] = {}
    for case in sorted(cases, key=lambda one: (one.move_bp or 0, one.market.ticker)):
        series, ticker = case.market.series_ticker, case.market.ticker
        judged = _judged(view, case, state, taken.get(series, 0))
        decisions.append(judged)
        if judged.enter is not None:
            taken[series] = taken.get(series, 0) + 1
            state[ticker] = case.forecast.context_end_s
    alive = {market.ticker for market in view.markets}
    return decisions, {ticker: end_s for ticker, end_s in sorted(state.items()) if ticker in alive}


def _book(view: View, market: Market) -> Any:
    return None if f"book:{market.ticker}" in view.missing else view.books.get(market.ticker)


def _gates(view: View, case: Case, state: State, others: int) -> Iterator[GateRow]:
    ticker = case.market.ticker
    held = view.positions.get(ticker)
    return chain(
        origin_gates(case, view.venue, view.stage),
        signal_gates(case),
        price_gates(case),
        cost_gates(case),
        room_gates(
            case,
            held_c=0 if held is None else abs(held.position.count_c),
            is_working=any(order.terms.ticker == ticker for order in view.orders),
            was_taken=state.get(ticker) == case.forecast.context_end_s,
            others=others,
        ),
    )


def _judged(view: View, case: Case, state: State, others: int) -> Judged:
    looked_at: list[GateRow] = []
    for gate in _gates(view, case, state, others):
        looked_at.append(gate)
        if not gate.passed:
            text = f"got {gate.got}, wanted {gate.wanted}"
            return Judged(_full(case, tuple(looked_at), 0, gate.code, text))
    held = view.positions.get(case.market.ticker)
    count_c = case.count_c(case.params.most_c - (0 if held is None else abs(held.position.count_c)))
    return Judged(_full(case, tuple(looked_at), count_c), _entry(case, count_c))


def _entry(case: Case, count_c: int) -> Enter:
    exits, limit_bp = case.exits, case.limit_bp
    assert limit_bp is not None
    is_clipped = limit_bp + exits.tp_cents * CENT_BP > HIGHEST_TP_BP
    profit = Target(HIGHEST_TP_BP, is_level=True) if is_clipped else Target(exits.tp_cents * CENT_BP)
    return Enter(
        case.market.ticker,
        Leg.NO,
        limit_bp,
        count_c,
        TimeInForce.GOOD_TILL_CANCELED,
        plan=PlanTerms(take_profit=profit, takes=True, stop_loss=Target(-exits.sl_cents * CENT_BP)),
        wait_ns=case.params.wait_ns,
    )


def _full(
    case: Case, gates: tuple[GateRow, ...], count_c: int, code: str = "", text: str = ""
) -> DecisionRow:
    """With a leg only where the model calls for it: what is not called for is no news."""
    is_called = (case.move_bp or 0) < 0
    return DecisionRow(
        decision_id="",
        at_ns=0,
        strategy=NAME,
        stage="",
        ticker=case.market.ticker,
        verdict="",
        code=code,
        text=text or _words(case),
        leg=Leg.NO if is_called and case.size_bp >= case.params.min_move_bp else None,
        price_bp=case.limit_bp,
        count_c=count_c,
        stake_ud=case.stake_ud(count_c) if count_c else 0,
        take_profit_bp=case.take_profit_bp,
        stop_loss_bp=case.stop_loss_bp,
        forecast_bp=case.forecast_bp,
        current_bp=case.current_bp,
        move_bp=case.move_bp,
        cost_bp=case.cost_bp,
        confidence=case.confidence.value,
        model=case.forecast.source.label,
        gates=gates,
        seen_bp=case.forecast.last_bp,
        is_from_book=case.params.uses_mid,
        ends_s=case.ends_s,
    )


def _words(case: Case) -> str:
    """The cost of having no skill, and the chance of the take profit as the band has it."""
    limit_bp, cost_bp, exits = case.limit_bp, case.cost_bp, case.exits
    chance = None
    if limit_bp is not None:
        deciles = case.forecast.of_no().deciles_bp[case.steps - 1]
        up_bp = (case.take_profit_bp or 0) - limit_bp
        chance = first_at_top_thousandths(deciles, limit_bp, up_bp, exits.sl_cents * CENT_BP)
    first = "" if chance is None else f", TP before SL {chance / 10:.0f} % by the band"
    return f"without skill it costs {cents(cost_bp or 0)} c a contract{first}"


def _without(view: View, market: Market) -> DecisionRow:
    status = view.without_forecast.get(market.ticker)
    got = "not asked yet" if status is None else status.value
    code = PassCode.NO_FORECAST.value
    gate = GateRow(code, False, got, "a forecast")
    return _row(market.ticker, code, f"got {got}, wanted a forecast", (gate,))


def _row(ticker: str, code: str, text: str, gates: tuple[GateRow, ...] = ()) -> DecisionRow:
    return DecisionRow(
        decision_id="",
        at_ns=0,
        strategy=NAME,
        stage="",
        ticker=ticker,
        verdict="",
        code=code,
        text=text,
        gates=gates,
    )


def with_series(params: TimesfmNoParams, series: tuple[str, ...]) -> TimesfmNo:
    """Over the engine's series where none is named."""
    return TimesfmNo(msgspec.structs.replace(params, series=params.series or series))
