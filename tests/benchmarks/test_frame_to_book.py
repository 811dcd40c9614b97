"""Frame text to updated book, beside pykalshi 2.0.0's own path, on the same frames in one run.

CPU time, best of five rounds. pykalshi's path is its feed's message handling with the handler that its
documentation shows for OrderbookManager, unchanged. The limit for any Python client on msgspec is the cost of
the typed decode alone; it is measured beside them and the gap is printed.

    pytest tests/benchmarks/test_frame_to_book.py -o addopts="" --benchmark-only -p no:cacheprovider
"""

from __future__ import annotations

import json
import random
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from engine.domain.book import Book
from engine.kalshi.drift import DriftCounter
from engine.kalshi.stream.machine import StreamMachine
from engine.kalshi.stream.settings import StreamSettings
from engine.wire.fixed_point import count_text, price_text
from engine.wire.stream import frame_decoder

pykalshi_feed = pytest.importorskip("pykalshi.feed")
pykalshi_orderbook = pytest.importorskip("pykalshi.orderbook")

RECORDING = Path(__file__).parents[3] / "shared/data/ws_orderbook_frames.jsonl.zst"
MARKETS = 20
STEP_BP = 50
FRAMES = 20000
USUAL = (1, 2, 3, 5, 10, 15, 20, 25, 50, 100, 200, 250, 500, 1_000)
"""Sizes that people and makers choose; two of three recorded deltas repeat an earlier one's size."""
MOVING = 8
"""How many levels next to the best one most changes fall on."""


class _Maker:
    """Seeded books in frames of the 2026 wire format, NO levels in NO prices.

    As recorded: 55 levels a side on average, and one delta in forty makes or empties a level.
    """

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.tickers = [f"KXBTCD-26AUG2317-T{86_749 + 250 * i}.99" for i in range(MARKETS)]
        self.sides: dict[tuple[str, str], dict[int, int]] = {}
        self.clocks = dict.fromkeys(self.tickers, 4_182_000)
        self.seq = 0

    def frames(self) -> list[str]:
        made = [_text({"type": "subscribed", "id": 1, "msg": {"channel": "orderbook_delta", "sid": 1}})]
        made += [self._snapshot(ticker) for ticker in self.tickers]
        made += [self._delta() for _ in range(FRAMES)]
        return made

    def _snapshot(self, ticker: str) -> str:
        top = self.random.randrange(4_500, 5_500, 50)
        levels = {}
        for side, best in (("yes", top), ("no", 10_000 - top - 200)):
            book = {best - STEP_BP * i: self.random.randrange(100, 500_000, 100) for i in range(55)}
            self.sides[ticker, side] = book
            levels[f"{side}_dollars_fp"] = [[price_text(p), count_text(c)] for p, c in sorted(book.items())]
        return self._frame("orderbook_snapshot", ticker, levels)

    def _delta(self) -> str:
        ticker = self.random.choice(self.tickers)
        side = self.random.choice(("yes", "no"))
        price, delta = self._change(ticker, side)
        book = self.sides[ticker, side]
        book[price] = book.get(price, 0) + delta
        if not book[price]:
            del book[price]
        self.clocks[ticker] += 1
        body = {
            "price_dollars": price_text(price),
            "delta_fp": count_text(delta),
            "side": side,
            "ts": f"2026-08-07T06:46:34.{self.seq % 1_000_000:06d}Z",
            "ts_ms": 1_786_085_194_868 + self.seq,
        }
        return self._frame("orderbook_delta", ticker, body)

    def _change(self, ticker: str, side: str) -> tuple[int, int]:
        """A price and a change in hundredths: mostly another size, now and then a new or an emptied level."""
        book = self.sides[ticker, side]
        prices = sorted(book, reverse=True)
        price = self.random.choice(prices[:MOVING] if self.random.random() < 0.8 else prices)
        draw = self.random.random()
        if draw < 0.02 and len(book) > 50:
            return price, -book[price]
        if draw < 0.04 and len(book) < 60:
            other = max(self.sides[ticker, "no" if side == "yes" else "yes"])
            fits = prices[0] + STEP_BP + other < 10_000
            return prices[0] + STEP_BP if fits else prices[-1] - STEP_BP, 5_000
        size = self.random.choice(USUAL) if self.random.random() < 0.7 else self.random.randrange(1, 3_000)
        takes_away = book[price] > size * 100 and self.random.random() < 0.5
        return price, -size * 100 if takes_away else size * 100

    def _frame(self, kind: str, ticker: str, body: dict[str, Any]) -> str:
        self.seq += 1
        message = {
            "market_ticker": ticker,
            "market_id": "88870c56-6348-4401-b67f-c1b2aa2f4744",
            "clock": self.clocks[ticker],
            **body,
        }
        return _text(
            {
                "type": kind,
                "sid": 1,
                "seq": self.seq,
                "sending_ts_ms": 1_786_085_194_870 + self.seq,
                "msg": message,
            }
        )


def _text(value: object) -> str:
    return json.dumps(value, separators=(",", ":"))


def _recorded() -> list[str]:
    """The recorded frames, then the recorded deltas undone and done again, with the sequence carried on.

    Undoing turns the sign of a delta, last one first, so that every book passes through its recorded states.
    Skips where the recording or zstandard is absent.
    """
    zstandard = pytest.importorskip("zstandard")
    if not RECORDING.exists():
        pytest.skip(f"no recording at {RECORDING.name}")
    lines = zstandard.ZstdDecompressor().stream_reader(RECORDING.read_bytes()).read().splitlines()
    frames = [json.loads(line)["frame"] for line in lines]
    frames[0]["id"] = 1
    deltas = [frame for frame in frames if frame["type"] == "orderbook_delta"]
    undoing = [{**f, "msg": {**f["msg"], "delta_fp": _negated(f["msg"]["delta_fp"])}} for f in deltas[::-1]]
    texts, seq = [_text(frame) for frame in frames], frames[-1]["seq"]
    for frame in (undoing + deltas) * 20:
        seq += 1
        texts.append(_text({**frame, "seq": seq}))
    return texts


def _negated(text: str) -> str:
    return text[1:] if text.startswith("-") else f"-{text}"


@pytest.fixture(scope="module", params=["synthetic", "recorded"])
def frames(request: pytest.FixtureRequest) -> list[str]:
    return _Maker(seed=20_260_807).frames() if request.param == "synthetic" else _recorded()


class _Ours:
    """The production machine, with a set of changed tickers instead of an event object per change."""

    def __init__(self, frames: list[str]) -> None:
        tickers = _tickers(frames)
        self.changed: set[str] = set()
        settings = StreamSettings(use_yes_price=False, audit_interval_ns=0)
        self.events: list[object] = []
        self.machine = StreamMachine(
            self.events.append, time.monotonic_ns, DriftCounter(), settings, self.changed.add
        )
        self.machine.connected()
        self.machine.want_books(tickers)

    def levels(self, ticker: str) -> Book:
        book = self.machine.books.book(ticker)
        assert book is not None
        return book


class _Theirs:
    """pykalshi's feed with the handler of OrderbookManager's documentation."""

    def __init__(self) -> None:
        client = type("Client", (), {"api_base": "https://demo"})()
        self.feed = pykalshi_feed.Feed(client)
        self.books: dict[str, Any] = {}
        self.feed.on("orderbook_delta", self.handle)

    def handle(self, message: Any) -> None:
        ticker = message.market_ticker
        if ticker not in self.books:
            self.books[ticker] = pykalshi_orderbook.OrderbookManager(ticker)
        if hasattr(message, "yes_dollars"):
            self.books[ticker].apply_snapshot(message.yes_dollars, message.no_dollars)
        else:
            self.books[ticker].apply_delta(message.side, message.price_dollars, message.delta_fp)


def _tickers(frames: list[str]) -> list[str]:
    found = dict.fromkeys(json.loads(text)["msg"].get("market_ticker") for text in frames)
    return [ticker for ticker in found if ticker]


def _decode_alone(frames: list[str]) -> None:
    decode = frame_decoder.decode
    for text in frames:
        decode(text)


def _ours_feed(ours: _Ours, frames: list[str]) -> None:
    on_text = ours.machine.on_text
    for text in frames:
        on_text(text)


def _ours_with_best(ours: _Ours, frames: list[str], owners: list[str]) -> None:
    on_text, book = ours.machine.on_text, ours.machine.books.book
    for text, ticker in zip(frames, owners, strict=True):
        on_text(text)
        found = book(ticker)
        if found is not None:
            found.best_bid_bp  # noqa: B018 - the read is what is measured


def _theirs_feed(theirs: _Theirs, frames: list[str]) -> None:
    dispatch = theirs.feed._dispatch
    for text in frames:
        dispatch(text)


def _theirs_with_best(theirs: _Theirs, frames: list[str], owners: list[str]) -> None:
    dispatch, books = theirs.feed._dispatch, theirs.books
    for text, ticker in zip(frames, owners, strict=True):
        dispatch(text)
        found = books.get(ticker)
        if found is not None:
            found.best_bid  # noqa: B018 - the read is what is measured


Work = tuple[Callable[..., None], Callable[[], tuple[Any, ...]]]
"""What is measured, and what makes its arguments anew for each round."""


def _best_of_five(*works: Work) -> list[float]:
    """CPU seconds of each, taking turns, so that a busy moment of the machine falls on all of them."""
    times: list[list[float]] = [[] for _ in works]
    for _ in range(5):
        for taken, (work, prepare) in zip(times, works, strict=True):
            arguments = prepare()
            began = time.process_time()
            work(*arguments)
            taken.append(time.process_time() - began)
    return [min(taken) for taken in times]


def test_both_build_the_same_books(frames: list[str]) -> None:
    ours, theirs = _Ours(frames), _Theirs()
    _ours_feed(ours, frames)
    _theirs_feed(theirs, frames)
    for ticker in _tickers(frames):
        book, manager = ours.levels(ticker), theirs.books[ticker]
        assert book.bids == {round(float(p) * 10_000): round(float(c) * 100) for p, c in manager.yes.items()}
        asks = {10_000 - round(float(p) * 10_000): round(float(c) * 100) for p, c in manager.no.items()}
        assert book.asks == asks


@pytest.mark.benchmark(group="frame-to-book")
def test_frame_to_book_beside_pykalshi(
    benchmark: Any, frames: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    owners = [sys.intern(json.loads(text)["msg"].get("market_ticker", "")) for text in frames]
    count = len(frames)
    limit, ours, ours_best, theirs, theirs_best = _best_of_five(
        (_decode_alone, lambda: (frames,)),
        (_ours_feed, lambda: (_Ours(frames), frames)),
        (_ours_with_best, lambda: (_Ours(frames), frames, owners)),
        (_theirs_feed, lambda: (_Theirs(), frames)),
        (_theirs_with_best, lambda: (_Theirs(), frames, owners)),
    )
    benchmark.extra_info.update(
        decode_ns=limit / count * 1e9,
        ours_ns=ours / count * 1e9,
        ours_best_ns=ours_best / count * 1e9,
        pykalshi_ns=theirs / count * 1e9,
        pykalshi_best_ns=theirs_best / count * 1e9,
        speedup=theirs / ours,
        speedup_with_best=theirs_best / ours_best,
    )
    with capsys.disabled():
        print()
        for name, value in benchmark.extra_info.items():
            print(f"  {name:18} {value:10.1f}")
    benchmark.pedantic(_ours_feed, setup=lambda: ((_Ours(frames), frames), {}), rounds=5)
    assert theirs / ours >= 8
    assert theirs_best / ours_best >= 20
