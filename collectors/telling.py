"""Tells a value again only when it, or what it is about, is another one."""

from __future__ import annotations

from collectors.observations import Observation
from collectors.seen import Seen


class Telling:
    def __init__(self) -> None:
        self._told = Seen(10_000)

    def anew(self, found: list[Observation]) -> list[Observation]:
        """Those that were not told so before."""
        return [one for one in found if self._told.is_new((one.kind, one.key), (one.value, one.about))]
