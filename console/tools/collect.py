"""``sparko collect``: brings the outside world into the lake, and into an engine."""

from __future__ import annotations

from console.tools.collect_candles import register_candles
from console.tools.collect_live import register
from console.tools.commands import Commands

collect = Commands(no_args_is_help=True, help="Collectors of data.")


@collect.callback()
def group() -> None:
    """Collectors: each a process of its own that writes the lake.

    \b
    Examples:
      sparko collect spot --home ./sim --for 60
    """


register_candles(collect)
register(collect)
