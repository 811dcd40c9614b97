"""Every limit and time-out of the stream, in one value."""

from __future__ import annotations

import msgspec

from engine.domain.units import MILLISECOND_NS, SECOND_NS, Nanoseconds


class StreamSettings(msgspec.Struct, frozen=True):
    """Times are monotonic nanoseconds. The exchange pings every ten seconds; two may be missed."""

    use_yes_price: bool = True
    """Whether NO levels are asked for in YES prices. Always sent: the default will change."""
    markets_per_subscription: int = 100
    """How many books one command subscribes to, and at most share one sequence where the exchange lets a
    connection have several of a channel. Where it joins them all to the first, they share one fate."""
    command_timeout_ns: Nanoseconds = 5 * SECOND_NS
    snapshot_timeout_ns: Nanoseconds = 3 * SECOND_NS
    repair_spacing_ns: Nanoseconds = 250 * MILLISECOND_NS
    """The least time between two snapshot requests of one subscription."""
    held_deltas: int = 10_000
    """How many deltas one book keeps while it waits for its snapshot; more than that asks for a new one."""
    refused_snapshots: int = 3
    """After this many unusable snapshots in a row a subscription is made anew."""
    failed_subscriptions: int = 3
    """After this many subscriptions without a usable book the connection is made anew."""
    audit_interval_ns: Nanoseconds = 20 * SECOND_NS
    """How often some healthy books are compared with a snapshot; 0 never."""
    audit_batch: int = 20
    retry_base_ns: Nanoseconds = 1 * SECOND_NS
    """The first wait after a refused subscription; it doubles up to ``retry_cap_ns``."""
    retry_cap_ns: Nanoseconds = 60 * SECOND_NS
    tick_ns: Nanoseconds = 100 * MILLISECOND_NS
    beat_ns: Nanoseconds = 1 * SECOND_NS
    """How often it is said that the exchange is heard; a connection that was silent for this long is pinged.
    The engine takes no entries on a feed that it has not heard of for two seconds."""
    idle_ns: Nanoseconds = 25 * SECOND_NS
    """Without a frame or ping for this long the connection is probed."""
    probe_timeout_ns: Nanoseconds = 5 * SECOND_NS
    connect_timeout_ns: Nanoseconds = 10 * SECOND_NS
    backoff_base_ns: Nanoseconds = 500 * MILLISECOND_NS
    backoff_cap_ns: Nanoseconds = 30 * SECOND_NS
    healthy_ns: Nanoseconds = 30 * SECOND_NS
    """A connection that lived this long resets the back-off."""
