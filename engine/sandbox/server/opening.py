"""Opening a world: a new one from its options, or the one that a state folder holds."""

from __future__ import annotations

import uuid
from collections.abc import Callable

import msgspec

from engine.domain.units import Nanoseconds
from engine.sandbox.core.exchange import Exchange
from engine.sandbox.core.restoring import RestoreError
from engine.sandbox.core.rows import Kind, Row, TallyRow, trade_key
from engine.sandbox.core.rules import ExchangeRules
from engine.sandbox.server.auth import KeyRing
from engine.sandbox.server.candles import KINDS as CANDLE_KINDS
from engine.sandbox.server.clock import MILLIONTHS, ClockState, ExchangeClock, resumed, whole_microseconds
from engine.sandbox.server.core_rows import read_row
from engine.sandbox.server.faults import FaultRules
from engine.sandbox.server.limits import RateLimits, Tier
from engine.sandbox.server.records import OWN_KINDS, Origin, Saved, clock_row, origin_row, take
from engine.sandbox.server.shard_transfers import KIND as TRANSFER_KIND
from engine.sandbox.server.store import Store, StoredRow, StoreError
from engine.sandbox.server.stored_trades import last_trades
from engine.sandbox.server.wall import Wall
from engine.sandbox.server.world import World
from engine.sandbox.source import SOURCE_ROWS, KeepsRows, MarketSource


class Plan(msgspec.Struct, frozen=True):
    """What a person asks of a world. None means: as stored, or the default of a new world."""

    kind: str
    options: dict[str, str]
    make_source: Callable[[dict[str, str]], MarketSource]
    """Makes the source from the options that hold in the end."""
    catches_up: bool
    """Whether the source makes its markets as time passes; a recording does not."""
    start_ns: Callable[[MarketSource], Nanoseconds | None] = lambda _: None
    """Where a new world's time begins; None is the wall's present."""
    speed_millionths: int | None = None
    default_tier: Tier = Tier.BASIC
    world_id: str | None = None
    rules: ExchangeRules = ExchangeRules()


class WorldMismatch(Exception):
    """The state folder holds another world than the one asked for. The text is one line."""


def open_world(plan: Plan, store: Store, wall: Wall) -> World:
    """Opens the stored world, or makes a new one, brings it to the present and commits it.

    Raises StoreError for rows that cannot be read, WorldMismatch for options that contradict the stored
    world's, and whatever the source raises for a recording that it cannot replay.
    """
    stored = _read(store, plan.rules)
    if stored.own.origin is None:
        world = _create(plan, store, wall)
    else:
        world = _restore(plan, store, wall, stored, stored.own.origin)
    world.source.open(world.exchange)
    world.candles.adopt_books()
    world.tick()
    return world


class _Stored(msgspec.Struct):
    own: Saved
    core: list[Row]
    candles: list[StoredRow]
    transfers: list[StoredRow]
    source: list[StoredRow] = []


def _read(store: Store, rules: ExchangeRules) -> _Stored:
    stored = _Stored(Saved(), [], [], [])
    for kind, key, value in store.rows(without=Kind.TRADE.value):
        try:
            if kind in OWN_KINDS:
                take(stored.own, kind, value)
            elif kind in CANDLE_KINDS:
                stored.candles.append((kind, key, value))
            elif kind.startswith(SOURCE_ROWS):
                stored.source.append((kind, key, value))
            elif kind == TRANSFER_KIND:
                stored.transfers.append((kind, key, value))
            else:
                stored.core.append(read_row(kind, key, value))
        except (msgspec.MsgspecError, ValueError) as error:
            raise _corrupt(store, f"row {kind} {key}", error) from None
    try:
        stored.core.extend(_recent_trades(store, stored.core, rules.trades_kept))
    except msgspec.MsgspecError as error:
        raise _corrupt(store, "trade", error) from None
    return stored


def _recent_trades(store: Store, rows: list[Row], count: int) -> list[Row]:
    """Of every market only what the exchange keeps at hand; older prints are read when they are asked for."""
    return [
        Row(Kind.TRADE, trade_key(tally.ticker, trade.number), trade)
        for row in rows
        if isinstance(tally := row.value, TallyRow) and tally.trade_count
        for trade in last_trades(store, tally.ticker, tally.trade_count, count)
    ]


def _corrupt(store: Store, what: str, error: Exception) -> StoreError:
    return StoreError(f"state {store.path}: got a corrupt {what}: {' '.join(str(error).split())}")


def _create(plan: Plan, store: Store, wall: Wall) -> World:
    source = plan.make_source(plan.options)
    wanted_ns = plan.start_ns(source)
    start_ns = whole_microseconds(wall.now_ns() if wanted_ns is None else wanted_ns)
    origin = Origin(plan.world_id or str(uuid.uuid4()), plan.kind, plan.options, plan.catches_up)
    exchange = Exchange(world_id=origin.world_id, now_ns=start_ns, rules=plan.rules)
    state = ClockState(start_ns, wall.now_ns(), plan.speed_millionths or MILLIONTHS)
    store.write([origin_row(origin), clock_row(state)])
    return World(
        exchange=exchange,
        source=source,
        clock=ExchangeClock(wall, state),
        store=store,
        faults=FaultRules(),
        limits=RateLimits(wall, default_tier=plan.default_tier, shards=plan.rules.shards),
        keys=KeyRing(),
        wall=wall,
        origin=origin,
    )


def _restore(plan: Plan, store: Store, wall: Wall, stored: _Stored, origin: Origin) -> World:
    _require_same(plan, origin, store)
    saved = stored.own
    if saved.clock is None:
        raise StoreError(f"state {store.path}: got no clock, wanted one")
    source = plan.make_source(origin.options)
    try:
        exchange = Exchange.restore(stored.core, plan.rules)
    except RestoreError as error:
        raise _corrupt(store, "world", error) from None
    state = resumed(saved.clock, exchange.now_ns, wall.now_ns(), catches_up=origin.catches_up)
    clock = ExchangeClock(wall, state)
    if plan.speed_millionths is not None:
        clock.set_speed(plan.speed_millionths)
    world = World(
        exchange=exchange,
        source=source,
        clock=clock,
        store=store,
        faults=FaultRules(held=saved.pauses),
        limits=RateLimits(
            wall, default_tier=plan.default_tier, shards=plan.rules.shards, records=saved.tiers
        ),
        keys=KeyRing(saved.keys),
        wall=wall,
        origin=origin,
    )
    try:
        world.candles.restore(stored.candles)
        world.transfers.restore(stored.transfers)
        if isinstance(source, KeepsRows):
            source.restore(stored.source)
    except (msgspec.MsgspecError, ValueError) as error:
        raise _corrupt(store, "candle, transfer or row of the source", error) from None
    # Fault rules end with their server, and so do the pauses they hold.
    world.faults.clear()
    return world


def _require_same(plan: Plan, origin: Origin, store: Store) -> None:
    if plan.kind != origin.kind:
        raise WorldMismatch(
            f"state {store.path}: got a {plan.kind} world, wanted {origin.kind} as stored there"
        )
    for name, value in plan.options.items():
        stored = origin.options.get(name)
        if stored != value:
            raise WorldMismatch(
                f"state {store.path}: --{name}: got {value}, wanted {stored or 'none'} as stored there"
            )
