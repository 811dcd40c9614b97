"""While a kill is in force nothing that may add risk leaves, and what gets out of a position does."""

from __future__ import annotations

from kalshi_clients import Script, client_at, order
from raw_exchange import raw_exchange, reset

from engine.domain.order import BookSide
from engine.kalshi.budget_queue import Lane
from engine.kalshi.outcome import Answered, NotSent, NotSentCause

ORDERS = "/portfolio/events/orders"
PLACED = {"order_id": "o-1", "client_order_id": "c-1", "fill_count": "0.00", "remaining_count": "3.00"}
CANCELED = {"order_id": "o-1", "reduced_by": "3.00"}


def scripted() -> Script:
    script = Script().on("POST", ORDERS, PLACED | {"ts_ms": 1}, status=201)
    script.on("DELETE", f"{ORDERS}/o-1", CANCELED | {"ts_ms": 1})
    return script.on("POST", f"{ORDERS}/o-1/amend", {"order_id": "o-1", "ts_ms": 1})


async def test_an_entry_is_held_and_an_exit_is_not() -> None:
    script = scripted()
    async with script.client(is_halted=lambda: True) as client:
        entry = await client.writes.orders.create(order())
        assert isinstance(entry, NotSent)
        assert (entry.cause, script.requests) == (NotSentCause.HALT, [])
        batch = await client.writes.batches.create([order()])
        assert [outcome.cause for outcome in batch if isinstance(outcome, NotSent)] == ["HALT"]
        amend = await client.writes.orders.amend(
            "o-1", ticker="T", side=BookSide.BID, price_bp=4_000, total_c=300, expires_ns=None
        )
        assert isinstance(amend, NotSent)
        assert isinstance(await client.writes.orders.create(order(), lane=Lane.EXIT), Answered)
        assert isinstance(await client.writes.orders.cancel("o-1", "T"), Answered)
    assert [request.method for request in script.requests] == ["POST", "DELETE"]


async def test_without_a_kill_nothing_is_held() -> None:
    script = scripted()
    async with script.client(is_halted=lambda: False) as client:
        assert isinstance(await client.writes.orders.create(order()), Answered)


async def test_a_kill_that_comes_while_the_connection_is_made_still_holds_the_request() -> None:
    """Asked twice: before the request is made, and right before its first byte."""
    asked: list[bool] = []

    def is_halted() -> bool:
        asked.append(True)
        return len(asked) > 1

    async with raw_exchange(reset) as exchange, client_at(exchange.rest, is_halted=is_halted) as client:
        outcome = await client.writes.orders.create(order())
        assert isinstance(outcome, NotSent)
        assert (outcome.cause, len(asked)) == (NotSentCause.HALT, 2)
        assert (exchange.connections, exchange.requests) == (1, [])
