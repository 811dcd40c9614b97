"""Changing what a subscription covers, and showing what it covers anew."""

from __future__ import annotations

from collections.abc import Iterable

from engine.sandbox.core.exchange import Exchange
from engine.sandbox.server.rest.times import milliseconds_of
from engine.sandbox.server.stream.channels import Channel
from engine.sandbox.server.stream.encoding import answer_body
from engine.sandbox.server.stream.frames_book import SNAPSHOT, snapshot_message
from engine.sandbox.server.stream.frames_market import TICKER, ticker_figures, ticker_message
from engine.sandbox.server.stream.markets import NamedMarkets
from engine.sandbox.server.stream.refusal import CommandRefused
from engine.sandbox.server.stream.session import Session
from engine.sandbox.server.stream.subscription import Subscription
from engine.wire.stream import StreamErrorCode


def check_market_limit(session: Session, more: int) -> None:
    """Raises CommandRefused when ``more`` markets would be too many for the connection."""
    limit = session.limits.markets_per_session
    if session.market_count + more > limit:
        detail = f"got {session.market_count + more} markets, wanted at most {limit}"
        raise CommandRefused(StreamErrorCode.MARKET_LIMIT, detail)


def add_markets(session: Session, subscription: Subscription, named: NamedMarkets) -> list[str]:
    """Covers more markets; returns those that are new."""
    new = [ticker for ticker in named.tickers if ticker not in subscription.markets]
    check_market_limit(session, len(new))
    subscription.markets.update(dict.fromkeys(new, 0))
    subscription.market_ids.update(named.ids)
    session.registry.add(subscription, new)
    return new


def delete_markets(
    session: Session, exchange: Exchange, subscription: Subscription, tickers: Iterable[str]
) -> None:
    gone = [ticker for ticker in tickers if subscription.markets.pop(ticker, None) is not None]
    subscription.market_ids.difference_update(exchange.markets[ticker].market_id for ticker in gone)
    session.registry.remove(subscription, gone)


def show_books(
    session: Session,
    exchange: Exchange,
    subscription: Subscription,
    tickers: Iterable[str],
    command_id: int = 0,
) -> None:
    """Sends a snapshot of each book; a change that a snapshot covers is not sent after it."""
    sending_ms = milliseconds_of(exchange.now_ns)
    for ticker in tickers:
        record = exchange.markets[ticker]
        subscription.markets[ticker] = record.clock
        message = snapshot_message(record, use_yes_price=subscription.use_yes_price)
        shared = answer_body(message, sending_ms, command_id)
        session.deliver(subscription, subscription.frame(SNAPSHOT, shared))


def show_tickers(
    session: Session, exchange: Exchange, subscription: Subscription, tickers: Iterable[str]
) -> None:
    sending_ms = milliseconds_of(exchange.now_ns)
    for ticker in tickers:
        record = exchange.markets[ticker]
        message = ticker_message(record, ticker_figures(record), exchange.now_ns)
        session.deliver(subscription, subscription.frame(TICKER, answer_body(message, sending_ms, 0)))


def show_initial(
    session: Session,
    exchange: Exchange,
    subscription: Subscription,
    tickers: Iterable[str],
    *,
    sends_tickers: bool,
) -> None:
    """What newly covered markets begin with: books always, tickers if asked for."""
    if subscription.channel is Channel.ORDERBOOK_DELTA:
        show_books(session, exchange, subscription, tickers)
    elif subscription.channel is Channel.TICKER and sends_tickers:
        show_tickers(session, exchange, subscription, tickers)
