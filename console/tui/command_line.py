"""The command line: ``[TICKER] CODE [args]``, read without doing anything."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple, TypeAlias

import msgspec

from console.tui.codes import BY_NAME, CODES, Code

LONGEST = 200
"""Characters of a line; what is pasted beyond is cut off."""
HISTORY_KEPT = 100
LAST_SHOWN = 8


class Typed(msgspec.Struct, frozen=True):
    """A line that is understood. ``ticker`` is empty for the loaded one, ``code`` None to load a market
    alone."""

    ticker: str
    code: Code | None
    args: tuple[str, ...]


class RowNumber(msgspec.Struct, frozen=True):
    """The row with that number, counted from 1."""

    number: int


class NotUnderstood(msgspec.Struct, frozen=True):
    """``text`` says why, in one line; ``word`` is what was not known."""

    text: str
    word: str


Line: TypeAlias = Typed | RowNumber | NotUnderstood


def parse(line: str, tickers: Iterable[str]) -> Line | None:
    """None for an empty line. ``tickers`` are the markets and events that may be named, whole or by a part
    that only one of them has."""
    words = clean(line).upper().split()
    if not words:
        return None
    if len(words) == 1 and words[0].isascii() and words[0].isdigit():
        return RowNumber(int(words[0][:6]))
    code = BY_NAME.get(words[0])
    if code is not None:
        return _with_args("", code, words[1:])
    found = _ticker(words[0], tickers)
    if isinstance(found, NotUnderstood):
        return found
    if len(words) == 1:
        return Typed(found, None, ())
    code = BY_NAME.get(words[1])
    if code is None:
        return NotUnderstood(f"{words[1]}: no such code; ? lists them all", words[1])
    return _with_args(found, code, words[2:])


def clean(text: str) -> str:
    """One line without control characters, at most :data:`LONGEST` long."""
    one_line = " ".join(text.split())
    return "".join(char for char in one_line if char.isprintable())[:LONGEST]


def _with_args(ticker: str, code: Code, args: Sequence[str]) -> Line:
    if args and not code.args:
        return NotUnderstood(f"{code.name}: got {' '.join(args)[:40]!r}, wanted nothing after it", code.name)
    if not args and code.args and not code.args.startswith("["):
        return NotUnderstood(f"{code.name}: wanted {code.args} after it", code.name)
    return Typed(ticker, code, tuple(args))


def _ticker(word: str, tickers: Iterable[str]) -> str | NotUnderstood:
    known = tuple(tickers)
    if word in known:
        return word
    parts = [ticker for ticker in known if word in ticker]
    if len(parts) == 1:
        return parts[0]
    if parts:
        return NotUnderstood(f"{word}: {len(parts)} markets and events have that in their ticker", word)
    return NotUnderstood(f"{word[:40]}: neither a code nor a known market; ? lists the codes", word)


class Offer(NamedTuple):
    """One line of what a person may mean; ``insert`` is what stands on the line once it is taken."""

    insert: str
    label: str
    help: str


def offers(
    line: str, tickers: Iterable[tuple[str, str]], actions: Iterable[Offer] = (), most: int = 12
) -> list[Offer]:
    """What may be meant by a line that is not finished, the best first.

    ``tickers`` are pairs of ticker and title; ``actions`` are offered for their words, not for the line.
    """
    words = clean(line).split()
    tail = "" if not words or line.endswith(" ") else words[-1]
    head = words[:-1] if tail else words
    if any(word.upper() in BY_NAME for word in head):
        return []
    before = "".join(f"{word.upper()} " for word in head)
    found: list[tuple[int, int, Offer]] = []
    for number, code in enumerate(CODES):
        rank = min(_rank(tail, name) for name in (code.name, *code.aliases))
        rank = min(rank, _rank(tail, code.help) + 4) if len(tail) > 2 else rank
        if rank < _NOT:
            label = f"{code.name} {code.args}".strip()
            found.append((rank, number, Offer(f"{before}{code.name} ", label, code.help)))
    if not head:
        found += _of_words(tail, [Offer(f"{name} ", name, title) for name, title in tickers], 100, 2)
        found += _of_words(" ".join(words), list(actions), 10_000, 5)
    return [offer for _, _, offer in sorted(found, key=lambda one: one[:2])[:most]]


_NOT = 99


def _of_words(text: str, candidates: Sequence[Offer], base: int, behind: int) -> list[tuple[int, int, Offer]]:
    if not text:
        return []
    found = []
    for number, offer in enumerate(candidates):
        rank = min(_rank(text, offer.label), _rank(text, offer.help) + 1)
        if rank < _NOT:
            found.append((rank + behind, base + number, offer))
    return found


def _rank(typed: str, name: str) -> int:
    """0 the same, 1 begins with it, 2 a word of it does, 3 has it, 8 has its letters in order."""
    one, other = typed.upper(), name.upper()
    if one == other:
        return 0
    if other.startswith(one):
        return 1
    if any(word.startswith(one) for word in other.replace("-", " ").split()):
        return 2
    if one in other:
        return 3
    if len(one) > 1 and len(other) < 24:
        letters = iter(other)
        if all(letter in letters for letter in one):
            return 8
    return _NOT


def matching(line: str, candidates: Sequence[Offer], most: int = 12) -> list[Offer]:
    """Those of the candidates that fit, the best first; all in their order for an empty line."""
    text = clean(line)
    if not text:
        return list(candidates[:most])
    found = _of_words(text, candidates, 0, 0)
    return [offer for _, _, offer in sorted(found, key=lambda one: one[:2])[:most]]


class History:
    """Lines that were entered, newest last, each once; walked with :meth:`older` and :meth:`newer`."""

    def __init__(self, lines: Sequence[str] = ()) -> None:
        self.lines: list[str] = list(lines)[-HISTORY_KEPT:]
        self._at: int | None = None
        self._draft = ""

    def add(self, line: str) -> None:
        line = clean(line)
        self._at = None
        if not line:
            return
        if line in self.lines:
            self.lines.remove(line)
        self.lines = [*self.lines, line][-HISTORY_KEPT:]

    def older(self, now: str) -> str:
        """The line before the one that is shown; ``now`` comes back when there is none older."""
        if not self.lines:
            return now
        if self._at is None:
            self._draft, self._at = now, len(self.lines)
        self._at = max(0, self._at - 1)
        return self.lines[self._at]

    def newer(self, now: str) -> str:
        if self._at is None:
            return now
        self._at += 1
        if self._at >= len(self.lines):
            self._at = None
            return self._draft
        return self.lines[self._at]

    def leave(self) -> None:
        self._at = None

    def last(self) -> list[str]:
        """The last few, newest first."""
        return self.lines[: -LAST_SHOWN - 1 : -1]
