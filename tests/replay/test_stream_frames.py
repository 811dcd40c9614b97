"""Recorded WebSocket frames decode without loss and build books without a gap or a cross."""

from __future__ import annotations

import io
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
import zstandard

from engine.domain.book import Book
from engine.domain.units import complement
from engine.wire.fixed_point import count_c, price_bp
from engine.wire.markets import Level
from engine.wire.stream import AnyFrame, BookDelta, BookSnapshot, Ok, Subscribed, frame_decoder


def _lines(recordings: Path) -> Iterator[dict[str, Any]]:
    with (
        (recordings / "ws_orderbook_frames.jsonl.zst").open("rb") as raw,
        zstandard.ZstdDecompressor().stream_reader(raw) as plain,
    ):
        for line in io.BufferedReader(plain):
            yield json.loads(line)


@pytest.fixture(scope="module")
def frames(recordings: Path) -> list[AnyFrame]:
    return [frame_decoder.decode(json.dumps(line["frame"]).encode()) for line in _lines(recordings)]


def _side(levels: list[Level] | msgspec.UnsetType) -> dict[int, int]:
    return {} if levels is msgspec.UNSET else {price_bp(price): count_c(count) for price, count in levels}


def _start(book: Book, frame: BookSnapshot) -> None:
    asks = {complement(price): count for price, count in _side(frame.msg.no_dollars_fp).items()}
    book.replace(_side(frame.msg.yes_dollars_fp), asks)


def _change(book: Book, frame: BookDelta) -> None:
    price, delta = price_bp(frame.msg.price_dollars), count_c(frame.msg.delta_fp)
    if frame.msg.side == "yes":
        book.change_bid(price, delta)
    else:
        book.change_ask(complement(price), delta)


def test_frames_decode_and_encode_without_loss(recordings: Path) -> None:
    count = 0
    for line in _lines(recordings):
        decoded = frame_decoder.decode(json.dumps(line["frame"]).encode())
        assert json.loads(msgspec.json.encode(decoded)) == line["frame"]
        count += 1

    assert count == 269


def test_the_recording_holds_what_its_page_says(frames: list[AnyFrame]) -> None:
    kinds = Counter(type(frame) for frame in frames)

    assert (kinds[BookSnapshot], kinds[BookDelta]) == (12, 245)
    assert kinds[Subscribed] + kinds[Ok] == 12


def test_seq_is_contiguous_and_ok_frames_consume_one(frames: list[AnyFrame]) -> None:
    counted = [frame for frame in frames if isinstance(frame, BookSnapshot | BookDelta | Ok)]
    numbers = [frame.seq for frame in counted]

    assert numbers == list(range(1, len(counted) + 1))
    assert any(isinstance(frame, Ok) for frame in counted)
    without_ok = [frame.seq for frame in counted if not isinstance(frame, Ok)]
    assert without_ok != list(range(1, len(without_ok) + 1))


def test_books_are_never_crossed_and_never_below_zero(frames: list[AnyFrame]) -> None:
    books: dict[str, Book] = {}
    changes = 0
    for frame in frames:
        if isinstance(frame, BookSnapshot):
            _start(books.setdefault(frame.msg.market_ticker, Book()), frame)
        elif isinstance(frame, BookDelta):
            _change(books[frame.msg.market_ticker], frame)
            changes += 1
        else:
            continue
        assert not books[frame.msg.market_ticker].is_crossed

    assert len(books) == 12
    assert changes == 245
    assert all(book.is_two_sided for book in books.values())


def test_a_lost_delta_is_seen_in_the_sequence(frames: list[AnyFrame]) -> None:
    counted = [frame.seq for frame in frames if isinstance(frame, BookSnapshot | BookDelta | Ok)]
    del counted[100]

    assert counted != list(range(1, len(counted) + 1))
