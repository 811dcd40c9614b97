"""Keys of outside sources: from the environment, or from the credentials that systemd hands a service."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

_FOLDER = "CREDENTIALS_DIRECTORY"

NEWSAPI, ALPHAVANTAGE, X, MASSIVE, FRED = (
    "NEWSAPI_KEY",
    "ALPHAVANTAGE_KEY",
    "TWITTER_BEARER_TOKEN",
    "MASSIVE_API_KEY",
    "FRED_API_KEY",
)
_LONGEST = 4_096


def key_of(name: str, environment: Mapping[str, str]) -> str:
    """The key of this name; empty if there is none. A file of a service's credentials has the same name, or
    the same in small letters."""
    found = environment.get(name, "").strip()
    folder = environment.get(_FOLDER)
    if found or not folder:
        return found
    for file in (Path(folder) / name, Path(folder) / name.lower()):
        try:
            return file.read_text("utf-8")[:_LONGEST].strip()
        except (OSError, UnicodeDecodeError):
            continue
    return ""
