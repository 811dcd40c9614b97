"""The key of a demo or live account: from the environment, else from the home's configuration."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import msgspec

from engine.ops.config import AccountConfig
from engine.ops.errors import OpsError

_KEY_IDS = ("KALSHI_API_KEY_ID", "KALSHI_KEY_ID", "KALSHI_API_KEY")
_KEY_PATH = "KALSHI_PRIVATE_KEY_PATH"


class AccountMissing(OpsError):
    """No key is configured. One line that says where one may be given."""


class KeyPlace(msgspec.Struct, frozen=True):
    """Where a key is; the key itself is read by the adapter alone."""

    key_id: str
    private_key_path: Path


def key_place(venue: str, config: AccountConfig, environment: Mapping[str, str]) -> KeyPlace:
    """Raises AccountMissing, naming the part that is missing."""
    key_id = next((environment[name] for name in _KEY_IDS if environment.get(name)), config.key_id)
    path = environment.get(_KEY_PATH) or config.private_key_path
    if not key_id:
        raise AccountMissing(
            f"account: venue {venue} needs a key id: set {_KEY_IDS[0]}, or account.key_id in config.toml"
        )
    if not path:
        raise AccountMissing(
            f"account: venue {venue} needs a private key: set {_KEY_PATH}, or account.private_key_path in "
            "config.toml"
        )
    return KeyPlace(key_id, Path(path).expanduser())
