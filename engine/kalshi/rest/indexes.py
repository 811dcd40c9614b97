"""Published index values."""

from __future__ import annotations

from engine.domain.venue import IndexPoint
from engine.kalshi import decode_market
from engine.kalshi.rest.group import ReadGroup
from engine.wire.index import IndexValuesAnswer


class IndexReads(ReadGroup):
    async def values(self, index_id: str) -> tuple[IndexPoint, ...]:
        """``GET /cfbenchmarks/values?id=BRTI``: the recent seconds, oldest first.

        Dear, and needs an entitlement: raises RequestRefused with 401 or 403 without it.
        """
        answer = await self._get("/cfbenchmarks/values", IndexValuesAnswer, id=index_id)
        points = (decode_market.index_point(index_id, row, self._reader.drift) for row in answer.data.payload)
        return tuple(sorted(points, key=lambda point: point.at_ns))
