"""``config.toml``: units of the screen in, exact integers out, and one line for what cannot be used."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from engine.core.settings import PROFILES, Limits
from engine.ops.breakers_config import BreakerSettings, BreakersTable
from engine.ops.config import AccountConfig, Config, ConfigError, PaperConfig, SandboxConfig, read_config
from engine.ops.limits_config import LimitsTable

WHOLE = """
series = ["KXHIGHNY", "KXBTCD"]
record_inputs = true
post_timeout_s = 0.5

[limits]
order_contracts = 2.5
order_loss_dollars = 12.34
collar_cents = 1

[sandbox]
seed = 7
speed = 60.0
scenario = "calm"
ladders = "full"
series = ["KXHIGHNY"]
start = "2026-11-20T15:00:00Z"

[account]
key_id = "abc"
private_key_path = "~/key.pem"
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "config.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_no_file_is_all_defaults(tmp_path: Path) -> None:
    assert read_config(tmp_path / "config.toml") == Config()


def test_an_empty_file_is_all_defaults(tmp_path: Path) -> None:
    assert read_config(written(tmp_path, "")) == Config()


def test_every_field(tmp_path: Path) -> None:
    found = read_config(written(tmp_path, WHOLE))
    assert found.series == ("KXHIGHNY", "KXBTCD")
    assert found.record_inputs
    assert found.post_timeout_ns == 500_000_000
    limits = found.limits
    assert (limits.order_count_c, limits.order_loss_ud, limits.collar_bp) == (250, 12_340_000, 100)
    assert found.sandbox == SandboxConfig(7, 60.0, "calm", "full", ("KXHIGHNY",), "2026-11-20T15:00:00Z")
    assert found.account == AccountConfig("abc", "~/key.pem")


BAD = {
    "sead = 1": "sead: got a field unknown here, wanted series, record_inputs, post_timeout_s, "
    "keep_entries_over_pause, limits, breakers, "
    "sandbox, account, paper, alerts, "
    "forecaster, collectors, recording, lake, strategies",
    "[sandbox]\nspeed = nan": "sandbox.speed: got nan, wanted above 0 and at most 100000",
    "[sandbox]\nspeed = inf": "sandbox.speed: got inf, wanted above 0 and at most 100000",
    "[sandbox]\nsead = 1": "sandbox.sead: got a field unknown here, wanted seed, speed, scenario, ladders, "
    "series, start",
    "[limits]\norders = 1": "limits.orders: got a field unknown here, wanted "
    + ", ".join(LimitsTable.__struct_fields__),
    "[limits]\nprofile = 'brave'": "limits.profile: got 'brave', wanted one of first-week, predecessor",
    "[limits]\nbot_entries_per_day = 1.5": "limits.bot_entries_per_day: got 1.5, wanted 0 to 1000000, in "
    "steps of 1/1",
    "[breakers]\nrejects = 1": "breakers.rejects: got a field unknown here, wanted "
    + ", ".join(BreakersTable.__struct_fields__),
    "[breakers]\nrejects_in_a_row = 0": "breakers.rejects_in_a_row: got 0, wanted 1 to 1000, in steps of 1/1",
    "[breakers]\nclock_seconds = 61": "breakers.clock_seconds: got 61, wanted 1 to 60, in steps of 1/1000",
    "[breakers]\nfeed_seconds = nan": "breakers.feed_seconds: got nan, wanted 2 to 3600, in steps of "
    "1/1000000000",
    "[forecaster]\nbaseline = 'best'": "forecaster.baseline: got 'best', wanted one of ewma, drift, seasonal",
    "[forecaster]\nperiod_minutes = 5": "forecaster.period_minutes: got 5, wanted one of 0, 1, 60, 1440",
    "[forecaster]\nhorizon = 129": "forecaster.horizon: got 129, wanted 1 to 128",
    "[forecaster]\ncontext = 7": "forecaster.context: got 7, wanted 8 to 4096",
    "[forecaster]\nurls = ['host:1']": "forecaster.urls: got 'host:1', wanted http://host:port",
    "[forecaster]\nurls = ['http://']": "forecaster.urls: got 'http://', wanted http://host:port",
    "[forecaster]\nurls = ['http://h:70000']": "forecaster.urls: got 'http://h:70000', wanted http://host:port",
    "a = " + "[" * 5000: "is nested too deep to be read",
    '[paper]\n"a\\u001b[31m" = 1': "paper.a\\x1b[31m: got a field unknown here, wanted "
    + ", ".join(PaperConfig.__struct_fields__),
    "series = ['Ä']": "series: got 'Ä', wanted a series such as KXHIGHNY",
    "sandbox = 3": "sandbox: got int, wanted table",
    "[sandbox]\nseed = 'x'": "sandbox.seed: got str, wanted int",
    "[sandbox]\nseed = true": "sandbox.seed: got bool, wanted int",
    "[sandbox]\nseries = 'KXHIGHNY'": "sandbox.series: got str, wanted array",
    "record_inputs = 1": "record_inputs: got int, wanted bool",
    "post_timeout_s = '5'": "post_timeout_s: got str, wanted int | float",
    "post_timeout_s = 0": "post_timeout_s: got 0, wanted above 0, at most 60, in steps of 1/1000000000",
    "post_timeout_s = 61": "post_timeout_s: got 61, wanted above 0, at most 60, in steps of 1/1000000000",
    "post_timeout_s = nan": "post_timeout_s: got nan, wanted above 0, at most 60, in steps of 1/1000000000",
    "series = ['kxbtcd']": "series: got 'kxbtcd', wanted a series such as KXHIGHNY",
    "series = ['']": "series: got '', wanted a series such as KXHIGHNY",
    "[limits]\norder_contracts = 0.001": "limits.order_contracts: got 0.001, wanted 0.01 to "
    "1000000, in steps of 1/100",
    "[limits]\norder_loss_dollars = -5": "limits.order_loss_dollars: got -5, wanted 0.000001 to "
    "1000000, in steps of 1/1000000",
    "[limits]\norder_loss_dollars = inf": "limits.order_loss_dollars: got inf, wanted 0.000001 to "
    "1000000, in steps of 1/1000000",
    "[limits]\ncollar_cents = 100": "limits.collar_cents: got 100, wanted 0 to 99, in steps of 1/100",
    "series = [": "Invalid value (at end of document)",
    "post_timeout_s = \nx": "Invalid value (at line 1, column 18)",
}


def test_an_editors_mark_at_the_beginning_is_no_setting(tmp_path: Path) -> None:
    assert read_config(written(tmp_path, "\ufeffseries = ['KXHIGHNY']\r\n")).series == ("KXHIGHNY",)


@pytest.mark.parametrize("text, wanted", BAD.items(), ids=range(len(BAD)))
def test_one_line_names_file_field_got_and_wanted(tmp_path: Path, text: str, wanted: str) -> None:
    path = written(tmp_path, text)
    with pytest.raises(ConfigError) as caught:
        read_config(path)
    assert str(caught.value) == f"{path}: {wanted}"


def test_without_a_word_it_is_the_first_week(tmp_path: Path) -> None:
    found = read_config(written(tmp_path, "[limits]\n")).limits
    assert found == PROFILES["first-week"] == Limits()
    assert (found.market_loss_ud, found.total_share, found.losses_in_a_row) == (10_000_000, 2_000, 3)


def test_a_profile_and_what_is_different_from_it(tmp_path: Path) -> None:
    text = """[limits]
profile = "predecessor"
day_loss_dollars = 25
total_percent = 12.5
bot_close_seconds = 90
losses_in_a_row = 2
"""
    found = read_config(written(tmp_path, text)).limits
    wanted = msgspec.structs.replace(
        PROFILES["predecessor"],
        day_loss_ud=25_000_000,
        total_share=1_250,
        bot_close_ns=90 * 10**9,
        losses_in_a_row=2,
    )
    assert found == wanted


def test_breakers(tmp_path: Path) -> None:
    text = "[breakers]\nunknowns_in_a_row = 2\nfeed_seconds = 2.5\ncommit_seconds = 1.25\nwait_seconds = 1"
    found = read_config(written(tmp_path, text)).breakers
    wanted = BreakerSettings(
        unknowns_open=2, feed_patience_ns=2_500_000_000, slow_commit_ms=1_250, breaker_wait_ns=10**9
    )
    assert found == wanted
    assert (found.rejects_open, found.most_skew_ms) == (5, 5_000), "what is not said stays"


def test_a_file_that_is_no_text(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigError, match=r"config\.toml: cannot be read: "):
        read_config(path)


def test_a_folder_of_that_name(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.mkdir()
    with pytest.raises(ConfigError, match=r"config\.toml: cannot be read: Is a directory$"):
        read_config(path)
