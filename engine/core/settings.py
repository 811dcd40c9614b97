"""What the core is told once: its venue, its series, its limits and its timings."""

from __future__ import annotations

from typing import TypeAlias

import msgspec

from engine.core.exits.timings import ExitTimings
from engine.domain.units import (
    CENT_BP,
    DOLLAR_UD,
    HOUR_NS,
    MILLISECOND_NS,
    MINUTE_NS,
    ONE_CONTRACT_C,
    SECOND_NS,
    CountC,
    MicroDollars,
    Nanoseconds,
    PriceBp,
)

Share: TypeAlias = int
"""A part of the equity in hundredths of a percent: 2,000 is 20 %."""
WHOLE_SHARE: Share = 10_000
REAL_SPEED = 1_000_000


class Limits(msgspec.Struct, frozen=True):
    """What entries may be, one by one, together and over time. Reducing orders are bound by the grid and
    ``reduce_floor_bp`` alone. The defaults are the profile ``first-week``."""

    order_count_c: CountC = 10 * ONE_CONTRACT_C
    order_loss_ud: MicroDollars = 5 * DOLLAR_UD
    """Worst loss of one order, its fee included."""
    market_loss_ud: MicroDollars = 10 * DOLLAR_UD
    """Worst loss over YES and NO of a market's position and working orders."""
    event_loss_ud: MicroDollars = 15 * DOLLAR_UD
    """The same over the outcomes of an event."""
    total_loss_ud: MicroDollars = 40 * DOLLAR_UD
    """The sum over all events."""
    total_share: Share = 2_000
    """The same as a part of the equity; the lower of the two counts."""
    day_loss_ud: MicroDollars = 10 * DOLLAR_UD
    """Realised since Eastern midnight less fees, and what is open at the bid."""
    day_loss_share: Share = 500
    """The same as a part of the equity with which the day began."""
    bot_wager_ud: MicroDollars = 3 * DOLLAR_UD
    """Worst loss of one order of a strategy."""
    bot_entries_per_scan: int = 3
    """Of one strategy in one series, between two times of its schedule."""
    entries_per_minute: int = 6
    """Of everybody together, in monotonic time."""
    bot_entries_per_hour: int = 10
    """Of all strategies together, in exchange time."""
    bot_entries_per_day: int = 30
    """The same since Eastern midnight."""
    collar_bp: PriceBp = 3 * CENT_BP
    """How far through the other side's best price an entry may reach."""
    near_low_bp: PriceBp = 3 * CENT_BP
    near_high_bp: PriceBp = 97 * CENT_BP
    """Prices of the leg bought outside these two need ``far``."""
    bot_close_ns: Nanoseconds = 15 * MINUTE_NS
    """Exchange time before a market's close from which strategies may not enter; people are warned."""
    loss_pause_ns: Nanoseconds = 5 * MINUTE_NS
    """No entries for this long after a position ended with a loss."""
    losses_in_a_row: int = 3
    """So many positions that ended with a loss, one after the other, stop entries."""
    count_step_c: CountC = 1
    """The finest part of a contract that an entry may have; the exchange takes hundredths."""
    reduce_floor_bp: PriceBp = 1 * CENT_BP
    """The least a reducing order may sell the held leg for, unless the book itself bids less."""


PROFILES: dict[str, Limits] = {
    "first-week": Limits(),
    "predecessor": Limits(
        order_count_c=100 * ONE_CONTRACT_C,
        order_loss_ud=500 * DOLLAR_UD,
        market_loss_ud=500 * DOLLAR_UD,
        event_loss_ud=500 * DOLLAR_UD,
        total_loss_ud=1_000_000 * DOLLAR_UD,
        total_share=2_000,
        day_loss_ud=1_000 * DOLLAR_UD,
        day_loss_share=WHOLE_SHARE,
        entries_per_minute=20,
        bot_entries_per_hour=20,
        bot_entries_per_day=100,
        near_low_bp=1 * CENT_BP,
        near_high_bp=99 * CENT_BP,
        bot_close_ns=2 * MINUTE_NS,
    ),
}
"""Whole sets of limits by name. ``predecessor`` is what the systems before this one were configured with:
positions of $500 and 20 % in all, a daily loss of $1,000, 20 entries an hour and 100 a day, 5 minutes after a
loss, 3 losses in a row; strategies with $3 and 3 entries a series and scan, 2 minutes before the close."""


class Timings(msgspec.Struct, frozen=True):
    """Monotonic time unless said otherwise; exchange time is what the exchange's clock shows."""

    lookup_spacing_ns: Nanoseconds = SECOND_NS
    """Between two listings that look for one order."""
    lookup_slow_ns: Nanoseconds = 5 * SECOND_NS
    """The same, after many listings in a row that settled nothing."""
    freshness_margin_ns: Nanoseconds = 3 * SECOND_NS
    """Exchange time that a listing must be newer than the last send to prove an absence."""
    listing_overlap_ns: Nanoseconds = MINUTE_NS
    """Exchange time that a listing reaches back before an intent, or before the newest fill known."""
    absent_doubted_ns: Nanoseconds = 5 * MINUTE_NS
    """Exchange time for which each round lists the market of an order that was found absent: its request may
    be long on its way, and arrive while nobody hears of it."""
    resend_within_ns: Nanoseconds = 15 * SECOND_NS
    """How long after its intent an order that proved absent is still wanted."""
    stale_book_ns: Nanoseconds = 2 * SECOND_NS
    """Silence of the feed after which no book counts as fresh."""
    duplicate_ns: Nanoseconds = 10 * SECOND_NS
    reconcile_period_ns: Nanoseconds = MINUTE_NS
    reconcile_late_ns: Nanoseconds = MINUTE_NS
    """For how long a round may wait for its reads before people are told."""
    confirm_ns: Nanoseconds = 2 * SECOND_NS
    """Between two looks at positions that disagree with the ledger."""
    read_retry_ns: Nanoseconds = SECOND_NS
    """Before a read that failed is asked for again; twice as long after each further failure in a row."""
    read_retry_longest_ns: Nanoseconds = 16 * SECOND_NS
    read_patience_ns: Nanoseconds = 30 * SECOND_NS
    """After this long without an answer a read is asked for again."""
    tell_unknown_ns: Nanoseconds = 30 * SECOND_NS
    """How long an outcome may be unknown before people are told."""
    balance_spacing_ns: Nanoseconds = SECOND_NS
    books_grace_ns: Nanoseconds = 5 * SECOND_NS
    """How long the first reconciliation waits for books that do not come."""
    catch_up_ns: Nanoseconds = 2 * SECOND_NS
    """How long fills that the exchange counts may stay away before they are read."""
    cancel_retry_ns: Nanoseconds = SECOND_NS
    shadow_again_ns: Nanoseconds = MINUTE_NS
    """Between two records of the same entry that a strategy decides in the shadow."""
    arm_longest_ns: Nanoseconds = 10 * MINUTE_NS
    resting_life_ns: Nanoseconds = 10 * MINUTE_NS
    """Exchange time after which a resting entry expires by itself."""
    extend_before_ns: Nanoseconds = 5 * MINUTE_NS
    """Exchange time left at which the expiry of a resting entry is moved on."""
    extend_retry_ns: Nanoseconds = 30 * SECOND_NS
    warn_before_pause_ns: tuple[Nanoseconds, ...] = (30 * MINUTE_NS, 5 * MINUTE_NS)
    """Exchange time before an announced pause at which people are told; at the shortest, resting entries are
    extended over it or taken back."""
    after_pause_ns: Nanoseconds = 5 * MINUTE_NS
    """Exchange time that an entry rests on after a pause if nobody extends it."""
    aftermath_each_ns: Nanoseconds = MINUTE_NS
    """Between two reads of a market that closed while something of it is held."""
    aftermath_first_ns: Nanoseconds = 5 * SECOND_NS
    """After a start, before markets that are held and not listed are read by themselves."""
    schedule_each_ns: Nanoseconds = 6 * HOUR_NS
    schedule_retry_ns: Nanoseconds = MINUTE_NS
    status_each_ns: Nanoseconds = 5 * SECOND_NS
    """Between two looks at whether the exchange still pauses."""
    closing_ns: Nanoseconds = 0
    """Exchange time before a market's close from which entries are refused."""
    universe_refresh_ns: Nanoseconds = 15 * MINUTE_NS
    """Exchange time."""
    universe_spacing_ns: Nanoseconds = 5 * SECOND_NS
    """Between two refreshes that lifecycle events ask for."""
    horizon_ns: Nanoseconds = 48 * HOUR_NS
    """Exchange time: how far ahead a market of the universe closes at most."""
    keep_closed_ns: Nanoseconds = HOUR_NS
    """Exchange time that a closed market is kept although nobody holds, works or watches it."""
    look_around_ns: Nanoseconds = SECOND_NS
    """Between two looks at every condition, for what no event tells."""
    stale_index_ns: Nanoseconds = 5 * SECOND_NS
    """Silence of an index after which its last value fires nothing; it comes each second."""
    settle_down_ns: Nanoseconds = MINUTE_NS
    """How long a market that trades again after a pause is waited for to have a normal spread."""
    breaker_wait_ns: Nanoseconds = MINUTE_NS
    """How long a breaker that closes by itself stays open at first."""
    stale_forecast_ns: Nanoseconds = 3 * MINUTE_NS
    """Age of the last scan of the forecaster from which nothing that needs one is done."""
    stale_observation_ns: Nanoseconds = MINUTE_NS
    """Age of an observation from which nothing that needs its kind is done; where a source tells of itself,
    that counts instead."""
    feed_patience_ns: Nanoseconds = 30 * SECOND_NS
    """Silence of the feed that opens its breaker."""
    most_wait_ns: Nanoseconds = 100 * MILLISECOND_NS
    """Longest sleep towards a deadline in exchange time whose pace is not known yet."""


class EngineSettings(msgspec.Struct, frozen=True):
    """``venue``, ``account`` and ``build`` are written into each run's first record."""

    venue: str = "sandbox"
    account: str = ""
    build: str = ""
    series: tuple[str, ...] = ()
    limits: Limits = Limits()
    timings: Timings = Timings()
    exits: ExitTimings = ExitTimings()
    legs_per_event: int = 40
    most_markets: int = 2_000
    most_resends: int = 1
    most_cancel_tries: int = 5
    keep_entries_over_pause: bool = True
    """Resting entries are extended over an announced pause; else they are taken back before it."""
    most_in_cancel_batch: int = 20
    """Orders of one request; a batch is paid whole, so it has to fit into the smallest write bucket."""
    balance_excludes_resting: bool = True
    """The exchange's balance is what is left after the reserves of resting orders."""
    foreign_orders_stop_entries: bool = True
    most_conditions: int = 200
    """Armed or disabled ones."""
    strategies_begin_off: bool = False
    """On every venue: a strategy without a chosen stage is OFF. On demo and live it always is."""
    normal_spread_bp: PriceBp = 10 * CENT_BP
    """The widest spread at which a market has settled down after a pause."""
    rejects_open: int = 5
    """Refusals by the exchange in a row that open a breaker."""
    unknowns_open: int = 3
    """Outcomes in a row that nobody can tell."""
    most_skew_ms: int = 5_000
    """Between the machine's clock and the exchange's."""
    slow_commit_ms: int = 3_000
    """Of the ledger."""
    answers_kept: int = 2_000
    """Commands whose answers are remembered, so that a repetition gets the same."""
    speed_millionths: int = REAL_SPEED
    """How fast exchange time runs against monotonic time: an accelerated sandbox's is higher, and one whose
    time stands still has 0."""
