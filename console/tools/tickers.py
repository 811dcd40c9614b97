"""Tickers as people type them: a name of a moving market becomes the ticker that it means now."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from console.tools.failure import Failure, WrongUsage

if TYPE_CHECKING:
    from engine.control.client import ControlClient
    from engine.control.rows.markets import LegRow
    from engine.domain.rolling import Listed, RollingName


def upper(text: str) -> str:
    """The exchange writes its tickers in capitals; people need not."""
    return text.upper() if text.isascii() else text


async def fixed_ticker(client: ControlClient, text: str, field: str = "TICKER") -> str:
    """A market ticker; what a rolling name became is said on standard error. Raises Failure, WrongUsage."""
    from engine.domain.rolling import rolled_market

    name = rolling_name(text, field)
    if name is None:
        return upper(text)
    return await _fixed(client, name, text, field, rolled_market)


async def fixed_event(client: ControlClient, text: str, field: str = "EVENT") -> str:
    """As :func:`fixed_ticker`, for ``KXBTCD@now``."""
    from engine.domain.rolling import rolled_event

    name = rolling_name(text, field)
    if name is None:
        return upper(text)
    if name.leg:
        raise WrongUsage(f"{field}: got {text}, wanted an event: leave out :{name.leg}")
    return await _fixed(client, name, text, field, rolled_event)


def rolling_name(text: str, field: str) -> RollingName | None:
    """None for a ticker. Raises WrongUsage for a broken name."""
    from engine.domain.bad_text import BadText
    from engine.domain.rolling import parse_rolling

    try:
        return parse_rolling(text, field)
    except BadText as error:
        raise WrongUsage(str(error)) from None


def exchange_now_ns(client: ControlClient) -> int:
    """The exchange's time as the engine last told it."""
    status = client.replica.desk.status
    assert status is not None
    return status.exchange_ns


async def _fixed(client: ControlClient, name: RollingName, text: str, field: str, roll: _Roll) -> str:
    from console.tools.pages import rows_of
    from engine.control.queries import MarketsArgs
    from engine.domain.rolling import CannotRoll

    legs: list[LegRow] = await rows_of(client, "markets", MarketsArgs(series=name.series))
    try:
        found = roll(name, [_listed(leg) for leg in legs], exchange_now_ns(client))
    except CannotRoll as error:
        raise Failure(f"{field}: {text}: {error}") from None
    typer.echo(f"{text} is {found}", err=True)
    return found


def _listed(leg: LegRow) -> Listed:
    from engine.domain.rolling import Listed

    market, quote = leg.market, leg.quote
    return Listed(
        market.ticker,
        market.event_ticker,
        market.series_ticker,
        market.status,
        market.close_ns,
        market.strike,
        quote.bid_bp,
        quote.ask_bp,
    )


if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Protocol

    class _Roll(Protocol):
        def __call__(self, name: RollingName, listed: Sequence[Listed], now_ns: int, /) -> str: ...
