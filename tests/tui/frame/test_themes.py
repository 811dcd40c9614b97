from __future__ import annotations

from pathlib import Path

import pytest

from console.tui import roles
from console.tui.theme import BUILT_IN, ThemeInvalid, is_exact, theme_named, theme_of


@pytest.mark.parametrize("name", BUILT_IN)
def test_every_colour_is_an_exact_entry_of_the_palette(name: str) -> None:
    wrong = {
        role: colour.name
        for role, colours in theme_named(name).colours().items()
        for colour in colours
        if not is_exact(colour)
    }
    assert wrong == {}


@pytest.mark.parametrize("name", BUILT_IN)
def test_roles_that_must_not_be_confused_look_different(name: str) -> None:
    theme = theme_named(name)
    for one, other in ((roles.UP, roles.DOWN), (roles.YES, roles.NO), (roles.LIVE, roles.SIM)):
        assert theme.style(one) != theme.style(other), (one, other)


def test_mono_names_no_colour() -> None:
    assert all(colour.is_default for each in theme_named("mono").colours().values() for colour in each)


def test_without_colour_the_theme_is_mono_unless_another_is_asked_for() -> None:
    assert theme_of(None, {"NO_COLOR": "1"}).name == "mono"
    assert theme_of(None, {"NO_COLOR": ""}).name == "default"
    assert theme_of("classic", {"NO_COLOR": "1"}).name == "classic"


def test_a_persons_own_theme_changes_what_it_names(tmp_path: Path) -> None:
    (tmp_path / "dusk.toml").write_text('[roles]\nup = "bold #00ff00"\n')
    dusk, default = theme_named("dusk", tmp_path), theme_named("default")
    assert dusk.style(roles.UP) != default.style(roles.UP)
    assert dusk.style(roles.DOWN) == default.style(roles.DOWN)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[roles]\nupp = "bold"\n', "upp"),
        ('[roles]\nup = "boldly going"\n', "boldly going"),
        ("[roles\n", "own.toml"),
        ("[colors]\n", "roles"),
    ],
)
def test_a_theme_that_cannot_be_used_says_why_in_one_line(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "own.toml").write_text(text)
    with pytest.raises(ThemeInvalid, match=said) as raised:
        theme_named("own", tmp_path)
    assert "\n" not in str(raised.value)


def test_an_unknown_theme_names_those_there_are(tmp_path: Path) -> None:
    (tmp_path / "dusk.toml").write_text("[roles]\n")
    with pytest.raises(ThemeInvalid, match=r"mono.*dusk"):
        theme_named("dawn", tmp_path)


def test_is_exact_knows_the_cube_and_the_greys() -> None:
    from rich.color import Color

    assert is_exact(Color.parse("#5fafff"))
    assert is_exact(Color.parse("#8a8a8a"))
    assert not is_exact(Color.parse("#33291a"))
    assert not is_exact(Color.parse("#5fafee"))
