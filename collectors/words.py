"""Texts of others as one line of ours: short, printable, without a secret in it."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import quote, quote_plus, urlsplit

HIDDEN = "***"
_LEAST_SECRET = 4


def one_line(text: str | bytes, most: int = 120) -> str:
    """The beginning of a text, its white space and control characters as single blanks."""
    shown = text[: 4 * most].decode(errors="replace") if isinstance(text, bytes) else text[: 4 * most]
    line = " ".join("".join(c if c.isprintable() else " " for c in shown).split())
    return line if len(line) <= most else line[: most - 1] + "…"


def place_of(url: str) -> str:
    """Host and path of an address: its query and its credentials may hold a key."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    port = f":{parts.port}" if parts.port is not None else ""
    return f"{host}{port}{parts.path}"


class Scrub:
    """Takes secrets out of a text, in whatever form an address or a header would carry them."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        forms = {
            form
            for secret in secrets
            if len(secret) >= _LEAST_SECRET
            for form in (secret, quote(secret, safe=""), quote_plus(secret), quote(secret))
        }
        self._forms = sorted(forms, key=lambda form: (-len(form), form))

    def __call__(self, text: str) -> str:
        for form in self._forms:
            text = text.replace(form, HIDDEN)
        return text
