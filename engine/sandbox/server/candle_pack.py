"""A one-minute candle in 48 bytes, and a market's finished candles in one array of them."""

from __future__ import annotations

from collections.abc import Iterator
from struct import Struct

from engine.domain.candle import Candlestick, Ohlc
from engine.domain.units import PriceBp

_FORM = Struct("<I14H2q")
SIZE = _FORM.size
_NOTHING = 0xFFFF


def _code(bp: PriceBp | None) -> int:
    return _NOTHING if bp is None else bp


def _bar(codes: tuple[int, ...]) -> Ohlc:
    return Ohlc(*(None if code == _NOTHING else code for code in codes))


def pack(candle: Candlestick) -> bytes:
    """Prices are basis points up to $1, counts hundredths of a contract."""
    bars = (candle.yes_bid, candle.yes_ask, candle.price)
    codes = [_code(bp) for bar in bars for bp in (bar.open_bp, bar.high_bp, bar.low_bp, bar.close_bp)]
    return _FORM.pack(
        candle.end_s,
        *codes,
        _code(candle.mean_bp),
        _code(candle.previous_bp),
        candle.volume_c,
        candle.open_interest_c,
    )


def unpack(data: bytes | bytearray, offset: int = 0) -> Candlestick:
    """Raises struct.error if there are not 48 bytes."""
    end_s, *codes, volume_c, open_interest_c = _FORM.unpack_from(data, offset)
    mean, previous = codes[12:]
    return Candlestick(
        end_s=end_s,
        yes_bid=_bar(tuple(codes[0:4])),
        yes_ask=_bar(tuple(codes[4:8])),
        price=_bar(tuple(codes[8:12])),
        mean_bp=None if mean == _NOTHING else mean,
        previous_bp=None if previous == _NOTHING else previous,
        volume_c=volume_c,
        open_interest_c=open_interest_c,
    )


def end_of(data: bytes | bytearray, index: int = 0) -> int:
    """When the candle at a place ends, in unix seconds."""
    return int.from_bytes(data[index * SIZE : index * SIZE + 4], "little")


class PackedCandles:
    """Candles in the order of time."""

    __slots__ = ("_data",)

    def __init__(self) -> None:
        self._data = bytearray()

    def __len__(self) -> int:
        return len(self._data) // SIZE

    @property
    def last_end_s(self) -> int:
        """When the last one ends; 0 if there is none."""
        return end_of(self._data, len(self) - 1) if self._data else 0

    def append(self, packed: bytes) -> None:
        self._data += packed

    def between(self, start_s: int, end_s: int) -> Iterator[Candlestick]:
        """Candles that end in ``[start_s, end_s]``."""
        for index in range(self._first_from(start_s), len(self)):
            if end_of(self._data, index) > end_s:
                return
            yield unpack(self._data, index * SIZE)

    def drop_before(self, start_s: int) -> int:
        """Forgets the candles that end before a time; returns how many those were."""
        count = self._first_from(start_s)
        del self._data[: count * SIZE]
        return count

    def _first_from(self, start_s: int) -> int:
        low, high = 0, len(self)
        while low < high:
            middle = (low + high) // 2
            if end_of(self._data, middle) < start_s:
                low = middle + 1
            else:
                high = middle
        return low
