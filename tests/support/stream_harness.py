"""A small exchange with a stream, a client of it without sockets, and one that keeps books from frames."""

from __future__ import annotations

from random import Random
from typing import Any

import msgspec

from engine.domain.fee import FeeSchedule
from engine.domain.market import Event, Market, Series, Strike, StrikeType
from engine.domain.order import BookSide, OrderRequest, SelfTradePrevention
from engine.domain.price_grid import STRUCTURES
from engine.domain.units import DOLLAR_UD, HOUR_NS, SECOND_NS
from engine.sandbox.core.exchange import Exchange
from engine.sandbox.core.refusal import Refusal
from engine.sandbox.core.rules import ExchangeRules
from engine.sandbox.server.auth import ALL_SCOPES, Caller, KeyRing
from engine.sandbox.server.faults import FaultRule, FaultRules
from engine.sandbox.server.stream.hub import Hub
from engine.sandbox.server.stream.limits import StreamLimits
from engine.sandbox.server.stream.session import Session
from engine.wire.stream import AnyFrame, frame_decoder

START_NS = 1_790_000_000 * SECOND_NS
CLOSE_NS = START_NS + 2 * HOUR_NS
BID, ASK = BookSide.BID, BookSide.ASK


def small_market(ticker: str) -> Market:
    return Market(
        ticker=ticker,
        event_ticker="EV",
        series_ticker="SER",
        title=f"Title of {ticker}",
        yes_sub_title="Yes!",
        no_sub_title="No!",
        rules_primary="Rules.",
        open_ns=START_NS - HOUR_NS,
        close_ns=CLOSE_NS,
        expected_expiration_ns=CLOSE_NS,
        latest_expiration_ns=CLOSE_NS + HOUR_NS,
        strike=Strike(StrikeType.CUSTOM),
        price_level_structure="deci_cent",
        grid=STRUCTURES["deci_cent"],
        fees=FeeSchedule(),
    )


class ManualWall:
    """Wall time that stands until a test moves it."""

    def __init__(self, now_ns: int = START_NS) -> None:
        self.at_ns = now_ns

    def now_ns(self) -> int:
        return self.at_ns

    async def sleep(self, seconds: float) -> None:
        self.at_ns += int(seconds * SECOND_NS)


class Bench:
    """An exchange with some open markets in one event and three funded customers, and its hub."""

    def __init__(self, *tickers: str, limits: StreamLimits | None = None) -> None:
        self.exchange = Exchange(
            world_id="w", now_ns=START_NS, rules=ExchangeRules(maintenance=None, trades_kept=10)
        )
        self.exchange.list_series(Series("SER", "series", "test", "daily", FeeSchedule()))
        self.exchange.list_event(Event("EV", "SER", "event", "sub", mutually_exclusive=False))
        for ticker in tickers or ("M",):
            self.exchange.list_market(small_market(ticker))
        for account_id in ("ann", "bob", "cat"):
            self.exchange.open_account(account_id, {0: 10_000_000 * DOLLAR_UD})
        self.exchange.drain()
        self.faults = FaultRules()
        self.keys = KeyRing()
        self.wall = ManualWall()
        self.hub = Hub(self.exchange, self.faults, self.keys, limits, self.wall)

    def client(self, account_id: str = "ann", scopes: tuple[str, ...] = ALL_SCOPES) -> Client:
        caller = Caller(account_id, f"key of {account_id}", scopes)
        return Client(self, self.hub.open_session(caller))

    def fault(self, effect: str, channel: str | None = None, times: int = 1) -> None:
        self.faults.set_rules([FaultRule(effect, channel=channel, times=times)])

    def publish(self) -> int:
        """As a commit does; returns how many events there were."""
        events = self.exchange.drain()
        self.hub.publish(events)
        return len(events)

    def order(
        self, account_id: str, side: BookSide, price_bp: int, count_c: int, ticker: str = "M", **options: Any
    ) -> str:
        """Places an order, publishes, and returns its id."""
        request = OrderRequest(ticker, side, price_bp, count_c, **options)
        order_id = self.exchange.create_order(account_id, request).order.order_id
        self.publish()
        return order_id

    def random_action(self, random: Random, tickers: list[str]) -> None:
        """An order, or a cancellation, of one of the customers."""
        account_id = random.choice(("ann", "bob", "cat"))
        account = self.exchange.accounts[account_id]
        if account.resting and random.random() < 0.4:
            order_id = random.choice(list(account.resting))
            self.exchange.cancel_order(account_id, order_id)
            return
        side = random.choice((BID, ASK))
        middle = 4_500 if side is BID else 5_500
        request = OrderRequest(
            random.choice(tickers),
            side,
            10 * round((middle + random.gauss(0, 600)) / 10),
            random.randint(1, 5_000),
            self_trade_prevention=SelfTradePrevention.MAKER,
        )
        try:
            self.exchange.create_order(account_id, request)
        except Refusal as refused:
            assert refused.code == "insufficient_balance"


class Client:
    """Commands in, decoded frames out."""

    def __init__(self, bench: Bench, session: Session) -> None:
        self._bench = bench
        self._last_id = 0
        self.session = session

    def send(self, cmd: str, params: Any = None, **fields: Any) -> None:
        self._last_id += 1
        command = {"id": self._last_id, "cmd": cmd, **fields}
        if params is not None:
            command["params"] = params
        self.send_raw(msgspec.json.encode(command))

    def send_raw(self, raw: bytes | str) -> None:
        self._bench.hub.receive(self.session, raw)

    def subscribe(self, *channels: str, **params: Any) -> list[AnyFrame]:
        self.send("subscribe", {"channels": list(channels), **params})
        return self.frames()

    def update(self, action: str, sid: int = 1, **params: Any) -> list[AnyFrame]:
        self.send("update_subscription", {"sid": sid, "action": action, **params})
        return self.frames()

    def raw_frames(self) -> list[bytes]:
        found: list[bytes] = []
        while batch := self.session.outbox.take_now():
            found += batch
        return found

    def frames(self) -> list[AnyFrame]:
        """Everything that came since the last call, decoded by the wire's own types."""
        return [frame_decoder.decode(raw) for raw in self.raw_frames()]

    def messages(self) -> list[dict[str, Any]]:
        """The same as plain JSON."""
        return [msgspec.json.decode(raw) for raw in self.raw_frames()]
