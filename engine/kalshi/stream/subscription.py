"""One subscription: what is wanted of it, what the exchange has granted, and how the two are made equal."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from enum import Enum

import msgspec

from engine.domain.feed import Channel, CommandRefused, FaultKind, FeedEvent, StreamFault
from engine.domain.units import Nanoseconds
from engine.kalshi.stream.command_desk import Asked, CommandDesk, CommandKind
from engine.kalshi.stream.settings import StreamSettings
from engine.wire.stream import CommandParams, StreamErrorCode, StreamErrorMessage


class Standing(Enum):
    OFF = 0
    ASKED = 1
    ON = 2


class Post(msgspec.Struct, frozen=True):
    """What every subscription of a connection shares."""

    settings: StreamSettings
    desk: CommandDesk
    emit: Callable[[FeedEvent], None]
    retire: Callable[[int], None]
    """Hears of a sid whose frames are no longer wanted."""
    give_up: Callable[[str], None]
    """Asks for a new connection."""


class Subscription:
    """A channel, for a list of markets or for all (``wanted`` is None).

    ``actual`` is what the exchange confirmed. The next command goes out when the last was answered; an
    unanswered one ends in a new subscription.
    """

    def __init__(
        self, post: Post, channel: Channel, wanted: Iterable[str] | None, params: CommandParams
    ) -> None:
        self.post = post
        self.channel = channel
        self.wanted: dict[str, None] | None = None if wanted is None else dict.fromkeys(wanted)
        self.actual: set[str] = set()
        self.params = params
        self.standing = Standing.OFF
        self.sid: int | None = None
        self.next_seq = 1
        """The position that the next numbered frame must have."""
        self.refused: set[str] = set()
        """Markets that the exchange would not have; not asked for again on this connection."""
        self._command_id: int | None = None
        self._retry_at_ns: Nanoseconds = 0
        self._failures = 0

    def reconcile(self) -> None:
        """Sends the one command that brings ``actual`` nearer to what is wanted, if none is under way."""
        if self._command_id is not None:
            return
        wanted = self._askable()
        if self.standing is Standing.OFF:
            if (wanted is None or wanted) and self.post.desk.now() >= self._retry_at_ns:
                self._subscribe(wanted)
        elif wanted is not None and self.standing is Standing.ON:
            self._change_markets(wanted)

    def on_subscribed(self, asked: Asked, sid: int, next_seq: int = 1) -> None:
        """The sid is ours; ``next_seq`` is above 1 where it was given before and we did not hear of it."""
        self._command_id = None
        self.standing = Standing.ON
        self.sid = sid
        self.next_seq = next_seq
        self.actual = set(asked.tickers)
        self.reconcile()

    def on_ok(self, asked: Asked, markets: Iterable[str] | None) -> None:
        """The answer to a change of markets; ``markets`` is the full list after it, where it was sent."""
        if asked.id != self._command_id:
            return
        self._command_id = None
        if asked.kind is CommandKind.ADD_MARKETS:
            self.actual.update(asked.tickers)
        elif asked.kind is CommandKind.DELETE_MARKETS:
            self.actual.difference_update(asked.tickers)
        if markets is not None:
            self.actual = set(markets)
        self.reconcile()

    def on_refused(self, asked: Asked, error: StreamErrorMessage) -> None:
        """An error frame for one of our commands: says so, and tries again later or without the named."""
        named = _named(error)
        self.post.emit(CommandRefused(error.code, error.msg, self.channel, named or asked.tickers))
        if asked.kind is CommandKind.GET_SNAPSHOT:
            self.resubscribe(f"snapshot refused: {error.code} {error.msg}")
            return
        if asked.id != self._command_id:
            return
        self._command_id = None
        self.refused.update(set(named) & set(asked.tickers))
        if error.code == StreamErrorCode.UNKNOWN_SID:
            self.drop_sid()
        if asked.kind is not CommandKind.SUBSCRIBE and not named and self.standing is Standing.ON:
            self.resubscribe(f"{asked.kind.value} refused: {error.code} {error.msg}")
            return
        if asked.kind is CommandKind.SUBSCRIBE:
            self.standing = Standing.OFF
        self._wait_longer(at_once=bool(self.refused & set(asked.tickers)))
        self.reconcile()

    def on_timeout(self, asked: Asked) -> None:
        if asked.id != self._command_id:
            return
        detail = f"{asked.kind.value} {asked.id} was not answered"
        self.post.emit(StreamFault(FaultKind.TIMEOUT, detail, self.channel, self.sid))
        self._command_id = None
        self.resubscribe(detail)

    def resubscribe(self, reason: str) -> None:
        """Leaves the sid and asks for a new one; too many in a row ask for a new connection."""
        self.leave()
        self._failures += 1
        if self._failures > self.post.settings.failed_subscriptions:
            self.post.give_up(f"{self.channel.value}: {reason}")
            return
        self._retry_at_ns = self.post.desk.now()
        self.reconcile()

    def leave(self) -> None:
        """Unsubscribes, and stops listening to the sid at once."""
        if self.sid is not None:
            params = CommandParams(sids=[self.sid])
            self.post.desk.send(CommandKind.UNSUBSCRIBE, params, UnsubscribeOnly())
        self.drop_sid()

    def drop_sid(self) -> None:
        """The sid is gone, whoever ended it."""
        if self.sid is not None:
            self.post.retire(self.sid)
        self.sid = None
        self.standing = Standing.OFF
        self.actual.clear()
        self._command_id = None

    def on_terminal_error(self, error: StreamErrorMessage) -> None:
        """The exchange ended this subscription (codes 10 and 25): a new one, with growing waits."""
        self.post.emit(CommandRefused(error.code, error.msg, self.channel))
        self.drop_sid()
        self._wait_longer(at_once=self._failures == 0)
        self.reconcile()

    def reset(self) -> None:
        """A connection ended or begins: nothing is subscribed."""
        self.drop_sid()
        self.refused.clear()
        self._failures = 0
        self._retry_at_ns = 0

    def succeeded(self) -> None:
        """Something useful came: earlier failures no longer count."""
        self._failures = 0

    def tick(self) -> None:
        """Called every tick: a subscription that may be tried again is."""
        if self.standing is Standing.OFF:
            self.reconcile()

    def _askable(self) -> set[str] | None:
        return None if self.wanted is None else self.wanted.keys() - self.refused

    def _subscribe(self, wanted: set[str] | None) -> None:
        tickers = () if wanted is None else tuple(t for t in self.wanted or () if t in wanted)
        params = self.params
        if wanted is not None:
            params = msgspec.structs.replace(params, market_tickers=list(tickers))
        self.standing = Standing.ASKED
        self._command_id = self.post.desk.send(CommandKind.SUBSCRIBE, params, self, tickers)

    def _change_markets(self, wanted: set[str]) -> None:
        gone = tuple(sorted(self.actual - wanted))
        new = tuple(sorted(wanted - self.actual))
        if gone and not wanted:
            self.leave()
        elif gone:
            self._command_id = self._update(CommandKind.DELETE_MARKETS, gone)
        elif new:
            self._command_id = self._update(CommandKind.ADD_MARKETS, new)

    def _update(self, kind: CommandKind, tickers: tuple[str, ...], timeout_ns: int | None = None) -> int:
        assert self.sid is not None
        params = CommandParams(sid=self.sid, action=kind.value, market_tickers=list(tickers))
        return self.post.desk.send(kind, params, self, tickers, timeout_ns)

    def _wait_longer(self, *, at_once: bool) -> None:
        settings = self.post.settings
        wait = 0 if at_once else min(settings.retry_base_ns << min(self._failures, 16), settings.retry_cap_ns)
        self._failures += 1
        self._retry_at_ns = self.post.desk.now() + wait


class UnsubscribeOnly:
    """Asks on behalf of nobody: the answer changes nothing."""

    def on_timeout(self, asked: Asked) -> None:
        return None


def _named(error: StreamErrorMessage) -> tuple[str, ...]:
    tickers = error.market_tickers if isinstance(error.market_tickers, list) else []
    one = [error.market_ticker] if isinstance(error.market_ticker, str) else []
    return tuple(dict.fromkeys([*tickers, *one]))
