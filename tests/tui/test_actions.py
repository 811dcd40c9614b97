from __future__ import annotations

from pathlib import Path

import pytest

from console.tui.actions import ACTIONS, BY_ID, Safety, Scope, key_name, keys_text
from console.tui.codes import BY_NAME, CODES
from console.tui.keymap import RESERVED, Keymap, KeymapInvalid, problems, read_keymap


def table_keys() -> dict[str, tuple[str, ...]]:
    return {action.id: action.keys for action in ACTIONS}


def test_the_table_has_no_problem_with_itself() -> None:
    assert list(problems(table_keys())) == []
    assert len(BY_ID) == len(ACTIONS)


def test_an_action_without_a_key_is_said_to_be_in_the_palette_alone() -> None:
    assert {action.id for action in ACTIONS if not action.keys} == {"desk.theme"}


def test_every_action_and_code_has_help_that_fits_a_line() -> None:
    for action in ACTIONS:
        assert 5 < len(action.help) < 70, action.id
        assert len(action.label) <= 16, action.id
    for code in CODES:
        assert 3 < len(code.help) < 70, code.name


def test_no_code_is_named_twice() -> None:
    names = [name for code in CODES for name in (code.name, *code.aliases)]
    assert len(names) == len(set(names)) == len(BY_NAME)


def test_no_key_needs_a_chord_that_terminals_swallow() -> None:
    assert not set(RESERVED) & {key for action in ACTIONS for key in action.keys}
    assert not [key for action in ACTIONS for key in action.keys if key.startswith(("alt+", "f"))]


def test_no_letter_pair_lies_across_the_line_between_looking_and_acting() -> None:
    for in_ticket in (True, False):
        acting, looking = set(), set()
        for action in ACTIONS:
            if (action.scope is Scope.TICKET) == in_ticket:
                side = acting if action.safety is Safety.ACT else looking
                side.update(key.lower() for key in action.keys if len(key) == 1 and key.isalpha())
        assert acting & looking == set()


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"panel.zoom": ("q",)}, "desk.quit: got q, which panel.zoom has already"),
        ({"panel.zoom": ("a",)}, "desk.arm: a in one case acts"),
        ({"panel.zoom": ("ctrl+b",)}, "tmux's prefix"),
    ],
)
def test_a_keymap_that_endangers_is_refused(changes: dict[str, tuple[str, ...]], said: str) -> None:
    with pytest.raises(KeymapInvalid, match=said.replace("+", r"\+")):
        Keymap(changes)


def test_panels_that_exclude_each_other_may_share_a_key() -> None:
    keymap = Keymap({"panel.centre": ("s",)})
    centre, resort = keymap.action("s", "BOOK"), keymap.action("s", "WATCH")
    assert centre is not None
    assert resort is not None
    assert (centre.id, resort.id) == ("panel.centre", "panel.resort")


def test_a_persons_file_changes_keys_and_frees_the_old_ones(tmp_path: Path) -> None:
    path = tmp_path / "keymap.toml"
    path.write_text('[keys]\n"panel.zoom" = "v"\n"move.down" = ["down", "ctrl+n"]\n')
    keymap = read_keymap(path)
    zoom = keymap.action("v", "WATCH")
    assert zoom is not None
    assert zoom.id == "panel.zoom"
    assert keymap.action("z", "WATCH") is None
    assert keymap.text("move.down") == "↓ Ctrl+N"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[keys]\n"panel.zoo" = "v"\n', "panel.zoo"),
        ('[keys]\n"panel.zoom" = 3\n', "wanted a key"),
        ("[kyes]\n", "wanted one table, keys"),
        ("[keys\n", "keymap.toml"),
    ],
)
def test_a_file_that_cannot_be_used_says_why_in_one_line(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "keymap.toml"
    path.write_text(text)
    with pytest.raises(KeymapInvalid, match=said) as raised:
        read_keymap(path)
    assert "\n" not in str(raised.value)


def test_without_a_file_the_table_holds(tmp_path: Path) -> None:
    assert read_keymap(tmp_path / "keymap.toml").keys == table_keys()


def test_the_key_row_has_what_acts_in_the_panel() -> None:
    keymap = Keymap()
    assert "panel.centre" in {action.id for action in keymap.for_row("BOOK")}
    assert "panel.centre" not in {action.id for action in keymap.for_row("WATCH")}
    ranks = [action.rank for action in keymap.for_row("WATCH")]
    assert ranks == sorted(ranks)


def test_keys_are_named_as_on_the_keyboard() -> None:
    assert key_name("escape") == "Esc"
    assert keys_text(tuple("123456789")) == "1-9"
