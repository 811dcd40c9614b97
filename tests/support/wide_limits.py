"""Limits that no test of something else meets, for a core and for a home's ``config.toml``."""

from __future__ import annotations

import msgspec

from engine.core.settings import WHOLE_SHARE, Limits
from engine.domain.units import DOLLAR_UD

_MUCH_UD = 1_000_000 * DOLLAR_UD
_OFTEN = 1_000_000

WIDE_LIMITS = Limits(
    order_count_c=100_000_000,
    order_loss_ud=_MUCH_UD,
    market_loss_ud=_MUCH_UD,
    event_loss_ud=_MUCH_UD,
    total_loss_ud=_MUCH_UD,
    total_share=WHOLE_SHARE,
    day_loss_ud=_MUCH_UD,
    day_loss_share=WHOLE_SHARE,
    bot_wager_ud=_MUCH_UD,
    bot_entries_per_scan=_OFTEN,
    entries_per_minute=_OFTEN,
    bot_entries_per_hour=_OFTEN,
    bot_entries_per_day=_OFTEN,
    bot_close_ns=0,
    loss_pause_ns=0,
    losses_in_a_row=_OFTEN,
)
ORDER_LIMITS = msgspec.structs.replace(
    WIDE_LIMITS, order_count_c=Limits().order_count_c, order_loss_ud=Limits().order_loss_ud
)
"""What one order may be is bounded as it is by default, and nothing else."""
WIDE_LIMITS_TABLE = """[limits]
order_loss_dollars = 1000000
market_loss_dollars = 1000000
event_loss_dollars = 1000000
total_loss_dollars = 1000000
total_percent = 100
day_loss_dollars = 1000000
day_loss_percent = 100
bot_wager_dollars = 1000000
bot_entries_per_scan = 1000000
entries_per_minute = 1000000
bot_entries_per_hour = 1000000
bot_entries_per_day = 1000000
bot_close_seconds = 0
loss_pause_seconds = 0
losses_in_a_row = 1000000
"""
"""Of what one order may be only the count is bounded as it is by default."""
