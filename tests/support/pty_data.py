"""Made-up data of a whole screen that changes at a set rate; the same changes for whoever draws them."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from random import Random

from console.tui import roles
from console.tui.cells import Row, pad, right
from console.tui.chart.model import Bar, ChartModel, Level, LevelKind
from console.tui.numbers import cents

COLUMNS = ("market", "bid", "ask", "last", "chg", "vol", "p50", "edge")
LADDER_COLUMNS = ("size", "NO", "YES", "size", "mine")
TAPE_COLUMNS = ("time", "what")
HISTORY = 900
START_S = 1_795_273_200
_VALUE_ROLES = (roles.YES, roles.NO, roles.TEXT, roles.UP, roles.LABEL, roles.FORECAST, roles.TEXT)


class Data:
    """``markets`` x 7 prices, 22 levels x 4 sizes, ten tape lines and a price's history."""

    def __init__(self, markets: int = 24) -> None:
        self._random = Random(11)
        self.watch = [[self._random.randrange(100, 9_900, 10) for _ in COLUMNS[1:]] for _ in range(markets)]
        self.ladder = [[self._random.randrange(1, 999) for _ in LADDER_COLUMNS] for _ in range(22)]
        self.tape: deque[str] = deque((f"line {number}" for number in range(10)), maxlen=10)
        self.now_s = START_S
        self.bars = tuple(self._walk(5_300))
        self.changed_watch: set[tuple[int, int]] = set()
        self.changed_ladder: set[tuple[int, int]] = set()
        self._flushes = 0

    def _walk(self, close_bp: int) -> Iterator[Bar]:
        for at in range(HISTORY):
            before = close_bp
            close_bp = min(max(before + self._random.choice((-30, -10, 0, 10, 30)), 4_300), 6_200)
            start_s = START_S - (HISTORY - at) * 60
            yield Bar(start_s, start_s + 60, min(before, close_bp), max(before, close_bp), close_bp)

    def change(self, cells: int) -> None:
        """Changes ``cells`` of the watch list and the ladder (one in four), and the last price; every eighth
        time the tape moves. What changed since is in ``changed_watch`` and ``changed_ladder``."""
        self.changed_watch, self.changed_ladder = set(), set()
        for number in range(cells):
            if number % 4 == 3:
                self._change_ladder()
            else:
                self.change_market()
        self._flushes += 1
        if self._flushes % 8 == 0:
            self.tape.append(f"pass {self._flushes} edge {self._random.randrange(99)} below cost")
        last = self.bars[-1]
        close = last.close_bp + self._random.choice((-20, 20))
        moved = last._replace(
            close_bp=close, low_bp=min(last.low_bp, close), high_bp=max(last.high_bp, close)
        )
        self.bars = (*self.bars[:-1], moved)

    def change_market(self) -> None:
        row, column = self._random.randrange(len(self.watch)), self._random.randrange(len(COLUMNS) - 1)
        self.watch[row][column] = (self.watch[row][column] + 10) % 9_900
        self.changed_watch.add((row, column))

    def _change_ladder(self) -> None:
        row, column = self._random.randrange(22), self._random.choice((0, 3))
        self.ladder[row][column] = self._random.randrange(1, 999)
        self.changed_ladder.add((row, column))

    def market_name(self, row: int) -> str:
        return f"KXBTCD-T{95_000 + row}"


def watch_row(data: Data, at: int) -> Row:
    values = data.watch[at]
    head = (pad(data.market_name(at), 14), roles.TITLE)
    return (
        head,
        *((right(cents(value), 6), role) for value, role in zip(values, _VALUE_ROLES, strict=True)),
    )


def watch_rows(data: Data) -> tuple[Row, ...]:
    return tuple(watch_row(data, at) for at in range(len(data.watch)))


def ladder_rows(data: Data) -> tuple[Row, ...]:
    return tuple(
        (
            (right(str(sizes[0]), 6), roles.NO),
            (right(str(40 + at), 5), roles.NO),
            (right(str(60 - at), 5), roles.YES),
            (right(str(sizes[3]), 6), roles.YES),
            (right("*" if at == 9 else "", 5), roles.OWN),
        )
        for at, sizes in enumerate(data.ladder)
    )


def tape_rows(data: Data) -> tuple[Row, ...]:
    return tuple((("12:00:00 ", roles.LABEL), (line, roles.TEXT)) for line in reversed(data.tape))


def chart_model(data: Data) -> ChartModel:
    last = data.bars[-1].close_bp
    levels = (
        Level(LevelKind.LAST, last),
        Level(LevelKind.TAKE_PROFIT, 5_900, "TP"),
        Level(LevelKind.STOP_LOSS, 4_600, "SL"),
        Level(LevelKind.ENTRY, 5_200, "entry"),
    )
    return ChartModel(data.bars, levels, start_s=data.bars[0].start_s, now_s=data.now_s - 1)
