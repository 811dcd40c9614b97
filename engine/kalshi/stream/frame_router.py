"""Takes every frame that is not the hot path's to the subscription or the command that it belongs to."""

from __future__ import annotations

from collections.abc import Callable

from engine.domain.feed import CommandRefused, FaultKind, FeedEvent, StreamFault
from engine.kalshi.drift import DriftCounter, DriftKind
from engine.kalshi.stream.book_shard import BookShard
from engine.kalshi.stream.command_desk import Asked, CommandDesk, CommandKind
from engine.kalshi.stream.decode import DECODERS, DecodeRefused
from engine.kalshi.stream.frame_reader import Unreadable
from engine.kalshi.stream.plain_subscription import PlainSubscription
from engine.kalshi.stream.position import position_of
from engine.kalshi.stream.sid_table import SidTable
from engine.kalshi.stream.strict_frames import TWINS
from engine.kalshi.stream.subscription import Subscription, UnsubscribeOnly
from engine.wire import stream as wire

_TERMINAL = frozenset({wire.StreamErrorCode.CHANNEL_ERROR, wire.StreamErrorCode.BUFFER_OVERFLOW})
_WIRE_TYPE: dict[type, type[wire.Frame]] = {twin: frame for frame, twin in TWINS.items()} | {
    f: f for f in TWINS
}


class FrameRouter:
    """``sids`` says whose a frame is; ``give_up`` asks for a new connection."""

    def __init__(
        self,
        desk: CommandDesk,
        sids: SidTable,
        sink: Callable[[FeedEvent], None],
        drift: DriftCounter,
        give_up: Callable[[str], None],
    ) -> None:
        self._desk = desk
        self._sids = sids
        self._sink = sink
        self._drift = drift
        self._give_up = give_up

    def route(self, frame: wire.AnyFrame) -> None:
        if isinstance(frame, wire.BookDelta | wire.BookSnapshot):
            shard = self._sids.shards.get(frame.sid)
            if shard is None:
                self._stray(frame.sid)
            else:
                shard.receive(frame)
        elif isinstance(frame, wire.Subscribed):
            self._subscribed(frame)
        elif isinstance(frame, wire.Ok):
            self._ok(frame)
        elif isinstance(frame, wire.Unsubscribed):
            self._desk.close(frame.id)
        elif isinstance(frame, wire.StreamError):
            self._error(frame)
        elif isinstance(frame, wire.IndexList | wire.FastIndexList | wire.UnderlyingList):
            self._desk.close(frame.id)
            self._pass(frame.sid, frame)
        else:
            self._data(frame)

    def unreadable(self, found: Unreadable) -> None:
        """Charges a text that is no frame to its subscription, if that can be told."""
        owner = self._sids.find(found.sid)
        if owner is not None:
            owner.unreadable(found.seq, found.detail)
            return
        kind = FaultKind.OLD_SUBSCRIPTION if found.sid in self._sids.retired else FaultKind.UNDECODABLE
        self._sink(StreamFault(kind, found.detail, sid=found.sid, got=found.seq))

    def _subscribed(self, frame: wire.Subscribed) -> None:
        sid = frame.msg.sid
        asked = self._desk.close(frame.id)
        owner = asked.asker if asked is not None else None
        if asked is None or not isinstance(owner, BookShard | PlainSubscription):
            self._stray(sid)
            return
        earlier = self._sids.find(sid)
        if isinstance(earlier, BookShard) and isinstance(owner, BookShard):
            earlier.absorb(owner, asked)
            return
        self._sids.add(sid, owner)
        owner.on_subscribed(asked, sid)

    def _ok(self, frame: wire.Ok) -> None:
        self._pass(frame.sid, frame)
        asked = self._desk.peek(frame.id)
        if asked is None or asked.kind is CommandKind.GET_SNAPSHOT:
            return
        self._desk.close(frame.id)
        if asked.kind is CommandKind.SUBSCRIBE:
            self._joined(frame, asked)
        elif isinstance(asked.asker, Subscription):
            asked.asker.on_ok(asked, _markets(frame.msg))

    def _joined(self, frame: wire.Ok, asked: Asked) -> None:
        """A subscription to a channel that the connection has already: its markets joined that sid.

        So the exchange answers the second command of several, as recorded: one sid for each channel.
        """
        asker, owner = asked.asker, self._sids.find(frame.sid)
        if isinstance(owner, BookShard) and isinstance(asker, BookShard) and owner is not asker:
            owner.absorb(asker, asked)
        elif owner is None and isinstance(asker, BookShard | PlainSubscription):
            if not isinstance(frame.sid, int) or frame.sid in self._sids.retired:
                asker.drop_sid()
                asker.reconcile()
            else:
                self._sids.add(frame.sid, asker)
                asker.on_subscribed(asked, frame.sid, next_seq=(position_of(frame) or 0) + 1)

    def _error(self, frame: wire.StreamError) -> None:
        error = frame.msg
        asked = self._desk.close(frame.id)
        owner = self._sids.find(frame.sid)
        if owner is None and asked is not None and isinstance(asked.asker, BookShard | PlainSubscription):
            owner = asked.asker
        self._pass(frame.sid, frame)
        if error.code in _TERMINAL:
            if owner is None:
                self._sink(CommandRefused(error.code, error.msg))
                self._give_up(f"error {error.code}: {error.msg}")
            else:
                owner.on_terminal_error(error)
        elif asked is not None and isinstance(asked.asker, Subscription):
            asked.asker.on_refused(asked, error)
        else:
            self._sink(CommandRefused(error.code, error.msg))

    def _pass(self, sid: object, frame: wire.Frame) -> None:
        """A frame without data may still take up a position of its sid."""
        owner = self._sids.find(sid)
        if isinstance(owner, BookShard):
            owner.receive(frame)
        elif owner is not None:
            owner.is_new(position_of(frame))

    def _data(self, frame: wire.AnyFrame) -> None:
        kind = _WIRE_TYPE[type(frame)]
        _, decode = DECODERS[kind]
        sid: int = frame.sid  # type: ignore[assignment, union-attr]  # every data frame has one
        owner = self._sids.plain.get(sid)
        if owner is None:
            self._stray(sid)
            return
        try:
            event = decode(frame)
        except DecodeRefused as error:
            self._drift.count(error.message, DriftKind.UNDECODABLE, error.field, str(error.got))
            owner.unreadable(position_of(frame), str(error))
            return
        if owner.is_new(position_of(frame)):
            self._sink(event)

    def _stray(self, sid: int) -> None:
        """A frame of a sid that we left, or never knew; the latter is left, so that it ends."""
        if sid in self._sids.retired:
            self._sink(StreamFault(FaultKind.OLD_SUBSCRIPTION, "left before", sid=sid))
            return
        self._sink(StreamFault(FaultKind.UNKNOWN_SUBSCRIPTION, "not ours", sid=sid))
        if not self._desk.is_waiting_for(CommandKind.SUBSCRIBE):
            self._sids.retire(sid)
            params = wire.CommandParams(sids=[sid])
            self._desk.send(CommandKind.UNSUBSCRIBE, params, UnsubscribeOnly())


def _markets(message: object) -> list[str] | None:
    tickers = message.get("market_tickers") if isinstance(message, dict) else None
    if isinstance(tickers, list) and all(isinstance(ticker, str) for ticker in tickers):
        return tickers
    return None
