"""Before a public read is answered: what it asks for is fetched, where a world has somebody to fetch it."""

from __future__ import annotations

import re
from urllib.parse import parse_qs

from starlette.types import ASGIApp, Receive, Scope, Send

from engine.sandbox.server.companion import Errands
from engine.sandbox.server.world import World
from engine.wire.signing import REST_ROOT

_TICKER = re.compile(r"[A-Z0-9][A-Z0-9.-]{0,127}")
_MOST_TICKERS = 100


class ErrandGate:
    """ASGI middleware; costs one look where the world has no errands."""

    def __init__(self, app: ASGIApp, *, world: World) -> None:
        self._app = app
        self._world = world

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        errands = self._world.errands
        if errands is not None and scope["type"] == "http" and scope["method"] == "GET":
            path: str = scope["path"]
            if path.startswith(REST_ROOT + "/"):
                await _run(errands, path.removeprefix(REST_ROOT + "/").split("/"), scope["query_string"])
        await self._app(scope, receive, send)


async def _run(errands: Errands, parts: list[str], query_string: bytes) -> None:
    query = parse_qs(query_string.decode("latin-1"))
    for series_ticker in dict.fromkeys(_series_named(parts, query)):
        await errands.series(series_ticker)
    if parts[-1] == "candlesticks":
        tickers = [parts[3]] if len(parts) == 5 and parts[2] == "markets" else _names(query, "market_tickers")
        await errands.candles(tickers, _number(query, "start_ts"), _number(query, "end_ts"))
    elif parts == ["markets", "trades"]:
        for ticker in _names(query, "ticker")[:1]:
            await errands.trades(ticker)


def _series_named(parts: list[str], query: dict[str, list[str]]) -> list[str]:
    """The series of whatever is named; a ticker begins with its series."""
    if parts[0] not in ("series", "events", "markets"):
        return []
    words = parts[1:2] if len(parts) > 1 and _TICKER.fullmatch(parts[1]) else []
    words += [
        name for key in ("series_ticker", "event_ticker", "ticker", "tickers") for name in _names(query, key)
    ]
    return [word.partition("-")[0] for word in words]


def _names(query: dict[str, list[str]], key: str) -> list[str]:
    found = [name for text in query.get(key, ()) for name in text.split(",") if _TICKER.fullmatch(name)]
    return found[:_MOST_TICKERS]


def _number(query: dict[str, list[str]], key: str) -> int:
    text = query.get(key, ["0"])[-1]
    return int(text) if text.isdigit() and len(text) < 12 else 0
