"""An engine core with hand-set clocks, and short ways to say what happens to it."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, TypeVar

import msgspec

from engine.core.changes import Change
from engine.core.effects import Alert, Answer, ChangeGroup, Effect, GroupVerb, ReadGroups, SubmitOrder
from engine.core.engine import Engine
from engine.core.inputs import (
    Acked,
    BalanceRead,
    Command,
    CoreEvent,
    FillsRead,
    GroupAnswered,
    GroupOutcome,
    GroupsRead,
    Input,
    MarketsRead,
    OrdersRead,
    PositionsRead,
    Recovered,
    SettlementsRead,
    StatusRead,
    Woken,
)
from engine.core.money import MoneyState
from engine.core.settings import EngineSettings
from engine.core.step import Step
from engine.domain.command import CommandBody, PlaceOrder
from engine.domain.fee import FeeSchedule
from engine.domain.feed import BookFresh, FeedConnected, OrderSeen
from engine.domain.fill import Fill
from engine.domain.market import Event, Market, MarketStatus, Strike, StrikeType
from engine.domain.order import BookSide, Leg, VenueOrderStatus
from engine.domain.price_grid import STRUCTURES
from engine.domain.units import DAY_NS, DOLLAR_UD, HOUR_NS, SECOND_NS
from engine.domain.venue import Balance, VenueOrder, VenuePosition

START = 1_763_650_800 * SECOND_NS
SERIES = "KXT"
TICKER = "KXT-26NOV20-T50"
OTHER = "KXT-26NOV20-T51"
"""Of the same event."""
E = TypeVar("E")


def market(ticker: str = TICKER, **changes: Any) -> Market:
    event_ticker = ticker.rpartition("-")[0]
    listed = Market(
        ticker=ticker,
        event_ticker=event_ticker,
        series_ticker=ticker.partition("-")[0],
        title=ticker,
        yes_sub_title="",
        no_sub_title="",
        rules_primary="",
        open_ns=START - HOUR_NS,
        close_ns=START + 5 * HOUR_NS,
        expected_expiration_ns=START + 5 * HOUR_NS,
        latest_expiration_ns=START + 6 * HOUR_NS,
        strike=Strike(StrikeType.GREATER, floor=Decimal(50)),
        price_level_structure="linear_cent",
        grid=STRUCTURES["linear_cent"],
        fees=FeeSchedule(),
        status=MarketStatus.ACTIVE,
    )
    return msgspec.structs.replace(listed, **changes)


def event_of(listed: Market) -> Event:
    return Event(listed.event_ticker, listed.series_ticker, listed.event_ticker, "", mutually_exclusive=True)


def balance(cash_ud: int = 1_000 * DOLLAR_UD, **by_shard: int) -> Balance:
    shards = {int(name.removeprefix("s")): amount for name, amount in by_shard.items()} or {0: cash_ud}
    return Balance(cash_ud, 0, shards, START)


def place(client_order_id: str = "c1", **changes: Any) -> PlaceOrder:
    """A bid for 5 YES at 50 c."""
    order = PlaceOrder(client_order_id, TICKER, Leg.YES, True, 5_000, 500)
    return msgspec.structs.replace(order, **changes)


def a_fill(trade_id: str, count_c: int = 100, order_id: str = "v-c1", **changes: Any) -> Fill:
    fill = Fill(trade_id, order_id, TICKER, BookSide.BID, 5_000, count_c, 1_000, True, START + SECOND_NS)
    return msgspec.structs.replace(fill, **changes)


def listed_order(
    client_order_id: str,
    status: VenueOrderStatus = VenueOrderStatus.RESTING,
    count_c: int = 500,
    filled_c: int = 0,
    **changes: Any,
) -> VenueOrder:
    rests = status is VenueOrderStatus.RESTING
    order = VenueOrder(
        order_id=f"v-{client_order_id}",
        client_order_id=client_order_id,
        ticker=TICKER,
        side=BookSide.BID,
        price_bp=5_000,
        status=status,
        status_text=status.value,
        initial_c=count_c,
        filled_c=filled_c,
        remaining_c=count_c - filled_c if rests else 0,
        taker_cost_ud=0,
        maker_cost_ud=0,
        taker_fees_ud=0,
        maker_fees_ud=0,
        created_ns=START,
        updated_ns=START,
        expires_ns=None,
        self_trade_prevention=None,
        order_group_id=None,
        exchange_index=0,
    )
    return msgspec.structs.replace(order, **changes)


def held_position(ticker: str, count_c: int, exposure_ud: int = 0) -> VenuePosition:
    return VenuePosition(ticker, count_c, exposure_ud, 0, 0, 0, 0, START)


def seen_order(row: VenueOrder, reason: str = "") -> OrderSeen:
    """The stream's word for what a listing would say."""
    return OrderSeen(
        order_id=row.order_id,
        client_order_id=row.client_order_id,
        ticker=row.ticker,
        side=row.side,
        status=row.status,
        price_bp=row.price_bp,
        initial_c=row.initial_c,
        filled_c=row.filled_c,
        remaining_c=row.remaining_c,
        taker_cost_ud=0,
        maker_cost_ud=0,
        taker_fees_ud=0,
        maker_fees_ud=0,
        reason=reason,
        order_group_id=None,
        created_ns=row.created_ns,
        updated_ns=row.updated_ns,
        expires_ns=row.expires_ns,
        exchange_index=row.exchange_index,
        subaccount=0,
    )


def groups_answer(effect: Effect, new_id: str) -> GroupsRead | GroupAnswered | None:
    """What a sound exchange says to what is asked of order groups; None to anything else."""
    if isinstance(effect, ReadGroups):
        return GroupsRead(())
    if isinstance(effect, ChangeGroup):
        group_id = new_id if effect.verb is GroupVerb.CREATE else effect.group_id
        return GroupAnswered(effect.key, effect.verb, GroupOutcome.DONE, group_id, effect.limit_c)
    return None


class CoreBench:
    """Time moves only when told to. Keeps every change and effect.

    Its feed says nothing by itself: unless told to be impatient the core bears that for long.
    """

    def __init__(
        self,
        settings: EngineSettings | None = None,
        money: MoneyState | None = None,
        strategies: Sequence[Any] = (),
        *,
        is_patient: bool = True,
        makes_groups: bool = True,
    ) -> None:
        """``makes_groups``: the exchange makes, resets and limits order groups as soon as it is asked."""
        self.makes_groups = makes_groups
        self._groups = 0
        self.settings = settings or EngineSettings(series=(SERIES,))
        if is_patient:
            timings = msgspec.structs.replace(self.settings.timings, feed_patience_ns=DAY_NS)
            self.settings = msgspec.structs.replace(self.settings, timings=timings)
        self.engine = Engine(self.settings, money or MoneyState(), strategies)
        self.at = START
        self.mono = SECOND_NS
        self.changes: list[Change] = []
        self.effects: list[Effect] = []
        self.commands = 0
        self.last: Step | None = None

    def feed(self, *events: CoreEvent) -> Step:
        """Steps once for each event; returns the last step."""
        for event in events:
            self.last = self.engine.step(Input(self.at, self.mono, event))
            self.changes += self.last.changes
            self.effects += self.last.effects
            if self.makes_groups:
                self._answer_groups(self.last.effects)
        assert self.last is not None
        return self.last

    def _answer_groups(self, effects: Sequence[Effect]) -> None:
        """Done at once, and no news to the tests of anything else."""
        for effect in effects:
            answer = groups_answer(effect, f"g{self._groups + 1}")
            if answer is None:
                continue
            self.effects.remove(effect)
            self._groups += isinstance(effect, ChangeGroup)
            step = self.engine.step(Input(self.at, self.mono, answer))
            self.changes += step.changes
            self.effects += step.effects
            self._answer_groups(step.effects)

    def wait(self, nanoseconds: int) -> Step:
        """Both clocks move on, then the core is woken."""
        self.at += nanoseconds
        self.mono += nanoseconds
        return self.feed(Woken())

    def run_for(self, nanoseconds: int) -> None:
        """Wakes the core whenever it asked for that."""
        end = self.mono + nanoseconds
        while self.last is not None and self.last.next_wake_mono is not None:
            pause = max(1, self.last.next_wake_mono - self.mono)
            if self.mono + pause > end:
                break
            self.wait(pause)
        self.wait(max(0, end - self.mono))

    def ask(self, body: CommandBody, command_id: str = "", who: str = "dan", typed: bool = False) -> Step:
        self.commands += 1
        return self.feed(Command(command_id or f"q{self.commands}", who, body, is_interactive=typed))

    def answer(self, body: CommandBody, **options: Any) -> Answer:
        """The one answer that a command got in its own step."""
        (answer,) = of(self.ask(body, **options).effects, Answer)
        return answer

    def start(self, *markets: Market, run_id: str = "r1", **world: Any) -> None:
        """Recovers, reads a world and its books: ready for business."""
        listed = markets or (market(),)
        self.feed(Recovered(run_id), FeedConnected(1))
        self.reads(listed, **world)
        for ticker in sorted(m.ticker for m in listed if m.ticker in self.engine.books):
            self.feed(BookFresh(ticker, ((4_900, 10_000),), ((5_100, 10_000),), None))
        self.changes.clear()
        self.effects.clear()

    def reads(
        self,
        markets: Sequence[Market] = (),
        cash: Balance | None = None,
        orders: Sequence[VenueOrder] = (),
        fills: Sequence[Fill] = (),
        positions: Sequence[VenuePosition] | None = None,
        settlements: Sequence[Any] = (),
    ) -> None:
        """Answers one whole round of reconciliation; without ``positions`` the exchange agrees on them."""
        events = tuple({m.event_ticker: event_of(m) for m in markets}.values())
        self.feed(StatusRead(True, True, {}), BalanceRead(cash or balance()))
        for series in self.engine.settings.series:
            self.feed(MarketsRead(series, events, tuple(markets), True))
        self.feed(
            OrdersRead("", 0, tuple(orders), self.at, True),
            FillsRead(0, tuple(fills), self.at, True),
            SettlementsRead(0, tuple(settlements), True),
        )
        rows = self.agreed() if positions is None else tuple(positions)
        self.feed(PositionsRead(rows, self.at, True))

    def agreed(self) -> tuple[VenuePosition, ...]:
        """The positions of the ledger, as the exchange would say them."""
        held = self.engine.money.positions
        return tuple(held_position(t, r.position.count_c) for t, r in held.items() if r.position.count_c)

    def placed(self, client_order_id: str = "c1", **changes: Any) -> SubmitOrder:
        """Places an order that the gate lets through."""
        step = self.ask(place(client_order_id, **changes))
        sent = of(step.effects, SubmitOrder)
        assert len(sent) == 1, step.effects
        return sent[0]

    def acked(self, client_order_id: str = "c1", filled_c: int = 0, count_c: int = 500) -> Step:
        return self.feed(Acked(client_order_id, f"v-{client_order_id}", filled_c, count_c - filled_c))

    def state(self, client_order_id: str = "c1") -> str:
        return self.engine.money.orders[client_order_id].state.value

    def listing(self, *rows: VenueOrder, is_complete: bool = True, ticker: str = TICKER) -> Step:
        """All orders of the market since long ago, as of now."""
        return self.feed(OrdersRead(ticker, 0, rows, self.at, is_complete))


def alerts(bench: CoreBench) -> list[str]:
    """The codes of all that it alerted to."""
    return [alert.code for alert in of(bench.effects, Alert)]


def of(items: Sequence[Any], kind: type[E]) -> list[E]:
    return [item for item in items if isinstance(item, kind)]
