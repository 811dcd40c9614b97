"""Rows of limits with their use and of open breakers, and why they keep entries off. Looks and changes
nothing."""

from __future__ import annotations

from engine.control.rows.risk import BreakerRow, LimitRow
from engine.core.breaker_record import BreakerCause
from engine.core.engine import Engine
from engine.core.limit_table import LIMITS
from engine.core.settings import WHOLE_SHARE
from engine.domain.units import SECOND_NS, MicroDollars, dollars

STALE_BOOK = "stale_book"


def limit_rows(engine: Engine) -> tuple[LimitRow, ...]:
    """Every limit, in the order in which they are told; how old a book may be is the last, and fixed."""
    desk, risk = engine.desk, engine.risk
    used = _used(engine)
    rows = []
    for name, spec in LIMITS.items():
        known = desk.money.limits.get(name)
        rows.append(
            LimitRow(
                name,
                spec.unit,
                getattr(desk.limits, spec.field),
                used.get(name),
                spec.remedy,
                None if known is None else known.pending,
                risk.limits.acts_at(name),
            )
        )
    rows.append(LimitRow(STALE_BOOK, "ns", desk.timings.stale_book_ns, None, "a feed that is heard"))
    return tuple(rows)


def breaker_rows(engine: Engine) -> tuple[BreakerRow, ...]:
    """Open ones, the first that opened first."""
    probe_at = engine.risk.breakers.probe_at
    return tuple(
        BreakerRow(record.cause.value, record.since, record.text, probe_at(record))
        for record in engine.money.breakers.values()
    )


def risk_stop(engine: Engine) -> str:
    """Why limits or breakers let no entry through now; empty while they do. An order group holds its own
    strategy alone."""
    for record in engine.money.breakers.values():
        if record.cause is BreakerCause.ORDER_GROUP:
            continue
        return f"breaker {record.cause}: {record.text}"
    left_ns = engine.risk.breakers.pause_left_ns
    if left_ns:
        return f"a position ended with a loss; entries go on in {-(-left_ns // SECOND_NS)} s"
    lost_ud, limit_ud = -engine.risk.day.seen_ud[0], engine.risk.checks.day_limit_seen_ud
    if limit_ud is not None and lost_ud > 0 and lost_ud >= limit_ud:
        return f"the day has lost ${dollars(lost_ud)}, the limit is ${dollars(limit_ud)}"
    return ""


def _used(engine: Engine) -> dict[str, int]:
    """Of the limits that are used up over markets or over time."""
    risk = engine.risk
    total_ud, lost_ud = risk.worst.total_ud, max(0, -risk.day.seen_ud[0])
    equity_ud = risk.checks.equity_seen_ud
    events = risk.worst.worst_events()
    used = {
        "market_loss": risk.worst.worst_market_ud(),
        "event_loss": events[0][0] if events else 0,
        "total_loss": total_ud,
        "day_loss": lost_ud,
        "entries_per_minute": risk.pace.in_minute(),
        "bot_entries_per_hour": risk.pace.by_bots_in_hour(),
        "bot_entries_per_day": risk.pace.by_bots_today(),
        "losses_in_a_row": engine.money.losses.in_a_row,
    }
    if equity_ud is not None:
        used["total_share"] = _share(total_ud, equity_ud)
        used["day_loss_share"] = _share(lost_ud, equity_ud + lost_ud)
    return used


def _share(part_ud: MicroDollars, whole_ud: MicroDollars) -> int:
    """Rounded up; of nothing or less everything."""
    if part_ud <= 0:
        return 0
    return WHOLE_SHARE if whole_ud <= 0 else -(-part_ud * WHOLE_SHARE // whole_ud)
