"""Frames that answer a command and are for one client only."""

from __future__ import annotations

from msgspec import UnsetType

from engine.sandbox.server.stream.channels import RULES, MarketRule
from engine.sandbox.server.stream.session import Session
from engine.sandbox.server.stream.subscription import Subscription
from engine.wire.shape import ABSENT
from engine.wire.stream import Ok, Subscribed, SubscribedMessage, Unsubscribed


def subscribed(subscription: Subscription, command_id: int) -> Subscribed:
    return Subscribed(
        id=command_id or ABSENT,
        msg=SubscribedMessage(channel=subscription.channel.value, sid=subscription.sid),
    )


def subscription_list(session: Session, command_id: int) -> Ok:
    """Every subscription of the connection, in the order of their sids."""
    rows = [{"channel": s.channel.value, "sid": s.sid} for s in session.subscriptions.values()]
    return Ok(id=command_id or ABSENT, msg=rows)


def updated(subscription: Subscription, command_id: int) -> Ok:
    """The full list after a change, sorted as recorded; takes a ``seq`` where the channel has one."""
    return Ok(
        id=command_id or ABSENT,
        sid=subscription.sid,
        seq=_seq(subscription),
        msg=_coverage(subscription),
    )


def unsubscribed(subscription: Subscription, command_id: int) -> Unsubscribed:
    return Unsubscribed(id=command_id or ABSENT, sid=subscription.sid, seq=_seq(subscription))


def _seq(subscription: Subscription) -> int | UnsetType:
    return subscription.next_seq() if subscription.is_sequenced else ABSENT


def _coverage(subscription: Subscription) -> dict[str, list[str]]:
    rule = RULES[subscription.channel].markets
    if subscription.covers_all or subscription.skips_ticker_ack:
        return {}
    if rule is MarketRule.INDEX_IDS:
        return {"index_ids": sorted(subscription.names)}
    if rule is MarketRule.UNDERLYINGS:
        return {"underlying_tickers": sorted(subscription.names)}
    found = {"market_tickers": sorted(subscription.markets)}
    if subscription.market_ids:
        found["market_ids"] = sorted(subscription.market_ids)
    return found
