"""What entries may do together: limits over markets, events, all that is held, time, and results."""

from __future__ import annotations

from engine.core.denial import Denial, DenyCode
from engine.core.desk import Desk
from engine.core.entry_pace import EntryPace
from engine.core.exposure import Spending
from engine.core.facts.orders import OrderTerms
from engine.core.risk_day import RiskDay
from engine.core.settings import WHOLE_SHARE, Share
from engine.core.worst_case import WorstCase
from engine.domain.market import Market
from engine.domain.units import SECOND_NS, CountC, MicroDollars, Nanoseconds, contracts, dollars


class RiskChecks:
    """Each check returns None, or why not."""

    def __init__(
        self, desk: Desk, spending: Spending, pace: EntryPace, worst: WorstCase, day: RiskDay
    ) -> None:
        self._desk = desk
        self._spending = spending
        self._pace = pace
        self._worst = worst
        self._day = day
        self._equity_seen_ud: MicroDollars | None = None

    @property
    def equity_ud(self) -> MicroDollars | None:
        """Cash with what working entries set aside of it, and what is held at what it would bring for
        certain; None while the balance is not known."""
        return self._equity_ud(self._day.now_ud()[1])

    @property
    def equity_seen_ud(self) -> MicroDollars | None:
        """The same as of the last look, for who may not look."""
        return self._equity_ud(self._day.seen_ud[1])

    @property
    def day_limit_seen_ud(self) -> MicroDollars | None:
        """:meth:`day_limit_ud` as of the last look."""
        equity_ud, limits = self.equity_seen_ud, self._desk.limits
        if equity_ud is None:
            return None
        return min(limits.day_loss_ud, share_of(equity_ud - self._day.seen_ud[0], limits.day_loss_share))

    def _equity_ud(self, value_ud: MicroDollars) -> MicroDollars | None:
        cash = self._desk.money.cash
        if cash is None:
            return None
        return cash.cash_ud - self._spending.all_ud() + self._worst.set_aside_ud() + value_ud

    def day_limit_ud(self, equity_ud: MicroDollars | None) -> MicroDollars | None:
        """The lower of the two daily limits: the share is one of what the day began with."""
        if equity_ud is None:
            return None
        limits = self._desk.limits
        return min(limits.day_loss_ud, share_of(equity_ud - self._day.now_ud()[0], limits.day_loss_share))

    def bot(self, terms: OrderTerms, market: Market, loss_ud: MicroDollars) -> Denial | None:
        """What binds strategies alone: the end of a market, the wager, the pace."""
        limits = self._desk.limits
        left_ns = market.close_ns - self._desk.at
        if left_ns <= limits.bot_close_ns:
            return _near_its_end(market, left_ns, limits.bot_close_ns)
        if loss_ud > limits.bot_wager_ud:
            text = f"wager: ${dollars(loss_ud)} with fee, strategies may ${dollars(limits.bot_wager_ud)}"
            return Denial(DenyCode.BOT_WAGER, text, {"loss_ud": loss_ud, "limit_ud": limits.bot_wager_ud})
        return self._bot_pace(terms)

    def flip(self, terms: OrderTerms, held_c: CountC) -> Denial | None:
        """Up to what is held an entry of the other leg closes; more of it would turn the position over."""
        orders = self._desk.money.orders
        against_c = sum(
            orders[name].remaining_c
            for name in self._desk.working_names(terms.ticker)
            if orders[name].terms.side is terms.side and name != terms.client_order_id
        )
        free_c = max(0, abs(held_c) - against_c)
        if terms.count_c <= free_c:
            return None
        text = (
            f"{terms.ticker}: holds {contracts(abs(held_c))} {'YES' if held_c > 0 else 'NO'};"
            f" {contracts(terms.count_c)} of the other leg would turn it over: at most {contracts(free_c)},"
            " or say flip"
        )
        return Denial(
            DenyCode.FLIP, text, {"held_c": held_c, "working_c": against_c, "count_c": terms.count_c}
        )

    def too_fast(self, sent: int) -> Denial:
        """How many entries everybody sent in the last minute is over the limit."""
        return _too_many(DenyCode.ENTRY_RATE, "in a minute", sent, self._desk.limits.entries_per_minute)

    def _bot_pace(self, terms: OrderTerms) -> Denial | None:
        """How many entries strategies sent lately."""
        pace, limits = self._pace, self._desk.limits
        sent = pace.in_scan(terms)
        if sent >= limits.bot_entries_per_scan:
            what = f"of {terms.owner} in a series and scan"
            return _too_many(DenyCode.BOT_SCAN, what, sent, limits.bot_entries_per_scan)
        sent = pace.by_bots_in_hour()
        if sent >= limits.bot_entries_per_hour:
            return _too_many(DenyCode.BOT_HOUR, "of strategies in an hour", sent, limits.bot_entries_per_hour)
        sent = pace.by_bots_today()
        if sent >= limits.bot_entries_per_day:
            return _too_many(DenyCode.BOT_DAY, "of strategies in a day", sent, limits.bot_entries_per_day)
        return None

    def day_loss(self) -> Denial | None:
        """Until midnight no entry is taken once the day has lost this much. Called first: what it learns of
        the equity is what the other checks of the same entry go by."""
        result_ud, value_ud = self._day.now_ud()
        equity_ud = self._equity_seen_ud = self._equity_ud(value_ud)
        if result_ud >= 0 or equity_ud is None:
            return None  # without a balance the check of cash refuses
        limits, lost_ud = self._desk.limits, -result_ud
        share_ud = (equity_ud + lost_ud) * limits.day_loss_share // WHOLE_SHARE
        if lost_ud < limits.day_loss_ud and lost_ud < share_ud:
            return None
        limit_ud = max(0, min(limits.day_loss_ud, share_ud))
        text = f"day: lost ${dollars(lost_ud)}, the limit is ${dollars(limit_ud)}"
        return Denial(DenyCode.DAILY_LOSS, text, {"result_ud": result_ud, "limit_ud": limit_ud})

    def worst_case(self, terms: OrderTerms, market: Market, loss_ud: MicroDollars) -> Denial | None:
        """An order that adds nothing to a worst case passes it, though it may be over its limit."""
        limits, worst = self._desk.limits, self._worst
        market_ud, event_ud, added_ud, total_ud = worst.with_order(terms, loss_ud)
        if market_ud > limits.market_loss_ud and market_ud > worst.market_ud(terms.ticker):
            name = f"market {terms.ticker}"
            return _over(DenyCode.MARKET_LOSS, name, market_ud, limits.market_loss_ud)
        if added_ud <= 0:
            return None
        if event_ud > limits.event_loss_ud:
            name = f"event {market.event_ticker}"
            return _over(DenyCode.EVENT_LOSS, name, event_ud, limits.event_loss_ud)
        share_ud = (self._equity_seen_ud or 0) * limits.total_share // WHOLE_SHARE
        if total_ud > limits.total_loss_ud or total_ud > share_ud:
            limit_ud = max(0, min(limits.total_loss_ud, share_ud))
            return _over(DenyCode.TOTAL_LOSS, "all together", total_ud, limit_ud)
        return None


def share_of(amount_ud: MicroDollars, share: Share) -> MicroDollars:
    """A part of an amount; of one below zero nothing."""
    return amount_ud * share // WHOLE_SHARE if amount_ud > 0 else 0


def _over(code: DenyCode, what: str, loss_ud: MicroDollars, limit_ud: MicroDollars) -> Denial:
    text = f"{what}: could lose ${dollars(loss_ud)}, the limit is ${dollars(limit_ud)}"
    return Denial(code, text, {"loss_ud": loss_ud, "limit_ud": limit_ud})


def _near_its_end(market: Market, left_ns: Nanoseconds, limit_ns: Nanoseconds) -> Denial:
    text = (
        f"market {market.ticker}: closes in {left_ns // SECOND_NS} s,"
        f" strategies enter until {limit_ns // SECOND_NS} s before"
    )
    return Denial(DenyCode.MARKET_CLOSING, text, {"left_ns": left_ns, "wanted_ns": limit_ns})


def _too_many(code: DenyCode, what: str, sent: int, limit: int) -> Denial:
    return Denial(
        code, f"entries {what}: {sent} were sent, the limit is {limit}", {"sent": sent, "limit": limit}
    )
