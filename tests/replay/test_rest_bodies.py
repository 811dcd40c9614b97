"""Recorded REST bodies go through the wire's Structs and come back the same."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from engine.domain.price_grid import STRUCTURES, PriceGrid, PriceRange
from engine.wire import markets as wire
from engine.wire.errors import ErrorShape, parse_error
from engine.wire.fixed_point import count_c, count_text, money_text, money_ud, price_bp, price_text

UNKNOWN_FIELDS: set[str] = set()
"""Paths in the recorded bodies that no Struct knows: drift. A new one belongs into the wire, or here."""

FILES = {
    "candlesticks_historical_tier_excerpt.json",
    "candlesticks_live_tier_kxbtc15m.json",
    "candlesticks_live_tier_mlb.json",
    "events_nested.json",
    "market_settled_kxbtc15m.json",
    "market_single.json",
    "markets_settled.json",
    "price_grids.json",
    "series_fee_fields.json",
}

Body = tuple[str, type[Any], Any]


def _load(recordings: Path, name: str) -> Any:
    return json.loads((recordings / "rest" / name).read_bytes())


def _bodies(recordings: Path) -> Iterator[Body]:
    """Every recorded body as (name, Struct, JSON value), without the recorders' own notes around them."""
    yield (
        "historical candles",
        wire.HistoricalCandlesticks,
        _load(recordings, "candlesticks_historical_tier_excerpt.json"),
    )
    yield "live candles", wire.LiveCandlesticks, _load(recordings, "candlesticks_live_tier_kxbtc15m.json")
    for ticker, body in _load(recordings, "candlesticks_live_tier_mlb.json")["markets"].items():
        candles = {"ticker": ticker, "candlesticks": body["candlesticks"]}
        yield f"live candles of {ticker}", wire.LiveCandlesticks, candles
    events = _load(recordings, "events_nested.json")["events"]
    yield "nested events", wire.EventPage, {"events": events, "cursor": ""}
    yield "settled market", wire.MarketAnswer, _load(recordings, "market_settled_kxbtc15m.json")
    single = _load(recordings, "market_single.json")
    yield "market of an event", wire.Market, single["nested"]
    yield "market", wire.MarketAnswer, single["single"]
    yield "order book", wire.OrderBookAnswer, single["orderbook"]
    settled = _load(recordings, "markets_settled.json")["markets"]
    yield "settled markets", wire.MarketPage, {"markets": settled, "cursor": ""}
    for ticker, body in _load(recordings, "series_fee_fields.json")["payloads"].items():
        yield f"series {ticker}", wire.SeriesAnswer, body


def _differences(source: Any, back: Any, path: str = "") -> Iterator[str]:
    """Where two JSON values differ, and how; lists are compared item by item under one path."""
    if isinstance(source, dict) and isinstance(back, dict):
        yield from (f"{path}.{key}: lost" for key in source.keys() - back.keys())
        yield from (f"{path}.{key}: added" for key in back.keys() - source.keys())
        for key in source.keys() & back.keys():
            yield from _differences(source[key], back[key], f"{path}.{key}")
    elif isinstance(source, list) and isinstance(back, list) and len(source) == len(back):
        for left, right in zip(source, back, strict=True):
            yield from _differences(left, right, f"{path}[]")
    elif source != back or type(source) is not type(back):
        yield f"{path}: {source!r} became {back!r}"


def _texts(value: Any, key: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _texts(inner, name)
    elif isinstance(value, list):
        if len(value) == 2 and key in ("yes_dollars", "no_dollars") and isinstance(value[0], str):
            yield from (("price_dollars", value[0]), ("count_fp", value[1]))
            return
        for inner in value:
            yield from _texts(inner, key)
    elif isinstance(value, str):
        yield key, value


def test_no_recorded_file_is_passed_over(recordings: Path) -> None:
    assert {path.name for path in (recordings / "rest").glob("*.json")} == FILES


def test_bodies_decode_and_encode_without_loss(recordings: Path) -> None:
    found: set[str] = set()
    names = []
    for name, kind, body in _bodies(recordings):
        decoded = msgspec.json.decode(json.dumps(body).encode(), type=kind)
        found.update(f"{name}{line}" for line in _differences(body, json.loads(msgspec.json.encode(decoded))))
        names.append(name)

    assert found == UNKNOWN_FIELDS
    assert len(names) == len(set(names)) == 15


def test_a_lost_field_would_be_seen() -> None:
    assert list(_differences({"a": 1, "b": [{"c": None}]}, {"a": 1, "b": [{}]})) == [".b[].c: lost"]
    assert list(_differences({"a": "1"}, {"a": 1})) == [".a: '1' became 1"]


def test_every_recorded_decimal_keeps_its_digits_as_an_integer(recordings: Path) -> None:
    seen = 0
    for name, _, body in _bodies(recordings):
        for key, text in _texts(body):
            if key.endswith("_fp") or key in ("volume", "open_interest"):
                assert count_text(count_c(text)) == text, (name, key)
            elif re.search(r"_dollars$|^(open|high|low|close|mean|previous|start|end|step)$", key):
                if re.fullmatch(r"\d+\.\d{4}", text):
                    assert price_text(price_bp(text)) == text, (name, key)
                else:
                    assert money_text(money_ud(text)) == text, (name, key)
            else:
                continue
            seen += 1

    assert seen > 1_000


def test_without_a_trade_the_live_tier_omits_the_prices_and_the_historical_tier_nulls_them(
    recordings: Path,
) -> None:
    historical = msgspec.convert(
        _load(recordings, "candlesticks_historical_tier_excerpt.json"), wire.HistoricalCandlesticks
    )
    quiet = [candle for candle in historical.candlesticks if candle.volume == "0.00"]
    live = [
        candle
        for _, kind, body in _bodies(recordings)
        if kind is wire.LiveCandlesticks
        for candle in msgspec.convert(body, wire.LiveCandlesticks).candlesticks
    ]
    silent = [candle for candle in live if candle.volume_fp == "0.00"]

    assert quiet and all(candle.price.close is None for candle in quiet)
    assert silent and all(candle.price.close_dollars is msgspec.UNSET for candle in silent)


def test_price_ranges_of_the_exchange_are_the_grids_we_know(recordings: Path) -> None:
    seen: set[str] = set()
    grids = list(_load(recordings, "price_grids.json")["grids"])
    grids.append(_load(recordings, "market_settled_kxbtc15m.json")["market"])
    for body in grids:
        ranges = msgspec.convert(body["price_ranges"], list[wire.PriceRange])
        parts = (PriceRange(price_bp(r.start), price_bp(r.end), price_bp(r.step)) for r in ranges)
        grid = PriceGrid(tuple(sorted(parts, key=lambda part: part.start_bp)))
        assert grid == STRUCTURES[body["price_level_structure"]]
        seen.add(body["price_level_structure"])

    assert seen == {"linear_cent", "tapered_deci_cent"}


def test_finalized_is_a_status_but_no_filter(recordings: Path) -> None:
    body = _load(recordings, "markets_settled.json")
    answers = [query["error"] for query in body["queries"] if query["status"] == "finalized"]

    assert {market["status"] for market in body["markets"]} >= {"finalized"}
    assert answers
    for answer in answers:
        head, _, text = answer.partition("\n")
        error = parse_error(text.encode())
        assert head.startswith("HTTP 400")
        assert (error.shape, error.code, error.details) == (
            ErrorShape.NESTED,
            "bad_request",
            "invalid status filter",
        )


def test_a_body_without_a_required_price_is_refused_and_names_it(recordings: Path) -> None:
    body = _load(recordings, "market_single.json")["single"]
    del body["market"]["yes_bid_dollars"]

    with pytest.raises(msgspec.ValidationError, match="yes_bid_dollars"):
        msgspec.convert(body, wire.MarketAnswer)
