"""Bodies in three forms to requests: JSON, MessagePack, and float32 without any wrapping.

A body is decoded with its types in one go. Where that fails, one wrong series may be to blame: it is then
read loosely (``NaN`` and ``Infinity`` as Python's own json writes them included), each series on its own, so
that one that cannot be read costs no other its answer. What is wrong with the whole request is a BadRequest.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
import numpy as np

from engine.forecast.errors import BadRequest
from engine.forecast.messages import (
    FORECAST_HORIZON,
    LONGEST_SERIES,
    MOST_SERIES,
    SIGNAL_HORIZON,
    SIGNAL_THRESHOLD,
    ForecastAsked,
    MarketAsked,
    SignalAsked,
)
from engine.forecast.model import LONGEST_HORIZON
from engine.forecast.series import Asked, Readable
from engine.forecast.units import Unit

JSON = "application/json"
MSGPACK = "application/msgpack"
FLOATS = "application/octet-stream"


class _ForecastBody(msgspec.Struct):
    contexts: list[list[float | None]]
    horizon: int = FORECAST_HORIZON
    unit: Unit = Unit.PLAIN


class _SignalBody(msgspec.Struct):
    markets: list[MarketAsked]
    horizon: int = SIGNAL_HORIZON
    signal_threshold: float = SIGNAL_THRESHOLD


_forecast_json = msgspec.json.Decoder(_ForecastBody)
_forecast_msgpack = msgspec.msgpack.Decoder(_ForecastBody)
_signal_json = msgspec.json.Decoder(_SignalBody)
_signal_msgpack = msgspec.msgpack.Decoder(_SignalBody)
_MOST_DIGITS = 400
_UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


def forecast_request(body: bytes, kind: str, query: Mapping[str, str]) -> ForecastAsked:
    """``kind`` is the content type without its parameters. Raises BadRequest."""
    if kind == FLOATS:
        return _checked_forecast(_float_rows(body, query))
    try:
        found = _forecast_msgpack.decode(body) if kind == MSGPACK else _forecast_json.decode(body)
    except _UNREADABLE:
        return _checked_forecast(_loose_forecast(body, kind))
    return _checked_forecast(ForecastAsked(tuple(found.contexts), found.horizon, found.unit))


def signal_request(body: bytes, kind: str) -> SignalAsked:
    """Raises BadRequest."""
    try:
        found = _signal_msgpack.decode(body) if kind == MSGPACK else _signal_json.decode(body)
    except _UNREADABLE:
        return _checked_signal(_loose_signal(body, kind))
    return _checked_signal(SignalAsked(tuple(found.markets), found.horizon, found.signal_threshold))


def _float_rows(body: bytes, query: Mapping[str, str]) -> ForecastAsked:
    """``?length=C&horizon=H&unit=dollars``: rows of C numbers, right-aligned; NaN before a series' start."""
    length, horizon = _whole(query, "length", None), _whole(query, "horizon", FORECAST_HORIZON)
    unit = _unit(query.get("unit", Unit.PLAIN.value))
    if not 1 <= length <= LONGEST_SERIES:
        raise BadRequest(400, f"length {length}: wanted 1 to {LONGEST_SERIES}")
    if len(body) % (4 * length):
        raise BadRequest(400, f"{len(body)} bytes are no rows of {length} float32")
    return ForecastAsked(np.frombuffer(body, dtype="<f4").reshape(-1, length), horizon, unit)


def _whole(query: Mapping[str, str], name: str, absent: int | None) -> int:
    text = query.get(name)
    if text is None and absent is not None:
        return absent
    if text is None or not (text.isascii() and text.isdigit() and len(text) <= 9):
        raise BadRequest(400, f"{name} {text!r}: wanted a whole number")
    return int(text)


def _loose(body: bytes, kind: str) -> dict[str, Any]:
    try:
        found = msgspec.msgpack.decode(body) if kind == MSGPACK else json.loads(body, parse_int=_integer)
    except (ValueError, RecursionError) as error:
        problem = str(error)[:120] or type(error).__name__
        raise BadRequest(400, f"the body cannot be read: {problem}") from None
    if not isinstance(found, dict):
        raise BadRequest(400, "the body is no object")
    return found


def _integer(text: str) -> int | float:
    """Python reads no integer of thousands of digits; such a one is beyond every float anyway."""
    return int(text) if len(text) <= _MOST_DIGITS else float(text)


def _loose_forecast(body: bytes, kind: str) -> ForecastAsked:
    found = _loose(body, kind)
    contexts = found.get("contexts")
    if not isinstance(contexts, list):
        raise BadRequest(400, "contexts: wanted a list of series")
    unit = _unit(found.get("unit", Unit.PLAIN.value))
    horizon = _int(found, "horizon", FORECAST_HORIZON)
    return ForecastAsked(tuple(_series(one) for one in contexts), horizon, unit)


def _loose_signal(body: bytes, kind: str) -> SignalAsked:
    found = _loose(body, kind)
    markets = found.get("markets")
    if not isinstance(markets, list):
        raise BadRequest(400, "markets: wanted a list")
    threshold = _number(found.get("signal_threshold", SIGNAL_THRESHOLD))
    if threshold is None:
        raise BadRequest(400, "signal_threshold: wanted a number")
    return SignalAsked(
        tuple(_market(one) for one in markets), _int(found, "horizon", SIGNAL_HORIZON), threshold
    )


def _market(found: Any) -> MarketAsked:
    if not isinstance(found, dict):
        return MarketAsked("")
    current = _number(found.get("current_price"))
    is_odd = found.get("current_price") is not None and current is None
    prices = None if is_odd else _series(found.get("prices"))
    return MarketAsked(_text(found.get("ticker")), _text(found.get("series_ticker")), prices, current)


def _series(found: Any) -> list[float | None] | None:
    """None unless it is a list of numbers and nulls."""
    if not isinstance(found, list):
        return None
    numbers = [None if one is None else _number(one) for one in found]
    is_read = all(one is None or number is not None for one, number in zip(found, numbers, strict=True))
    return numbers if is_read else None


def _number(found: Any) -> float | None:
    """NaN and the infinities are numbers here: what they mean for a series is judged with the series."""
    if isinstance(found, bool) or not isinstance(found, int | float):
        return None
    try:
        return float(found)
    except OverflowError:
        return math.inf if found > 0 else -math.inf


def _text(found: Any) -> str:
    return found if isinstance(found, str) else ""


def _int(found: dict[str, Any], name: str, absent: int) -> int:
    value = found.get(name, absent)
    if isinstance(value, bool) or not isinstance(value, int):
        raise BadRequest(400, f"{name}: wanted a whole number")
    return value


def _unit(text: Any) -> Unit:
    try:
        return Unit(text)
    except ValueError:
        raise BadRequest(400, f"unit: wanted one of {', '.join(unit.value for unit in Unit)}") from None


def _checked_forecast(asked: ForecastAsked) -> ForecastAsked:
    _check(asked.series, asked.horizon)
    return asked


def _checked_signal(asked: SignalAsked) -> SignalAsked:
    _check(tuple(market.prices for market in asked.markets), asked.horizon)
    if not math.isfinite(asked.signal_threshold):
        raise BadRequest(400, "signal_threshold: wanted a finite number")
    if _is_text("".join(market.ticker + market.series_ticker for market in asked.markets)):
        return asked
    return SignalAsked(tuple(map(_told, asked.markets)), asked.horizon, asked.signal_threshold)


def _is_text(text: str) -> bool:
    """JSON's escapes can write halves of characters, which no answer could repeat."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _told(market: MarketAsked) -> MarketAsked:
    """The market, or what can be told of one whose name is no text."""
    if _is_text(market.ticker + market.series_ticker):
        return market
    return MarketAsked(market.ticker.encode(errors="replace").decode())


def _check(series: Asked, horizon: int) -> None:
    if not 1 <= horizon <= LONGEST_HORIZON:
        raise BadRequest(400, f"horizon out of range: wanted 1 to {LONGEST_HORIZON}")
    if len(series) > MOST_SERIES:
        raise BadRequest(413, f"{len(series)} series: at most {MOST_SERIES} in one request")
    longest = 0 if isinstance(series, np.ndarray) else _longest(series)
    if longest > LONGEST_SERIES:
        raise BadRequest(413, f"a series of {longest} numbers: at most {LONGEST_SERIES}")


def _longest(series: Sequence[Readable | None]) -> int:
    return max((len(one) for one in series if one is not None), default=0)
