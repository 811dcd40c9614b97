"""Which markets a command names."""

from __future__ import annotations

import msgspec
from msgspec import UnsetType

from engine.sandbox.core.exchange import Exchange
from engine.sandbox.server.stream.channels import Channel
from engine.sandbox.server.stream.refusal import CommandRefused
from engine.wire.stream import CommandParams, StreamErrorCode


class NamedMarkets(msgspec.Struct, frozen=True):
    """Known tickers in the order named, each once; ``ids`` are those that were named by id."""

    tickers: tuple[str, ...] = ()
    ids: frozenset[str] = frozenset()


_FORMS = ("market_ticker", "market_tickers", "market_id", "market_ids")


def named_markets(exchange: Exchange, params: CommandParams, channel: Channel) -> NamedMarkets:
    """Reads the one form that is there; raises CommandRefused for two forms, or for unknown markets."""
    used = [form for form in _FORMS if not isinstance(getattr(params, form), UnsetType)]
    if len(used) > 1:
        raise _invalid(f"got {' and '.join(used)}, wanted one of them")
    if not used:
        return NamedMarkets()
    value = getattr(params, used[0])
    names = tuple(dict.fromkeys([value] if isinstance(value, str) else value))
    if used[0] in ("market_id", "market_ids"):
        return _by_id(exchange, names, channel, used[0])
    unknown = [ticker for ticker in names if ticker not in exchange.markets]
    if unknown:
        raise CommandRefused(
            StreamErrorCode.INVALID_PARAMETER, f"{used[0]}: unknown market", market_tickers=unknown
        )
    return NamedMarkets(names)


def _by_id(exchange: Exchange, ids: tuple[str, ...], channel: Channel, form: str) -> NamedMarkets:
    if channel is not Channel.TICKER:
        raise _invalid(f"{form}: got one for {channel.value}, wanted none (ticker channel only)")
    wanted = set(ids)
    tickers = {r.market_id: t for t, r in exchange.markets.items() if r.market_id in wanted}
    unknown = [market_id for market_id in ids if market_id not in tickers]
    if unknown:
        raise _invalid(f"{form}: unknown market {', '.join(unknown)}")
    return NamedMarkets(tuple(tickers[market_id] for market_id in ids), frozenset(ids))


def names_markets(params: CommandParams) -> bool:
    return any(not isinstance(getattr(params, form), UnsetType) for form in _FORMS)


def _invalid(detail: str) -> CommandRefused:
    return CommandRefused(StreamErrorCode.INVALID_PARAMETER, detail)
