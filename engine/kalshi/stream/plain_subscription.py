"""Channels without books: their messages stand alone, so a gap is reported and not repaired here."""

from __future__ import annotations

from engine.domain.feed import Channel, FaultKind, ReconcileNeeded, StreamFault
from engine.kalshi.stream.channels import OF_ACCOUNT
from engine.kalshi.stream.command_desk import Asked
from engine.kalshi.stream.subscription import Subscription

_MOST_MISSING = 4_096


class PlainSubscription(Subscription):
    """Follows the numbering where there is one, so that each message is delivered once."""

    _missing: set[int]

    def on_subscribed(self, asked: Asked, sid: int, next_seq: int = 1) -> None:
        self._missing = set()
        super().on_subscribed(asked, sid, next_seq)
        self.succeeded()
        if Channel(self.channel) in OF_ACCOUNT:
            self._ask_rest("subscribed")

    def is_new(self, seq: int | None) -> bool:
        """Whether a message with this position (or none) is to be delivered; moves the position on.

        A repetition is not; a message that was missed and comes late is. Missing ones are reported, and the
        engine is asked to fetch them over REST.
        """
        if seq is None:
            return True
        if seq < self.next_seq:
            return self._is_late(seq)
        if seq > self.next_seq:
            self._lost(seq)
        self.next_seq = seq + 1
        return True

    def unreadable(self, seq: int | None, detail: str) -> None:
        """A message could not be decoded: it is missing, and its place is passed."""
        self._fault(FaultKind.UNDECODABLE, detail, seq)
        if seq is None or seq >= self.next_seq:
            self.next_seq = self.next_seq if seq is None else seq + 1
            self._ask_rest("a message could not be read")

    def _is_late(self, seq: int) -> bool:
        late = seq in self._missing
        self._missing.discard(seq)
        self._fault(FaultKind.LATE_FRAME if late else FaultKind.DUPLICATE, "", seq)
        return late

    def _lost(self, seq: int) -> None:
        self._fault(FaultKind.GAP, f"{seq - self.next_seq} messages missing", seq)
        if len(self._missing) > _MOST_MISSING:
            self._missing.clear()
        self._missing.update(range(max(self.next_seq, seq - _MOST_MISSING), seq))
        self._ask_rest("messages were missed")

    def _ask_rest(self, reason: str) -> None:
        self.post.emit(ReconcileNeeded((Channel(self.channel),), reason))

    def _fault(self, kind: FaultKind, detail: str, got: int | None) -> None:
        self.post.emit(StreamFault(kind, detail, self.channel, self.sid, expected=self.next_seq, got=got))
