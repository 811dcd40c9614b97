"""What scans bring to the core and to consoles: a server that goes is told, and nothing stands in for it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from random import Random

from sim_desk import SimDesk
from sim_engine import SimClock, SimEngine

from engine.assembly.forecasting import Forecasting
from engine.control.forecast_board import ForecastBoard
from engine.core.denial import DenyCode
from engine.core.settings import EngineSettings
from engine.domain.forecast import Forecast, ForecastSource, NoForecast
from engine.domain.units import Nanoseconds
from engine.forecast.baselines import EwmaWalk
from engine.forecast.client import NoServer
from engine.forecast.forecaster import PriceHistory
from engine.forecast.local import LocalBaseline
from engine.kalshi.market_history import MarketHistory
from engine.ops.config import ForecasterConfig
from engine.sandbox.server.settings import Settings
from engine.sandbox.server.source_choice import plan_of
from engine.sandbox.sim.loop import simulate

SERIES = ("KXHIGHNY",)
CONFIG = ForecasterConfig(scan_seconds=60, period_minutes=1, horizon=12)


class Served(LocalBaseline):
    """As a server: it may be down."""

    def __init__(self) -> None:
        super().__init__(EwmaWalk())
        self.is_up = True
        self.is_checked = False
        self.questions = 0

    @property
    def problem(self) -> str:
        """As the health checks of a client find it, where a test lets them."""
        return "" if self.is_up or not self.is_checked else "http://a: ConnectError"

    async def forecast(
        self, histories: Sequence[PriceHistory], horizon: int, within_s: float, now_ns: Nanoseconds
    ) -> tuple[Forecast | NoForecast, ...]:
        self.questions += 1
        if not self.is_up:
            raise NoServer(["http://a: ConnectError"])
        return self._found(histories, horizon, now_ns)


class Desk:
    def __init__(self, folder: Path, forecaster: Served | None) -> None:
        plan = plan_of(Settings(seed=7, series=SERIES, start="2026-11-20T15:00:00Z"))
        desk = SimDesk(7, plan=plan, tick_s=1.0)
        self.engine = SimEngine(desk, EngineSettings(series=SERIES), Random(7))
        self.engine.start()
        assert self.engine.runtime is not None
        self.core = self.engine.runtime.engine
        self.board = ForecastBoard()
        self.scanning = asyncio.create_task(
            Forecasting(
                self.engine.runtime,
                self.board,
                MarketHistory(desk.client()),
                SimClock(desk),
                CONFIG,
                folder / "coverage.json",
                forecaster,
            ).run()
        )

    @property
    def refusal(self) -> DenyCode | None:
        refusal = self.core.desk.forecasts.refusal(self.core.desk.mono)
        return None if refusal is None else refusal.code


def test_without_a_server_bands_of_a_baseline_are_there_within_ten_seconds(tmp_path: Path) -> None:
    async def main() -> None:
        desk = Desk(tmp_path, None)
        await asyncio.sleep(10)
        scan = desk.board.scan
        assert (scan.state, scan.source) == ("ok", ForecastSource("ewma", is_baseline=True))
        assert scan.markets == len(desk.core.books) == len(desk.board.models)
        told = [row for row in desk.board.models.values() if row.median_bp is not None]
        assert len(told) == scan.forecasts > 0
        for row in told:
            assert row.low_bp is not None
            assert row.high_bp is not None
            assert row.median_bp is not None
            assert row.low_bp <= row.median_bp <= row.high_bp
            assert row.low_bp < row.high_bp
            assert row.verdict == "unproven"
            assert desk.core.desk.forecasts.by_ticker[row.ticker] == desk.board.forecasts[row.ticker]
        assert desk.refusal is None

    simulate(main())


def test_a_server_that_goes_is_told_and_one_that_comes_back_is_used(tmp_path: Path) -> None:
    async def main() -> None:
        served = Served()
        desk = Desk(tmp_path, served)
        await asyncio.sleep(10)
        assert desk.board.scan.state == "ok"
        before = dict(desk.board.forecasts)
        served.is_up = False
        await asyncio.sleep(70)
        assert (desk.board.scan.state, desk.board.scan.problem) == ("down", "http://a: ConnectError")
        assert desk.refusal is DenyCode.FORECAST_DOWN
        assert desk.board.forecasts == before, "what was said stays to be looked at, with its age"
        asked = served.questions
        served.is_up = True
        await asyncio.sleep(6)
        assert (desk.board.scan.state, desk.refusal, served.questions) == ("ok", None, asked + 1)
        assert all(one.made_at_ns > before[name].made_at_ns for name, one in desk.board.forecasts.items())

    simulate(main())


def test_a_server_whose_health_is_gone_is_told_before_the_next_scan_is_due(tmp_path: Path) -> None:
    """And one check that failed is not taken for its end."""

    async def main() -> None:
        served = Served()
        served.is_checked = True
        desk = Desk(tmp_path, served)
        await asyncio.sleep(10)
        asked = served.questions
        served.is_up = False
        await asyncio.sleep(4)
        served.is_up = True
        await asyncio.sleep(6)
        assert (desk.board.scan.state, desk.refusal, served.questions) == ("ok", None, asked)
        served.is_up = False
        await asyncio.sleep(11)
        assert (desk.board.scan.state, desk.refusal) == ("down", DenyCode.FORECAST_DOWN)
        served.is_up = True
        await asyncio.sleep(6)
        assert (desk.board.scan.state, desk.refusal) == ("ok", None)

    simulate(main())


def test_a_scan_that_does_not_come_to_its_end_grows_late(tmp_path: Path) -> None:
    class Hanging(Served):
        async def forecast(
            self, histories: Sequence[PriceHistory], horizon: int, within_s: float, now_ns: Nanoseconds
        ) -> tuple[Forecast | NoForecast, ...]:
            if self.questions:
                await asyncio.sleep(10_000)
            return await super().forecast(histories, horizon, within_s, now_ns)

    async def main() -> None:
        desk = Desk(tmp_path, Hanging())
        await asyncio.sleep(10)
        assert desk.board.scan.state == "ok"
        await asyncio.sleep(200)
        assert (desk.board.scan.state, desk.refusal) == ("late", DenyCode.FORECAST_STALE)

    simulate(main())


def test_half_a_scan_leaves_the_forecaster_down(tmp_path: Path) -> None:
    """A market leaves the list while the server stays away: what is told of that is no word of health."""

    async def main() -> None:
        served = Served()
        desk = Desk(tmp_path, served)
        await asyncio.sleep(10)
        served.is_up = False
        await asyncio.sleep(70)
        (gone, *_) = [name for name in desk.core.books if name in desk.board.models]
        del desk.core.books[gone]
        assert desk.engine.runtime is not None
        refusals: list[DenyCode | None] = []
        desk.engine.runtime.subscribe(lambda _: refusals.append(desk.refusal))
        await asyncio.sleep(6)
        assert gone not in desk.board.models
        assert desk.board.scan.state == "down"
        assert set(refusals) == {DenyCode.FORECAST_DOWN}, "not for the length of one step"

    simulate(main())
