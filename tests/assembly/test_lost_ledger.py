"""A home that was used and lost its ledger is not begun anew behind its owner's back."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.assembly.opening import Options, check_options, open_engine
from engine.ops.home import Binding, Home, HomeError


@pytest.mark.parametrize("state", ["gone", "empty"])
async def test_a_home_without_its_ledger_is_refused_in_one_line_that_says_what_to_do(
    tmp_path: Path, state: str
) -> None:
    home = Home(tmp_path)
    if state == "empty":
        home.ledger.touch()
    home.bind(Binding("sandbox", "world", "account"))
    options = Options(tmp_path)
    with pytest.raises(HomeError) as caught:
        await open_engine(options, check_options(options))
    text = str(caught.value)
    assert "\n" not in text
    assert f"ledger.sqlite is {state}; put it or a backup back, or remove binding.json" in text
    assert not home.ledger.exists() or not home.ledger.stat().st_size
    assert not home.exchange.exists()
