"""The same commands give the same exchange: again, mirrored, and after a restore."""

from __future__ import annotations

import random
from typing import Any

import msgspec
import pytest
from exchange_history import TICKERS, Command, apply, mirrored, new_world, random_command
from exchange_oracle import dump
from exchange_world import NO_MAINTENANCE
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.domain.units import SECOND_NS, complement
from engine.sandbox.core.changes import Changes
from engine.sandbox.core.exchange import Exchange
from engine.sandbox.core.restoring import RestoreError
from engine.sandbox.core.rows import VALUE_TYPES, Kind, Row

SEEDS = st.integers(0, 2**32)
MAKERS = ("maker-1", "maker-2")


def commands(rng: random.Random, count: int) -> list[Command]:
    return [random_command(rng) for _ in range(count)]


@settings(derandomize=True, max_examples=60, deadline=None)
@given(seed=SEEDS, exclusive=st.booleans())
def test_equal_commands_give_equal_ids_and_feeds(seed: int, exclusive: bool) -> None:
    worlds = [new_world(random.Random(seed), exclusive=exclusive, cash_dollars=6) for _ in range(2)]
    for command in commands(random.Random(seed), 50):
        refusals = [repr(apply(world, command)) for world in worlds]
        assert refusals[0] == refusals[1]
        assert worlds[0].drain() == worlds[1].drain()
    assert dump(worlds[0]) == dump(worlds[1])


def mirror_image(exchange: Exchange) -> dict[str, Any]:
    """What must be the mirror's own, with sides and prices exchanged."""
    return {
        "books": {
            ticker: (
                {complement(price): count for price, count in record.levels.asks.items()},
                {complement(price): count for price, count in record.levels.bids.items()},
            )
            for ticker, record in exchange.markets.items()
        },
        "cash": {name: (a.cash_ud, a.reserved_ud) for name, a in exchange.accounts.items()},
        "positions": {
            name: {ticker: -held.count_c for ticker, held in account.holdings.items()}
            for name, account in exchange.accounts.items()
        },
        "orders": [
            (o.order_id, o.status, o.side.opposite, complement(o.price_bp), o.filled_c, o.remaining_c)
            for o in exchange.orders.values()
        ],
    }


def image(exchange: Exchange) -> dict[str, Any]:
    return {
        "books": {
            ticker: (record.levels.bids, record.levels.asks) for ticker, record in exchange.markets.items()
        },
        "cash": {name: (a.cash_ud, a.reserved_ud) for name, a in exchange.accounts.items()},
        "positions": {
            name: {ticker: held.count_c for ticker, held in account.holdings.items()}
            for name, account in exchange.accounts.items()
        },
        "orders": [
            (o.order_id, o.status, o.side, o.price_bp, o.filled_c, o.remaining_c)
            for o in exchange.orders.values()
        ],
    }


@settings(derandomize=True, max_examples=100, deadline=None)
@given(seed=SEEDS)
def test_a_mirrored_history_has_the_mirrored_result(seed: int) -> None:
    """YES at p is NO at 1 - p: with the legs exchanged everybody has the same money at every step."""
    plain, mirror = (new_world(random.Random(seed), exclusive=False, cash_dollars=6) for _ in range(2))
    for command in commands(random.Random(seed), 50):
        refused = apply(plain, command)
        refused_too = apply(mirror, mirrored(command))
        assert getattr(refused, "code", refused) == getattr(refused_too, "code", refused_too)
        assert image(plain) == mirror_image(mirror)


class Disk:
    """Keeps rows as bytes, the latest of each kind and key."""

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], bytes] = {}

    def save(self, changes: Changes) -> None:
        for row in changes.rows:
            key = (row.kind.value, row.key)
            if row.value is None:
                self.kept.pop(key, None)
            else:
                self.kept[key] = msgspec.msgpack.encode(row.value)

    def rows(self, rng: random.Random) -> list[Row]:
        """In an order of chance."""
        rows = [
            Row(Kind(kind), key, msgspec.msgpack.decode(value, type=VALUE_TYPES[Kind(kind)]))
            for (kind, key), value in self.kept.items()
        ]
        rng.shuffle(rows)
        return rows


def without_house_flow(command: Command) -> bool:
    return command[0] not in ("quote", "take", "print")


@settings(derandomize=True, max_examples=100, deadline=None)
@given(seed=SEEDS, exclusive=st.booleans(), save_every=st.sampled_from([1, 7, 50]))
def test_a_restored_exchange_is_the_same_and_behaves_the_same(
    seed: int, exclusive: bool, save_every: int
) -> None:
    rng = random.Random(seed)
    exchange, disk = new_world(rng, exclusive=exclusive, cash_dollars=20), Disk()
    for number, command in enumerate(commands(rng, 60)):
        apply(exchange, command)
        if number % save_every == 0:
            disk.save(exchange.take_changes())
    exchange.advance(exchange.now_ns + 2 * SECOND_NS)
    for ticker in TICKERS:
        for maker in MAKERS:
            exchange.quote(maker, ticker, [], [])
    disk.save(exchange.take_changes())
    exchange.drain()
    restored = Exchange.restore(disk.rows(rng), NO_MAINTENANCE)
    assert dump(restored) == dump(exchange)
    for command in filter(without_house_flow, commands(rng, 60)):
        assert repr(apply(restored, command)) == repr(apply(exchange, command))
        assert restored.drain() == exchange.drain()
    assert dump(restored) == dump(exchange)


def test_nothing_is_written_twice() -> None:
    exchange = new_world(random.Random(1), exclusive=False, cash_dollars=20)
    for command in commands(random.Random(1), 40):
        apply(exchange, command)
    assert len(exchange.take_changes().rows) > 40
    assert [row.kind for row in exchange.take_changes().rows] == [Kind.META]


@pytest.mark.parametrize("kind", [Kind.META, Kind.ACCOUNT, Kind.MARKET])
def test_rows_with_a_hole_are_refused(kind: Kind) -> None:
    exchange = new_world(random.Random(1), exclusive=False, cash_dollars=20)
    for command in commands(random.Random(1), 40):
        apply(exchange, command)
    rows = [row for row in exchange.take_changes().rows if row.kind is not kind]
    with pytest.raises(RestoreError):
        Exchange.restore(rows, NO_MAINTENANCE)
