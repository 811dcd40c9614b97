"""Where the key of a demo or live account is: the environment first, then the configuration."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.ops.account import AccountMissing, KeyPlace, key_place
from engine.ops.config import AccountConfig

CONFIGURED = AccountConfig("configured", "/configured.pem")


@pytest.mark.parametrize("name", ["KALSHI_API_KEY_ID", "KALSHI_KEY_ID", "KALSHI_API_KEY"])
def test_each_name_of_the_environment_wins(name: str) -> None:
    environment = {name: "env", "KALSHI_PRIVATE_KEY_PATH": "/env.pem"}
    assert key_place("demo", CONFIGURED, environment) == KeyPlace("env", Path("/env.pem"))


def test_the_configuration_is_what_is_left() -> None:
    environment = {"KALSHI_API_KEY_ID": "", "KALSHI_PRIVATE_KEY_PATH": ""}
    assert key_place("live", CONFIGURED, environment) == KeyPlace("configured", Path("/configured.pem"))


def test_a_path_may_begin_at_the_users_home() -> None:
    place = key_place("demo", AccountConfig("id", "~/key.pem"), {})
    assert place.private_key_path == Path.home() / "key.pem"


def test_what_is_missing_is_named_with_where_to_give_it() -> None:
    with pytest.raises(
        AccountMissing, match=r"venue live needs a key id: set KALSHI_API_KEY_ID, or account\."
    ):
        key_place("live", AccountConfig("", "/key.pem"), {})
    with pytest.raises(
        AccountMissing, match=r"needs a private key: set KALSHI_PRIVATE_KEY_PATH, or account\."
    ):
        key_place("live", AccountConfig("id", ""), {})
