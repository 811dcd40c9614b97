"""Sources on a bad day: they drop, fall silent, flood, refuse, answer nonsense, and are well in between."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from itertools import cycle

import msgspec
from coinbase_words import match, message, rest_trade, ticker, trades
from outside import Asked, Reply, json_reply
from websockets.asyncio.server import ServerConnection
from websockets.exceptions import ConnectionClosed

from collectors.fetching import Body
from collectors.polling import Errand, PollSource
from collectors.taking import Taken
from engine.domain.units import Nanoseconds

PAGE = b"<html><head><title>Access Denied</title></head></html>"
BAD_ANSWERS = (
    Reply(403, PAGE),
    Reply(429, b"slow down", {"Retry-After": "0"}),
    Reply(503, b"{}"),
    Reply(200, PAGE),
    Reply(200, b"Please limit requests to one every 5 seconds."),
    Reply(200, b'{"unknown": "shape"}'),
    Reply(200, b""),
    Reply(hangs=True),
    Reply(breaks=True),
)
SNAPSHOT = 100
TROUBLES = ("none", "drop", "gap", "nonsense", "flood", "cut", "error", "silence")


class CoinbaseOnABadDay:
    """Trades 1, 2, 3, ... for as long as it lives. A new connection begins with the last hundred, as the real
    one does; ``last`` is the number of the last trade that was sent on a connection that went on."""

    def __init__(self) -> None:
        self.last = 0
        self.connections = 0
        self.said: set[str] = set()
        self.listed = 0
        """How many trades were asked for as a list."""
        self.is_calm = False
        self._troubles = cycle(TROUBLES)

    async def __call__(self, connection: ServerConnection) -> None:
        self.connections += 1
        trouble, left = next(self._troubles), 20
        with contextlib.suppress(ConnectionClosed):
            await connection.recv()
            number = await self._begin(connection)
            while left > 0 or self.is_calm:
                number = await self._trade(connection, number)
                left -= 1
                await asyncio.sleep(0.005)
            await self._misbehave(connection, trouble, number)
        self.said.add(trouble)

    def has_ended(self) -> bool:
        """Whether every trouble was met; from then on the day is a good one."""
        self.is_calm = self.said >= set(TROUBLES)
        return self.is_calm

    def rest(self, asked: Asked) -> Reply:
        """Trades before a number, newest first, as the exchange lists them."""
        newest = min(int(asked.query["after"]) - 1, self.last)
        oldest = max(1, newest - int(asked.query["limit"]) + 1)
        self.listed += newest - oldest + 1
        return json_reply([rest_trade(number) for number in range(newest, oldest - 1, -1)])

    async def _begin(self, connection: ServerConnection) -> int:
        recent = range(max(1, self.last - SNAPSHOT + 1), self.last + 1)
        await connection.send(trades(0, *recent, kind="snapshot"))
        return 1

    async def _trade(self, connection: ServerConnection, number: int) -> int:
        await connection.send(trades(number, self.last + 1))
        self.last += 1
        return number + 1

    def _nonsense(self, number: int) -> bytes:
        """Of a known kind, without what it needs; on its way like any message."""
        return message(number, "ticker", {"tickers": [{"price": "x"}]})

    async def _misbehave(self, connection: ServerConnection, trouble: str, number: int) -> None:
        match trouble:
            case "gap":
                self.last += 10
                for later in range(3 * SNAPSHOT):
                    await self._trade(connection, number + 10 + later)
                    await asyncio.sleep(0.001)
            case "nonsense":
                await connection.send(b"<html>")
                await connection.send(self._nonsense(number))
                await self._trade(connection, number + 1)
            case "flood":
                for _ in range(1_000):
                    number = await self._trade(connection, number)
            case "cut":
                self.last += 5 * SNAPSHOT
                connection.transport.abort()
            case "silence":
                await connection.wait_closed()
            case "error":
                await connection.send(b'{"type":"error","message":"internal"}')
                await connection.wait_closed()
            case "none":
                await asyncio.sleep(0.1)


class ExchangeOnABadDay(CoinbaseOnABadDay):
    """The older feed: a new connection begins with the last trade alone, and each trade has its ticker."""

    async def _begin(self, connection: ServerConnection) -> int:
        await connection.send(b'{"type":"subscriptions","channels":[]}')
        if self.last:
            await connection.send(match(self.last, "last_match"))
        return 1

    async def _trade(self, connection: ServerConnection, number: int) -> int:
        await connection.send(match(self.last + 1))
        await connection.send(ticker(self.last + 1))
        self.last += 1
        return number + 1

    def _nonsense(self, number: int) -> bytes:
        return b'{"type":"match","product_id":"BTC-USD","trade_id":"seven","price":{}}'


class ServiceOnABadDay:
    """Answers well with ``bodies`` in turn, and in between with each bad answer; ``served`` are the good
    ones."""

    def __init__(self, bodies: Callable[[Asked, int], bytes]) -> None:
        self.served: set[bytes] = set()
        self.bad: set[int] = set()
        self._bodies = bodies
        self._turn = 0

    def __call__(self, asked: Asked) -> Reply:
        self._turn += 1
        if self._turn % 3 == 0:
            which = self._turn // 3 % len(BAD_ANSWERS)
            self.bad.add(which)
            return BAD_ANSWERS[which]
        data = self._bodies(asked, self._turn)
        self.served.add(data)
        return Reply(body=data)


class Hurried:
    """A source whose errands are due at once, for a soak that does not last a day; ``taken`` is what came."""

    spacing_s = 0.0
    keeps_raw = False

    def __init__(self, source: PollSource, every_s: float) -> None:
        self.name = source.name
        self.source = source
        self.taken: list[tuple[str, bytes]] = []
        self._every_s = every_s

    def errands(self, now_ns: Nanoseconds) -> Sequence[Errand]:
        found = self.source.errands(now_ns)
        return [msgspec.structs.replace(one, every_s=self._every_s, backs_up="") for one in found]

    def take(self, errand: Errand, body: Body) -> Taken:
        self.taken.append((errand.name, body.data))
        return self.source.take(errand, body)
