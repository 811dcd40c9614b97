"""The command ``subscribe``: one subscription for each channel, each with its own sid."""

from __future__ import annotations

import msgspec
from msgspec import UnsetType

from engine.sandbox.core.exchange import Exchange
from engine.sandbox.server.stream.answers import subscribed, updated
from engine.sandbox.server.stream.channels import ALL_IDS, RULES, Channel, MarketRule
from engine.sandbox.server.stream.covering import add_markets, check_market_limit, show_initial
from engine.sandbox.server.stream.markets import NamedMarkets, named_markets, names_markets
from engine.sandbox.server.stream.refusal import CommandRefused
from engine.sandbox.server.stream.session import Session
from engine.sandbox.server.stream.subscription import Subscription
from engine.wire.stream import CommandParams, StreamErrorCode

_SHARD_FACTOR_MAX = 100


class _Wanted(msgspec.Struct, frozen=True):
    """What a command asks of one channel, checked."""

    channel: Channel
    markets: NamedMarkets
    names: tuple[str, ...]

    @property
    def is_all(self) -> bool:
        if ALL_IDS in self.names:
            return True
        rule = RULES[self.channel].markets
        return rule is MarketRule.IGNORED or (rule is MarketRule.OPTIONAL and not self.markets.tickers)


def subscribe(session: Session, exchange: Exchange, command_id: int, params: CommandParams) -> None:
    """Checks the whole command first: a refused one subscribes to nothing.

    A channel that the connection has already, with the same kind of prices, gets the markets added and is
    answered by ``ok`` instead, as recorded.
    """
    wanted = [_checked(session, exchange, params, channel) for channel in _channels(params)]
    check_market_limit(session, sum(len(one.markets.tickers) for one in wanted))
    for one in wanted:
        _start(session, exchange, command_id, params, one)


def _channels(params: CommandParams) -> list[Channel]:
    if isinstance(params.channels, UnsetType) or not params.channels:
        raise CommandRefused(StreamErrorCode.CHANNELS_REQUIRED)
    try:
        return [Channel(name) for name in dict.fromkeys(params.channels)]
    except ValueError as problem:
        raise CommandRefused(StreamErrorCode.UNKNOWN_CHANNEL) from problem


def _checked(session: Session, exchange: Exchange, params: CommandParams, channel: Channel) -> _Wanted:
    rule = RULES[channel]
    if rule.is_private and not session.may_read:
        raise CommandRefused(StreamErrorCode.AUTHENTICATION_REQUIRED)
    if channel is Channel.COMMUNICATIONS:
        _check_shards(params)
    if rule.markets is MarketRule.IGNORED:
        return _Wanted(channel, NamedMarkets(), ())
    if rule.markets in (MarketRule.INDEX_IDS, MarketRule.UNDERLYINGS):
        return _Wanted(channel, NamedMarkets(), _names(params, channel, rule.markets))
    markets = named_markets(exchange, params, channel)
    if rule.markets is MarketRule.REQUIRED and not markets.tickers:
        raise CommandRefused(StreamErrorCode.MARKET_REQUIRED)
    return _Wanted(channel, markets, ())


def _names(params: CommandParams, channel: Channel, rule: MarketRule) -> tuple[str, ...]:
    if names_markets(params):
        detail = f"{channel.value}: got markets, wanted none"
        raise CommandRefused(StreamErrorCode.INVALID_PARAMETER, detail)
    is_index = rule is MarketRule.INDEX_IDS
    found = params.index_ids if is_index else params.underlying_tickers
    if isinstance(found, UnsetType) or not found:
        raise CommandRefused(StreamErrorCode.INDEX_IDS if is_index else StreamErrorCode.UNDERLYINGS)
    return tuple(dict.fromkeys(found))


def _check_shards(params: CommandParams) -> None:
    factor, key = params.shard_factor, params.shard_key
    if isinstance(factor, UnsetType):
        if not isinstance(key, UnsetType):
            raise CommandRefused(StreamErrorCode.SHARD_FACTOR_REQUIRED)
        return
    if factor <= 0:
        raise CommandRefused(StreamErrorCode.SHARD_FACTOR_NOT_POSITIVE)
    if factor > _SHARD_FACTOR_MAX:
        raise CommandRefused(StreamErrorCode.SHARD_FACTOR_TOO_LARGE)
    if not isinstance(key, UnsetType) and not 0 <= key < factor:
        raise CommandRefused(StreamErrorCode.SHARD_KEY_OUT_OF_RANGE)


def _start(
    session: Session, exchange: Exchange, command_id: int, params: CommandParams, wanted: _Wanted
) -> None:
    use_yes_price = params.use_yes_price is True
    subscription = _existing(session, wanted.channel, use_yes_price=use_yes_price)
    is_new = subscription is None
    if subscription is None:
        sid = session.next_sid()
        subscription = Subscription(sid, wanted.channel, session, use_yes_price=use_yes_price)
        session.subscriptions[sid] = subscription
    if not isinstance(params.skip_ticker_ack, UnsetType):
        subscription.skips_ticker_ack = params.skip_ticker_ack
    new = _cover(session, subscription, wanted)
    answer = subscribed if is_new else updated
    session.answer(answer(subscription, command_id), subscription)
    sends_tickers = params.send_initial_snapshot is True
    show_initial(session, exchange, subscription, new, sends_tickers=sends_tickers)


def _cover(session: Session, subscription: Subscription, wanted: _Wanted) -> list[str]:
    """Adds what is wanted to what is covered; returns the markets that are new."""
    if wanted.is_all:
        session.registry.forget(subscription)
        subscription.markets.clear()
        subscription.names.clear()
        subscription.covers_all = True
        session.registry.add_all(subscription)
    if subscription.covers_all:
        return list(wanted.markets.tickers)
    cover_names(session, subscription, wanted.names)
    return add_markets(session, subscription, wanted.markets)


def cover_names(session: Session, subscription: Subscription, names: tuple[str, ...]) -> None:
    """Covers more indices or underlyings."""
    subscription.names.update(names)
    session.registry.add(subscription, names)


def _existing(session: Session, channel: Channel, *, use_yes_price: bool) -> Subscription | None:
    for subscription in session.subscriptions.values():
        if subscription.channel is channel and subscription.use_yes_price == use_yes_price:
            return subscription
    return None
