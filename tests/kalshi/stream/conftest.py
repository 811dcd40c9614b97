"""A machine with a clock to turn, and its commands and events at hand."""

from __future__ import annotations

import json
from typing import Any

import pytest

from engine.domain.feed import BookStale, FaultKind, StaleReason, StreamFault
from engine.domain.units import MILLISECOND_NS
from engine.kalshi.drift import DriftCounter
from engine.kalshi.stream.machine import StreamMachine
from engine.kalshi.stream.settings import StreamSettings


class Desk:
    """A machine with a clock to turn and its commands and events at hand."""

    def __init__(self, **changes: Any) -> None:
        self.now_ns = 0
        self.events: list[Any] = []
        self.drift = DriftCounter()
        settings = StreamSettings(audit_interval_ns=0, **changes)
        self.machine = StreamMachine(self.events.append, lambda: self.now_ns, self.drift, settings)
        self.machine.connected()

    def commands(self) -> list[dict[str, Any]]:
        outbox = self.machine.desk.outbox
        return [json.loads(outbox.popleft()) for _ in range(len(outbox))]

    def get(self, kind: str, sid: int, seq: int | None, **message: Any) -> None:
        frame = {"type": kind, "sid": sid, **({} if seq is None else {"seq": seq}), "msg": message}
        self.machine.on_text(json.dumps(frame))

    def subscribe(self, sid: int, channel: str = "orderbook_delta") -> dict[str, Any]:
        command = self.commands()[0]
        answer = {"type": "subscribed", "id": command["id"], "msg": {"channel": channel, "sid": sid}}
        self.machine.on_text(json.dumps(answer))
        return command

    def snapshot(self, sid: int, seq: int, ticker: str, clock: int = 1, id: int | None = None) -> None:  # noqa: A002
        body = {
            "market_ticker": ticker,
            "clock": clock,
            "yes_dollars_fp": [["0.4000", "10.00"], ["0.4100", "5.00"]],
            "no_dollars_fp": [["0.4300", "7.00"]],
        }
        frame = {"type": "orderbook_snapshot", "sid": sid, "seq": seq, "msg": body}
        self.machine.on_text(json.dumps(frame if id is None else {**frame, "id": id}))

    def delta(self, sid: int, seq: int, ticker: str, clock: int, **changes: str) -> None:
        body = {"price_dollars": "0.4100", "delta_fp": "1.00", "side": "yes", **changes}
        self.get("orderbook_delta", sid, seq, market_ticker=ticker, clock=clock, **body)

    def stale(self) -> dict[str, StaleReason]:
        return {event.ticker: event.reason for event in self.events if isinstance(event, BookStale)}

    def faults(self) -> list[FaultKind]:
        return [event.kind for event in self.events if isinstance(event, StreamFault)]

    def wait(self, milliseconds: int) -> None:
        self.now_ns += milliseconds * MILLISECOND_NS
        self.machine.tick()


@pytest.fixture
def make_desk() -> type[Desk]:
    return Desk


@pytest.fixture
def two_sids() -> Desk:
    """Books A and B on sid 1, C on sid 2; NO levels in NO prices."""
    desk = Desk(markets_per_subscription=2, use_yes_price=False)
    desk.machine.want_books(["A", "B", "C"])
    first, second = desk.commands()
    for sid, command in ((1, first), (2, second)):
        answer = {
            "type": "subscribed",
            "id": command["id"],
            "msg": {"channel": "orderbook_delta", "sid": sid},
        }
        desk.machine.on_text(json.dumps(answer))
    desk.snapshot(1, 1, "A")
    desk.snapshot(1, 2, "B")
    desk.snapshot(2, 1, "C")
    for ticker, sid, seq in (("A", 1, 3), ("B", 1, 4), ("C", 2, 2)):
        desk.delta(sid, seq, ticker, 2)
    desk.events.clear()
    return desk
