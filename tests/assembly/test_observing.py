"""Values on their way into an engine: in order, in bounds, the newest of each key never lost."""

from __future__ import annotations

import asyncio

import pytest

from engine.assembly import observing
from engine.assembly.observing import MOST_A_TURN, Observing
from engine.control.outside_board import HEADLINES_KEPT, VALUES_KEPT, OutsideBoard, OutsideFeed
from engine.control.protocol import OUTSIDE, Delta, Snapshot, decode_server_frame
from engine.control.replica import Replica
from engine.control.rows.outside import HeadlineRow, ObservationRow, OutsideRows
from engine.core.inputs import CoreEvent, Observation, SourceSeen


def row(value: int, key: str = "BTC-USD") -> ObservationRow:
    return ObservationRow("spot", key, str(value), value, value + 1, ("BRTI",), "coinbase")


class Inlet:
    def __init__(self) -> None:
        self.posted: list[CoreEvent] = []
        self.board = OutsideBoard()
        self.observing = Observing(self._post, self.board)
        self._came = asyncio.Event()

    def _post(self, event: CoreEvent) -> None:
        self.posted.append(event)
        self._came.set()

    async def until(self, count: int) -> None:
        """Until so many events were posted."""
        async with asyncio.timeout(30):
            while len(self.posted) < count:
                self._came.clear()
                await self._came.wait()

    def values(self) -> list[tuple[str, str]]:
        return [(event.key, event.value) for event in self.posted if isinstance(event, Observation)]


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(observing, "TURN_S", 0.001)


async def test_what_comes_slowly_goes_on_at_once_and_whole() -> None:
    inlet = Inlet()
    assert inlet.observing.value(row(1))
    assert inlet.posted == [Observation("spot", "BTC-USD", "1", 1, 2)]
    assert inlet.board.values[("spot", "BTC-USD")] == row(1)
    inlet.observing.source(SourceSeen("spot", ("spot",), True))
    assert inlet.posted[-1] == SourceSeen("spot", ("spot",), True)
    inlet.observing.stop()


async def test_of_a_flood_some_go_on_and_the_newest_of_each_key_is_never_lost(quick: None) -> None:
    inlet = Inlet()
    taken = [inlet.observing.value(row(number, f"K{number % 3}")) for number in range(10_000)]
    assert len(inlet.posted) == MOST_A_TURN
    assert taken.count(False) == 10_000 - MOST_A_TURN - 3
    await inlet.until(MOST_A_TURN + 3)
    assert sorted(inlet.values()[MOST_A_TURN:]) == [("K0", "9999"), ("K1", "9997"), ("K2", "9998")]
    inlet.observing.stop()


async def test_keys_without_end_are_kept_in_bounds(quick: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(observing, "MOST_HELD", 200)
    inlet = Inlet()
    taken = [inlet.observing.value(row(1, f"K{number}")) for number in range(20_000)]
    assert taken.count(True) == MOST_A_TURN + 200
    await inlet.until(MOST_A_TURN + 200)
    assert [key for key, _ in inlet.values()] == [f"K{number}" for number in range(MOST_A_TURN + 200)]
    inlet.observing.stop()


def headline(number: int) -> HeadlineRow:
    return HeadlineRow(headline_id=f"h{number}", title=f"t{number}", source="rss", received_ns=number)


def follow(feed: OutsideFeed, replica: Replica) -> list[OutsideRows]:
    """All frames that are there, taken by a console."""
    taken = []
    while feed.has_more:
        data = feed.next_frame()
        if data is not None:
            frame = decode_server_frame(data)
            assert isinstance(frame, Snapshot | Delta)
            assert isinstance(frame.rows, OutsideRows)
            assert replica.apply(frame) is None
            taken.append(frame.rows)
    return taken


def test_a_console_is_told_all_and_then_what_moved() -> None:
    board, replica = OutsideBoard(), Replica()
    feed = OutsideFeed(board)
    moved: list[str] = []
    board.on_change = moved.append
    for number in range(1_000):
        board.put(row(number, f"K{number}"))
    for number in range(HEADLINES_KEPT + 5):
        board.put_headline(headline(number))
    assert not board.put_headline(headline(7)), "known already"
    follow(feed, replica)
    assert len(replica.observations) == 1_000
    assert [row.headline_id for row in replica.headlines][:1] == ["h5"]
    assert set(moved) == {OUTSIDE}

    assert not feed.public_moved({"index"})
    board.put(row(5_000, "K3"))
    board.put_headline(headline(999))
    assert feed.public_moved({OUTSIDE})
    (rows,) = follow(feed, replica)
    assert (rows.values, rows.headlines) == ((row(5_000, "K3"),), (headline(999),))
    assert replica.levels() >= {"K3", "K999"}

    for number in range(VALUES_KEPT):
        board.put(row(number, f"L{number}"))
    assert len(board.values) == VALUES_KEPT
    assert ("spot", "K3") not in board.values, "what was told least lately goes first"
    assert feed.public_moved({OUTSIDE})
    follow(feed, replica)
    assert set(replica.observations) == set(board.values)

    feed.restart()
    again = Replica()
    follow(feed, again)
    assert again.observations == replica.observations
    assert list(again.headlines) == list(replica.headlines)
