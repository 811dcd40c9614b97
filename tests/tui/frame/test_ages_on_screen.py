"""Ages in the borders go on while nothing is told, and begin anew when something is."""

from __future__ import annotations

from tui_app import full_app, screen_text
from tui_desk import FakeTie, StillClock, cash, fill, order, position, status, tell_book

from console.tui.app import DeskApp
from engine.control.protocol import DESK, DeskRows
from engine.domain.units import SECOND_NS


def border(app: DeskApp, code: str) -> str:
    """The age at the right end of a panel's upper border."""
    top = next(line for line in screen_text(app) if f" {code}" in line and ("┐" in line or "╗" in line))
    box = top[top.index(f" {code}") :]
    return box[: min(box.index(end) for end in "┐╗" if end in box)].split()[-1]


def beat(tie: FakeTie, clock: StillClock) -> None:
    """The same desk at another time."""
    row = status(exchange_ns=clock.wall_ns(), uptime_ns=200 * SECOND_NS)
    tie.tell(DESK, DeskRows(row, cash(), (position(),), (order(),), (fill(),)))


async def test_an_age_is_that_of_what_was_told_last() -> None:
    app, tie, clock = full_app()
    async with app.run_test(size=(120, 40)) as pilot:
        tell_book(tie)
        found = []
        for second in range(1, 9):
            clock.advance(1)
            beat(tie, clock)
            if second == 6:
                tell_book(tie)
            app.flush()
            await pilot.pause()
            found.append((border(app, "POS"), border(app, "BOOK")))
        assert [ages for ages, _ in found] == ["0s"] * 8
        assert [ages for _, ages in found] == ["1s", "2s", "3s", "4s", "5s", "0s", "1s", "2s"]


async def test_an_old_age_goes_in_steps() -> None:
    app, tie, clock = full_app()
    async with app.run_test(size=(120, 40)) as pilot:
        tell_book(tie)
        found = []
        for _ in range(75):
            clock.advance(1)
            beat(tie, clock)
            app.flush()
            await pilot.pause()
            found.append(border(app, "BOOK"))
        assert found[8:12] == ["9s", "10s", "10s", "10s"]
        assert (found[13], found[14], found[28], found[29]) == ("10s", "15s", "25s", "30s")
        assert (found[38], found[39], found[58], found[59]) == ("30s", "40s", "50s", "1m")
