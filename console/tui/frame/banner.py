"""The banner: whose money, who may spend it, and whether what is seen is current.

Parts are dropped from a narrow banner by their rank; what is dropped last is written first in the code.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from console.tui import numbers, roles
from console.tui.cells import Row, Span, width_of
from console.tui.desk import Desk
from console.tui.panels.model_words import banner_word
from engine.control.rows.status import StatusRow

_NORMAL_SPEED = 1_000_000
_VENUES = {
    "sandbox": ("SIM", roles.SIM),
    "paper": ("PAPER", roles.PAPER),
    "demo": ("DEMO", roles.DEMO),
    "live": ("LIVE", roles.LIVE),
}
_POLL_SLOW_S = 6.0
"""Prices are polled every two seconds; older ones missed two looks."""
_STAGES = (("shadow", "shadow"), ("money", "live"))
_SLOW_S = 2.0
"""An age from which on it is worth a second look."""


@dataclass(frozen=True, slots=True)
class BannerWords:
    """What the desk itself does not know."""

    is_frozen: bool = False
    is_observer: bool = False


class _Part(NamedTuple):
    """``rank`` 0 is never dropped; the higher the sooner. ``place`` is its order from left to right."""

    rank: int
    place: int
    spans: tuple[Span, ...]

    @property
    def width(self) -> int:
        return sum(width_of(text) for text, _ in self.spans)


def venue_word(venue: str) -> tuple[str, str]:
    """The word of a venue and its role; one that is not known is shown as it is, as if it were live."""
    return _VENUES.get(venue, (venue.upper() or "-", roles.LIVE))


def sentence(desk: Desk) -> str:
    """On a sandbox, so that nobody takes it for the exchange; empty elsewhere."""
    status = desk.status
    if status is None or venue_word(status.venue)[0] != "SIM":
        return ""
    prices = "simulated"
    if status.exchange.prices == "recorded":
        prices = f"recorded {desk.eastern():%d %b %Y}"
    return f"prices: {prices}  money: fake  Kalshi: not connected"


def speed_text(speed_millionths: int) -> str:
    """``x600``; empty at the speed of ours."""
    if speed_millionths == _NORMAL_SPEED:
        return ""
    if not speed_millionths:
        return "PAUSED"
    return f"x{speed_millionths / _NORMAL_SPEED:g}"


def banner(desk: Desk, words: BannerWords, width: int) -> Row:
    parts = _parts(desk, words)
    while sum(part.width for part in parts) > width:
        last = max(parts, key=lambda part: part.rank)
        if last.rank == 0:
            break
        parts.remove(last)
    parts.sort(key=lambda part: part.place)
    left = [span for part in parts if part.place < 90 for span in part.spans]
    right = [span for part in parts if part.place >= 90 for span in part.spans]
    gap = width - sum(width_of(text) for text, _ in (*left, *right))
    return (*left, (" " * max(gap, 0), roles.TEXT), *right)


def has_sentence(desk: Desk, drawn: Row) -> bool:
    """Whether a banner has had room for the sandbox's sentence."""
    said = sentence(desk)
    return bool(said) and any(said in text for text, _ in drawn)


def sentence_in(desk: Desk, width: int) -> str:
    """The sentence as it fits beside something that matters more; at the least that money is fake."""
    whole = sentence(desk)
    shorter = (whole, whole.replace("  ", " "), "fake money" if whole else "")
    return next((said for said in shorter if len(said) <= width), "")


def _parts(desk: Desk, words: BannerWords) -> list[_Part]:
    status = desk.status
    word, role = venue_word(status.venue) if status is not None else ("-", roles.LABEL)
    speed = "" if status is None else speed_text(status.exchange.speed_millionths)
    parts = [_Part(0, 0, ((f" {word} {speed} " if speed else f" {word} ", role),))]
    parts += _polled(status)
    parts += _trouble(desk, words)
    parts.append(_keys(desk, words))
    parts.append(_Part(3, 99, (_clock(desk),)))
    if status is not None:
        parts += _money(desk)
        parts += _ages(desk)
        parts += _guards(desk)
        if word == "SIM":
            parts.append(_Part(60, 50, ((f"  {sentence(desk)}", roles.LABEL),)))
    return parts


def _polled(status: StatusRow | None) -> list[_Part]:
    """Of a paper exchange without a stream: that its prices are polled, and their age."""
    if status is None or status.exchange.prices != "polled":
        return []
    age_ns = status.exchange.prices_age_ns
    age_s = None if age_ns is None else age_ns / 1_000_000_000
    is_slow = age_s is None or age_s >= _POLL_SLOW_S
    text = (
        " POLL -"
        if age_s is None
        else f" POLL {int(age_s)}s"
        if age_s < 60
        else f" POLL {numbers.age(age_s)}"
    )
    return [_Part(0, 1, ((text, roles.WARNING if is_slow else roles.TEXT),))]


def _trouble(desk: Desk, words: BannerWords) -> list[_Part]:
    parts = []
    status = desk.status
    if not desk.is_attached:
        gone = numbers.age(numbers.stepped(desk.lost_s))
        text = f" ENGINE LOST {gone} " if desk.was_attached else " LOADING "
        parts.append(_Part(0, 1, ((text, roles.URGENT if desk.was_attached else roles.FROZEN),)))
    elif desk.is_silent:
        text = f" ENGINE SILENT {numbers.age(numbers.stepped(desk.engine_age_s))} "
        parts.append(_Part(0, 1, ((text, roles.URGENT),)))
    elif status is not None and not desk.is_feed_live:
        state = status.feeds[0].state if status.feeds else "unknown"
        parts.append(_Part(1, 2, ((f" FEED {state.upper()} ", roles.URGENT),)))
    if status is not None and status.unknown_orders:
        parts.append(_Part(1, 3, ((f" UNKNOWN {status.unknown_orders} ", roles.URGENT),)))
    if status is not None and status.mode not in ("RUNNING", ""):
        parts.append(_Part(1, 4, ((f" {status.mode} ", roles.URGENT),)))
    late = banner_word(desk.replica.scan)
    if late is not None and desk.is_attached:
        parts.append(_Part(5, 5, (late,)))
    if words.is_frozen:
        parts.append(_Part(1, 5, ((" FROZEN ", roles.FROZEN),)))
    return parts


def _keys(desk: Desk, words: BannerWords) -> _Part:
    if words.is_observer:
        return _Part(2, 10, (("  OBSERVE", roles.ACCENT),))
    left_s = desk.armed_s
    if left_s is not None:
        return _Part(2, 10, ((f"  KEYS armed {int(left_s) // 60}:{int(left_s) % 60:02d}", roles.WARNING),))
    status = desk.status
    if desk.is_attached and status is not None and status.lease is not None:
        return _Part(2, 10, (("  KEYS armed elsewhere", roles.WARNING),))
    return _Part(2, 10, (("  KEYS ", roles.LABEL), ("locked", roles.TEXT)))


def _clock(desk: Desk) -> Span:
    """Without seconds while no engine tells the exchange's time."""
    text = numbers.clock(desk.now_ns)
    return (f" {text} ET ", roles.TEXT) if desk.is_attached else (f" {text[:-3]} ET ", roles.STALE)


def _money(desk: Desk) -> list[_Part]:
    cash, status = desk.cash, desk.status
    balance = numbers.dollars(None if cash is None else cash.cash_ud)
    day_ud = None if status is None else getattr(status, "day_pnl_ud", None)
    role = roles.TEXT if not day_ud else roles.UP if day_ud > 0 else roles.DOWN
    day = numbers.dollars(day_ud, signed=True)
    shown, day_shown = (f"${balance}", roles.TEXT), (day, role)
    if not _is_told_now(desk):
        shown, day_shown = (f"~${balance}", roles.STALE), (f"~{day}", roles.STALE)
    return [
        _Part(10, 95, (("  bal ", roles.LABEL), shown)),
        _Part(20, 96, (("  day ", roles.LABEL), day_shown)),
    ]


def _is_told_now(desk: Desk) -> bool:
    """Whether the engine is there and speaks; what it said before holds no longer for certain."""
    return desk.is_attached and not desk.is_silent


def _ages(desk: Desk) -> list[_Part]:
    return [
        _Part(30, 40, (("  feed ", roles.LABEL), _age(desk.feed_age_s))),
        _Part(40, 41, (("  eng ", roles.LABEL), _age(desk.engine_age_s))),
    ]


def _age(age_s: float | None) -> Span:
    """In whole seconds: a banner that changes eight times a second is bytes for nothing."""
    told_s = numbers.stepped(age_s)
    if age_s is None or told_s is None:
        return "-", roles.STALE
    text = f"{int(told_s)}s" if told_s < 60 else numbers.age(told_s)
    return (text, roles.TEXT) if age_s < _SLOW_S else (f"~{text}", roles.WARNING)


def _guards(desk: Desk) -> list[_Part]:
    """Who trades here by itself, and on how many positions somebody watches a stop or a profit. Of an engine
    that does not speak nobody knows either."""
    if not _is_told_now(desk):
        lost: Row = (("  EXITS ", roles.LABEL), ("?", roles.URGENT))
        return [_Part(50, 20, (("  BOT ", roles.LABEL), ("?", roles.STALE))), _Part(8, 21, lost)]
    return [_Part(50, 20, _bots(desk)), _Part(45, 21, _exits(desk))]


def _bots(desk: Desk) -> tuple[Span, ...]:
    stages = [row.stage for row in desk.status.strategies] if desk.status is not None else []
    told = [f"{word} {stages.count(stage)}" for stage, word in _STAGES if stages.count(stage)]
    role = roles.WARNING if "money" in stages else roles.TEXT
    return ("  BOT ", roles.LABEL), (", ".join(told) or "off", role)


def _exits(desk: Desk) -> tuple[Span, ...]:
    status = desk.status
    if status is None or status.exits_off:
        return ("  EXITS ", roles.LABEL), ("OFF", roles.URGENT if status is not None else roles.LABEL)
    is_bare = status.positions > status.plans
    return ("  EXITS on ", roles.LABEL), (str(status.plans), roles.WARNING if is_bare else roles.TEXT)
