"""Telling people: the alerts of an engine, who gets them, and the heartbeat that a watcher hears."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable, Mapping, Sequence

from engine.assembly.told import alert_row, told_row
from engine.control.rows.alerts import AlertRow, SinkRow, ToldRow
from engine.control.rows.status import StatusRow
from engine.core.effects import Alert, AlertLevel
from engine.domain.plan import PlanState
from engine.domain.units import contracts
from engine.ops.alerts.codes import ALERTS_INCOMPLETE, ENGINE_DELAYED, ENGINE_STARTED, ENGINE_STOPPED
from engine.ops.alerts.entries import Entry
from engine.ops.alerts.heartbeat import Heartbeat
from engine.ops.alerts.keeper import AlertKeeper, Clocks, Picture
from engine.ops.alerts.places import AlertsConfig, places_of
from engine.ops.alerts.sinks import AppriseSink
from engine.ops.alerts.store import FILE_NAME
from engine.ops.home import Home
from engine.ops.notifier import PeopleNotifier

CLOSE_WITHIN_S = 5.0
"""How long an engine's end waits for its last alerts; what is left goes out at the next start."""
_ENGINE = "engine"


def check_alerts(config: AlertsConfig, environment: Mapping[str, str]) -> None:
    """Raises AlertsInvalid for an address that cannot be used."""
    for place in places_of(config, environment).sinks:
        AppriseSink(place)


class Telling:
    """The alerts of one engine, from :meth:`start` to :meth:`close`. Implements
    :class:`engine.control.people.People`."""

    def __init__(self, home: Home, venue: str, config: AlertsConfig, environment: Mapping[str, str]) -> None:
        """Raises AlertsInvalid."""
        places = places_of(config, environment)
        sinks = [AppriseSink(place) for place in places.sinks]
        clocks = Clocks(time.monotonic_ns, time.time_ns)
        self._keeper = AlertKeeper(venue, home.root / FILE_NAME, sinks, clocks)
        self._venue = venue
        self._incomplete = places.incomplete
        self._heartbeat_url = places.heartbeat_url
        self._shown: tuple[tuple[Entry, ...], tuple[AlertRow, ...]] = ((), ())
        self._workings: Workings | None = None
        self.notifier = PeopleNotifier(self._keeper)

    def start(self) -> None:
        self._keeper.start()
        for text in self._incomplete:
            self.notifier.notify(Alert(AlertLevel.WARNING, ALERTS_INCOMPLETE, text, text))

    async def close(self) -> None:
        await asyncio.to_thread(self._keeper.close, CLOSE_WITHIN_S)

    def engine_started(self, account: str, positions: int, *, ended_in_order: bool) -> None:
        text = f"engine runs on {self._venue}, account {account}, {positions} positions"
        level = AlertLevel.NOTE
        if not ended_in_order:
            level = AlertLevel.WARNING
            text += "; the run before did not end in order, everything was reconciled with the exchange"
        self.notifier.notify(Alert(level, ENGINE_STARTED, text, _ENGINE))

    def engine_delayed(self, reason: str) -> None:
        """It started, and does not get to look after what is held."""
        self.notifier.notify(Alert(AlertLevel.URGENT, ENGINE_DELAYED, f"not ready: {reason}", _ENGINE))

    def engine_stopped(self, held: Sequence[tuple[str, int]], failure: str) -> None:
        """``held`` are markets with contracts, above zero YES; ``failure`` is empty for an end that was asked
        for."""
        level = AlertLevel.NOTE if not failure else AlertLevel.URGENT
        text = f"engine has ended: {failure or 'it was asked to'}"
        if held:
            level = max(level, AlertLevel.WARNING, key=list(AlertLevel).index)
            names = ", ".join(
                f"{contracts(abs(count_c))} {'YES' if count_c > 0 else 'NO'} {ticker}"
                for ticker, count_c in held[:10]
            )
            more = f" and {len(held) - 10} more" if len(held) > 10 else ""
            text += f"; NOT GUARDED until it runs again: {names}{more}"
        self.notifier.notify(Alert(level, ENGINE_STOPPED, text, _ENGINE))

    def watch(self, workings: Workings) -> None:
        """What the heartbeat tells of."""
        self._workings = workings

    def heartbeat(self) -> Heartbeat | None:
        """None where no watcher is configured."""
        if not self._heartbeat_url or self._workings is None:
            return None
        return Heartbeat(self._heartbeat_url, self._workings.trouble)

    @property
    def open_alerts(self) -> tuple[AlertRow, ...]:
        entries = self._keeper.open
        if entries is not self._shown[0]:
            self._shown = (entries, tuple(alert_row(entry) for entry in entries))
        return self._shown[1]

    async def acknowledge(self, alert_id: str, who: str) -> int:
        if alert_id and not alert_id.isdecimal():
            return 0
        number = int(alert_id) if alert_id else None
        answer: asyncio.Future[tuple[Entry, ...]] = asyncio.wrap_future(self._keeper.acknowledge(number, who))
        return len(await answer)

    async def try_sinks(self) -> dict[str, str]:
        return await asyncio.wrap_future(self._keeper.test())

    async def told(self) -> tuple[ToldRow, ...]:
        return tuple(told_row(entry) for entry in (await self._picture()).entries)

    async def sinks(self) -> tuple[SinkRow, ...]:
        picture = await self._picture()
        return tuple(
            SinkRow(
                name=name,
                min_level=sink.spec.min_level.value,
                sent=sink.sent,
                last_sent_ns=sink.last_sent_ns,
                waiting=sum(1 for entry in picture.entries if name in entry.waiting),
                failures=sink.failures,
                failure=sink.failure,
            )
            for name, sink in ((sink.spec.name, sink) for sink in picture.sinks)
        )

    async def _picture(self) -> Picture:
        return await asyncio.wrap_future(self._keeper.picture())


class Workings:
    """Whether all that guards money works, as the heartbeat must know it."""

    def __init__(
        self,
        status: Callable[[], StatusRow],
        plans: Callable[[], Iterable[PlanState]],
        appended: Callable[[], int],
        durable: Callable[[], int],
    ) -> None:
        """``plans`` are the states of all plans; the last two are the record numbers given out by the
        ledger, and on disk."""
        self._status = status
        self._plans = plans
        self._appended = appended
        self._durable = durable
        self._due = 0

    def trouble(self) -> str:
        """Why people should look; empty while all works. To be asked seconds apart: what the ledger was given
        by the last time must be on disk by now."""
        due, self._due = self._due, self._appended()
        if self._durable() < due:
            return f"the ledger's writer stands still at record {self._durable()} of {due}"
        blocked = sum(1 for state in self._plans() if state is PlanState.BLOCKED)
        return trouble_of(self._status(), blocked)


def first_line(error: BaseException) -> str:
    """What went wrong, in one line; of several the first."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return " ".join(str(error).split()) or type(error).__name__


def trouble_of(row: StatusRow, blocked: int) -> str:
    """The first thing by which positions would not be guarded; ``blocked`` plans would exit and cannot."""
    if row.is_stopping:
        return "the engine is stopping"
    if not row.is_ready:
        return "the engine is not ready: it reconciles with the exchange"
    for feed in row.feeds:
        if feed.state != "live":
            return f"feed {feed.name} is {feed.state}"
    if row.exits_off:
        return f"exits by plan are off: {row.exits_off}"
    return f"{blocked} exits are blocked" if blocked else ""
