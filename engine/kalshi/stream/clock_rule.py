"""Whether a market's book clock counts every change, so that a jump proves a missed one.

The exchange documents only that a snapshot covers every change up to its clock and that several deltas may
share one. Where clocks turn out to count one by one, a jump straight after a snapshot shows that the
snapshot was older than its place in the sequence. Where they do not, each alarm proves false, and after a
few of them the rule switches itself off.
"""

from __future__ import annotations

_FALSE_ALARMS = 3


class ClockRule:
    """One for a connection's exchange; shared by all of its books."""

    __slots__ = ("_false_alarms", "counts_every_change")

    def __init__(self) -> None:
        self.counts_every_change = True
        self._false_alarms = 0

    def jumps(self, before: int, after: int) -> bool:
        """Whether a change was missed between two clocks of one market."""
        return self.counts_every_change and after > before + 1

    def alarm_was(self, *, real: bool) -> None:
        """What the snapshot that followed an alarm showed."""
        self._false_alarms = 0 if real else self._false_alarms + 1
        if self._false_alarms >= _FALSE_ALARMS:
            self.counts_every_change = False
