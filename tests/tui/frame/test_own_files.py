"""A person's own keys and themes, and terminals with other colours or characters."""

from __future__ import annotations

from pathlib import Path

import pytest
from tui_app import app_of, full_app, screen_text

from console.tui.ascii import ascii_text, is_needed
from console.tui.keymap import KeymapInvalid
from console.tui.theme import ThemeInvalid


async def test_own_keys_act_are_shown_and_free_the_old_ones(tmp_path: Path) -> None:
    (tmp_path / "keymap.toml").write_text('[keys]\n"ticket.yes" = "B"\n"desk.arm" = "ctrl+r"\n')
    app, _, _ = full_app(config=tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        assert screen_text(app)[-1].startswith(" B buy YES")
        await pilot.press("Y")
        assert not app.trading.is_open
        await pilot.press("B")
        await pilot.pause()
        assert app.trading.is_open


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[keys]\nnot toml\n", r"keymap\.toml: .*line 2"),
        ('[keys]\n"ticket.yes" = "a"\n', r"keymap\.toml: .*a in one case acts"),
        ('[keys]\n"ticket.yes" = "ctrl+b"\n', r"keymap\.toml: .*tmux's prefix"),
        ('[keys]\n"nothing" = "v"\n', r"keymap\.toml: got action 'nothing', wanted one of .*ticket\.yes"),
    ],
)
def test_a_keymap_that_cannot_be_used_names_its_file(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "keymap.toml").write_text(text)
    with pytest.raises(KeymapInvalid, match=said) as raised:
        app_of(config=tmp_path)
    assert str(tmp_path) in str(raised.value)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[roles]\nup =\n", r"mine\.toml: .*line 2"),
        ('[roles]\nup = "bold #zzz"\n', r"mine\.toml: up: got 'bold #zzz', wanted a style"),
        ('[roles]\nupp = "bold"\n', r"mine\.toml: got role 'upp', wanted one of .*up"),
    ],
)
def test_a_theme_that_cannot_be_used_names_its_file(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "themes").mkdir()
    (tmp_path / "themes" / "mine.toml").write_text(text)
    with pytest.raises(ThemeInvalid, match=said) as raised:
        app_of(config=tmp_path, theme="mine")
    assert str(tmp_path) in str(raised.value)


async def test_a_broken_theme_chosen_later_is_said_and_the_old_one_stays(tmp_path: Path) -> None:
    (tmp_path / "themes").mkdir()
    (tmp_path / "themes" / "mine.toml").write_text("[roles]\nup =\n")
    app, _, _ = full_app(config=tmp_path)
    async with app.run_test(size=(120, 40)) as pilot:
        app.typed.run("theme mine")
        app.flush()
        await pilot.pause()
        assert "mine.toml" in "\n".join(screen_text(app)[-4:])
        assert app.look.name == "default"


async def test_an_own_theme_is_worn_and_remembered(tmp_path: Path) -> None:
    (tmp_path / "themes").mkdir()
    (tmp_path / "themes" / "mine.toml").write_text('[roles]\nup = "bold #d75f00"\n')
    app, _, _ = full_app(config=tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        app.typed.run("theme mine")
        await pilot.pause()
        assert app.look.style("up").color is not None
    assert app_of(config=tmp_path).look.name == "mine"


async def test_settings_that_cannot_be_read_are_said_and_do_not_stop_the_desk(tmp_path: Path) -> None:
    (tmp_path / "console.json").write_text("{")
    app, _, _ = full_app(config=tmp_path)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        assert "console.json" in "\n".join(screen_text(app)[-4:])


def colours_of(app: object) -> set[str]:
    lines = app.screen._compositor.render_strips()  # type: ignore[attr-defined]
    styles = [segment.style for line in lines for segment in line if segment.style is not None]
    colours = [colour for style in styles for colour in (style.color, style.bgcolor) if colour is not None]
    return {colour.name for colour in colours if not colour.is_default}


@pytest.mark.parametrize(("environment", "is_grey"), [({"NO_COLOR": "1"}, True), ({}, False)])
async def test_no_color_paints_no_colour(environment: dict[str, str], is_grey: bool) -> None:
    app, _, _ = full_app(environment=environment)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        assert app.look.name == ("mono" if is_grey else "default")
        named = {name for name in colours_of(app) if name not in ("#000000", "#ffffff")}
        assert bool(named) is not is_grey


@pytest.mark.parametrize(
    ("environment", "needed"),
    [
        ({}, False),
        ({"LANG": "C"}, True),
        ({"LANG": "C.UTF-8"}, False),
        ({"LANG": "en_US.utf8", "TERM": "xterm-256color"}, False),
        ({"LANG": "de_DE.ISO-8859-1"}, True),
        ({"LC_ALL": "C", "LANG": "C.UTF-8"}, True),
        ({"LC_CTYPE": "C.UTF-8", "LANG": "C"}, False),
        ({"LANG": "C.UTF-8", "TERM": "linux"}, True),
    ],
)
def test_plain_characters_are_for_terminals_without_the_others(
    environment: dict[str, str], needed: bool
) -> None:
    assert is_needed(environment) is needed


@pytest.mark.parametrize("size", [(200, 60), (80, 24), (40, 30)])
async def test_in_ascii_every_cell_of_every_panel_is_ascii(size: tuple[int, int]) -> None:
    app, _, _ = full_app(environment={"LANG": "C"})
    async with app.run_test(size=size) as pilot:
        for code in ("evt", "gp", "book", "pos", "ord", "tas", "log", "eng", "risk"):
            app.typed.run(code)
            app.draw_all()
            await pilot.pause()
            lines = screen_text(app)
            assert all(line.isascii() for line in lines), code
            assert all(len(line) <= size[0] for line in lines)
        await pilot.press("Y")
        await pilot.pause()
        assert all(line.isascii() for line in screen_text(app))


def test_ascii_keeps_cells_and_meaning() -> None:
    assert ascii_text("≥ $95,000 ▸ 52°–53° …") == ">=$95,000 > 52o-53o >"
    assert ascii_text("日本 é") == "???? ?"
