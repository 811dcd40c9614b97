"""Random histories: whatever happens, money, contracts and priority are kept.

``SPARKO_EXCHANGES`` says how many there are beside those in which each step is judged: ten thousand, in a
minute.
"""

from __future__ import annotations

import os
import random

import pytest
from exchange_history import CUSTOMERS, Command, apply, finish, new_world, random_command, request_of
from exchange_oracle import check, dump, expected_matches

from engine.domain.fee import FeeRounding
from engine.domain.order import TimeInForce
from engine.domain.units import CENT_UD, CENTICENT_UD, DOLLAR_UD
from engine.sandbox.core.exchange import Exchange
from engine.sandbox.core.feed import FeedEvent, Filled, Traded
from engine.sandbox.core.orders import Order

STEPS = 50
MANY = int(os.environ.get("SPARKO_EXCHANGES", "10000"))


class Allowance:
    """How far below zero an account may be: the fees of its closing fills, and the rounding of maker fees."""

    def __init__(self) -> None:
        self.positions: dict[tuple[str, str], int] = {}
        self.owed_ud: dict[str, int] = {}

    def saw(self, exchange: Exchange, events: list[FeedEvent]) -> None:
        for event in events:
            if not isinstance(event, Filled):
                continue
            key = (event.account_id, event.ticker)
            before = self.positions.get(key, 0)
            self.positions[key] = event.post_position_c
            owed = 0
            if before * event.side.sign < 0:
                owed = event.fee_ud
            elif not event.is_taker:
                rounding = exchange.markets[event.ticker].market.fees.rounding
                owed = CENT_UD if rounding is FeeRounding.CENT else CENTICENT_UD
            self.owed_ud[event.account_id] = self.owed_ud.get(event.account_id, 0) + owed

    def check(self, exchange: Exchange) -> None:
        for account in exchange.accounts.values():
            if not account.is_house:
                resting_fees = sum(totals.fee_ud for totals in account.resting_totals.values())
                floor = -self.owed_ud.get(account.account_id, 0) - resting_fees
                assert account.available_ud(0) >= floor


def foreseen(exchange: Exchange, command: Command) -> list[tuple[Order, int, int]] | None:
    """The matches that a create command must make if it is accepted, worked out the slow way."""
    name, given = command
    if name != "create" or given["reduce_only"]:
        return None
    request = request_of(exchange, given)
    return expected_matches(
        exchange.markets[request.ticker],
        given["who"],
        request.side,
        request.price_bp,
        request.count_c,
        request.self_trade_prevention,
    )


def check_trades(events: list[FeedEvent], matches: list[tuple[Order, int, int]]) -> None:
    """The trades are exactly those, in that order: none through a better price, none past an earlier one."""
    trades = [(event.price_bp, event.count_c) for event in events if isinstance(event, Traded)]
    assert trades == [(price, count) for _, price, count in matches]
    makers = [event.order_id for event in events if isinstance(event, Filled) and not event.is_taker]
    assert makers == [maker.order_id for maker, _, _ in matches if not maker.is_house]


def run_history(seed: int, *, thorough: bool) -> int:
    """How many micro-dollars are lost in the end, of what was paid in; each step is judged as it is done."""
    rng = random.Random(seed)
    cash_dollars = rng.choice((3, 3, 6, 20))
    exchange = new_world(rng, exclusive=seed % 2 == 1, cash_dollars=cash_dollars)
    deposited_ud = len(CUSTOMERS) * cash_dollars * DOLLAR_UD
    allowance = Allowance()
    for step in range(STEPS):
        command = random_command(rng)
        matches = foreseen(exchange, command)
        before = dump(exchange) if thorough else None
        refused = apply(exchange, command)
        events = exchange.drain()
        if refused is not None:
            assert not events
            if thorough and not killed(command):
                assert dump(exchange) == before
        elif matches is not None:
            check_trades(events, matches)
        allowance.saw(exchange, events)
        allowance.check(exchange)
        if thorough or step % 10 == 9:
            check(exchange, deposited_ud)
    finish(exchange, {"M": 3_333, "N": 0, "O": 2_500})
    check(exchange, deposited_ud)
    cash_ud = sum(sum(account.cash_ud.values()) for account in exchange.accounts.values())
    return deposited_ud - cash_ud - sum(exchange.fees_ud.values())


def killed(command: Command) -> bool:
    """A fill-or-kill may burn its client order id; nothing else may."""
    return command[0] == "create" and command[1]["time_in_force"] is TimeInForce.FILL_OR_KILL


@pytest.mark.parametrize("block", range(20))
def test_every_step_of_two_hundred_histories(block: int) -> None:
    for seed in range(block * 10, block * 10 + 10):
        assert run_history(seed, thorough=True) == 0


@pytest.mark.slow
@pytest.mark.parametrize("block", range(10))
def test_thousands_of_histories(block: int) -> None:
    for seed in range(1_000_000 + block, 1_000_000 + MANY, 10):
        assert run_history(seed, thorough=False) == 0
