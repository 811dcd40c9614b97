"""The commands ``update_subscription`` and ``unsubscribe``."""

from __future__ import annotations

from msgspec import UnsetType

from engine.sandbox.core.exchange import Exchange
from engine.sandbox.server.rest.times import milliseconds_of
from engine.sandbox.server.stream.answers import unsubscribed, updated
from engine.sandbox.server.stream.channels import ALL_IDS, RULES, Channel, MarketRule
from engine.sandbox.server.stream.covering import add_markets, delete_markets, show_books, show_initial
from engine.sandbox.server.stream.encoding import answer_body
from engine.sandbox.server.stream.frames_index import list_message, underlyings_message
from engine.sandbox.server.stream.markets import NamedMarkets, named_markets
from engine.sandbox.server.stream.refusal import CommandRefused
from engine.sandbox.server.stream.session import Session
from engine.sandbox.server.stream.subscribing import cover_names
from engine.sandbox.server.stream.subscription import Subscription
from engine.wire.stream import CommandParams, StreamErrorCode

_MARKET_ACTIONS = ("add_markets", "delete_markets", "get_snapshot")
_INDEX_ACTIONS = ("subscribe_indices", "unsubscribe_indices", "indexlist")
_UNDERLYING_ACTIONS = ("underlying_list",)
_ACTIONS = {
    MarketRule.REQUIRED: _MARKET_ACTIONS,
    MarketRule.OPTIONAL: ("add_markets", "delete_markets"),
    MarketRule.IGNORED: (),
    MarketRule.INDEX_IDS: _INDEX_ACTIONS,
    MarketRule.UNDERLYINGS: _UNDERLYING_ACTIONS,
}


def update(session: Session, exchange: Exchange, command_id: int, params: CommandParams) -> None:
    """Changes what one subscription covers, or shows something of it anew."""
    subscription = _known(session, _one_sid(params))
    if isinstance(params.action, UnsetType):
        raise CommandRefused(StreamErrorCode.ACTION_REQUIRED)
    action = params.action
    if action not in _ACTIONS[RULES[subscription.channel].markets]:
        raise CommandRefused(StreamErrorCode.UNSUPPORTED_ACTION, sid=subscription.sid)
    if action in _MARKET_ACTIONS:
        _update_markets(session, exchange, command_id, params, subscription)
    elif action in ("indexlist", "underlying_list"):
        _list_names(session, exchange, command_id, subscription)
    else:
        _update_indices(session, command_id, params, subscription)


def unsubscribe(session: Session, command_id: int, params: CommandParams) -> None:
    """Ends subscriptions; an unknown sid among them ends none."""
    if isinstance(params.sids, UnsetType) or not params.sids:
        raise CommandRefused(StreamErrorCode.SIDS_REQUIRED)
    for subscription in [_known(session, sid) for sid in dict.fromkeys(params.sids)]:
        session.answer(unsubscribed(subscription, command_id), subscription)
        session.forget(subscription)


def _one_sid(params: CommandParams) -> int:
    sids = [] if isinstance(params.sids, UnsetType) else params.sids
    if not isinstance(params.sid, UnsetType):
        sids = [params.sid, *sids]
    if len(sids) != 1:
        raise CommandRefused(StreamErrorCode.EXACTLY_ONE_SID)
    return sids[0]


def _known(session: Session, sid: int) -> Subscription:
    subscription = session.subscriptions.get(sid)
    if subscription is None:
        raise CommandRefused(StreamErrorCode.UNKNOWN_SID, sid=sid)
    return subscription


def _update_markets(
    session: Session,
    exchange: Exchange,
    command_id: int,
    params: CommandParams,
    subscription: Subscription,
) -> None:
    named = named_markets(exchange, params, subscription.channel)
    if not named.tickers:
        raise CommandRefused(StreamErrorCode.MARKET_REQUIRED, sid=subscription.sid)
    if params.action == "get_snapshot":
        _get_snapshot(session, exchange, command_id, subscription, named)
        return
    if not isinstance(params.skip_ticker_ack, UnsetType):
        subscription.skips_ticker_ack = params.skip_ticker_ack
    new: list[str] = []
    if subscription.covers_all:
        detail = f"sid {subscription.sid} covers all markets"
        raise CommandRefused(StreamErrorCode.INVALID_PARAMETER, detail, sid=subscription.sid)
    if params.action == "add_markets":
        new = add_markets(session, subscription, named)
    else:
        delete_markets(session, exchange, subscription, named.tickers)
    session.answer(updated(subscription, command_id), subscription)
    sends_tickers = params.send_initial_snapshot is True
    show_initial(session, exchange, subscription, new, sends_tickers=sends_tickers)


def _get_snapshot(
    session: Session,
    exchange: Exchange,
    command_id: int,
    subscription: Subscription,
    named: NamedMarkets,
) -> None:
    foreign = [ticker for ticker in named.tickers if ticker not in subscription.markets]
    if foreign:
        detail = f"sid {subscription.sid} does not cover the market"
        raise CommandRefused(
            StreamErrorCode.INVALID_PARAMETER, detail, sid=subscription.sid, market_tickers=foreign
        )
    show_books(session, exchange, subscription, named.tickers, command_id)


def _update_indices(
    session: Session, command_id: int, params: CommandParams, subscription: Subscription
) -> None:
    if isinstance(params.index_ids, UnsetType) or not params.index_ids:
        raise CommandRefused(StreamErrorCode.INDEX_IDS, sid=subscription.sid)
    names = tuple(dict.fromkeys(params.index_ids))
    adds = params.action == "subscribe_indices"
    if ALL_IDS in names:
        session.registry.forget(subscription)
        subscription.names.clear()
        subscription.covers_all = adds
        if adds:
            session.registry.add_all(subscription)
    elif subscription.covers_all:
        detail = f"sid {subscription.sid} covers all indices"
        raise CommandRefused(StreamErrorCode.INVALID_PARAMETER, detail, sid=subscription.sid)
    elif adds:
        cover_names(session, subscription, names)
    else:
        subscription.names.difference_update(names)
        session.registry.remove(subscription, names)
    session.answer(updated(subscription, command_id), subscription)


def _list_names(session: Session, exchange: Exchange, command_id: int, subscription: Subscription) -> None:
    """Which indices there are, whether subscribed to or not."""
    channel = subscription.channel
    sending_ms = milliseconds_of(exchange.now_ns)
    if channel is Channel.PYTH_VALUE:
        shared = answer_body(underlyings_message(), sending_ms, command_id)
        session.deliver(subscription, subscription.frame("pyth_value_underlying_list", shared))
        return
    known = sorted(exchange.index_values) if channel is Channel.CFBENCHMARKS_VALUE else []
    shared = answer_body(list_message(known), sending_ms, command_id)
    session.deliver(subscription, subscription.frame(f"{channel.value}_indexlist", shared))
