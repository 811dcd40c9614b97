"""Tells the sessions what the engine's steps changed.

Facts go out with the step that made them, made once for all. Quotes and books are bundled: the first change
after a pause goes out at once, the next ones a fraction of a second later.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable
from typing import Protocol

from engine.control.forecast_board import ForecastBoard
from engine.control.limits import ControlLimits
from engine.control.outside_board import OutsideBoard
from engine.control.protocol import DESK
from engine.control.public_board import PublicBoard
from engine.control.pushed_topics import DeskTopic, LogTopic
from engine.core.effects import WatchBooks
from engine.core.step import Step

_log = logging.getLogger(__name__)


class Follower(Protocol):
    """A session, as far as the hub knows one."""

    def push(self, topic: str, data: bytes) -> None: ...

    def touch(self, tickers: set[str]) -> None: ...

    def universe_changed(self) -> None: ...

    def public_moved(self, topics: set[str]) -> None: ...

    def restart(self) -> None: ...

    def check(self) -> None: ...


class Hub:
    """Lives on the engine's loop. :meth:`on_step` never raises and never waits."""

    def __init__(
        self,
        desk: DeskTopic,
        log: LogTopic,
        limits: ControlLimits,
        board: PublicBoard,
        forecasts: ForecastBoard | None = None,
        outside: OutsideBoard | None = None,
    ) -> None:
        self.outside = outside or OutsideBoard()
        self._desk = desk
        self._log_topic = log
        self._limits = limits
        self._loop = asyncio.get_running_loop()
        self._followers: dict[Follower, None] = {}
        self.board = board
        self.forecasts = forecasts or ForecastBoard()
        self._touched: set[str] = set()
        self._moved: set[str] = set()
        """Topics made of public data."""
        self._has_new_universe = False
        self._bundle: asyncio.TimerHandle | None = None
        self._bundled_at = 0.0
        self._beat: asyncio.TimerHandle | None = None
        self.failures = 0
        """Steps that could not be told; each made every picture begin anew."""

    def start(self) -> None:
        self._beat = self._loop.call_later(self._limits.status_s, self._on_beat)
        self.board.on_change = self.outside.on_change = self._on_public
        self.forecasts.on_change = self._on_forecasts
        self.forecasts.on_scan = self._on_scan

    def stop(self) -> None:
        self.board.on_change = self.outside.on_change = None
        self.forecasts.on_change = self.forecasts.on_scan = None
        for timer in (self._beat, self._bundle):
            if timer is not None:
                timer.cancel()

    def add(self, follower: Follower) -> None:
        self._followers[follower] = None
        self._desk.clients = len(self._followers)

    def remove(self, follower: Follower) -> None:
        self._followers.pop(follower, None)
        self._desk.clients = len(self._followers)

    def snapshot(self, topic: str) -> bytes:
        """Of ``desk`` or ``log``."""
        return self._desk.snapshot() if topic == DESK else self._log_topic.snapshot()

    def on_step(self, step: Step) -> None:
        """Called by the engine's shell after every step."""
        if step.touched:
            self._touched.update(step.touched)
            if self._bundle is None:
                self._bundle_soon()
        if step.effects or step.changes:
            try:
                self._tell(step)
            except Exception:
                self._failed("a step")

    def _on_public(self, topic: str) -> None:
        self._moved.add(topic)
        if self._bundle is None:
            self._bundle_soon()

    def _on_forecasts(self, tickers: Iterable[str]) -> None:
        self._touched.update(tickers)
        if self._bundle is None:
            self._bundle_soon()

    def _on_scan(self) -> None:
        try:
            self._push(self._desk, self._desk.delta_of_scan())
        except Exception:
            self._failed("a scan")

    def _tell(self, step: Step) -> None:
        self._push(self._desk, self._desk.delta_of(step))
        self._push(self._log_topic, self._log_topic.delta_of(step))
        if any(isinstance(effect, WatchBooks) for effect in step.effects):
            self._has_new_universe = True
            if self._bundle is None:
                self._bundle_soon()

    def _push(self, topic: DeskTopic | LogTopic, data: bytes | None) -> None:
        if data is not None:
            for follower in self._followers:
                follower.push(topic.topic, data)

    def _bundle_soon(self) -> None:
        at = max(self._loop.time(), self._bundled_at + 1.0 / self._limits.quotes_each_s)
        self._bundle = self._loop.call_at(at, self._send_bundle)

    def _send_bundle(self) -> None:
        self._bundle = None
        self._bundled_at = self._loop.time()
        touched, self._touched = self._touched, set()
        is_new, self._has_new_universe = self._has_new_universe, False
        moved, self._moved = self._moved, set()
        try:
            self._push(self._desk, self._desk.delta_of_marks(touched))
            for follower in self._followers:
                follower.touch(touched)
                if is_new:
                    follower.universe_changed()
                if moved:
                    follower.public_moved(moved)
        except Exception:
            self._failed("a bundle of quotes")

    def _on_beat(self) -> None:
        self._beat = self._loop.call_later(self._limits.status_s, self._on_beat)
        try:
            self._push(self._desk, self._desk.delta_of_status())
            for follower in tuple(self._followers):
                follower.check()
        except Exception:
            self._failed("the status")

    def _failed(self, what: str) -> None:
        """The engine goes on whatever happens here; clients get the whole picture again."""
        self.failures += 1
        _log.exception("control: %s could not be told", what)
        for follower in self._followers:
            follower.restart()
