"""A token bucket in integers, with a penalty that halves its rate when the exchange says it was too much."""

from __future__ import annotations

from engine.domain.units import SECOND_NS, Nanoseconds, ceil_div

FULL_SHARE = 1_000
"""Per mille of the granted rate."""
LOWEST_SHARE = 250
_SHARE_STEP = 100
_RECOVERY_STEP_NS = 5 * SECOND_NS
_SAME_BURST_NS = SECOND_NS


class TokenBucket:
    """Tokens flow in at ``refill_rate`` a second up to ``capacity``.

    The level is kept in 1e-12 tokens: exact at any rate and share. :meth:`penalise` (a 429 was answered)
    empties the bucket and halves the rate, down to a quarter; every 5 s without another it grows by a tenth
    of what was granted. Refusals within one second are one burst and count once.
    """

    __slots__ = (
        "_level",
        "_next_step_ns",
        "_penalised_ns",
        "_share",
        "_updated_ns",
        "capacity",
        "refill_rate",
    )

    def __init__(self, refill_rate: int, capacity: int, now_ns: Nanoseconds) -> None:
        _check(refill_rate, capacity)
        self.refill_rate = refill_rate
        self.capacity = capacity
        self._share = FULL_SHARE
        self._level = capacity * _UNIT
        self._updated_ns = now_ns
        self._next_step_ns = now_ns
        self._penalised_ns: Nanoseconds | None = None

    @property
    def share(self) -> int:
        """The part of the granted rate in use, per mille."""
        return self._share

    def tokens(self, now_ns: Nanoseconds) -> int:
        """Whole tokens that are there now."""
        self._refill(now_ns)
        return self._level // _UNIT

    def holds(self, tokens: int, now_ns: Nanoseconds) -> bool:
        self._refill(now_ns)
        return self._level >= tokens * _UNIT

    def take(self, tokens: int, now_ns: Nanoseconds) -> None:
        """Takes tokens that must be there; asking for more than there are is a programming error."""
        self._refill(now_ns)
        if self._level < tokens * _UNIT:
            raise ValueError(f"tokens: got {tokens}, wanted at most {self._level // _UNIT}")
        self._level -= tokens * _UNIT

    def put_back(self, tokens: int, now_ns: Nanoseconds) -> None:
        """Returns tokens that were taken and not used."""
        self._refill(now_ns)
        self._level = min(self.capacity * _UNIT, self._level + tokens * _UNIT)

    def wait_ns(self, tokens: int, now_ns: Nanoseconds) -> Nanoseconds:
        """How long until ``tokens`` are there, if nothing is taken meanwhile; 0 when they are."""
        self._refill(now_ns)
        missing = tokens * _UNIT - self._level
        share, at_ns, step_ns = self._share, now_ns, self._next_step_ns
        while missing > 0:
            rate = self.refill_rate * share
            finished_ns = at_ns + ceil_div(missing, rate)
            if share == FULL_SHARE or finished_ns <= step_ns:
                return finished_ns - now_ns
            missing -= rate * (step_ns - at_ns)
            share, at_ns, step_ns = min(FULL_SHARE, share + _SHARE_STEP), step_ns, step_ns + _RECOVERY_STEP_NS
        return at_ns - now_ns

    def penalise(self, now_ns: Nanoseconds) -> None:
        """The exchange refused for the rate: its bucket is empty, and ours was too generous."""
        self._refill(now_ns)
        self._level = 0
        if self._penalised_ns is not None and now_ns - self._penalised_ns < _SAME_BURST_NS:
            return
        self._penalised_ns = now_ns
        self._share = max(LOWEST_SHARE, self._share // 2)
        self._next_step_ns = now_ns + _RECOVERY_STEP_NS

    def regrade(self, refill_rate: int, capacity: int, now_ns: Nanoseconds) -> None:
        """Takes the limits of another tier; what was saved up stays, as far as it fits."""
        _check(refill_rate, capacity)
        self._refill(now_ns)
        self.refill_rate = refill_rate
        self.capacity = capacity
        self._level = min(self._level, capacity * _UNIT)

    def _refill(self, now_ns: Nanoseconds) -> None:
        while self._share < FULL_SHARE and self._next_step_ns <= now_ns:
            self._flow(self._next_step_ns)
            self._share = min(FULL_SHARE, self._share + _SHARE_STEP)
            self._next_step_ns += _RECOVERY_STEP_NS
        self._flow(now_ns)

    def _flow(self, to_ns: Nanoseconds) -> None:
        if to_ns <= self._updated_ns:
            return
        gained = self.refill_rate * self._share * (to_ns - self._updated_ns)
        self._level = min(self.capacity * _UNIT, self._level + gained)
        self._updated_ns = to_ns


_UNIT = FULL_SHARE * SECOND_NS
"""One token: rate (a second) times share (per mille) times nanoseconds."""


def _check(refill_rate: int, capacity: int) -> None:
    if refill_rate <= 0 or capacity <= 0:
        raise ValueError(f"bucket: got rate {refill_rate} and capacity {capacity}, wanted both above 0")
