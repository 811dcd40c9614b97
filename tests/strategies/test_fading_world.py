"""timesfm-no on the generator's fading world, in virtual time: forecasts, entries, exits, and why each."""

from __future__ import annotations

import asyncio
from pathlib import Path
from random import Random

from kept_facts import reading
from sim_desk import SimDesk
from sim_engine import SimClock, SimEngine
from wide_limits import WIDE_LIMITS

from engine.assembly.forecasting import Forecasting
from engine.control.forecast_board import ForecastBoard
from engine.core.facts.stance import DecisionTaken
from engine.core.order_record import OrderRecord
from engine.core.settings import EngineSettings
from engine.core.step import Step
from engine.domain.decision import EXIT, DecisionRow
from engine.domain.order import Leg, OrderState
from engine.domain.plan import ExitCause
from engine.kalshi.market_history import MarketHistory
from engine.ops.config import ForecasterConfig
from engine.sandbox.server.settings import Settings
from engine.sandbox.server.source_choice import plan_of
from engine.sandbox.sim.loop import simulate
from engine.strategies.timesfm_no import NAME, TimesfmNo
from engine.strategies.timesfm_params import TimesfmNoTable, params_of

SERIES = ("KXHIGHNY",)
MOST_MINUTES = 60
TP, SL = ExitCause.TAKE_PROFIT, ExitCause.STOP_LOSS
FORECASTER = ForecasterConfig(baseline="drift", scan_seconds=60, period_minutes=1, horizon=60, context=60)
TABLE = TimesfmNoTable(
    series=SERIES,
    allow_baseline=True,
    horizon_hours=1,
    tp_cents=4,
    sl_cents=6,
    per_series=6,
    min_move_cents=5,
)


class World:
    """One desk over the fading world. ``kept`` are all verdicts, ``taken`` those that are facts."""

    def __init__(self, folder: Path, table: TimesfmNoTable = TABLE) -> None:
        plan = plan_of(Settings(seed=10, scenario="fading", series=SERIES, start="2026-11-20T15:00:00Z"))
        self.desk = SimDesk(7, plan=plan, tick_s=1.0)
        settings = EngineSettings(series=SERIES, limits=WIDE_LIMITS)
        self.engine = SimEngine(self.desk, settings, Random(7))
        self.engine.strategies = lambda: [TimesfmNo(params_of(table))]
        self.kept: list[DecisionRow] = []
        self.taken: list[DecisionRow] = []
        self.board = ForecastBoard()
        self._folder = folder

    async def live(self, minutes: int) -> None:
        """Until what is looked for has happened, at most so long."""
        self.engine.start()
        runtime = self.engine.runtime
        assert runtime is not None
        runtime.on_decision = self.kept.append
        runtime.subscribe(self._note)
        client = self.desk.client()
        forecasting = Forecasting(
            runtime,
            self.board,
            MarketHistory(client),
            SimClock(self.desk),
            FORECASTER,
            self._folder / "coverage.json",
        )
        scanning = asyncio.create_task(forecasting.run())
        for _ in range(minutes):
            await asyncio.sleep(60)
            if is_done(self):
                break
        scanning.cancel()
        await asyncio.gather(scanning, return_exceptions=True)

    def _note(self, step: Step) -> None:
        self.taken += [change.decision for change in step.changes if isinstance(change, DecisionTaken)]


def exits(world: World, cause: ExitCause) -> list[OrderRecord]:
    """Orders by which a plan sold something."""
    orders = world.engine.money.orders.values()
    return [one for one in orders if one.terms.exit_cause == cause and one.state is OrderState.FILLED]


def is_done(world: World) -> bool:
    opened = {row.ticker for row in world.taken}
    return len(opened) >= 3 and all(exits(world, cause) for cause in (TP, SL))


def test_it_opens_positions_under_its_rules_and_the_monitor_closes_them(tmp_path: Path) -> None:
    async def main() -> World:
        world = World(tmp_path)
        await world.live(MOST_MINUTES)
        return world

    world = simulate(main())
    assert is_done(world), world.board.scan
    money, params = world.engine.money, params_of(TABLE)
    for row in world.taken:
        order = money.orders[row.client_order_id]
        assert (order.terms.owner, order.terms.leg) == (NAME, Leg.NO)
        assert (row.leg, row.model, row.stage) == (Leg.NO, "BASELINE drift", "money")
        assert row.price_bp is not None
        assert params.lowest_bp <= row.price_bp <= params.highest_bp + params.slip_most_bp
        assert row.stake_ud <= params.wager_ud
        assert row.move_bp is not None
        assert -row.move_bp >= params.min_move_bp
        assert all(gate.passed for gate in row.gates)
    for cause in (TP, SL):
        for order in exits(world, cause):
            assert order.terms.ticker in {row.ticker for row in world.taken}
    assert [row for row in world.kept if row.verdict == "TAKE"] == world.taken
    assert {row.code for row in world.kept if row.verdict == "PASS"} >= {"NOT_DOWN", "MOVE_TOO_SMALL"}
    asyncio.run(each_step_can_be_read(world, tmp_path))


async def each_step_can_be_read(world: World, folder: Path) -> None:
    """By ``why``, of the order and of its market: entries with their gates, exits with what was looked at."""
    async with reading(folder, world.engine.disk.changes(), world.kept) as decisions:
        for row in world.taken:
            assert await decisions.why(row.client_order_id, 3) == (row,)
        for cause in (TP, SL):
            for order in exits(world, cause):
                (sold,) = await decisions.why(order.terms.client_order_id, 3)
                assert (sold.verdict, sold.code, sold.leg) == (EXIT, cause.upper(), Leg.NO)
                looked_at = {gate.code for gate in sold.gates}
                assert looked_at == {"reference", "level", "count", "YES bid", "YES ask"}
                of_market = await decisions.why(order.terms.ticker, 500)
                assert {row.verdict for row in of_market} >= {EXIT, "TAKE"}
                assert sorted(of_market, key=lambda row: -row.at_ns) == list(of_market)
