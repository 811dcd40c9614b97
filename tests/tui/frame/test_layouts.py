"""What is where at each size, down to terminals in which hardly anything fits."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tui_app import full_app, screen_text

from console.tui.layout import PHONE_BELOW, Size, arrange
from console.tui.panel_registry import CODES_OF_PANELS

SIZES = ((200, 60), (120, 40), (80, 24), (60, 20), (59, 40), (40, 30), (20, 5), (10, 4), (1, 1))


@settings(derandomize=True, max_examples=300)
@given(st.integers(10, 300), st.integers(7, 100), st.booleans())
def test_places_fill_the_area_and_do_not_lie_over_each_other(width: int, height: int, is_phone: bool) -> None:
    found = arrange(width, height, is_phone=is_phone)
    cells: set[tuple[int, int]] = set()
    for slot in found.slots:
        x, y, wide, high = slot.rect
        assert wide >= 3
        assert high >= 3
        own = {(column, row) for column in range(x, x + wide) for row in range(y, y + high)}
        assert not cells & own
        cells |= own
    area = found.area
    assert len(cells) == area.width * area.height
    assert area.y + area.height == height - 2
    assert len({slot.number for slot in found.slots}) == len(found.slots)


@pytest.mark.parametrize(
    ("width", "height", "size"),
    [(200, 60, Size.WIDE), (120, 40, Size.DESK), (80, 24, Size.NARROW), (PHONE_BELOW - 1, 40, Size.PHONE)],
)
def test_each_size_has_its_arrangement(width: int, height: int, size: Size) -> None:
    assert arrange(width, height).size is size
    assert arrange(width, height, is_phone=True).size is Size.PHONE


@pytest.mark.parametrize(("width", "height"), [(200, 60), (120, 40), (80, 24)])
def test_every_panel_has_a_place_of_its_own(width: int, height: int) -> None:
    codes = {code for slot in arrange(width, height).slots for code in slot.codes}
    assert set(CODES_OF_PANELS) <= codes


@pytest.mark.parametrize("size", SIZES)
async def test_nothing_breaks_and_nothing_runs_over_the_edge(size: tuple[int, int]) -> None:
    app, _, _ = full_app()
    async with app.run_test(size=size) as pilot:
        for key in ("z", "z", "tab", "question_mark", "escape", "colon", "escape", "ctrl+p", "escape"):
            await pilot.press(key)
            app.flush()
            await pilot.pause()
            lines = screen_text(app)
            assert len(lines) == size[1]
            assert all(len(line) <= size[0] for line in lines)


@pytest.mark.parametrize("size", [(59, 40), (40, 30), (20, 5), (79, 24), (80, 23)])
async def test_too_small_for_a_review_is_too_small_to_buy_and_not_to_close(size: tuple[int, int]) -> None:
    app, tie, _ = full_app()
    async with app.run_test(size=size) as pilot:
        app.flush()
        await pilot.pause()
        before = list(tie.commands)
        await pilot.press("Y")
        await pilot.pause()
        assert not app.trading.is_open
        assert app.messages.current.text.startswith("too small for buying; make the terminal at least 80 by")
        await pilot.press("c")
        await pilot.pause()
        assert app.trading.is_open
        assert tie.commands == before


async def test_a_phone_shows_what_is_held_and_what_happened() -> None:
    app, _, _ = full_app()
    async with app.run_test(size=(40, 30)) as pilot:
        await pilot.pause()
        assert [box.code for box in app.boxes.shown] == ["POS", "LOG"]
        text = "\n".join(screen_text(app))
        assert "UNGUARDED" in text
        assert "buy" not in screen_text(app)[-1]


async def test_other_sizes_keep_what_was_opened_and_where_the_keys_are() -> None:
    app, _, _ = full_app()
    async with app.run_test(size=(120, 40)) as pilot:
        app.typed.run("ord")
        await pilot.pause()
        for size in ((80, 24), (200, 60), (40, 30), (120, 40)):
            await pilot.resize_terminal(*size)
            await pilot.pause()
            assert app.boxes.current.code == "ORD"
            assert len(screen_text(app)) == size[1]


async def test_after_any_size_the_whole_screen_is_painted_once_more(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    app, _, _ = full_app()
    painted: list[tuple[object, ...]] = []
    async with app.run_test(size=(120, 40)) as pilot:
        app.repaint.soon()
        timer = app.repaint._due
        assert timer is not None
        app.repaint.soon()
        assert app.repaint._due is not timer, "only after the last of many sizes"
        monkeypatch.setattr(app.screen, "refresh", lambda *regions, **_: painted.append(regions))
        app.repaint.now()
        await pilot.pause()
        assert set(painted) == {()}, "everything, by hand or when the timer is due"
