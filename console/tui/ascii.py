"""Rows in plain ASCII, for terminals whose character set is not UTF-8. Each cell stays one cell."""

from __future__ import annotations

from collections.abc import Mapping

from console.tui.cells import Row, width_of

_TERMINALS = ("linux", "vt52", "vt100", "vt102", "vt220", "dumb")
"""By TERM: what they draw with has neither braille nor most signs."""
_PAIRS = (("≥ ", ">="), ("≤ ", "<="))
_SIGNS = str.maketrans(
    "…─━═│┃║┌┐└┘┏┓┗┛╔╗╚╝▸▾▴›»≡★◆▲▼↑↓┆–—−≥≤°█▉▊▋▌▐▍▎▏▓░·×",
    ">--=|||++++++++++++>v^>>=**^v^v:---><o######+++#..x",
)


def is_needed(environment: Mapping[str, str]) -> bool:
    """By the first of LC_ALL, LC_CTYPE and LANG that says something, and by TERM."""
    if environment.get("TERM", "") in _TERMINALS:
        return True
    told = environment.get("LC_ALL") or environment.get("LC_CTYPE") or environment.get("LANG") or ""
    return bool(told) and "utf" not in told.lower()


def ascii_row(row: Row) -> Row:
    return tuple((ascii_text(text), role) for text, role in row)


def ascii_text(text: str) -> str:
    """The same number of cells; what has no likeness is a question mark."""
    if text.isascii():
        return text
    for sign, likeness in _PAIRS:
        text = text.replace(sign, likeness)
    text = text.translate(_SIGNS)
    return text if text.isascii() else "".join(c if c.isascii() else "?" * width_of(c) for c in text)
