"""The command row: what is typed, what it may mean, what was typed before, and what a paste may not do."""

from __future__ import annotations

from pathlib import Path

from textual import events
from textual.pilot import Pilot
from tui_app import TICKER, full_app, screen_text

from console.tui.app import DeskApp
from console.tui.command_line import LONGEST


async def typed(pilot: Pilot[str], line: str, *, enter: bool = True) -> list[str]:
    """The screen after a line on the command row."""
    names = {" ": "space", ":": "colon", ".": "full_stop", "@": "at", "-": "minus"}
    await pilot.press("colon", *(names.get(each, each) for each in line), *(["enter"] if enter else []))
    await pilot.pause()
    return screen_text(pilot.app)


async def paste(app: DeskApp, pilot: Pilot[str], text: str) -> list[str]:
    app.post_message(events.Paste(text))
    await pilot.pause()
    return screen_text(app)


async def test_a_code_opens_its_panel_and_the_row_is_the_markets_again() -> None:
    app, _, _ = full_app()
    async with app.run_test(size=(80, 24)) as pilot:
        lines = await typed(pilot, "ord")
        assert "ORD 1 working" in "\n".join(lines)
        assert lines[1].startswith(f" {TICKER}")
        assert app.boxes.current.code == "ORD"


async def test_an_unknown_code_stays_with_what_it_may_mean_and_nothing_is_done() -> None:
    app, tie, _ = full_app()
    async with app.run_test(size=(80, 24)) as pilot:
        lines = await typed(pilot, "wtch")
        assert lines[1] == " :wtch"
        assert lines[2].startswith(" WATCH")
        assert "WTCH" in lines[-2]
        before = list(tie.commands)
        await pilot.press("escape")
        assert screen_text(app)[1].startswith(f" {TICKER}")
        assert tie.commands == before


async def test_offers_shrink_while_typing_and_tab_takes_one() -> None:
    app, _, _ = full_app()
    async with app.run_test(size=(80, 24)) as pilot:
        lines = await typed(pilot, "cas", enter=False)
        assert lines[2].startswith(" CASH")
        await pilot.press("tab")
        assert screen_text(app)[2].startswith("▸CASH")
        await pilot.press("enter")
        await pilot.pause()
        assert app.boxes.current.code == "CASH"


async def test_the_up_key_brings_back_what_was_typed_and_it_is_kept(tmp_path: Path) -> None:
    app, _, _ = full_app(config=tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        await typed(pilot, "pos")
        await typed(pilot, "gp 1h")
        await pilot.press("colon", "up")
        assert screen_text(app)[1] == " :gp 1h"
        await pilot.press("up")
        assert screen_text(app)[1] == " :pos"
        await pilot.press("down")
        assert screen_text(app)[1] == " :gp 1h"
    again, _, _ = full_app(config=tmp_path)
    async with again.run_test(size=(80, 24)) as pilot:
        await pilot.press("colon", "up")
        assert screen_text(again)[1] == " :gp 1h"


async def test_a_paste_is_one_line_and_sends_nothing_by_itself() -> None:
    app, tie, _ = full_app()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("colon")
        before = list(tie.commands)
        lines = await paste(app, pilot, "POS\nK\nYYYY\n")
        assert lines[1] == " :POS K YYYY"
        assert app.prompt.is_open
        assert app.boxes.current.code != "POS"
        assert not app.trading.is_open
        assert tie.commands == before


async def test_a_paste_is_cut_at_the_longest_line_and_said_to_be() -> None:
    app, _, _ = full_app()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("colon")
        lines = await paste(app, pilot, "Y" * 1_000)
        assert len(app.prompt.line.text) == LONGEST
        assert "at most 200 characters" in lines[-2]


async def test_a_paste_without_a_prompt_is_no_keys() -> None:
    app, tie, _ = full_app()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        before = list(tie.commands)
        lines = await paste(app, pilot, "NYcxKFA\n" * 20)
        assert "pasted text is not used here" in lines[-2]
        assert not app.trading.is_open
        assert tie.commands == before


async def test_a_part_of_a_ticker_loads_its_market() -> None:
    app, _, _ = full_app()
    async with app.run_test(size=(80, 24)) as pilot:
        lines = await typed(pilot, "t94500")
        assert app.desk.loaded.endswith("-T94500")
        assert lines[1].startswith(f" {app.desk.loaded} ")


async def test_a_code_with_wrong_words_says_what_was_wanted() -> None:
    app, _, _ = full_app()
    async with app.run_test(size=(80, 24)) as pilot:
        lines = await typed(pilot, "gp 7x")
        assert "wanted 1m, 1h or 1d" in lines[-2]
