"""``config.toml``: units of the screen in, exact integers out, and one line for what cannot be used."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.ops.config import AccountConfig, Config, ConfigError, SandboxConfig, read_config

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
    "sead = 1": "sead: got a field unknown here, wanted series, record_inputs, post_timeout_s, limits, "
    "sandbox, account",
    "[sandbox]\nsead = 1": "sandbox.sead: got a field unknown here, wanted seed, speed, scenario, ladders, "
    "series, start",
    "[limits]\norders = 1": "limits.orders: got a field unknown here, wanted order_contracts, "
    "order_loss_dollars, collar_cents",
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
    "[limits]\norder_contracts = 0.001": "limits.order_contracts: got 0.001, wanted above 0, at most "
    "1000000, in steps of 1/100",
    "[limits]\norder_loss_dollars = -5": "limits.order_loss_dollars: got -5, wanted above 0, at most "
    "1000000, in steps of 1/1000000",
    "[limits]\norder_loss_dollars = inf": "limits.order_loss_dollars: got inf, wanted above 0, at most "
    "1000000, in steps of 1/1000000",
    "[limits]\ncollar_cents = 100": "limits.collar_cents: got 100, wanted above 0, at most 99, in steps of "
    "1/100",
    "series = [": "Invalid value (at end of document)",
    "post_timeout_s = \nx": "Invalid value (at line 1, column 18)",
}


@pytest.mark.parametrize("text, wanted", BAD.items(), ids=BAD)
def test_one_line_names_file_field_got_and_wanted(tmp_path: Path, text: str, wanted: str) -> None:
    path = written(tmp_path, text)
    with pytest.raises(ConfigError) as caught:
        read_config(path)
    assert str(caught.value) == f"{path}: {wanted}"


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
