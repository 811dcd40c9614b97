"""Keeps asking addresses: each at its own interval, later after a fault, never two at once of one source."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Protocol

import msgspec

from collectors.fetching import Body, Fetcher, Request
from collectors.health import SourceHealth
from collectors.raw import RawKeeper
from collectors.shapes import understood
from collectors.taking import Fault, FaultKind, SourceFault, Taken
from engine.domain.units import SECOND_NS, Nanoseconds
from engine.kalshi.clock import Clock
from engine.kalshi.stream.backoff import Backoff

_IDLE_NS = 5 * SECOND_NS
_STALE_AFTER = 2.5
"""Intervals without an answer after which a source does not count as live."""


_ASKED_TOO_OFTEN = frozenset({FaultKind.RATE_LIMITED, FaultKind.ERROR_TEXT})
"""What is refused counts too where a day has so many requests: a source that does not say when is not asked
sooner than it is while it is well."""


class Errand(msgspec.Struct, frozen=True, kw_only=True):
    """Something to ask for again and again. ``name`` tells errands of a source apart; one that ``backs_up``
    another is asked only while that one fails."""

    name: str
    request: Request
    every_s: float
    backs_up: str = ""


class PollSource(Protocol):
    """A pure source: what to ask now, and what an answer means."""

    name: str
    spacing_s: float
    """The least time between two requests to it."""
    keeps_raw: bool
    """Whether bodies are kept as they came, because nobody documents them."""

    def errands(self, now_ns: Nanoseconds) -> Sequence[Errand]:
        """What is worth asking at this wall time; an errand that is not named any more is dropped."""
        ...

    def take(self, errand: Errand, body: Body) -> Taken:
        """Raises SourceFault where nothing of it can be used."""
        ...


class PollSettings(msgspec.Struct, frozen=True):
    backoff_s: float = 5.0
    """The wait after one fault; it doubles up to ``longest_backoff_s``. Half of it is drawn."""
    longest_backoff_s: float = 900.0


class Poller:
    """Runs one source until it is canceled. ``put`` gets everything that was taken, in order."""

    def __init__(
        self,
        source: PollSource,
        fetcher: Fetcher,
        health: SourceHealth,
        put: Callable[[Taken], None],
        clock: Clock,
        random: Callable[[], float],
        settings: PollSettings = PollSettings(),  # noqa: B008 - frozen
    ) -> None:
        self.source = source
        self.health = health
        self._fetcher = fetcher
        self._put = put
        self._clock = clock
        self._random = random
        self._settings = settings
        self._raw = RawKeeper()
        self._due: dict[str, Nanoseconds] = {}
        self._backoff: dict[str, Backoff] = {}
        self._failing: set[str] = set()
        self._asked_ns: Nanoseconds | None = None

    async def run(self) -> None:
        while True:
            found = self._next()
            if found is None:
                await self._clock.sleep(_IDLE_NS)
                continue
            errand, due_ns = found
            wait_ns = self._earliest(due_ns) - self._clock.monotonic_ns()
            if wait_ns > 0:
                await self._clock.sleep(min(wait_ns, _IDLE_NS))
                continue
            await self.ask(errand)

    async def once(self) -> bool:
        """Each errand once, also those that others bring about; whether all went well."""
        done: dict[str, bool] = {}
        while left := [errand for errand in self._wanted() if errand.name not in done]:
            wait_ns = self._earliest(0) - self._clock.monotonic_ns()
            if wait_ns > 0:
                await self._clock.sleep(wait_ns)
            done[left[0].name] = await self.ask(left[0])
            if done[left[0].name] and left[0].backs_up:
                done[left[0].backs_up] = True
        return all(done.values())

    async def aclose(self) -> None:
        await self._fetcher.aclose()

    async def ask(self, errand: Errand) -> bool:
        """One request, and what comes of it; whether it went well."""
        self._asked_ns = self._clock.monotonic_ns()
        try:
            body = await self._fetcher.get(errand.request)
            taken = self._taken(errand, body)
        except SourceFault as error:
            self._fetcher.forget(errand.request)
            self._failed(errand, error.fault)
            return False
        if taken.faults:
            # What was wrong with it is wrong still where the other side says that it did not change.
            self._fetcher.forget(errand.request)
        self._succeeded(errand, taken)
        return not taken.faults

    def _taken(self, errand: Errand, body: Body) -> Taken:
        if body.is_same:
            return Taken()
        if self.source.keeps_raw:
            self._put(self._raw.keep(self.source.name, errand.name, body))
        return understood(partial(self.source.take, errand, body))

    def _succeeded(self, errand: Errand, taken: Taken) -> None:
        taken.faults = [self._fetcher.clean(fault) for fault in taken.faults]
        self._failing.discard(errand.name)
        if not self.health.is_connected:
            self.health.connected()
        if not self._failing and not taken.faults:
            self.health.is_well()
        self.health.stale_s = _STALE_AFTER * min(
            (each.every_s for each in self._wanted()), default=errand.every_s
        )
        self._backoff.pop(errand.name, None)
        self._due[errand.name] = self._clock.monotonic_ns() + round(errand.every_s * SECOND_NS)
        self.health.took(taken)
        self._put(taken)

    def _failed(self, errand: Errand, fault: Fault) -> None:
        settings, fault = self._settings, self._fetcher.clean(fault)
        self._failing.add(errand.name)
        if self._failing.issuperset(self._due):
            self.health.disconnected()
        self.health.fault(fault)
        if errand.name not in self._backoff:
            base, longest = settings.backoff_s, max(settings.longest_backoff_s, errand.every_s)
            self._backoff[errand.name] = Backoff(
                round(base * SECOND_NS), round(longest * SECOND_NS), self._random
            )
        wait_ns = self._backoff[errand.name].next_ns()
        asked_s = fault.retry_after_s
        if asked_s is None and fault.kind in _ASKED_TOO_OFTEN:
            asked_s = errand.every_s
        if asked_s is not None:
            wait_ns = max(wait_ns, round(asked_s * SECOND_NS))
        self._due[errand.name] = self._clock.monotonic_ns() + wait_ns

    def _next(self) -> tuple[Errand, Nanoseconds] | None:
        errands = {errand.name: errand for errand in self._wanted()}
        self._due = {name: due for name, due in self._due.items() if name in errands}
        self._backoff = {name: backoff for name, backoff in self._backoff.items() if name in errands}
        self._failing &= errands.keys()
        if not errands:
            return None
        now_ns = self._clock.monotonic_ns()
        due_ns, name = min((self._due.setdefault(name, now_ns), name) for name in errands)
        return errands[name], due_ns

    def _wanted(self) -> list[Errand]:
        found = self.source.errands(self._clock.wall_ns())
        return [errand for errand in found if not errand.backs_up or errand.backs_up in self._failing]

    def _earliest(self, due_ns: Nanoseconds) -> Nanoseconds:
        if self._asked_ns is None:
            return due_ns
        return max(due_ns, self._asked_ns + round(self.source.spacing_s * SECOND_NS))
