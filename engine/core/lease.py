"""The arm lease: one client at a time may send interactive entries."""

from __future__ import annotations

import msgspec

from engine.core.denial import Denial, DenyCode
from engine.core.desk import Desk
from engine.core.timers import Due
from engine.domain.units import SECOND_NS, Nanoseconds


class Lease(msgspec.Struct, frozen=True):
    who: str
    until_mono: Nanoseconds


class Leases:
    """``current`` may have run out; :meth:`is_held_by` and :meth:`live` look at the time."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self.current: Lease | None = None

    @property
    def live(self) -> Lease | None:
        lease = self.current
        return lease if lease is not None and self._desk.mono < lease.until_mono else None

    def is_held_by(self, who: str) -> bool:
        lease = self.live
        return lease is not None and lease.who == who

    def arm(self, who: str, seconds: int) -> Denial | None:
        """Takes, renews or (0) gives back. Refused while another holds it."""
        desk = self._desk
        live = self.live
        if live is not None and live.who != who:
            left_s = (live.until_mono - desk.mono) // SECOND_NS
            text = f"armed by {live.who} for another {left_s} s"
            return Denial(DenyCode.ARMED_ELSEWHERE, text, {"who": live.who, "left_s": left_s})
        if seconds <= 0:
            self.current = None
            desk.timers.drop(Due.LEASE)
            return None
        until = desk.mono + min(seconds * SECOND_NS, desk.timings.arm_longest_ns)
        self.current = Lease(who, until)
        desk.timers.after_mono(until, Due.LEASE)
        return None

    def lapse(self) -> None:
        """Its time has come."""
        if self.live is None:
            self.current = None
