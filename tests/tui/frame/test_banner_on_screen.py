"""The first row at every size: whose money, who may spend it, and whether what is seen is current."""

from __future__ import annotations

from typing import Any

import pytest
from tui_app import full_app, screen_text
from tui_desk import FakeTie, cash, status

from console.tui.app import DeskApp
from engine.control.protocol import DESK, DeskRows
from engine.control.rows.status import ExchangeRow, FeedRow, LeaseRow
from engine.control.rows.strategies import StrategyRow
from engine.domain.units import MILLISECOND_NS, SECOND_NS

SIZES = ((200, 60), (120, 40), (80, 24), (60, 20), (40, 30), (20, 5))
SENTENCE = "prices: simulated  money: fake  Kalshi: not connected"


async def seen(size: tuple[int, int], told: dict[str, Any], before: Any = None) -> list[str]:
    """The screen of a desk whose engine told this status."""
    app, tie, clock = full_app()
    tie.client = type("Client", (), {"hello": type("Hello", (), {"client": "me"})})  # type: ignore[attr-defined]
    tie.tell(DESK, DeskRows(status(**told), cash()))
    async with app.run_test(size=size) as pilot:
        if before is not None:
            before(app, tie, clock)
        app.flush()
        await pilot.pause()
        return screen_text(app)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize(
    ("venue", "word"), [("sandbox", "SIM"), ("paper", "PAPER"), ("demo", "DEMO"), ("live", "LIVE")]
)
async def test_the_venue_comes_first_at_every_size(size: tuple[int, int], venue: str, word: str) -> None:
    banner, command = (await seen(size, {"venue": venue}))[:2]
    assert banner.split()[0] == word
    assert "KEYS locked" in banner
    if size[0] >= 40:
        assert ("fake" in banner + command) is (venue == "sandbox")


@pytest.mark.parametrize("size", SIZES[:3])
async def test_a_sandbox_is_told_in_a_sentence_beside_a_whole_ticker(size: tuple[int, int]) -> None:
    text = " ".join(" ".join((await seen(size, {}))[:2]).split())
    assert SENTENCE.replace("  ", " ") in text
    assert "KXBTCD-26NOV2117-T95000 " in f"{text} "


async def test_the_keys_count_down_and_are_told_who_has_them() -> None:
    mine = {"lease": LeaseRow("me", 581 * SECOND_NS)}
    assert "KEYS armed 9:41" in (await seen((80, 24), mine))[0]
    other = {"lease": LeaseRow("another", 581 * SECOND_NS)}
    assert "KEYS armed elsewhere" in (await seen((80, 24), other))[0]


async def test_a_lost_engine_arms_nobody() -> None:
    def lose(_: DeskApp, tie: FakeTie, clock: Any) -> None:
        tie.lose()
        clock.advance(4)

    lines = await seen((80, 24), {"lease": LeaseRow("me", 581 * SECOND_NS)}, lose)
    assert "ENGINE LOST 4.0s" in lines[0]
    assert "KEYS locked" in lines[0]
    assert "once it is back, A arms again" in lines[-2]


@pytest.mark.parametrize("is_lost", [True, False])
async def test_of_an_engine_that_does_not_speak_nobody_knows_whether_exits_are_kept(is_lost: bool) -> None:
    """The plans that it told of last guard nothing while it is away."""

    def fall_silent(_: DeskApp, tie: FakeTie, clock: Any) -> None:
        if is_lost:
            tie.lose()
        clock.advance(4)

    banner = (await seen((200, 60), {"plans": 2, "day_pnl_ud": 1_500_000}, fall_silent))[0]
    assert "EXITS ?" in banner
    assert "BOT ?" in banner
    assert "bal ~$1,204.50  day ~+1.50" in banner


async def test_what_is_guarded_and_what_trades_by_itself_is_counted() -> None:
    strategies = (StrategyRow("one", "shadow"), StrategyRow("two", "money"), StrategyRow("three", "off"))
    banner = (await seen((120, 40), {"plans": 1, "strategies": strategies}))[0]
    assert "BOT shadow 1, live 1" in banner
    assert "EXITS on 1" in banner
    banner = (await seen((120, 40), {"exits_off": "stopped by hand"}))[0]
    assert "BOT off" in banner
    assert "EXITS OFF" in banner


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize(
    ("told", "word"),
    [
        ({"feeds": (FeedRow("exchange", "lost"),)}, "FEED LOST"),
        ({"unknown_orders": 2}, "UNKNOWN 2"),
        ({"mode": "HALTED"}, "HALTED"),
    ],
)
async def test_trouble_is_told_at_every_size(size: tuple[int, int], told: dict[str, Any], word: str) -> None:
    if size[0] >= 40:
        assert word in (await seen(size, told))[0]


async def test_an_engine_that_says_nothing_is_called_silent_and_its_ages_grow() -> None:
    lines = await seen((120, 40), {}, lambda app, tie, clock: clock.advance(7))
    assert "ENGINE SILENT 7.0s" in lines[0]
    assert "feed ~7s  eng ~7s" in lines[0]
    assert "sparko status" in lines[-2]


async def test_money_and_new_yorks_time_stand_at_the_right_edge() -> None:
    for size in SIZES[:3]:
        banner = (await seen(size, {"day_pnl_ud": -1_230_000}))[0]
        assert banner.endswith("bal $1,204.50  day -1.23 14:02:11 ET")


async def test_a_fast_exchange_says_how_fast() -> None:
    fast = ExchangeRow(True, "ok", True, 2 * MILLISECOND_NS, speed_millionths=600_000_000)
    assert (await seen((80, 24), {"exchange": fast}))[0].startswith(" SIM x600 ")
