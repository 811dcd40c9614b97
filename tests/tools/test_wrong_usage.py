"""Words that cannot be read are one line that names them, and nothing is asked of the engine."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from fake_control import FakeControl
from told_orders import TICKER, answered, order_row

BUY = ("order", TICKER, "--side", "yes", "--count", "1", "--price", "50")


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (("status", "--nonsense"), "No such option: --nonsense; see: sparko status --help"),
        (("nonsense",), "No such command 'nonsense'; see: sparko --help"),
        (("status", "more"), "Got unexpected extra argument(s) (more); see: sparko status --help"),
        (("orders", "--limit", "0"), "--limit: got '0', wanted greater than or equal to 1"),
        (("orders", "--limit", "x"), "--limit: got 'x', wanted a valid integer"),
        ((*BUY, "--side", "maybe"), "--side: got 'maybe', wanted yes or no"),
        ((*BUY, "--tif", "day"), "--tif: got 'day', wanted gtc or ioc or fok"),
        ((*BUY[:-2],), "Missing option '--price'; see: sparko order --help"),
        (("order", *BUY[2:]), "Missing argument 'TICKER'; see: sparko order --help"),
        ((*BUY, "--key", ""), "--key: got '', wanted printable text"),
        ((*BUY, "--home", ""), "--home: got '', wanted a path"),
        (("cancel", "--all", "--ticker", ""), "--ticker: got '', wanted printable text"),
        (("plan", " "), "TICKER: got ' ', wanted printable text"),
        (("stop", "--wait", "inf"), "--wait: got inf, wanted seconds from 0 to 86400"),
        (("cond", "nonsense"), "No such command 'nonsense'; see: sparko cond --help"),
    ],
)
def test_one_line(sparko: Any, engine: FakeControl, words: tuple[str, ...], line: str) -> None:
    ran = sparko(*words)
    assert (ran.code, ran.out, ran.line) == (2, "", line)
    assert engine.commands == []


def test_words_in_any_case(sparko: Any, engine: FakeControl) -> None:
    engine.script = answered(order_row())
    assert sparko("order", f" {TICKER.lower()} ", *BUY[2:], "--side", "NO", "--tif", "Ioc").code == 0
    body = engine.commands[0].body
    assert (body.ticker, body.leg.value) == (TICKER, "no")  # type: ignore[union-attr]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
def test_an_order_whose_document_cannot_be_written(engine: FakeControl, tmp_path: Path) -> None:
    engine.script = answered(order_row())
    for words, code, told in ((BUY, 3, "RESTING: buy 10 YES"), (("status",), 1, "No space left on device")):
        with Path("/dev/full").open("w") as full:
            ran = subprocess.run(
                [sys.executable, "-m", "console.tools.app", *words],
                stdout=full,
                stderr=subprocess.PIPE,
                text=True,
                timeout=60,
                check=False,
                env={**os.environ, "SPARKO_HOME": str(tmp_path)},
            )
        assert ran.returncode == code
        assert ran.stderr.startswith("error: standard output cannot be written")
        assert told in ran.stderr
        assert len(ran.stderr.splitlines()) == 1
