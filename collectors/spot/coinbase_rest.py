"""What is read from Coinbase Exchange over REST: minutes always, missed trades while some are missing."""

from __future__ import annotations

from collections.abc import Sequence

from collectors.fetching import Body
from collectors.polling import Errand
from collectors.spot.candles import CoinbaseCandles
from collectors.spot.missed_trades import MissedTrades
from collectors.taking import Taken
from engine.domain.units import Nanoseconds

NAME = "coinbase_rest"


class CoinbaseRest:
    """A :class:`collectors.polling.PollSource` of two, at one host and one pace."""

    name = NAME
    spacing_s = 0.5
    keeps_raw = False

    def __init__(self, candles: CoinbaseCandles, missed: MissedTrades) -> None:
        self._candles, self._missed = candles, missed

    def errands(self, now_ns: Nanoseconds) -> Sequence[Errand]:
        return [*self._missed.errands(now_ns), *self._candles.errands(now_ns)]

    def take(self, errand: Errand, body: Body) -> Taken:
        is_of_trades = errand.request.url.endswith("/trades")
        return (self._missed if is_of_trades else self._candles).take(errand, body)
