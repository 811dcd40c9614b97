"""What ways to a refusal have in common: entries, limits that are low for a moment, a loss, a condition."""

from __future__ import annotations

from collections.abc import Callable

from reach_desk import Ran, ReachDesk

from engine.control.protocol import CommandAnswer
from engine.core.denial import DenyCode
from engine.domain import command
from engine.domain.order import Leg
from engine.domain.trigger import ConditionTerms, Crossing, Source, Ticket, Trigger

Way = Callable[[ReachDesk], Ran | CommandAnswer]


class Ways(dict[DenyCode, Way]):
    """How to be refused on a running engine, in this order."""

    def reaches(self, code: DenyCode) -> Callable[[Way], Way]:
        def keep(way: Way) -> Way:
            assert code not in self
            self[code] = way
            return way

        return keep


def entry(desk: ReachDesk, *words: str, wanted: str = "", **changes: str) -> Ran:
    """Buys one for five cents, of the liveliest market, but for what is changed."""
    given = {"side": "yes", "count": "1", "price": "5"} | changes
    ticker = given.pop("ticker", "") or desk.lively()[0].ticker
    options = [word for name, value in given.items() for word in (f"--{name}", value)]
    if wanted != DenyCode.LOOKS_DUPLICATE:
        options.append("--again")
    return desk.patient("order", ticker, *options, *words, wanted=wanted)


def under(desk: ReachDesk, limit: str, value: str, again: str = "1000000") -> Ran:
    """An entry while a limit is that low."""
    desk.done("limits", "set", limit, value)
    try:
        return entry(desk)
    finally:
        desk.done("limits", "set", limit, again)


def lost(desk: ReachDesk) -> None:
    """Buys at the ask and sells at the bid."""
    desk.held("20")
    desk.flat()


def low_condition(name: str, ticker: str, level_bp: int) -> command.AddCondition:
    trigger = Trigger(Source.BID, Crossing.AT_OR_BELOW, level_bp)
    return command.AddCondition(name, ConditionTerms(trigger, Ticket(ticker, Leg.YES, True, 100, 1_000)))
