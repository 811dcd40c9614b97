"""Tells a watcher elsewhere, each minute, that all works; when it hears nothing it calls people.

Only that calls people when the whole machine is gone. So it is silent not only when the engine is dead, but
whenever something that guards money does not work.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

import httpx

from engine.ops.alerts.sinks import silence_libraries

_log = logging.getLogger("engine.heartbeat")
EACH_S = 60.0
LOOK_EACH_S = 5.0
"""While it is silent."""
ANSWER_WITHIN_S = 5.0


class Heartbeat:
    """``trouble`` says why the watcher must not be told that all is well; empty while it is."""

    def __init__(
        self,
        url: str,
        trouble: Callable[[], str],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._url = url
        self._trouble = trouble
        self._sleep = sleep
        self._said: tuple[str, str] = ("", "")

    async def run(self) -> None:
        """Until it is canceled. Never raises for what the watcher does."""
        silence_libraries()
        async with httpx.AsyncClient(
            timeout=ANSWER_WITHIN_S, follow_redirects=False, trust_env=False
        ) as client:
            while True:
                try:
                    is_silent = await self.beat(client)
                except Exception:
                    # Silence calls people by itself; the engine must not end for want of a heartbeat.
                    _log.exception("no heartbeat could be sent")
                    is_silent = False
                await self._sleep(LOOK_EACH_S if is_silent else EACH_S)

    async def beat(self, client: httpx.AsyncClient) -> bool:
        """One look, and one ping if all is well. Returns whether it kept silent."""
        trouble = self._trouble()
        if trouble:
            self._say("silent", trouble, f"no heartbeat is sent: {trouble}")
            return True
        failure = await self._ping(client)
        if failure:
            self._say("failing", failure, f"the heartbeat is not heard: {failure}")
        elif self._said != ("", ""):
            self._said = ("", "")
            _log.info("the heartbeat is sent and heard again")
        return False

    async def _ping(self, client: httpx.AsyncClient) -> str:
        """Why it was not heard, without the address, which is a secret; empty if it was."""
        try:
            async with asyncio.timeout(ANSWER_WITHIN_S), client.stream("GET", self._url) as answer:
                return "" if answer.is_success else f"the watcher answered {answer.status_code}"
        except TimeoutError:
            return "no answer in time"
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            return type(error).__name__

    def _say(self, kind: str, why: str, text: str) -> None:
        """Once for each reason."""
        if self._said != (kind, why):
            self._said = (kind, why)
            _log.warning(text)
