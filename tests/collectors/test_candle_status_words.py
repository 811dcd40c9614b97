"""``sparko collect status``: counts that are the exchange's, and why an event failed, whole at any width."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from candle_exchange import HOUR_S
from candle_rig import NOW_S, Rig, rigged
from typer.testing import CliRunner

from collectors.candles.collecting import Wanted
from console.tools.app import app
from engine.kalshi.rest.candles import Period

SERIES = "KXHIGHNY"


def status(lake: Path, *words: str) -> str:
    ran = CliRunner().invoke(app, ["collect", "status", "--lake", str(lake), *words])
    assert (ran.exit_code, ran.stderr) == (0, "")
    return ran.stdout


def test_a_failed_market_is_counted_and_its_reason_is_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")

    async def work(rig: Rig) -> None:
        for day in range(3):
            close_s = NOW_S - (day + 1) * 24 * HOUR_S
            rig.exchange.list_event(f"{SERIES}-{day}", 2, close_s - HOUR_S, close_s, close_s + 60)
        rig.exchange.list_event(f"{SERIES}-9", 2, NOW_S - HOUR_S, NOW_S + HOUR_S, None)
        rig.exchange.gone, rig.exchange.unreadable = {f"{SERIES}-1-T0"}, {f"{SERIES}-2-T1", f"{SERIES}-9-T1"}
        await rig.look(Wanted((SERIES,), Period.HOUR))

    rigged(tmp_path, work)
    [found] = json.loads(status(tmp_path / "lake", "--json"))["series"]
    counted = {name: found[name] for name in ("known", "held", "complete", "open", "failed", "unreadable")}
    assert counted == {"known": 4, "held": 4, "complete": 2, "open": 1, "failed": 1, "unreadable": 2}
    lines = status(tmp_path / "lake").splitlines()
    assert all(len(line) <= 80 for line in lines[:2])
    assert lines[1].split() == [SERIES, "60", "4", "4", "2", "1", "1", "0", "1", "of", "1"]
    assert lines[2] == f"{SERIES}: 1 events failed, asked again at the next look: {found['reason']}"
    assert f"{SERIES}-1-T0" in found["reason"]
    assert lines[3] == f"{SERIES}: 2 markets are listed in a form that is not understood"
