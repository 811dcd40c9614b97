"""What every group of endpoints stands on."""

from __future__ import annotations

from typing import TypeVar

import msgspec

from engine.kalshi.budget_queue import Lane
from engine.kalshi.listing import Listing, ListSpec
from engine.kalshi.query import Parameter
from engine.kalshi.reader import Reader
from engine.kalshi.settings import ClientSettings

S = TypeVar("S", bound=msgspec.Struct)
T = TypeVar("T")


class ReadGroup:
    """Reads of one lane. Every method raises ReadFailed, RequestRefused and DecodeError."""

    def __init__(self, reader: Reader, settings: ClientSettings, lane: Lane) -> None:
        self._reader = reader
        self._settings = settings
        self._lane = lane

    async def _get(self, path: str, shape: type[S], **query: Parameter) -> S:
        return await self._reader.get(path, shape, self._lane, query)

    def _list(self, path: str, spec: ListSpec[T], **query: Parameter) -> Listing[T]:
        return Listing(self._reader, path, spec, self._lane, query, self._settings.most_pages)
