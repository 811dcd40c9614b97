"""Corrupt and foreign recordings: one line each, naming the file, the field and the numbers."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard
from recorder import BAND, DAY, EVENT, Recorder, eastern_s

from engine.sandbox.sources.replay.error import RecordingError
from engine.sandbox.sources.replay.options import replay_options
from engine.sandbox.sources.replay.recording import load

NOON_MS = eastern_s(12) * 1000
GOOD = [(NOON_MS, BAND, 40, 44)]


def _refusal(recorder: Recorder, series: str = "KXHIGHNY", start: str = DAY) -> str:
    with pytest.raises(RecordingError) as refused:
        load(replay_options(recorder.folder, series, start))
    text = str(refused.value)
    assert "\n" not in text
    return text


def test_an_empty_folder_names_what_it_could_hold(recorder: Recorder) -> None:
    assert "no recording" in (text := _refusal(recorder))
    assert "quotes_*.parquet" in text


def test_a_file_that_is_no_parquet(recorder: Recorder) -> None:
    (recorder.folder / "quotes_x.parquet").write_bytes(b"PAR1 this is not one")

    assert _refusal(recorder).startswith("quotes_x.parquet: not readable as Parquet: got ")


def test_a_parquet_file_cut_in_the_middle_of_its_data(recorder: Recorder) -> None:
    path = recorder.quotes("x", [(NOON_MS + i, BAND, i % 40, 44) for i in range(5_000)])
    whole = path.read_bytes()
    path.write_bytes(whole[:200] + bytes(4_000) + whole[4_200:])

    assert _refusal(recorder).startswith("quotes_x.parquet: not readable as Parquet: got ")


def test_a_missing_column_is_named_with_those_there_are(recorder: Recorder) -> None:
    table = pa.table({"ts": [1], "ticker": ["A-B"], "yes_bid": [1.0]})
    pq.write_table(table, recorder.folder / "quotes_x.parquet")

    text = _refusal(recorder)
    assert text.startswith("quotes_x.parquet: column yes_ask is missing: got ts, ticker, yes_bid, wanted ")


def test_a_column_of_another_type_is_named(recorder: Recorder) -> None:
    table = pa.table({"ts": [1], "ticker": ["A-B"], "yes_bid": ["1"], "yes_ask": [2.0]})
    pq.write_table(table, recorder.folder / "quotes_x.parquet")

    assert _refusal(recorder) == "quotes_x.parquet: column yes_bid: got type string, wanted a number"


@pytest.mark.parametrize(
    ("rows", "field", "message"),
    [
        ([(NOON_MS, BAND, 101, 102)], "ts_ms", "yes_bid: got 101.0, wanted 0 to 100 cents in steps of 0.01"),
        ([(NOON_MS, BAND, -1, 44)], "ts_ms", "yes_bid: got -1.0, wanted 0 to 100 cents in steps of 0.01"),
        ([(NOON_MS, BAND, 1, 4.001)], "ts_ms", "yes_ask: got 4.001, wanted 0 to 100 cents in steps of 0.01"),
        ([(NOON_MS, BAND, 1, 4)], "ts", f"ts: got {NOON_MS}, wanted UTC seconds between 2015 and 2100"),
        (
            [(NOON_MS // 1000, BAND, 1, 4)],
            "ts_ms",
            f"ts_ms: got {NOON_MS // 1000}, wanted UTC milliseconds between 2015 and 2100",
        ),
    ],
)
def test_values_that_are_none_are_named(
    recorder: Recorder, rows: list[tuple[int, str, float, float]], field: str, message: str
) -> None:
    recorder.quotes("x", rows, field)

    assert _refusal(recorder) == f"quotes_x.parquet: {message}"


def test_a_row_without_a_time(recorder: Recorder) -> None:
    table = pa.table(
        {"ts_ms": pa.array([None], pa.int64()), "ticker": [BAND], "yes_bid": [1.0], "yes_ask": [2.0]}
    )
    pq.write_table(table, recorder.folder / "quotes_x.parquet")

    assert _refusal(recorder).startswith("quotes_x.parquet: ts_ms: got null, wanted UTC milliseconds")


def test_an_unknown_series_lists_those_there_are(recorder: Recorder) -> None:
    recorder.quotes("x", [*GOOD, (NOON_MS, "KXBTC-26MAR1012-B100", 1, 2)])

    text = _refusal(recorder, series="KXNOPE")
    assert text.endswith("no series KXNOPE, wanted one of: KXBTC, KXHIGHNY")


def test_a_series_whose_name_only_starts_alike_is_another_one(recorder: Recorder) -> None:
    recorder.quotes("x", GOOD)

    assert "no series KXHIGH," in _refusal(recorder, series="KXHIGH")


def test_a_series_with_metadata_but_no_prices_says_so(recorder: Recorder) -> None:
    recorder.quotes("x", GOOD)
    recorder.markets([{"ticker": "KXHIGHLAX-26MAR10-T70"}])

    assert "the markets of KXHIGHLAX are listed but no file holds their prices" in _refusal(
        recorder, series="KXHIGHLAX"
    )


def test_a_day_without_prices_lists_the_days_that_have_some(recorder: Recorder) -> None:
    later = eastern_s(1, day="2026-03-12") * 1000
    recorder.quotes("x", [*GOOD, (later, "KXHIGHNY-26MAR12-T50", 1, 2), (later + 86_400_000, BAND, 1, 2)])

    text = _refusal(recorder, start="2026-03-20")
    assert text.endswith("no prices of KXHIGHNY on 2026-03-20, wanted one of: 2026-03-10 to 2026-03-13")


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({"result": "maybe"}, f"result of {BAND}: got 'maybe', wanted yes, no or null"),
        ({"strike_type": "around"}, f"strike_type of {BAND}: got 'around', wanted greater, "),
        ({"close_ts": NOON_MS}, f"close_ts: got {NOON_MS}, wanted UTC seconds"),
    ],
)
def test_bad_metadata(recorder: Recorder, row: dict[str, object], message: str) -> None:
    recorder.quotes("x", GOOD)
    recorder.markets([{"ticker": BAND, **row}])

    assert _refusal(recorder).startswith(f"markets.parquet: {message}")


def test_a_market_that_is_listed_twice(recorder: Recorder) -> None:
    recorder.quotes("x", GOOD)
    recorder.markets([{"ticker": BAND}, {"ticker": BAND}])

    assert _refusal(recorder) == f"markets.parquet: ticker appears twice: got {BAND}, wanted once"


@pytest.mark.parametrize(
    ("trade", "message"),
    [
        ((BAND, NOON_MS, 40.0, 1.0, "both"), "taker_side: got 'both', wanted yes or no"),
        ((BAND, NOON_MS, 100.0, 1.0, "yes"), "yes_price: got null, 0 or 100, wanted a price inside"),
        ((BAND, NOON_MS, 40.0, 0.0, "yes"), "count: got null or 0, wanted at least 0.01 contracts"),
        ((BAND, NOON_MS, 40.0, 0.001, "yes"), "count: got 0.001, wanted contracts of at least 0"),
    ],
)
def test_bad_trades(recorder: Recorder, trade: tuple[str, int, float, float, str], message: str) -> None:
    recorder.trades("x", [trade])

    assert _refusal(recorder).startswith(f"trades_x.parquet: {message}")


def test_candles_of_a_period_that_is_not_replayed(recorder: Recorder) -> None:
    recorder.candles("x_1d", [{"ticker": BAND, "end_period_ts": eastern_s(12), "period_interval": 1440}])

    assert (
        _refusal(recorder) == "candles_x_1d.parquet: period_interval: got [1440], wanted 1 or 60 in every row"
    )


def _book(**levels: object) -> dict[str, object]:
    return {"captured_at": "2026-03-10T16:00:00+00:00", "ticker": BAND, **levels}


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (_book(), "got no levels, wanted orderbook_fp, or yes_bids and no_bids"),
        (_book(yes_bids=[[1.0, 5.0]], no_bids=[]), "got 10000 bp x 500 hundredths"),
        (_book(yes_bids=[[0.5, 0.0]], no_bids=[]), "got 5000 bp x 0 hundredths"),
        (_book(yes_bids=[[0.50001, 1.0]], no_bids=[]), "'0.50001', wanted at most 4 decimal places"),
        (_book(yes_bids=[[0.5, 1.0], [0.5, 2.0]], no_bids=[]), "got one price twice"),
        (_book(orderbook_fp={"yes_dollars": []}), "missing required field `no_dollars`"),
        ({"ticker": BAND}, "missing required field `captured_at`"),
        (
            {"captured_at": "2026-03-10T16:00:00", "ticker": BAND},
            "captured_at: got 2026-03-10T16:00:00, wanted",
        ),
    ],
)
def test_bad_books(recorder: Recorder, line: dict[str, object], message: str) -> None:
    recorder.books("x", [line])

    text = _refusal(recorder)
    assert text.startswith("books_x.jsonl.zst: ")
    assert message in text


def _foreign(path: Path) -> None:
    path.write_bytes(b"{}\n")


def _half_a_line(path: Path) -> None:
    path.write_bytes(zstandard.compress(b'{"captured_at":"2026-03-10T16:00:00Z","ticker":"KXHI'))


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-20])


def _flipped(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 0xFF
    path.write_bytes(bytes(data))


@pytest.mark.parametrize("damage", [_foreign, _half_a_line, _cut, _flipped])
def test_a_damaged_book_file_is_never_taken_for_a_shorter_one(
    recorder: Recorder, damage: Callable[[Path], None]
) -> None:
    levels = [[i / 100, float(i)] for i in range(1, 50)]
    lines = [_book(yes_bids=levels[: 1 + i % 49], no_bids=[]) for i in range(200)]
    damage(recorder.books("x", lines))

    assert _refusal(recorder).startswith("books_x.jsonl.zst: ")


def test_books_of_several_compressed_parts_are_read_to_the_end(recorder: Recorder) -> None:
    path = recorder.books("x", [_book(yes_bids=[[0.5, 1.0]], no_bids=[])])
    path.write_bytes(path.read_bytes() * 3)

    assert len(load(replay_options(recorder.folder, "KXHIGHNY", DAY)).books) == 3


def test_prices_that_all_come_after_the_close(recorder: Recorder) -> None:
    recorder.quotes("x", GOOD)
    recorder.markets([{"ticker": BAND, "close_ts": eastern_s(11)}])

    assert f"no prices of KXHIGHNY on {DAY}" in _refusal(recorder)
    assert EVENT.startswith("KXHIGHNY")


def test_trades_of_one_time_in_two_files_would_count_twice(recorder: Recorder) -> None:
    recorder.trades("a", [(BAND, NOON_MS, 40.0, 1.0, "yes"), (BAND, NOON_MS + 9_000, 40.0, 1.0, "yes")])
    recorder.trades("b", [(BAND, NOON_MS + 5_000, 40.0, 1.0, "yes")])

    assert _refusal(recorder) == (
        f"trades_a.parquet and trades_b.parquet: {BAND} at the same time: got both, wanted one of them"
    )


def test_trades_of_two_times_in_two_files_are_joined(recorder: Recorder) -> None:
    recorder.trades("a", [(BAND, NOON_MS, 40.0, 1.0, "yes")])
    recorder.trades("b", [(BAND, NOON_MS + 5_000, 40.0, 1.0, "yes")])

    assert len(load(replay_options(recorder.folder, "KXHIGHNY", DAY)).uses) == 2
