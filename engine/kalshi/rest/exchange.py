"""The exchange itself: whether it trades, when it does, how fresh its account data are."""

from __future__ import annotations

from engine.domain.units import Nanoseconds
from engine.kalshi.fields import Fields
from engine.kalshi.rest.group import ReadGroup
from engine.wire.exchange import ExchangeStatus, Schedule, ScheduleAnswer, UserDataTimestamp

_STATUS_TOO = frozenset({500, 503, 504})


class ExchangeReads(ReadGroup):
    async def status(self) -> ExchangeStatus:
        """``GET /exchange/status``; while the exchange is down the same body comes with 500, 503 or 504."""
        return await self._reader.get("/exchange/status", ExchangeStatus, self._lane, also_accept=_STATUS_TOO)

    async def schedule(self) -> Schedule:
        """``GET /exchange/schedule``: hours in Eastern time."""
        return (await self._get("/exchange/schedule", ScheduleAnswer)).schedule

    async def user_data_ns(self) -> Nanoseconds:
        """``GET /exchange/user_data_timestamp``: up to when the portfolio reads tell everything."""
        answer = await self._get("/exchange/user_data_timestamp", UserDataTimestamp)
        return Fields("user_data_timestamp", self._reader.drift).time("as_of_time", answer.as_of_time)
