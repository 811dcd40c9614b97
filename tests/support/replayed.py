"""Small replays in process: a recording made by a test drives an exchange."""

from __future__ import annotations

from recorder import DAY, Recorder, eastern_s

from engine.domain.units import SECOND_NS
from engine.sandbox.core.exchange import Exchange
from engine.sandbox.core.rules import ExchangeRules
from engine.sandbox.sources.replay.options import replay_options
from engine.sandbox.sources.replay.source import Replay

CUSTOMER = "customer"
NINE_NS = eastern_s(9) * SECOND_NS
MINUTE_NS = 60 * SECOND_NS
NEVER_PAUSED = ExchangeRules(maintenance=None)


def replay_of(recorder: Recorder, series: str = "KXHIGHNY", start: str = DAY) -> Replay:
    return Replay(replay_options(recorder.folder, series, start))


def opened(replay: Replay) -> Exchange:
    exchange = Exchange(world_id="test", now_ns=replay.start_ns, rules=NEVER_PAUSED)
    replay.open(exchange)
    exchange.open_account(CUSTOMER, {0: 1_000_000_000})
    return exchange


def play_to(replay: Replay, exchange: Exchange, at_ns: int) -> None:
    replay.advance(exchange, at_ns)
    exchange.advance(at_ns)


def best_of(exchange: Exchange, ticker: str) -> tuple[int | None, int | None]:
    book = exchange.markets[ticker].levels
    return book.best_bid_bp, book.best_ask_bp
