"""Histories of an account that never was: facts in an order in which the core could have written them."""

from __future__ import annotations

import random
from collections.abc import Iterator

from prepared_facts import prepared_fact

from engine.core.breaker_record import BreakerCause
from engine.core.changes import Change
from engine.core.facts.limits import (
    BreakerReset,
    BreakerTripped,
    LimitRaiseAsked,
    LimitsConfigured,
    LimitSet,
    StreakCounted,
)
from engine.core.facts.money import (
    CashSeen,
    FillBooked,
    PositionAdopted,
    ReadThrough,
    SettlementBooked,
    TripEnded,
)
from engine.core.facts.orders import (
    EXTERNAL,
    MANUAL,
    CancelMoved,
    CancelState,
    GroupMoved,
    NotFound,
    OrderAdopted,
    OrderAmended,
    OrderIntended,
    OrderMoved,
    OrderResent,
    OrderTerms,
)
from engine.core.facts.plans import SaleEnded, SaleWaits
from engine.core.facts.stance import ModeSet, RunEnded, RunStarted, StrategyKept
from engine.core.group_record import GroupState
from engine.core.money import MoneyState, apply
from engine.core.row import Row
from engine.domain.fill import Fill
from engine.domain.market import Outcome
from engine.domain.order import BookSide, Leg, OrderState, TimeInForce
from engine.domain.units import CONTRACT_BP
from engine.domain.venue import Balance, Settlement

START_NS = 1_790_000_000_000_000_000
TICKERS = tuple(f"KXBTCD-26AUG2117-T{strike}" for strike in range(110_000, 112_000, 250))
STATES = (
    OrderState.SENT,
    OrderState.UNKNOWN,
    OrderState.RESTING,
    OrderState.CANCELED,
    OrderState.REJECTED,
    OrderState.EXPIRED,
    OrderState.ABSENT,
)


def terms(number: int, ticker: str = TICKERS[0], count_c: int = 1_000, owner: str = MANUAL) -> OrderTerms:
    return OrderTerms(
        client_order_id=f"01990a3e-7b1c-7000-8000-{number:012d}",
        owner=owner,
        ticker=ticker,
        leg=Leg.YES,
        side=BookSide.BID,
        price_bp=5_700,
        count_c=count_c,
        time_in_force=TimeInForce.GOOD_TILL_CANCELED,
        opens=True,
        exchange_index=0,
        expires_ns=START_NS + 600_000_000_000,
        key=f"key-{number}",
    )


def intent(number: int, ticker: str = TICKERS[0]) -> OrderIntended:
    return OrderIntended(terms(number, ticker), START_NS + number, {"ask_bp": 5_700, "ask_c": 12_000})


def fill(number: int, order: OrderTerms, count_c: int) -> Fill:
    return Fill(
        trade_id=f"trade-{number}",
        order_id=f"order-{order.client_order_id}",
        ticker=order.ticker,
        side=order.side,
        price_bp=order.price_bp,
        count_c=count_c,
        fee_ud=1_700,
        is_taker=True,
        at_ns=START_NS + number,
        client_order_id=order.client_order_id,
    )


class MoneyHistory:
    """Draws facts with ``chance`` and keeps the state that they make; the same seed gives the same facts.

    One that goes on from a ``state`` needs numbers that were not given out before.
    """

    def __init__(self, chance: random.Random, state: MoneyState | None = None, first_number: int = 0) -> None:
        self.state = MoneyState() if state is None else state
        self._chance = chance
        self._number = first_number
        self._terms: list[OrderTerms] = [order.terms for order in self.state.orders.values()]

    def steps(self, count: int) -> Iterator[tuple[list[Change], list[Row]]]:
        """Records of one to four facts with the rows that they touch."""
        for _ in range(count):
            changes: list[Change] = []
            rows: list[Row] = []
            for _ in range(self._chance.randint(1, 4)):
                change = self._draw()
                changes.append(change)
                rows += apply(self.state, change)
            yield changes, rows

    def _draw(self) -> Change:
        self._number += 1
        if not self._terms or self._chance.random() < 0.25:
            return self._new_order()
        if self._chance.random() < 0.7:
            return self._of_order(self._chance.choice(self._terms))
        if self._chance.random() < 0.3:
            return prepared_fact(self._chance, self.state, self._number, self._now)
        return self._of_account() if self._chance.random() < 0.7 else self._of_risk()

    @property
    def _now(self) -> int:
        return START_NS + self._number

    def _new_order(self) -> Change:
        owner = self._chance.choice((MANUAL, EXTERNAL, "gbm-edge"))
        made = terms(self._number, self._chance.choice(TICKERS), self._chance.randint(1, 2_000), owner)
        self._terms.append(made)
        if owner is EXTERNAL:
            return OrderAdopted(made, f"order-{made.client_order_id}", OrderState.RESTING, 0, self._now)
        return OrderIntended(made, self._now, {"ask_bp": 5_700, "why": "collar"})

    def _of_order(self, order: OrderTerms) -> Change:
        client_order_id, now, chance = order.client_order_id, self._now, self._chance
        match chance.randrange(7):
            case 0:
                return OrderResent(client_order_id, now)
            case 1:
                return NotFound(client_order_id, chance.randint(1, 2), now)
            case 2:
                return CancelMoved(client_order_id, chance.choice(tuple(CancelState)), now)
            case 3:
                return OrderAmended(client_order_id, 4_300, chance.randint(1, 3_000), now + 5, now)
            case 4:
                order_id = chance.choice(("", f"order-{client_order_id}"))
                return OrderMoved(client_order_id, chance.choice(STATES), now, order_id, 7, "answer")
        return FillBooked(self._fill(order), order.owner, client_order_id)

    def _fill(self, order: OrderTerms) -> Fill:
        number = self._number - self._chance.choice((0, 0, 0, 5))
        return fill(number, order, self._chance.randint(1, 900))

    def _of_risk(self) -> Change:
        now, chance = self._now, self._chance
        limit, cause = chance.choice(("collar", "day_loss")), chance.choice(tuple(BreakerCause))
        match chance.randrange(9):
            case 6:
                return StreakCounted(chance.randrange(4), chance.randrange(3), now)
            case 7:
                state, name = chance.choice(tuple(GroupState)), chance.choice(("gbm-edge", "tsa"))
                return GroupMoved(
                    name, chance.randrange(2), state, now, f"g{self._number}", 6_000, before=("g0",)
                )
            case 8:
                ticker, sold = chance.choice(TICKERS), chance.choice(self._terms)
                if chance.random() < 0.4:
                    return SaleEnded(ticker, sold.client_order_id, now)
                terms_of = chance.choice((None, sold))
                return SaleWaits(ticker, sold.client_order_id, MANUAL, now, 100, 4_000, terms_of)
            case 0:
                return LimitSet(limit, chance.randint(0, 500), "ann", "", now)
            case 1:
                return LimitRaiseAsked(limit, chance.randint(500, 900), "ann", "a drill", now, 900)
            case 2:
                return LimitsConfigured({limit: chance.randint(0, 9)}, now)
            case 3:
                return BreakerTripped(cause, "a drill", now, chance.choice((None, 60)), chance.randint(1, 3))
            case 4:
                return BreakerReset(cause, "ann", "a drill", now)
        return TripEnded(chance.choice(TICKERS), chance.randint(-2, 1), now)

    def _of_account(self) -> Change:
        now, ticker, chance = self._now, self._chance.choice(TICKERS), self._chance
        match chance.randrange(8):
            case 0:
                return RunStarted(f"run-{self._number}", "sandbox", "account", "0.1.0", now)
            case 1:
                return RunEnded(self.state.run_id, now)
            case 2:
                return PositionAdopted(ticker, chance.randint(-900, 900), 4_000, now)
            case 3:
                return SettlementBooked(settlement(ticker, now), CONTRACT_BP, now)
            case 4:
                cash = chance.randint(0, 10**12)
                return CashSeen(Balance(cash, 3, {0: cash, 7: 12}, now), now)
            case 5:
                return ReadThrough(chance.choice(("fills", "settlements")), now)
            case 6:
                return StrategyKept(chance.choice(("gbm-edge", "tsa")), chance.randbytes(3), now)
        return ModeSet(chance.choice(("running", "no_new_entries")), "tester", "a drill", now)


def settlement(ticker: str, at_ns: int) -> Settlement:
    return Settlement(
        ticker=ticker,
        event_ticker=ticker.rsplit("-", 1)[0],
        result=Outcome.YES,
        result_text="yes",
        yes_c=100,
        yes_cost_ud=570_000,
        no_c=0,
        no_cost_ud=0,
        revenue_ud=1_000_000,
        value_bp=CONTRACT_BP,
        fee_ud=0,
        settled_ns=at_ns,
        exchange_index=0,
    )
