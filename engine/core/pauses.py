"""Questions about the exchange's pauses that other parts ask: is there one, is one near, is it just over."""

from __future__ import annotations

from engine.core.book_view import BookView
from engine.core.desk import Desk
from engine.domain.market import Market
from engine.domain.units import SECOND_NS, Nanoseconds

_TRADES = (True, True)
"""Exchange active, trading active."""


def is_paused(desk: Desk, shard: int) -> bool:
    """Whether orders of a shard are not taken now, as far as was read."""
    if desk.exchange is None:
        return False
    return desk.exchange != _TRADES or desk.shards.get(shard, _TRADES) != _TRADES


def is_settling(desk: Desk, view: BookView) -> bool:
    """Whether trading went on a short while ago and this book is not two-sided at a normal spread yet."""
    resumed = desk.resumed_mono
    if resumed is None or desk.mono - resumed >= desk.timings.settle_down_ns:
        return False
    if desk.is_book_stale(view):
        return True
    spread_bp = view.book.spread_bp
    return spread_bp is None or not 0 < spread_bp <= desk.settings.normal_spread_bp


def resting_until_ns(desk: Desk, market: Market | None) -> Nanoseconds:
    """Until when an entry may rest if nobody extends it, in whole seconds: over a pause that comes before
    then, and never past the market's close."""
    until = desk.at + desk.timings.resting_life_ns
    pause = desk.next_pause
    if pause is not None and pause[0] <= until and desk.settings.keep_entries_over_pause:
        until = max(until, pause[1] + desk.timings.after_pause_ns)
    if market is not None and desk.at < market.close_ns < until:
        until = market.close_ns
        whole = until // SECOND_NS * SECOND_NS
        return whole if whole > desk.at else until
    return -(-until // SECOND_NS) * SECOND_NS
