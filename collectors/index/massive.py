"""Levels without delay from Massive's indices stream; needs a key and a plan that has them.

``{"action":"auth"}`` first; after ``auth_success`` the values ``V.I:SPX`` are asked for. Messages are lists;
``ev`` V carries ``val`` of ``T`` at ``t`` milliseconds.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from collectors.index.symbols import REALTIME, Symbol, level_taken
from collectors.moments import unix_moment
from collectors.numbers import positive
from collectors.seen import Seen
from collectors.taking import Fault, FaultKind, SourceFault, Taken, nothing
from collectors.words import one_line
from engine.domain.units import MILLISECOND_NS, Nanoseconds

NAME = "massive"
_REFUSALS = frozenset({"auth_failed", "error", "max_connections", "not_authorized"})


class Massive:
    """A :class:`collectors.streaming.StreamSource`."""

    name = NAME

    def __init__(self, symbols: Sequence[Symbol], key: str, url: str) -> None:
        self.url = url
        self._symbols = {symbol.massive: symbol for symbol in symbols}
        self._key = key
        self._seen = Seen()

    def opening(self) -> Sequence[str]:
        return [msgspec.json.encode({"action": "auth", "params": self._key}).decode()]

    def take(self, text: bytes, received_ns: Nanoseconds) -> Taken:
        try:
            messages = msgspec.json.decode(text, type=list[dict[str, Any]])
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            raise SourceFault(FaultKind.SHAPE, f"message: {one_line(str(error))}") from None
        taken = nothing()
        for message in messages:
            try:
                taken.add(self._one(message, received_ns))
            except SourceFault as error:
                taken.faults.append(error.fault)
        return taken

    def _one(self, message: dict[str, Any], received_ns: Nanoseconds) -> Taken:
        match message.get("ev"):
            case "status":
                return self._status(message)
            case "V":
                return self._value(message, received_ns)
            case _:
                return nothing()

    def _status(self, message: dict[str, Any]) -> Taken:
        status = str(message.get("status"))
        if status == "auth_success":
            wanted = ",".join(f"V.{name}" for name in self._symbols)
            ask = msgspec.json.encode({"action": "subscribe", "params": wanted}).decode()
            return Taken(is_data=False, replies=[ask])
        if status in _REFUSALS:
            detail = one_line(f"{status} {message.get('message', '')}")
            fault = Fault(FaultKind.REFUSED, detail)
            return Taken(is_data=False, faults=[fault], reconnect=f"refused: {detail}")
        return nothing()

    def _value(self, message: dict[str, Any], received_ns: Nanoseconds) -> Taken:
        symbol = self._symbols.get(str(message.get("T")))
        if symbol is None:
            raise SourceFault(FaultKind.UNRECOGNISED, f"index {one_line(str(message.get('T')), 40)!r}")
        value = positive(message.get("val"), "val")
        source_ns = unix_moment(message.get("t"), "t", MILLISECOND_NS)
        if not self._seen.is_new((symbol.name, source_ns), value):
            return Taken(repeats=1)
        return level_taken(NAME, symbol, value, REALTIME, source_ns, received_ns)
