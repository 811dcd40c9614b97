"""Runs the forecaster's scans beside the engine: what they find goes to the core and to consoles.

A configured server that is down is told as such, and nothing stands in for it.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
from collections.abc import Mapping
from pathlib import Path

import msgspec

from engine.control.forecast_board import ForecastBoard
from engine.control.model_rows import missing_row, model_row
from engine.control.rows.forecasts import ScanRow
from engine.core.denial import DenyCode
from engine.core.inputs import ForecastLost, ForecastReady
from engine.domain.forecast import Forecast, ForecastSource
from engine.domain.market import Market
from engine.domain.units import SECOND_NS
from engine.forecast.coverage import Coverage, Tally
from engine.forecast.forecaster import Forecaster
from engine.forecast.scanning import Scan, Scanning, ScanSettings
from engine.ops.config import ForecasterConfig
from engine.ports import BatchCandles, Clock
from engine.runtime import Runtime

_log = logging.getLogger(__name__)
AGAIN_S = 5.0
"""After a scan that failed, and between two looks at what can be bought now."""


def settings_of(config: ForecasterConfig, forecaster: Forecaster) -> ScanSettings:
    return ScanSettings(
        period_min=config.period_minutes,
        horizon=config.horizon,
        context=min(config.context, forecaster.context),
        deadline_s=float(config.deadline_seconds),
    )


def forecaster_of(config: ForecasterConfig, environment: Mapping[str, str]) -> Forecaster:
    """The configured servers, else the baseline. Imports what computes; call it off the loop."""
    urls = config.urls or tuple(environment.get("TIMESFM_REMOTE_URL", "").split())
    if urls:
        from engine.forecast.client import ForecastClient

        token = config.token or environment.get("TIMESFM_REMOTE_TOKEN") or None
        return ForecastClient(urls, token, config.context)
    from engine.forecast.baselines import baseline
    from engine.forecast.local import LocalBaseline

    return LocalBaseline(baseline(config.baseline))


class Forecasting:
    """Scans from :meth:`run` until it is cancelled. ``board`` is what consoles see."""

    def __init__(
        self,
        runtime: Runtime,
        board: ForecastBoard,
        reads: BatchCandles,
        clock: Clock,
        config: ForecasterConfig,
        coverage: Path,
        forecaster: Forecaster | None = None,
    ) -> None:
        """``forecaster`` stands for the configured one."""
        self._given = forecaster
        self._runtime = runtime
        self._engine = runtime.engine
        self._board = board
        self._reads = reads
        self._clock = clock
        self._config = config
        self._coverage = Coverage(coverage)
        self._source: ForecastSource | None = None
        self._problem = ""
        """What the core was told last."""
        self._early = asyncio.Event()
        """Set where the next scan is wanted before its time."""

    async def run(self) -> None:
        forecaster = self._given
        if forecaster is None:
            forecaster = await asyncio.to_thread(forecaster_of, self._config, os.environ)
        scanning = Scanning(forecaster, self._reads, settings_of(self._config, forecaster))
        await forecaster.start()
        try:
            await self._until_ready()
            async with asyncio.TaskGroup() as group:
                group.create_task(self._scan_forever(scanning, forecaster))
                group.create_task(self._look_forever(forecaster))
        finally:
            await forecaster.stop()

    async def _until_ready(self) -> None:
        """The engine's first picture of its markets."""
        stepped = asyncio.Event()
        end = self._runtime.subscribe(lambda _: stepped.set())
        try:
            while not self._engine.is_ready:
                stepped.clear()
                await stepped.wait()
        finally:
            end()

    async def _scan_forever(self, scanning: Scanning, forecaster: Forecaster) -> None:
        while True:
            found = await scanning.scan(self._markets(), self._clock.exchange_ns())
            self._source = forecaster.source or self._source
            self._tell(scanning, found)
            self._early.clear()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._early.wait(), self._pause_s(found))

    async def _look_forever(self, forecaster: Forecaster) -> None:
        """Between scans: what can be bought changes, a scan may grow old, and a server may go."""
        was_gone = False
        while True:
            await asyncio.sleep(AGAIN_S)
            is_gone = bool(forecaster.problem)
            if is_gone and was_gone and not self._problem:
                # Twice, since one slow answer to a health check on a busy machine is no end.
                self._early.set()
            was_gone = is_gone
            self._show(self._board.forecasts)
            refusal = self._engine.desk.forecasts.refusal(self._clock.mono_ns())
            scan = self._board.scan
            if refusal is not None and refusal.code is DenyCode.FORECAST_STALE and scan.state == "ok":
                self._board.put_scan(msgspec.structs.replace(scan, state="late", problem=refusal.text))

    def _pause_s(self, found: Scan) -> float:
        pause_s = float(self._config.scan_seconds)
        return min(pause_s, AGAIN_S) if found.problem else pause_s

    def _markets(self) -> list[Market]:
        """Open ones that the engine follows."""
        engine, now_ns = self._engine, self._clock.exchange_ns()
        return [
            market
            for ticker in engine.books
            if (market := engine.markets.get(ticker)) is not None
            and market.open_ns <= now_ns < market.close_ns
        ]

    def _tell(self, scanning: Scanning, found: Scan) -> None:
        source = found.forecasts[0].source if found.forecasts else self._source
        if source is not None and (found.forecasts or found.absent or found.gone or not found.problem):
            self._source = source
            self._runtime.post(
                ForecastReady(
                    source,
                    found.at_ns,
                    tuple(found.forecasts),
                    tuple(found.absent),
                    found.gone,
                    found.problem,
                )
            )
            self._count(scanning, found)
            self._board.forget(found.gone)
            self._board.put(missing_row(one.ticker, source, one.status) for one in found.absent)
            self._show({one.ticker: one for one in found.forecasts}, is_new=True)
        elif found.problem and found.problem != self._problem:
            self._runtime.post(ForecastLost(found.problem))
        self._note(found.problem)
        self._tell_scan(found)

    def _note(self, problem: str) -> None:
        """In the log once, and again when the reason is another one."""
        if problem and problem != self._problem:
            _log.warning("forecaster: %s", problem)
        elif self._problem and not problem:
            _log.info("forecaster: it answers again")
        self._problem = problem

    def _show(self, forecasts: Mapping[str, Forecast], *, is_new: bool = False) -> None:
        """Rows of these markets as they are now, with what can be bought."""
        engine = self._engine
        rows = [
            model_row(forecast, market, engine.books.get(ticker))
            for ticker, forecast in forecasts.items()
            if (market := engine.markets.get(ticker)) is not None
        ]
        self._board.put(rows, forecasts.values() if is_new else ())

    def _tell_scan(self, found: Scan) -> None:
        tally = self._coverage.tally(self._source.label) if self._source is not None else Tally()
        self._board.put_scan(
            ScanRow(
                state="down" if found.problem else "ok",
                problem=found.problem[:400],
                source=self._source,
                at_ns=found.at_ns,
                next_ns=self._clock.exchange_ns() + int(self._pause_s(found) * SECOND_NS),
                elapsed_ms=round(found.elapsed_ms, 1),
                markets=found.markets,
                asked=found.asked,
                forecasts=found.held,
                skipped=found.skipped,
                candle_requests=found.candle_requests,
                covered=tally.covered,
                judged=tally.judged,
            )
        )

    def _count(self, scanning: Scanning, found: Scan) -> None:
        """What came of earlier forecasts, then what is said now."""
        markets = self._engine.markets
        self._coverage.judge(scanning.price_at, found.at_ns // SECOND_NS)
        for forecast in found.forecasts:
            market = markets.get(forecast.ticker)
            if market is not None:
                self._coverage.expect(forecast, market.close_ns // SECOND_NS)
        try:
            self._coverage.save()
        except OSError as error:
            _log.warning("coverage of forecasts is not kept: %s", error)
