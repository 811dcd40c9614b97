"""One market as ``timesfm-no`` looks at it: the call, the prices of NO, and what an entry would cost."""

from __future__ import annotations

from engine.core.book_view import BookView
from engine.domain.forecast import Forecast
from engine.domain.forecast_signal import Confidence, ExitLevels, confidence, exit_levels
from engine.domain.market import Market
from engine.domain.units import (
    CENT_BP,
    CONTRACT_BP,
    ONE_CONTRACT_C,
    SECOND_NS,
    CountC,
    MicroDollars,
    PriceBp,
    ceil_div,
    complement,
)
from engine.strategies.timesfm_params import TABLES, TimesfmNoParams

HIGHEST_TP_BP = 99 * CENT_BP
"""A take profit further up is put here, as the predecessor did."""


class Case:
    """``move_bp`` is the forecast less the price it starts from, of YES: below zero is a call for NO. What is
    not known is None."""

    def __init__(
        self, params: TimesfmNoParams, market: Market, forecast: Forecast, view: BookView | None
    ) -> None:
        self.params = params
        self.market = market
        self.forecast = forecast
        steps = min(max(params.horizon_s // forecast.step_s, 1), forecast.horizon)
        self.steps = steps
        self.ends_s = forecast.end_s(steps - 1)
        self.forecast_bp: PriceBp = forecast.mean_bp(steps)
        self.middle_bp: PriceBp | None = None
        """Of the book, of YES."""
        self.bid_bp: PriceBp | None = None
        """What NO can be sold for now; ``ask_bp`` what it costs."""
        self.ask_bp: PriceBp | None = None
        if view is not None and view.is_fresh and view.book.is_two_sided and not view.book.is_crossed:
            self.bid_bp = complement(view.book.best_ask_bp or 0)
            self.ask_bp = complement(view.book.best_bid_bp or 0)
            self.middle_bp = view.book.middle_bp
        self.current_bp = self.middle_bp if params.uses_mid else forecast.last_bp
        self.move_bp = None if self.current_bp is None else self.forecast_bp - self.current_bp

    @property
    def size_bp(self) -> PriceBp:
        """Of the move, whatever its sign; 0 where it is not known."""
        return abs(self.move_bp or 0)

    @property
    def confidence(self) -> Confidence:
        return confidence(self.market.series_ticker, self.size_bp)

    @property
    def spread_bp(self) -> PriceBp:
        return (self.ask_bp or 0) - (self.bid_bp or 0)

    @property
    def exits(self) -> ExitLevels:
        params = self.params
        if params.tp_bp is not None and params.sl_bp is not None:
            return ExitLevels(params.tp_bp // CENT_BP, params.sl_bp // CENT_BP)
        return exit_levels(self.market.series_ticker, self.size_bp, TABLES[params.exits])

    @property
    def limit_bp(self) -> PriceBp | None:
        """The ask and what may be paid above it: whole cents of a share of the move, on the grid."""
        if self.ask_bp is None:
            return None
        cents = self.size_bp * self.params.slip_share // (100 * CENT_BP)
        wanted = self.ask_bp + min(cents * CENT_BP, self.params.slip_most_bp)
        return self.market.grid.mirrored().floor(min(wanted, CONTRACT_BP - 1))

    @property
    def take_profit_bp(self) -> PriceBp | None:
        limit_bp = self.limit_bp
        return None if limit_bp is None else min(limit_bp + self.exits.tp_cents * CENT_BP, HIGHEST_TP_BP)

    @property
    def stop_loss_bp(self) -> PriceBp | None:
        limit_bp = self.limit_bp
        return None if limit_bp is None else limit_bp - self.exits.sl_cents * CENT_BP

    @property
    def cost_bp(self) -> PriceBp | None:
        """What one contract loses if it is bought at the limit and sold at once: the spread, what is paid
        above the ask, and two fees. A trader without any skill loses this on average."""
        limit_bp, bid_bp = self.limit_bp, self.bid_bp
        if limit_bp is None or bid_bp is None:
            return None
        return limit_bp - bid_bp + self._fee_bp(limit_bp) + self._fee_bp(bid_bp)

    @property
    def highest_no_bp(self) -> PriceBp:
        """The best 90 % quantile of NO up to the horizon."""
        return max(complement(self.forecast.deciles_bp[step][0]) for step in range(self.steps))

    @property
    def past_close_s(self) -> int:
        """How long after the market's close the horizon ends; below zero before it."""
        return self.ends_s - self.market.close_ns // SECOND_NS

    def count_c(self, room_c: CountC) -> CountC:
        """Whole contracts that the wager pays for with their fee, within ``room_c``."""
        limit_bp = self.limit_bp
        if limit_bp is None:
            return 0
        each_ud = limit_bp * ONE_CONTRACT_C
        count = min(self.params.wager_ud // each_ud, max(room_c, 0) // ONE_CONTRACT_C)
        while count > 0 and self.stake_ud(count * ONE_CONTRACT_C) > self.params.wager_ud:
            count -= 1
        return count * ONE_CONTRACT_C

    def stake_ud(self, count_c: CountC) -> MicroDollars:
        """Price and fee of so much at the limit."""
        limit_bp = self.limit_bp or 0
        return limit_bp * count_c + self.market.fees.fee_ud(limit_bp, count_c, is_taker=True)

    def _fee_bp(self, price_bp: PriceBp) -> PriceBp:
        return ceil_div(self.market.fees.fee_ud(price_bp, ONE_CONTRACT_C, is_taker=True), ONE_CONTRACT_C)
