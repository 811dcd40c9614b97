"""One run of the candle collector in the foreground: how far it is on standard error, its report at the end
of it."""

from __future__ import annotations

import asyncio
import signal
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import partial
from pathlib import Path

import msgspec
import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn

from collectors.candles.access import public_access, reader_of
from collectors.candles.collecting import Meter, Wanted
from collectors.candles.ownership import BadShare, Share
from collectors.candles.running import WORKERS, CandleCollector, LookReport, until_stopped
from collectors.candles.store import CandleStore
from collectors.candles.telling import CandleTelling
from collectors.sinks import FrameSink
from console.tools.failure import Failure, WrongUsage
from console.tools.output import Column, number, print_json, print_table
from engine.kalshi.clock import SystemClock
from engine.kalshi.credentials import CredentialError
from engine.kalshi.errors import KalshiError
from engine.kalshi.hosts import HostRefused
from engine.kalshi.rest.candles import Period
from engine.lake.errors import LakeError
from engine.ops.errors import OpsError
from engine.sandbox.side_door_client import SideDoorError

_FAILURES = (OpsError, CredentialError, SideDoorError, HostRefused, KalshiError, LakeError)
_LOOK_S = 0.5
_LINE_EACH_S = 30.0


class CandleOrder(msgspec.Struct, frozen=True):
    """The options of the command."""

    home: Path
    venue: str | None
    exchange: str | None
    lake: Path
    series: tuple[str, ...]
    node_id: int
    total_nodes: int
    period_min: int
    least_markets: int
    every_s: float | None
    budget_percent: int
    as_json: bool
    frames: bool = False

    def wanted(self) -> Wanted:
        """Raises WrongUsage."""
        if not self.series:
            raise WrongUsage("--series: got none, wanted one such as KXHIGHNY")
        try:
            period, share = Period(self.period_min), Share(self.node_id, self.total_nodes)
        except BadShare as error:
            raise WrongUsage(str(error)) from None
        except ValueError:
            known = ", ".join(str(one.value) for one in Period)
            raise WrongUsage(f"--period: got {self.period_min}, wanted one of {known}") from None
        return Wanted(self.series, period, share, self.least_markets)


def run_candles(order: CandleOrder) -> None:
    """Raises Failure: one line."""
    wanted = order.wanted()
    try:
        report = asyncio.run(_run(order, wanted))
    except _FAILURES as error:
        raise Failure(str(error)) from None
    if report is None or order.every_s is not None:
        return
    if not order.frames:
        _print(report, order.as_json)
        _say_unknown(order, report)
    if not report.is_whole:
        raise Failure(_left_out(report))


async def _run(order: CandleOrder, wanted: Wanted) -> LookReport | None:
    stop = asyncio.Event()
    for number_ in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number_, stop.set)
    endpoint, credentials = await public_access(order.home, order.venue, order.exchange)
    store = CandleStore(order.lake, order.node_id, time.time_ns)
    meter = Meter()
    try:
        async with (
            reader_of(endpoint, credentials, WORKERS) as client,
            _followed(order, meter, stop) as looked,
        ):
            collector = CandleCollector(client, store, wanted, meter, looked, order.budget_percent)
            return await until_stopped(collector.run(order.every_s, asyncio.sleep), stop)
    finally:
        await store.aclose()


@asynccontextmanager
async def _followed(
    order: CandleOrder, meter: Meter, stop: asyncio.Event
) -> AsyncIterator[Callable[[LookReport], None]]:
    """How far it is, told to the engine that started this process or to a person; gives who hears of each
    look."""
    if not order.frames:
        async with _shown(meter):
            yield partial(_looked, order)
        return
    loop = asyncio.get_running_loop()

    def gone() -> None:
        loop.call_soon_threadsafe(stop.set)

    sink = FrameSink(sys.stdout.fileno(), gone, _say)
    telling = CandleTelling(meter, sink, SystemClock(), order.every_s or 0.0, _say)
    task = asyncio.create_task(telling.run())
    try:
        yield lambda report: telling.looked(report, _left_out(report))
        telling.tell()
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        sink.close()


def _say(line: str) -> None:
    typer.echo(line, err=True)


def _looked(order: CandleOrder, report: LookReport) -> None:
    """With ``--loop`` each look says what it came to."""
    if order.every_s is not None:
        if not report.trouble:
            typer.echo(_sentence(report), err=True)
            _say_unknown(order, report)
        if not report.is_whole:
            typer.echo(f"error: {_left_out(report)}", err=True)


def _say_unknown(order: CandleOrder, report: LookReport) -> None:
    """Of a series without any event none may be this node's, where there are others."""
    for one in report.series:
        if not one.events and order.total_nodes == 1:
            _say(f"{one.series}: the exchange lists no market of it: is it the series' name?")


def _sentence(report: LookReport) -> str:
    events = sum(one.events for one in report.series)
    complete = sum(one.complete for one in report.series)
    rows = sum(one.rows for one in report.series)
    requests = sum(one.requests + one.pages for one in report.series)
    work = f"{rows:,} rows, {requests:,} requests, {report.seconds:.0f} s"
    return f"{complete:,} of {events:,} events complete; {work}"


def _left_out(report: LookReport) -> str:
    parts = [report.trouble] if report.trouble else []
    parts += [f"{name} could not be listed: {reason}" for name, reason in report.unlisted.items()]
    for one in report.series:
        if one.failed:
            parts.append(
                f"{one.series}: {one.failed} events incomplete, asked again at the next look: {one.reason}"
            )
        if one.unreadable:
            parts.append(
                f"{one.series}: {one.unreadable} markets are listed in a form that is not understood"
            )
    return "; ".join(parts)


def _print(report: LookReport, as_json: bool) -> None:
    if as_json:
        print_json({**msgspec.to_builtins(report), "whole": report.is_whole})
        return
    heads = ("EVENTS", "COMPLETE", "OPEN", "FAILED", "SMALL", "REQUESTS", "ROWS")
    rows = [
        (
            one.series,
            *(f"{value:,}" for value in (one.events, one.complete, one.open, one.failed, one.small)),
            f"{one.requests + one.pages:,}",
            f"{one.rows:,}",
        )
        for one in report.series
    ]
    print_table([Column("SERIES"), *(number(head) for head in heads)], rows)
    typer.echo(_sentence(report))


@asynccontextmanager
async def _shown(meter: Meter) -> AsyncIterator[None]:
    """How far it is, while it goes on: a bar on a terminal, else a line now and then."""
    showing = asyncio.create_task(_bar(meter) if sys.stderr.isatty() else _lines(meter))
    try:
        yield
    finally:
        showing.cancel()
        await asyncio.gather(showing, return_exceptions=True)


async def _bar(meter: Meter) -> None:
    columns = (
        TextColumn("{task.description:<10}"),
        BarColumn(),
        TextColumn("{task.completed:.0f}/{task.total:.0f} requests"),
        TextColumn("{task.fields[rate]:.1f}/s"),
        TextColumn("{task.fields[left]}"),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("", total=1, rate=0.0, left="")
        began_s, began = time.monotonic(), meter.done
        while True:
            began = min(began, meter.done)
            rate = (meter.done - began) / max(_LOOK_S, time.monotonic() - began_s)
            progress.update(
                task,
                completed=meter.done,
                total=max(1, meter.planned),
                description=meter.series,
                rate=rate,
                left=_time_left(meter, rate),
            )
            await asyncio.sleep(_LOOK_S)


def _time_left(meter: Meter, rate: float) -> str:
    """Of what is planned so far, as ``1:02:03``; empty before the first answer."""
    left = max(0, meter.planned - meter.done)
    return str(timedelta(seconds=round(left / rate))) if rate else ""


async def _lines(meter: Meter) -> None:
    before, left_s = 0, 0.0
    while True:
        await asyncio.sleep(_LINE_EACH_S)
        rate = max(0, meter.done - before) / _LINE_EACH_S
        before = meter.done
        left_s = (meter.planned - meter.done) / rate if rate else 0.0
        if rate:
            typer.echo(
                f"{meter.series}: {meter.done:,} of {meter.planned:,} requests, {rate:.1f}/s, about "
                f"{left_s:.0f} s left",
                err=True,
            )
