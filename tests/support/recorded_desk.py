"""A core bench whose inputs are recorded and whose facts go into a real ledger, as the runtime does it."""

from __future__ import annotations

import random
from decimal import Decimal
from pathlib import Path

from core_bench import TICKER, CoreBench, a_fill, listed_order

from engine.core.inputs import CoreEvent, Input, NotSent, Rejected, Unknown
from engine.core.settings import EngineSettings
from engine.core.state_hash import state_hash
from engine.core.step import Step
from engine.domain.command import (
    AddCondition,
    Arm,
    CancelAll,
    ChangeCondition,
    ClosePosition,
    FireLoad,
    PlaceOrder,
    SetLoad,
    WatchMarkets,
)
from engine.domain.feed import BookFresh, BookUpdated, Channel, FillSeen, IndexSeen
from engine.domain.order import BookSide, Leg, OrderState, TimeInForce, VenueOrderStatus
from engine.domain.trigger import ConditionTerms, Crossing, Source, Ticket, Trigger
from engine.domain.units import SECOND_NS
from engine.ledger.recording import InputRecorder, RecordingHeader
from engine.ledger.sqlite_ledger import SqliteLedger

SETTINGS = EngineSettings(series=("KXT",), venue="sandbox", account="account")


class RecordedDesk(CoreBench):
    """``run_id`` names the run; the money is what the ledger holds."""

    def __init__(self, ledger: SqliteLedger, folder: Path, run_id: str) -> None:
        money = ledger.load()
        self.ledger = ledger
        self.recorder = InputRecorder(
            folder,
            RecordingHeader(
                run_id=run_id,
                settings=SETTINGS,
                money_hash=state_hash(money),
                journal_seq=ledger.appended,
                journal_head=ledger.head.hex(),
            ),
        )
        super().__init__(SETTINGS, money)
        self.run_id = run_id

    def feed(self, *events: CoreEvent) -> Step:
        for event in events:
            self.recorder.record(Input(self.at, self.mono, event))
            step = super().feed(event)
            self.ledger.append(step.changes, step.rows)
        return step

    def session(self, chance: random.Random, orders: int) -> None:
        """Starts and trades: orders of every fate, cancels, fills, doubts, time."""
        self.start(run_id=self.run_id)
        for number in range(orders):
            client_order_id = f"{self.run_id}-{number}"
            self.feed(BookUpdated(TICKER, BookSide.BID, 4_800, 100 + number, None, None))
            self.ask(self._order(client_order_id, chance))
            if client_order_id in self.engine.money.orders:
                self._fate(client_order_id, chance)
            self._aside(chance)
            self._prepare(chance, number)
            self.wait(chance.randint(1, 15) * SECOND_NS)
            self.feed(BookFresh(TICKER, ((4_900, 10_000),), ((5_100, 10_000),), None))

    def _order(self, client_order_id: str, chance: random.Random) -> PlaceOrder:
        return PlaceOrder(
            client_order_id,
            TICKER,
            chance.choice(tuple(Leg)),
            True,
            chance.choice((4_700, 4_800, 4_900, 5_100, 9_900)),
            100 * chance.randint(1, 6),
            chance.choice((TimeInForce.GOOD_TILL_CANCELED, TimeInForce.IMMEDIATE_OR_CANCEL)),
            key=chance.choice(("", client_order_id)),
        )

    def _fate(self, client_order_id: str, chance: random.Random) -> None:
        order = self.engine.money.orders[client_order_id]
        if order.state not in (OrderState.INTENT, OrderState.SENT):
            return
        match chance.randrange(5):
            case 0:
                self.feed(NotSent(client_order_id, "no connection"))
            case 1:
                self.feed(Rejected(client_order_id, 400, "insufficient_balance", "cash"))
            case 2:
                self.feed(Unknown(client_order_id, "time-out"))
                rows = (
                    [listed_order(client_order_id, VenueOrderStatus.RESTING)] if chance.random() < 0.5 else []
                )
                for _ in range(3):
                    self.wait(4 * SECOND_NS)
                    self.listing(*rows)
            case _:
                count_c = order.terms.count_c
                self.acked(client_order_id, 0, count_c)
                fill = a_fill(f"t-{client_order_id}", count_c, f"v-{client_order_id}", side=order.terms.side)
                self.feed(FillSeen(fill, 0, 0))

    def _aside(self, chance: random.Random) -> None:
        body = chance.choice(
            (Arm(30), CancelAll(), WatchMarkets((TICKER,)), ClosePosition(f"close-{self.commands}", TICKER))
        )
        self.ask(body)

    def _prepare(self, chance: random.Random, number: int) -> None:
        """Conditions on a price and on an index, loads, and what may fire them."""
        source = chance.choice((Source.BID, Source.MID, Source.SPOT))
        level = 7_600_000 if source is Source.SPOT else chance.randrange(4_500, 5_300, 50)
        trigger = Trigger(source, chance.choice(tuple(Crossing)), level, key="BRTI")
        ticket = Ticket(TICKER, Leg.YES, True, 100 + number, 4_600)
        name = f"{self.run_id}-k{number}"
        self.ask(AddCondition(name, ConditionTerms(trigger, ticket, self.at + 90 * SECOND_NS)))
        self.ask(SetLoad(chance.randint(1, 9), ticket, self.at + 20 * SECOND_NS))
        self.ask(FireLoad(chance.randint(1, 9), f"{self.run_id}-l{number}"))
        self.ask(ChangeCondition(name, chance.choice(("enable", "disable", "remove"))))
        value = Decimal(chance.randrange(7_599_000, 7_601_000)) / 100
        self.feed(IndexSeen(Channel.INDEX, "BRTI", value, None, self.at))
