"""``--venue paper`` as a user has it: an engine, a paper exchange of its own, a sandbox as its upstream."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from paper_rig import Upstream
from running_daemon import RunningDaemon
from typer.testing import CliRunner

from console.tools.app import app
from engine.assembly import paper_home
from engine.assembly.connecting import paper_options
from engine.assembly.opening import Options, check_options
from engine.assembly.paper_exchange import CASH_UD, mirror_of
from engine.assembly.paper_options import PAPER_MODULE
from engine.domain.units import DOLLAR_UD
from engine.kalshi.credentials import CredentialError
from engine.ops.config import Config
from engine.ops.errors import OpsError
from engine.ops.home import Binding, Home, HomeError
from engine.sandbox.sources.upstream.words import Mode

TICKERS = "KXHIGHNY"


@pytest.fixture(scope="module")
def upstream(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Upstream]:
    made = Upstream(tmp_path_factory.mktemp("upstream"))
    yield made
    made.kill()


class PaperDesk(RunningDaemon):
    """A daemon whose exchange is a paper one."""

    def sparko(self, *words: str, code: int = 0) -> Any:
        """In this process: a dozen starts of Python take longer than all that is tested here."""
        ran = CliRunner().invoke(app, [*words, "--home", str(self.home), "--json"])
        assert ran.exit_code == code, ran.output
        return json.loads(ran.stdout)

    @property
    def books(self) -> int:
        """How many are mirrored."""
        return int(self.side_door("GET", "source")["detail"]["books"])

    def paper_exchanges(self) -> list[int]:
        folder = str(self.home / "exchange").encode()
        found = []
        for path in Path("/proc").glob("[0-9]*/cmdline"):
            with contextlib.suppress(OSError):
                words = path.read_bytes()
                if PAPER_MODULE.encode() in words and folder in words:
                    found.append(int(path.parent.name))
        return found

    def close(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.kill()
        for pid in self.paper_exchanges():
            os.kill(pid, signal.SIGKILL)


def config(upstream: Upstream, *more: str) -> str:
    lines = [f'series = ["{TICKERS}"]', "[paper]", f'upstream = "{upstream.sandbox.root}"', *more]
    return "\n".join(lines) + "\n"


@pytest.fixture
def desk(tmp_path: Path, upstream: Upstream) -> Iterator[PaperDesk]:
    made = PaperDesk(tmp_path / "home", config(upstream, "poll_seconds = 0.2"))
    yield made
    made.close()


def cheap_market(desk: PaperDesk) -> tuple[str, float]:
    """One that can be bought now, with its ask in cents."""
    found: list[tuple[str, float]] = []

    def is_offered() -> bool:
        asks = {row["ticker"]: row["yes_ask_cents"] for row in desk.sparko("markets")}
        found[:] = [(ticker, ask) for ticker, ask in asks.items() if ask is not None and 5 <= ask <= 60]
        return bool(found)

    desk.until(is_offered, "nothing is offered")
    return found[0]


def test_a_day_on_paper_and_a_new_beginning(desk: PaperDesk) -> None:
    desk.start("--venue", "paper")
    desk.until(lambda: desk.books > 0, "no prices")
    status = desk.sparko("status")
    assert (status["venue"], status["balance_dollars"]) == ("paper", "10000.00")
    assert status["exchange"]["prices"] == "polled"
    assert status["exchange"]["prices_age_s"] < 5

    ticker, ask = cheap_market(desk)
    bought = desk.sparko(
        "order", ticker, "--side", "yes", "--count", "2", "--price", f"{ask:g}", "--tif", "ioc"
    )
    assert (bought["status"], bought["filled"]) == ("filled", 2)
    report = desk.sparko("report", "paper")
    assert (report["fills"], report["taker_fills"]) == (1, 1)

    world = desk.endpoint.world_id
    stopped = desk.sparko("stop")
    assert [row["count"] for row in stopped["unguarded"]] == [2]
    assert desk.wait() == 0
    assert desk.sparko("report", "paper")["fills"] == 1, "from the file, with nothing running"

    assert desk.sparko("paper", "reset", "--confirm", "paper")["reset"] is True
    desk.start("--venue", "paper")
    assert desk.endpoint.world_id != world
    status = desk.sparko("status")
    assert (status["balance_dollars"], status["positions"]) == ("10000.00", 0)


def check_errands(here: str, there: str, ticker: str) -> None:
    """What lies before the mirror's time, and series that nobody configured, are fetched when asked for."""
    now_s = int(time.time())
    window = f"start_ts={now_s - 7_200}&end_ts={now_s - 600}&period_interval=1"
    path = f"/series/{TICKERS}/markets/{ticker}/candlesticks?{window}"
    candles = [asked(root, path)["candlesticks"] for root in (here, there)]
    assert candles[0] == candles[1] != []
    path = f"/markets/trades?ticker={ticker}&limit=5&max_ts={now_s - 600}"
    trades = [asked(root, path)["trades"] for root in (here, there)]
    assert trades[0] == trades[1] != []
    assert asked(here, "/series/KXHIGHCHI")["series"]["ticker"] == "KXHIGHCHI"
    assert asked(here, "/events?series_ticker=KXHIGHCHI&with_nested_markets=true")["events"][0]["markets"]
    assert httpx.get(f"{here}/series/KXNOPE", trust_env=False).status_code == 404


def asked(root: str, path: str) -> dict[str, Any]:
    answer = httpx.get(root + path, trust_env=False, timeout=20)
    answer.raise_for_status()
    found: dict[str, Any] = answer.json()
    return found


def test_a_key_that_may_only_read_has_prices_streamed_and_a_kill_keeps_the_money(
    desk: PaperDesk, upstream: Upstream, tmp_path: Path
) -> None:
    made = upstream.sandbox.side_door("POST", "keys", scopes=["read"], tier="prestige")
    key = tmp_path / "read.pem"
    key.touch(0o600)
    key.write_text(str(made["private_key"]))
    desk.configure(config(upstream, f'key_id = "{made["key_id"]}"', f'private_key_path = "{key}"'))
    desk.start("--venue", "paper")
    desk.until(lambda: desk.books > 0, "no prices")
    assert desk.sparko("status")["exchange"]["prices"] == "mirrored"
    ticker, ask = cheap_market(desk)
    check_errands(desk.endpoint.rest, upstream.sandbox.rest, ticker)
    desk.sparko("order", ticker, "--side", "yes", "--count", "1", "--price", f"{ask:g}", "--tif", "ioc")
    accounts = desk.side_door("GET", "accounts")["accounts"]
    assert accounts[0]["fill_count"] > 0
    before = desk.endpoint.pid
    os.kill(before, signal.SIGKILL)
    desk.until(lambda: desk.endpoint.pid != before, "the exchange does not come back")
    assert desk.side_door("GET", "accounts")["accounts"] == accounts


def test_an_upstream_that_does_not_answer_is_said_in_one_line(desk: PaperDesk) -> None:
    desk.configure('[paper]\nupstream = "http://127.0.0.1:9"\n')
    assert desk.refused("--venue", "paper").startswith("paper: upstream http://127.0.0.1:9/trade-api/v2: ")
    assert not (desk.home / "binding.json").exists()
    assert desk.paper_exchanges() == []


REFUSED = {
    'upstream = "https://example.com"': "paper.upstream: address: got host 'example.com', wanted one of",
    'upstream = "http://10.1.2.3:80"': "paper.upstream: address: got http://10.1.2.3:80/trade-api/v2, wanted",
    'key_id = "abc"': "paper.private_key_path: got none",
    'private_key_path = "abc"': "paper.key_id: got none",
    'key_id = "abc"\nprivate_key_path = "/nowhere/at/all"': "key file /nowhere/at/all: No such file",
    "markets = 0": "paper.markets: got 0, wanted 1 to 2000",
    "poll_seconds = 0": "paper.poll_seconds: got 0, wanted above 0",
    "gap = 3": "paper.gap: got a field unknown here, wanted upstream, key_id",
}


@pytest.mark.parametrize("setting, wanted", REFUSED.items(), ids=REFUSED)
def test_a_setting_that_cannot_be(tmp_path: Path, setting: str, wanted: str) -> None:
    (tmp_path / "config.toml").write_text(f"[paper]\n{setting}\n")
    with pytest.raises((OpsError, CredentialError)) as refused:
        check_options(Options(tmp_path, "paper"))
    assert wanted in str(refused.value)


def test_what_is_mirrored_unless_said_otherwise_is_kalshi(tmp_path: Path) -> None:
    options = paper_options(Home(tmp_path), Config())
    assert options.upstream == "https://external-api.kalshi.com/trade-api/v2"
    assert (options.key_id, mirror_of(options).options.mode) == ("", Mode.POLLED)
    assert sum(CASH_UD.values()) == 10_000 * DOLLAR_UD


def test_only_a_paper_home_is_reset(tmp_path: Path) -> None:
    home = Home(tmp_path)
    with pytest.raises(HomeError, match="no paper exchange has run here"):
        paper_home.reset(tmp_path, datetime.now(UTC))
    home.bind(Binding("sandbox", "w", "a"))
    with pytest.raises(HomeError, match="bound to venue sandbox, exchange w, account a; wanted venue paper"):
        paper_home.reset(tmp_path, datetime.now(UTC))
    assert not (tmp_path / "before-reset").exists()
