"""A home: made for its user alone, and bound for good at its first start."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from engine.ops.home import Binding, Home, HomeError, HomeMismatch, write_whole

BOUND = Binding("sandbox", "world-1", "key-1")


@pytest.fixture
def home(tmp_path: Path) -> Home:
    made = Home(tmp_path / "deep" / "home")
    made.make()
    return made


def test_it_is_for_its_user_alone(home: Home) -> None:
    home.make()
    assert [path.stat().st_mode & 0o777 for path in (home.root, home.logs)] == [0o700, 0o700]


def test_it_is_bound_once(home: Home) -> None:
    assert home.binding() is None
    home.bind(BOUND)
    home.bind(BOUND)
    assert home.binding() == BOUND
    assert (home.root / "binding.json").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    "other",
    [
        Binding("demo", "world-1", "key-1"),
        Binding("sandbox", "world-2", "key-1"),
        Binding("sandbox", "world-1", "key-2"),
    ],
)
def test_anything_else_is_refused_naming_both(home: Home, other: Binding) -> None:
    home.bind(BOUND)
    with pytest.raises(HomeMismatch, match=re.escape(f"bound to {BOUND}; got {other}")):
        home.bind(other)
    assert home.binding() == BOUND


def test_another_venue_is_refused_before_anything_is_known_of_it(home: Home) -> None:
    home.check_venue("live")
    home.bind(BOUND)
    home.check_venue("sandbox")
    with pytest.raises(HomeError, match=r"got --venue live$"):
        home.check_venue("live")


@pytest.mark.parametrize("data", [b"", b"{}", b"[1]", b"\xff", b'{"venue": "sandbox"}'])
def test_a_damaged_binding_is_no_binding_to_be_made_anew(home: Home, data: bytes) -> None:
    path = home.root / "binding.json"
    path.write_bytes(data)
    for use in (home.binding, lambda: home.bind(BOUND), lambda: home.check_venue("sandbox")):
        with pytest.raises(HomeError, match=r"binding\.json cannot be read"):
            use()
    assert path.read_bytes() == data


def test_a_file_is_no_home(tmp_path: Path) -> None:
    path = tmp_path / "home"
    Home(path).check()
    path.write_text("mine")
    with pytest.raises(HomeError, match=r"got a file, wanted a folder$"):
        Home(path).check()
    with pytest.raises(HomeError, match="cannot be made"):
        Home(path).make()


def test_a_small_file_is_written_whole_over_the_old_one(tmp_path: Path) -> None:
    path = tmp_path / "key.pem"
    path.write_text("old")
    path.chmod(0o644)
    write_whole(path, b"new")
    assert path.read_bytes() == b"new"
    assert path.stat().st_mode & 0o777 == 0o600
    assert [found.name for found in tmp_path.iterdir()] == ["key.pem"]
