"""The sequence recovery under a hostile wire: a model exchange, and a wire that loses and lies.

Two things must hold in every history. At every moment a book that may be read equals the exchange's book at
its clock; and once the wire is quiet every book equals the exchange's.
"""

from __future__ import annotations

import json
import random
from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from engine.domain.feed import FeedEvent, StreamFault
from engine.domain.units import MILLISECOND_NS
from engine.kalshi.drift import DriftCounter
from engine.kalshi.stream.machine import StreamMachine
from engine.kalshi.stream.settings import StreamSettings
from engine.wire.fixed_point import count_text, price_text

Levels = dict[int, int]
TICKERS = [f"KXBTCD-26AUG2317-T{i}" for i in range(7)]
QUICK = StreamSettings(
    markets_per_subscription=3,
    command_timeout_ns=400 * MILLISECOND_NS,
    snapshot_timeout_ns=400 * MILLISECOND_NS,
    repair_spacing_ns=50 * MILLISECOND_NS,
    audit_interval_ns=500 * MILLISECOND_NS,
    retry_base_ns=100 * MILLISECOND_NS,
    retry_cap_ns=400 * MILLISECOND_NS,
)


class Exchange:
    """Books with a clock each, and the sequences of one connection. ``states`` keeps all books ever shown."""

    def __init__(
        self, rng: random.Random, *, clock_step: int = 1, sends_clocks: bool = True, joins: bool | None = None
    ) -> None:
        self.rng = rng
        self.clock_step = clock_step
        self.sends_clocks = sends_clocks
        self.joins = rng.random() < 0.5 if joins is None else joins
        """Whether a second subscription to the books joins the first one's sid, as the real exchange does."""
        self.books: dict[str, tuple[Levels, Levels]] = {}
        self.clocks: dict[str, int] = {}
        self.states: dict[tuple[str, int], list[tuple[Levels, Levels]]] = defaultdict(list)
        self.subscriptions: dict[int, dict[str, None]] = {}
        self.seqs: dict[int, int] = {}
        self.next_sid = 1
        self.out: list[dict[str, Any]] = []
        self.answers: list[tuple[int, dict[str, Any]]] = []
        """Sid and snapshot, taken when they were asked for and not yet sent: deltas may overtake them."""
        for ticker in TICKERS:
            bids = {p: 100 * rng.randrange(1, 50) for p in rng.sample(range(1_000, 5_000, 100), 4)}
            asks = {p: 100 * rng.randrange(1, 50) for p in rng.sample(range(5_100, 9_000, 100), 4)}
            self.books[ticker], self.clocks[ticker] = (bids, asks), 10
            self._remember(ticker)

    def send_answers(self, chance: float) -> None:
        """Sends, each with this chance, the snapshots that wait; deltas may have overtaken them."""
        waiting, self.answers = self.answers, []
        for sid, frame in waiting:
            if sid not in self.subscriptions:
                continue
            if self.rng.random() < chance:
                self.out.append({**frame, "seq": self._seq(sid)})
            else:
                self.answers.append((sid, frame))

    def disconnect(self) -> None:
        self.answers.clear()
        self.subscriptions.clear()
        self.seqs.clear()
        self.out.clear()
        self.next_sid = 1

    def trade(self) -> None:
        """One to three changes of one book, often under one clock."""
        ticker = self.rng.choice(TICKERS)
        self.clocks[ticker] += self.clock_step
        for _ in range(self.rng.choice((1, 1, 1, 2, 3))):
            side = self.rng.randrange(2)
            levels = self.books[ticker][side]
            price = self.rng.choice([*levels, self.rng.randrange(*((100, 5_000), (5_100, 9_900))[side], 100)])
            held = levels.get(price, 0)
            delta = -held if held and self.rng.random() < 0.4 else 100 * self.rng.randrange(1, 30)
            levels[price] = held + delta
            if not levels[price]:
                del levels[price]
            self._remember(ticker)
            for sid, tickers in self.subscriptions.items():
                if ticker in tickers:
                    self._send_delta(sid, ticker, side, price, delta)

    def command(self, text: bytes) -> None:
        asked = json.loads(text)
        params, number = asked["params"], asked["id"]
        if asked["cmd"] == "subscribe":
            self._subscribe(number, params)
            return
        sid = params["sid"] if "sid" in params else params["sids"][0]
        if sid not in self.subscriptions:
            self.out.append(
                {"type": "error", "id": number, "msg": {"code": 7, "msg": "Unknown subscription ID"}}
            )
        elif asked["cmd"] == "unsubscribe":
            del self.subscriptions[sid]
            self.out.append({"type": "unsubscribed", "id": number, "sid": sid, "seq": self._seq(sid)})
        else:
            self._update(sid, number, params)

    def snapshot(self, sid: int, ticker: str) -> dict[str, Any]:
        message = self._levels(ticker, self.books[ticker], self.clocks[ticker])
        return {"type": "orderbook_snapshot", "sid": sid, "seq": self._seq(sid), "msg": message}

    def older(self, frame: dict[str, Any]) -> dict[str, Any]:
        """The same answer with the book of an earlier time: what a lagging replica would send."""
        ticker, clock = frame["msg"]["market_ticker"], frame["msg"]["clock"]
        known = sorted(c for t, c in self.states if t == ticker and c < clock)
        if not known:
            return frame
        old = self.rng.choice(known[-4:])
        return {**frame, "msg": self._levels(ticker, self.states[ticker, old][-1], old)}

    def _subscribe(self, number: int, params: dict[str, Any]) -> None:
        if self.joins and self.subscriptions:
            self._update(next(iter(self.subscriptions)), number, {**params, "action": "add_markets"})
            return
        sid, self.next_sid = self.next_sid, self.next_sid + 1
        self.subscriptions[sid], self.seqs[sid] = dict.fromkeys(params["market_tickers"]), 0
        channel = params["channels"][0]
        self.out.append({"type": "subscribed", "id": number, "msg": {"channel": channel, "sid": sid}})
        self.out.extend(self.snapshot(sid, ticker) for ticker in params["market_tickers"])

    def _update(self, sid: int, number: int, params: dict[str, Any]) -> None:
        tickers, held = params["market_tickers"], self.subscriptions[sid]
        if params["action"] == "get_snapshot":
            for ticker in tickers:
                if ticker in held:
                    message = self._levels(ticker, self.books[ticker], self.clocks[ticker])
                    answer = {"type": "orderbook_snapshot", "id": number, "sid": sid, "msg": message}
                    self.answers.append((sid, answer))
            self.send_answers(0.6 if self.sends_clocks else 1)
            return
        new = [t for t in tickers if t not in held]
        if params["action"] == "add_markets":
            held.update(dict.fromkeys(tickers))
        else:
            new = []
            for ticker in tickers:
                held.pop(ticker, None)
        body = {"market_tickers": sorted(held)}
        self.out.append({"type": "ok", "id": number, "sid": sid, "seq": self._seq(sid), "msg": body})
        self.out.extend(self.snapshot(sid, ticker) for ticker in new)

    def _send_delta(self, sid: int, ticker: str, side: int, price: int, delta: int) -> None:
        message = {
            "market_ticker": ticker,
            "price_dollars": price_text(price),
            "delta_fp": count_text(delta),
            "side": ("yes", "no")[side],
        }
        if self.sends_clocks:
            message["clock"] = self.clocks[ticker]
        self.out.append({"type": "orderbook_delta", "sid": sid, "seq": self._seq(sid), "msg": message})

    def _levels(self, ticker: str, book: tuple[Levels, Levels], clock: int) -> dict[str, Any]:
        names = ("yes_dollars_fp", "no_dollars_fp")
        sides = {
            name: [[price_text(p), count_text(c)] for p, c in sorted(levels.items())]
            for name, levels in zip(names, book, strict=True)
            if levels
        }
        return {"market_ticker": ticker, **({"clock": clock} if self.sends_clocks else {}), **sides}

    def _seq(self, sid: int) -> int:
        self.seqs[sid] += 1
        return self.seqs[sid]

    def _remember(self, ticker: str) -> None:
        bids, asks = self.books[ticker]
        self.states[ticker, self.clocks[ticker]].append((dict(bids), dict(asks)))


FAULTS = ("drop", "duplicate", "swap", "delay", "stale_snapshot", "garble", "missing_price", "cut")


class Wire:
    """Carries frames and does, to each with the given chance, one of the allowed harms."""

    def __init__(self, exchange: Exchange, rng: random.Random, faults: Iterable[str], chance: float) -> None:
        self.exchange = exchange
        self.rng = rng
        self.faults = tuple(faults)
        self.chance = chance
        self.late: list[tuple[int, str]] = []
        self.is_cut = False
        self.harms: dict[str, int] = defaultdict(int)

    def carry(self) -> list[str]:
        """The texts that arrive for what the exchange has sent since the last call."""
        frames, self.exchange.out = self.exchange.out, []
        arriving = [text for left, text in self.late if left <= 0]
        self.late = [(left - 1, text) for left, text in self.late if left > 0]
        for frame in frames:
            harm = self.rng.choice(self.faults) if self.rng.random() < self.chance else ""
            self._harm(harm, frame, arriving)
        return arriving

    def _harm(self, harm: str, frame: dict[str, Any], arriving: list[str]) -> None:
        self.harms[harm] += 1
        text = json.dumps(frame)
        match harm:
            case "drop":
                return
            case "duplicate":
                arriving += [text, text]
            case "swap":
                arriving.insert(max(0, len(arriving) - 1), text)
            case "delay":
                self.late.append((self.rng.randrange(6), text))
            case "stale_snapshot" if frame["type"] == "orderbook_snapshot" and self.exchange.sends_clocks:
                arriving.append(json.dumps(self.exchange.older(frame)))
            case "garble":
                arriving.append(text[: self.rng.randrange(len(text))])
            case "missing_price" if frame["type"] == "orderbook_delta":
                arriving.append(text.replace("price_dollars", "price"))
            case "cut":
                self.is_cut = self.is_cut or self.rng.random() < 0.1
                arriving.append(text)
            case _:
                arriving.append(text)


class History:
    """One run: an exchange, a wire and our machine, in virtual time."""

    def __init__(
        self, seed: int, faults: Iterable[str] = FAULTS, chance: float = 0.08, **exchange: Any
    ) -> None:
        self.rng = random.Random(seed)
        self.now_ns = 0
        self.exchange = Exchange(self.rng, **exchange)
        self.wire = Wire(self.exchange, self.rng, faults, chance)
        self.events: list[FeedEvent] = []
        self.machine = StreamMachine(self.events.append, lambda: self.now_ns, DriftCounter(), QUICK)
        self.machine.connected()
        self.machine.want_books(TICKERS)

    def run(self, steps: int, churn: bool = True) -> None:
        for _ in range(steps):
            if self.rng.random() < 0.7:
                self.exchange.trade()
            if churn and self.rng.random() < 0.03:
                ticker = self.rng.choice(TICKERS)
                change: Callable[[list[str]], None] = self.machine.drop_books
                if self.rng.random() < 0.5:
                    change = self.machine.add_books
                change([ticker])
            self.step(self.rng.randrange(0, 60))

    def step(self, milliseconds: int) -> None:
        """The wire delivers, the exchange hears our commands, time passes."""
        self.exchange.send_answers(0.6 if self.wire.chance else 1)
        for text in self.wire.carry():
            self.machine.on_text(text)
            self.check_readable_books(market for market in TICKERS if market in text)
        outbox = self.machine.desk.outbox
        while outbox and (self.wire.chance == 0 or self.rng.random() < 0.8):
            self.exchange.command(outbox.popleft())
        self.now_ns += milliseconds * MILLISECOND_NS
        self.machine.tick()
        self.check_readable_books(TICKERS)
        if self.machine.reconnect_reason is not None or self.wire.is_cut:
            self.reconnect()

    def reconnect(self) -> None:
        self.machine.lost("cut")
        assert not any(self.machine.books.book(ticker) for ticker in TICKERS)
        self.exchange.disconnect()
        self.wire.late.clear()
        self.wire.is_cut = False
        self.machine.connected()

    def quiet(self) -> None:
        """No more harm and no more trades; every book is wanted, and time enough for what is overdue."""
        self.machine.want_books(TICKERS)
        self.wire.chance = 0
        for _ in range(60):
            self.step(100)

    def check_readable_books(self, tickers: Iterable[str]) -> None:
        for ticker in tickers:
            book, clock = self.machine.books.book(ticker), self.machine.books.clock(ticker)
            if book is None:
                continue
            if self.exchange.sends_clocks:
                assert clock is not None
                assert (book.bids, book.asks) in self.exchange.states[ticker, clock], (ticker, clock)
            assert book.best_bid_bp == max(book.bids, default=None)
            assert book.best_ask_bp == min(book.asks, default=None)

    def wrong(self) -> list[str]:
        """Markets whose book never came back, or came back as another one."""
        books = {ticker: self.machine.books.book(ticker) for ticker in TICKERS}
        return [
            ticker
            for ticker, book in books.items()
            if book is None or (book.bids, book.asks) != self.exchange.books[ticker]
        ]


@pytest.mark.parametrize("block", range(10))
def test_a_hostile_wire_never_leaves_a_wrong_book(block: int) -> None:
    """A thousand histories with every harm at once."""
    for seed in range(block * 100, block * 100 + 100):
        history = History(seed)
        history.run(60)
        history.quiet()
        assert history.wrong() == []


@pytest.mark.parametrize("fault", FAULTS)
def test_each_harm_alone_is_survived(fault: str) -> None:
    harmed = 0
    for seed in range(20):
        history = History(seed, [fault], chance=0.15)
        history.run(60, churn=False)
        harmed += history.wire.harms[fault]
        history.quiet()
        assert history.wrong() == []
    assert harmed > 20


@settings(derandomize=True, max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    seed=st.integers(0, 2**32 - 1),
    faults=st.sets(st.sampled_from(FAULTS), min_size=1),
    chance=st.floats(0.0, 0.6),
    steps=st.integers(1, 80),
)
# A frame is missed, others of its clock are held, and a snapshot of the clock before answers.
@example(200, {"delay", "duplicate", "missing_price", "stale_snapshot", "swap"}, 0.21875, 64)
@example(526, {"delay", "drop", "garble", "missing_price", "stale_snapshot"}, 0.26021221228588864, 46)
def test_any_mix_of_harms_is_survived(seed: int, faults: set[str], chance: float, steps: int) -> None:
    history = History(seed, sorted(faults), chance)
    history.run(steps)
    history.quiet()
    assert history.wrong() == []


@pytest.mark.parametrize("seed", range(20))
def test_clocks_that_leave_out_numbers_end_the_suspicion_and_nothing_else(seed: int) -> None:
    """Where the clock counts by sevens, a few false alarms switch the rule off; books stay right."""
    faults = [fault for fault in FAULTS if fault != "stale_snapshot"]
    history = History(seed, faults, chance=0.05, clock_step=7)
    history.run(120)
    history.quiet()
    assert history.wrong() == []
    assert not history.machine.books.clock_rule.counts_every_change


@pytest.mark.parametrize("seed", range(20))
def test_without_clocks_the_sequence_alone_brings_every_book_back(seed: int) -> None:
    faults = [fault for fault in FAULTS if fault != "stale_snapshot"]
    history = History(seed, faults, chance=0.08, sends_clocks=False)
    history.run(80)
    history.quiet()
    assert history.wrong() == []


def test_a_quiet_wire_makes_no_fault_and_asks_for_nothing_twice() -> None:
    history = History(1, chance=0.0)
    history.run(200, churn=False)
    history.quiet()
    assert history.wrong() == []
    assert not [event for event in history.events if isinstance(event, StreamFault)]
