"""The first row of a paper desk: whose money, how its prices come, and how old they are."""

from __future__ import annotations

import pytest
from tui_desk import cash, full_desk, status

from console.tui import roles
from console.tui.frame.banner import BannerWords, banner
from engine.control.protocol import DESK, DeskRows
from engine.control.rows.status import ExchangeRow
from engine.domain.units import MILLISECOND_NS

SHOWN = {
    ("mirrored", 400): (" PAPER ", roles.TEXT),
    ("polled", 1_900): (" PAPER  POLL 1s", roles.TEXT),
    ("polled", 9_000): (" PAPER  POLL 9s", roles.WARNING),
    ("polled", 125_000): (" PAPER  POLL 2m", roles.WARNING),
    ("polled", None): (" PAPER  POLL -", roles.WARNING),
}


@pytest.mark.parametrize("width", [40, 80, 120])
@pytest.mark.parametrize("told, shown", SHOWN.items())
def test_polled_prices_say_so_and_their_age(
    told: tuple[str, int | None], shown: tuple[str, str], width: int
) -> None:
    desk, tie, _ = full_desk()
    prices, age_ms = told
    age_ns = None if age_ms is None else age_ms * MILLISECOND_NS
    exchange = ExchangeRow(True, "ok", True, 0, prices, age_ns)
    tie.tell(DESK, DeskRows(status(venue="paper", exchange=exchange), cash()))
    spans = banner(desk, BannerWords(), width)
    assert "".join(text for text, _ in spans).startswith(shown[0])
    assert ("POLL" in "".join(text for text, _ in spans)) is (prices == "polled")
    if prices == "polled":
        assert spans[1][1] == shown[1]
