"""A candle collector has everything there is, asks for nothing twice, and says what it could not get."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from candle_exchange import HOUR_S, Bucket
from candle_rig import NOW_S, Rig, rigged

from collectors.candles.collecting import Meter, SeriesReport, Wanted
from collectors.candles.ownership import BadShare, Share, owner_of
from collectors.candles.running import CandleCollector, LookReport
from collectors.candles.status import candle_status
from collectors.candles.store import CandleStore
from engine.kalshi.rest.candles import Period
from engine.lake.check import check
from engine.lake.digest import digest
from engine.lake.errors import LakeFull, NodeTaken
from engine.lake.journal import Journal
from engine.lake.read import LakeReader
from engine.lake.tables import CANDLES, MARKETS, TABLES

DAY_S = 24 * HOUR_S
SERIES = "KXHIGHNY"
HOURLY = Wanted((SERIES,), Period.HOUR)


def week(rig: Rig, events: int = 8, legs: int = 3) -> None:
    """Settled days, one that trades, and two that are older than the live tier."""
    for day in range(events):
        close_s = NOW_S - day * DAY_S - 5 * HOUR_S + 1_234
        rig.exchange.list_event(
            f"{SERIES}-26SEP{20 - day:02d}", legs, close_s - 38 * HOUR_S, close_s, close_s + 600
        )
    rig.exchange.list_event(f"{SERIES}-26SEP21", legs, NOW_S - 10 * HOUR_S, NOW_S + 20 * HOUR_S, None)
    rig.exchange.cutoff_s = NOW_S - 6 * DAY_S


def series_report(report: object, name: str = SERIES) -> SeriesReport:
    [found] = [one for one in report.series if one.series == name]  # type: ignore[attr-defined]
    return found


def test_a_look_has_every_candlestick_of_both_tiers_and_of_the_open_event(tmp_path: Path) -> None:
    async def work(rig: Rig) -> None:
        week(rig)
        report = await rig.look(HOURLY)
        assert rig.held() == rig.exchange.truth(SERIES)
        assert len(rig.held()) > 500
        one = series_report(report)
        assert (one.events, one.complete, one.open, one.failed) == (9, 8, 1, 0)
        assert one.rows == len(rig.held())
        assert report.is_whole
        asked = rig.asked()
        assert sum("/markets/candlesticks" in path for path in asked) == 1, "one batch for the live tier"
        assert sum("/historical/markets/" in path and "candlesticks" in path for path in asked) == 6
        assert check(rig.root / "lake", list(TABLES.values())) == []

    rigged(tmp_path, work)


def test_every_column_is_kept_and_what_is_not_there_is_null(tmp_path: Path) -> None:
    async def work(rig: Rig) -> None:
        week(rig)
        await rig.look(HOURLY)

    rigged(tmp_path, work)
    with LakeReader(tmp_path / "lake", threads=1) as reader:
        rows = reader.arrow(CANDLES)
        markets = reader.arrow(MARKETS).to_pylist()
    without = rows.filter(pc.is_null(rows["price_close_bp"]))
    assert 0 < without.num_rows < rows.num_rows
    assert without["mean_bp"].null_count == without.num_rows
    assert rows["previous_bp"].null_count == rows["yes_bid_low_bp"].null_count == 0
    row = rows.filter(pc.is_valid(rows["price_close_bp"])).slice(0, 1).to_pylist()[0]
    bid = row["yes_bid_open_bp"]
    assert [row[f"yes_bid_{part}_bp"] - bid for part in ("high", "low", "close")] == [30, -20, 10]
    assert [row[f"yes_ask_{part}_bp"] - bid for part in ("open", "high", "low", "close")] == [
        100,
        130,
        80,
        110,
    ]
    assert [row[f"price_{part}_bp"] - bid for part in ("open", "high", "low", "close")] == [50, 80, 30, 60]
    assert (row["mean_bp"] - bid, row["previous_bp"] - bid, row["volume_c"] % 100) == (55, 0, 50)
    assert {(one["result"], one["settlement_bp"]) for one in markets} == {("yes", 10_000), (None, None)}


def test_a_second_look_asks_for_nothing_that_cannot_have_changed(tmp_path: Path) -> None:
    async def work(rig: Rig) -> None:
        week(rig)
        await rig.look(HOURLY)
        rig.asked()
        before = digest(rig.root / "lake", CANDLES)
        report = await rig.look(HOURLY)
        asked = rig.asked()
        assert not [path for path in asked if "candlesticks" in path]
        assert not [path for path in asked if path.startswith("/historical/markets")]
        [settled] = [path for path in asked if "status=settled" in path]
        assert f"min_settled_ts={NOW_S - HOUR_S}" in settled
        assert digest(rig.root / "lake", CANDLES) == before
        assert series_report(report).complete == 8

    rigged(tmp_path, work)


def test_hours_later_only_the_open_event_is_asked_for_and_only_its_new_hours(tmp_path: Path) -> None:
    async def work(rig: Rig) -> None:
        week(rig)
        await rig.look(HOURLY)
        rig.asked()
        await rig.clock.sleep(3 * HOUR_S * 10**9)
        await rig.look(HOURLY)
        [batch] = [path for path in rig.asked() if "candlesticks" in path]
        assert f"start_ts={NOW_S // HOUR_S * HOUR_S + 1}" in batch
        assert batch.count("26SEP21") == 3
        assert rig.held() == rig.exchange.truth(SERIES)
        # It closes, and settles: complete, and never asked for again.
        await rig.clock.sleep(20 * HOUR_S * 10**9)
        for market in rig.exchange.markets.values():
            if "26SEP21" in market.ticker:
                market.status, market.settled_s = "finalized", market.close_s + 60
        assert series_report(await rig.look(HOURLY)).complete == 9
        assert rig.held() == rig.exchange.truth(SERIES)
        rig.asked()
        await rig.clock.sleep(2 * HOUR_S * 10**9)
        await rig.look(HOURLY)
        assert not [path for path in rig.asked() if "candlesticks" in path]

    rigged(tmp_path, work)


def test_a_market_that_fails_leaves_its_event_incomplete_and_is_filled_at_the_next_look(
    tmp_path: Path,
) -> None:
    async def work(rig: Rig) -> None:
        week(rig)
        old = f"{SERIES}-26SEP13-T2"
        rig.exchange.fails = {old: [500] * 6}
        report = await rig.look(HOURLY)
        one = series_report(report)
        assert (one.complete, one.failed, one.open) == (7, 1, 1)
        assert "no answer after 6 attempts" in one.reason
        assert not report.is_whole
        assert {ticker for ticker, _ in rig.exchange.truth(SERIES) - rig.held()} == {old}
        [status] = candle_status(rig.root / "lake")
        assert (status.failed, status.complete, status.held) == (1, 7, 9)
        rig.asked()
        assert (await rig.look(HOURLY)).is_whole
        [only] = [path for path in rig.asked() if "candlesticks" in path]
        assert only.startswith(f"/historical/markets/{old}/candlesticks?")
        assert rig.held() == rig.exchange.truth(SERIES)
        [status] = candle_status(rig.root / "lake")
        assert (status.failed, status.complete, status.reason) == (0, 8, "")

    rigged(tmp_path, work)


def test_a_market_that_no_tier_knows_is_failed_and_not_empty(tmp_path: Path) -> None:
    async def work(rig: Rig) -> None:
        week(rig)
        rig.exchange.gone = {f"{SERIES}-26SEP20-T1"}
        one = series_report(await rig.look(HOURLY))
        assert (one.failed, one.complete) == (1, 7)
        assert "404" in one.reason

    rigged(tmp_path, work)


def test_a_market_that_leaves_the_live_tier_meanwhile_is_got_from_the_other(tmp_path: Path) -> None:
    async def work(rig: Rig) -> None:
        week(rig)
        listed = rig.exchange.cutoff_s
        rig.exchange.cutoff_s = 0
        rig.exchange.fails = {"/markets/candlesticks": []}
        answer = rig.exchange._batch

        def moved(query: dict[str, str]) -> object:
            rig.exchange.cutoff_s = listed
            return answer(query)

        rig.exchange._batch = moved  # type: ignore[method-assign, assignment]
        assert (await rig.look(HOURLY)).is_whole
        assert rig.held() == rig.exchange.truth(SERIES)

    rigged(tmp_path, work)


def test_small_events_are_left_out_and_counted_until_they_are_wanted(tmp_path: Path) -> None:
    async def work(rig: Rig) -> None:
        week(rig)
        rig.exchange.list_event(f"{SERIES}-26AUG01", 2, NOW_S - 3 * DAY_S, NOW_S - 2 * DAY_S, NOW_S - DAY_S)
        one = series_report(await rig.look(Wanted((SERIES,), Period.HOUR, least_markets=3)))
        assert (one.events, one.small, one.complete) == (10, 1, 8)
        assert not any("26AUG01" in ticker for ticker, _ in rig.held())
        one = series_report(await rig.look(HOURLY))
        assert (one.small, one.complete) == (0, 9)
        assert rig.held() == rig.exchange.truth(SERIES)

    rigged(tmp_path, work)


def test_a_market_that_cannot_be_read_is_said_and_its_list_is_read_again(tmp_path: Path) -> None:
    async def work(rig: Rig) -> None:
        week(rig)
        odd = f"{SERIES}-26SEP18-T2"
        rig.exchange.unreadable = {odd}
        report = await rig.look(HOURLY)
        assert series_report(report).unreadable == 1
        assert not report.is_whole
        rig.exchange.unreadable = set()
        assert (await rig.look(HOURLY)).is_whole
        assert rig.held() == rig.exchange.truth(SERIES)

    rigged(tmp_path, work)


def test_a_series_that_cannot_be_listed_does_not_keep_the_others(tmp_path: Path) -> None:
    async def work(rig: Rig) -> None:
        week(rig)
        rig.exchange.fails = {"series_ticker=KXINX": [500] * 20}
        report = await rig.look(Wanted(("KXINX", SERIES), Period.HOUR))
        assert list(report.unlisted) == ["KXINX"]
        assert series_report(report).complete == 8

    rigged(tmp_path, work)


def test_three_nodes_have_together_what_one_has_alone(tmp_path: Path) -> None:
    async def work(rig: Rig) -> None:
        week(rig, events=10)
        for node_id in range(3):
            report = await rig.look(Wanted((SERIES,), Period.HOUR, Share(node_id, 3)), lake="union")
            assert report.is_whole
        await rig.look(HOURLY, lake="alone")
        owners = {
            ticker.rpartition("-")[0]: path.name.split("-")[1]
            for path in (rig.root / "union" / "candles").rglob("*.parquet")
            for ticker in _tickers(path)
        }
        assert owners == {event: str(owner_of(event, 3)) for event in owners}
        assert len(set(owners.values())) == 3
        assert digest(rig.root / "union", CANDLES) == digest(rig.root / "alone", CANDLES)
        [status] = candle_status(rig.root / "union")
        assert (status.nodes, status.total_nodes, status.known, status.estimated) == (3, 3, 11, 11)
        # Hours later each asks for its own events alone.
        await rig.clock.sleep(3 * HOUR_S * 10**9)
        for node_id in range(3):
            rig.asked()
            await rig.look(Wanted((SERIES,), Period.HOUR, Share(node_id, 3)), lake="union")
            asked = [path for path in rig.asked() if "candlesticks" in path]
            assert len(asked) == (node_id == owner_of(f"{SERIES}-26SEP21", 3))

    rigged(tmp_path, work)


def _tickers(path: Path) -> list[str]:
    return pq.read_table(path, columns=["ticker"])["ticker"].to_pylist()  # type: ignore[no-any-return]


@pytest.mark.parametrize("ahead_s", [HOUR_S, -HOUR_S, 26 * HOUR_S])
def test_a_wrong_clock_of_this_machine_leaves_no_hole(tmp_path: Path, ahead_s: int) -> None:
    """Whoever reads without a key knows the exchange's time by its answers alone."""

    async def work(rig: Rig) -> None:
        week(rig)
        rig.exchange.says_date = True
        rig.clock.ahead_ns = ahead_s * 10**9
        await rig.look(HOURLY)
        assert rig.held() == rig.exchange.truth(SERIES)
        rig.clock.ahead_ns = 0
        await rig.clock.sleep(3 * HOUR_S * 10**9)
        await rig.look(HOURLY)
        assert rig.held() == rig.exchange.truth(SERIES)
        assert check(rig.root / "lake", list(TABLES.values())) == []

    rigged(tmp_path, work)


def test_a_full_disk_is_said_and_waited_for_and_then_everything_is_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write, written, is_full = Journal.append, list[Path](), [True]

    def append(journal: Journal, batch: pa.RecordBatch) -> None:
        if journal.path.parts[-3] == "candles":
            if is_full[0] and written:
                raise LakeFull(journal.path, 10)
            written.append(journal.path)
        write(journal, batch)

    monkeypatch.setattr(Journal, "append", append)

    async def work(rig: Rig) -> None:
        week(rig)
        reports: list[LookReport] = []
        store = CandleStore(rig.root / "lake", 0, rig.clock.wall_ns)
        async with rig.reader() as client:
            collector = CandleCollector(client, store, HOURLY, Meter(), reports.append)
            work = asyncio.create_task(collector.run(HOUR_S, lambda s: rig.clock.sleep(round(s * 10**9))))
            await rig.clock.sleep(45 * 10**9)
            is_full[0] = False
            await rig.clock.sleep(600 * 10**9)
            work.cancel()
            await asyncio.gather(work, return_exceptions=True)
        await store.aclose()
        assert ["no room left" in report.trouble for report in reports] == [True, True, False]
        assert [report.is_whole for report in reports] == [False, False, True]
        assert rig.held() == rig.exchange.truth(SERIES)
        assert check(rig.root / "lake", list(TABLES.values())) == []

    rigged(tmp_path, work)


def test_ownership_is_the_md5_of_the_event_as_a_number() -> None:
    """Of ``printf KXHIGHNY-26JAN01 | md5sum`` and so on."""
    assert [(owner_of("KXHIGHNY-26JAN01", n), owner_of("KXBTC-26JAN0117", n)) for n in (1, 3, 7)] == [
        (0, 0),
        (0, 2),
        (5, 6),
    ]
    with pytest.raises(BadShare, match="got 3 of --total-nodes 3, wanted 0 to 2"):
        Share(3, 3)


def test_two_collectors_of_one_node_id_refuse(tmp_path: Path) -> None:
    async def work(rig: Rig) -> None:
        week(rig)
        store = CandleStore(rig.root / "lake", 0, rig.clock.wall_ns)
        with pytest.raises(NodeTaken):
            await rig.look(HOURLY)
        await store.aclose()
        assert (await rig.look(HOURLY)).is_whole

    rigged(tmp_path, work)


def test_minutes_of_a_long_market_come_in_as_many_requests_as_the_exchange_wants(tmp_path: Path) -> None:
    async def work(rig: Rig) -> None:
        close_s = NOW_S - DAY_S
        rig.exchange.list_event(f"{SERIES}-26SEP01", 1, close_s - 4 * DAY_S, close_s, close_s + 60)
        report = await rig.look(Wanted((SERIES,), Period.MINUTE))
        assert series_report(report).requests == 2
        assert rig.held() == rig.exchange.truth(SERIES, 60)

    rigged(tmp_path, work)


@pytest.mark.parametrize("every", [1, 3])
def test_refusals_for_the_rate_are_waited_out_and_nothing_is_missing(tmp_path: Path, every: int) -> None:
    async def work(rig: Rig) -> None:
        week(rig)
        rig.exchange.fails = {"candlesticks": [429] * (3 * every), "status=settled": [429, 429]}
        assert (await rig.look(HOURLY)).is_whole
        assert rig.held() == rig.exchange.truth(SERIES)

    rigged(tmp_path, work)


def test_the_rate_budget_is_used_up_and_never_overdrawn(tmp_path: Path) -> None:
    """Four hundred requests of 10 tokens at 200 a second, each 200 ms on its way."""

    async def work(rig: Rig) -> None:
        for event in range(40):
            close_s = NOW_S - 9 * DAY_S - event * DAY_S
            rig.exchange.list_event(f"{SERIES}-{event:03d}", 10, close_s - HOUR_S, close_s, close_s + 60)
        rig.exchange.cutoff_s = NOW_S - DAY_S
        rig.exchange.bucket = Bucket(200, 200, 200, NOW_S)
        rig.exchange.latency_s, rig.exchange.page = 0.2, 1_000
        report = await rig.look(HOURLY)
        assert rig.exchange.refused == 0
        requests = len(rig.asked())
        assert requests > 400
        assert requests * 10 / (200 * report.seconds) > 0.95
        assert rig.held() == rig.exchange.truth(SERIES)

    rigged(tmp_path, work)
