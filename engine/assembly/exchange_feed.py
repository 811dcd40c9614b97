"""What comes from the exchange's client to those who listen: the stream, what is public, how it does."""

from __future__ import annotations

import random
from collections.abc import Callable

from engine.assembly.connecting import Connection
from engine.assembly.tapping import Tap
from engine.control.public_board import PublicBoard
from engine.control.rows.status import ExchangeRow
from engine.domain.feed import IndexSeen, PublicTrade
from engine.domain.units import MILLISECOND_NS
from engine.kalshi.client import KalshiClient
from engine.kalshi.clock import SystemClock
from engine.kalshi.stream.feed import StreamFeed
from engine.kalshi.stream.machine import StreamMachine
from engine.kalshi.venue import Sink


def feed_maker(client: KalshiClient) -> Callable[[Sink], StreamFeed]:
    """How the stream of an account is made once it is known who listens."""
    clock = SystemClock()
    signer = client.signer
    assert signer is not None

    def make(sink: Sink) -> StreamFeed:
        machine = StreamMachine(sink, clock.monotonic_ns, client.drift)
        return StreamFeed(machine, client.endpoint.ws_url, signer, clock, random.random)

    return make


def public_taker(board: PublicBoard, tap: Tap | None) -> Callable[[PublicTrade | IndexSeen], None]:
    """Consoles get what is public; a recorder gets the trades of it."""
    if tap is None:
        return board.take

    def take(event: PublicTrade | IndexSeen) -> None:
        board.take(event)
        if isinstance(event, PublicTrade):
            tap.trade(event)

    return take


def exchange_row(client: KalshiClient, connection: Connection) -> Callable[[], ExchangeRow]:
    """What is known of requests and clocks outside of the core."""

    def row() -> ExchangeRow:
        uncertainty_ms = client.offset.uncertainty_ms
        offset_ms = None if uncertainty_ms is None else client.offset.offset_ms
        return ExchangeRow(
            rest=client.health,
            clock_offset_ns=None if offset_ms is None else offset_ms * MILLISECOND_NS,
            clock_uncertainty_ns=(uncertainty_ms or 0) * MILLISECOND_NS,
            prices=connection.prices,
            prices_age_ns=connection.prices_age_ns,
            speed_millionths=connection.speed_millionths,
        )

    return row
