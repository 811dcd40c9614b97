"""Pictures of the whole screen, every panel at each size in each state, beside those that were looked at.

``--snapshot-update`` takes them anew; look at each before it is kept.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from screens import STATES, Still, Turn, calm_desk, to_arming, to_ticket
from svg_pictures import Pictures
from textual.pilot import Pilot

from console.tui.panel_registry import CODES_OF_PANELS

SMALL, DESK, WIDE, PHONE = (80, 24), (120, 40), (200, 60), (40, 30)
PAGES: dict[tuple[int, int], tuple[str, ...]] = {
    SMALL: (
        *("EVT POS BOOK", "WATCH ORD TAS", "GP FILL", "DES CASH", "LOG COND", "ENG LOAD", "RISK"),
        *("FCST", "SCAN", "WHY", "XRAY", "NEWS", "FEED"),
    ),
    DESK: (
        *("WATCH GP POS BOOK LOG", "EVT ORD TAS ENG", "DES FILL RISK", "CASH FCST SCAN", "COND WHY NEWS"),
        *("LOAD XRAY FEED",),
    ),
    WIDE: (
        *("WATCH GP POS BOOK LOG EVT", "DES ORD TAS ENG", "FILL RISK", "CASH FCST SCAN", "COND WHY NEWS"),
        *("LOAD XRAY FEED",),
    ),
}
"""By size, which panels are opened together, so that each is seen once; one alone fills the screen."""
Compare = Callable[..., bool]


@pytest.fixture(autouse=True)
def plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same pictures whatever terminal the tests are run in."""
    for name in ("NO_COLOR", "FORCE_COLOR", "COLORTERM", "TEXTUAL_COLOR_SYSTEM", "TEXTUAL_FILTERS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")


def test_every_panel_is_in_the_pictures_of_every_size() -> None:
    for pages in PAGES.values():
        assert sorted(" ".join(pages).split()) == sorted(CODES_OF_PANELS)


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("size", PAGES, ids=lambda size: f"{size[0]}x{size[1]}")
async def test_panels(pictures: Pictures, size: tuple[int, int], state: str) -> None:
    """One desk, whose panels are opened page by page before it comes into its state, and once more in it."""
    made, turn = STATES[state]
    still = Still(made())
    async with still.app.run_test(size=size) as pilot:
        for codes in PAGES[size]:
            await still.show(pilot, *codes.split())
        await turn(still, pilot)
        for codes in PAGES[size]:
            await still.show(pilot, *codes.split())
            pictures.look(still.app, codes.replace(" ", "_"))
    pictures.judge()


@pytest.mark.parametrize("state", ["normal", "empty", "lost"])
def test_phone(snap_compare: Compare, state: str) -> None:
    made, turn = STATES[state]
    still = Still(made())

    async def before(pilot: Pilot[Any]) -> None:
        await turn(still, pilot)

    assert snap_compare(still.app, terminal_size=PHONE, run_before=before)


@pytest.mark.parametrize("size", [SMALL, DESK], ids=["80x24", "120x40"])
@pytest.mark.parametrize("turn", [to_ticket, to_arming], ids=["ticket", "arming"])
def test_tickets(snap_compare: Compare, size: tuple[int, int], turn: Turn) -> None:
    still = Still(calm_desk())

    async def before(pilot: Pilot[Any]) -> None:
        await turn(still, pilot)

    assert snap_compare(still.app, terminal_size=size, run_before=before)


@pytest.mark.parametrize(
    "keys", ["question_mark", "colon,b,o", "ctrl+p", "z"], ids=["help", "prompt", "palette", "zoom"]
)
def test_pages(snap_compare: Compare, keys: str) -> None:
    still = Still(calm_desk())

    async def before(pilot: Pilot[Any]) -> None:
        await still.settle(pilot)
        await pilot.press(*keys.split(","))
        await still.settle(pilot)

    assert snap_compare(still.app, terminal_size=SMALL, run_before=before)


@pytest.mark.parametrize("look", ["classic", "mono", "high-contrast", "ascii"])
def test_looks(snap_compare: Compare, look: str) -> None:
    is_ascii = look == "ascii"
    still = Still(calm_desk(), theme=None if is_ascii else look, is_ascii=is_ascii)

    async def before(pilot: Pilot[Any]) -> None:
        await still.settle(pilot)

    assert snap_compare(still.app, terminal_size=DESK, run_before=before)
