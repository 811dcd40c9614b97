"""Which trades did not come, by their numbers: Coinbase numbers the trades of a product without a gap."""

from __future__ import annotations

MOST = 100_000
"""Of one product; what is missing beyond that is said and not looked for."""


class Holes:
    """Of one source: what is missing between the first trade that came and the last."""

    def __init__(self) -> None:
        self._last: dict[str, int] = {}
        self._missing: dict[str, set[int]] = {}

    def came(self, product: str, trade_id: int) -> int:
        """How many trades are missing before this one that were not missing until now."""
        missing = self._missing.setdefault(product, set())
        missing.discard(trade_id)
        last = self._last.get(product)
        self._last[product] = trade_id if last is None else max(last, trade_id)
        if last is None or trade_id <= last + 1:
            return 0
        room = MOST - len(missing)
        missing.update(range(max(last + 1, trade_id - room), trade_id))
        return trade_id - last - 1

    def is_missing(self, product: str, trade_id: int) -> bool:
        return trade_id in self._missing.get(product, ())

    def newest(self, product: str) -> int | None:
        """The newest trade of a product that is missing; None if none is."""
        return max(self._missing.get(product, ()), default=None)

    def count(self, product: str) -> int:
        return len(self._missing.get(product, ()))

    def give_up(self, product: str, oldest: int, newest: int) -> int:
        """There are no such trades: returns how many of these are missing for good."""
        missing = self._missing.get(product, set())
        gone = {number for number in missing if oldest <= number <= newest}
        missing -= gone
        return len(gone)
