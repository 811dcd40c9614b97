"""Counts where the exchange's messages no longer look as we know them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import TypeAlias

import msgspec

_SECRET_FIELD = re.compile(r"key|secret|signature|token|password|user_id|email", re.IGNORECASE)
_LONGEST_SAMPLE = 80
_MOST_KINDS = 1_000


class DriftKind(StrEnum):
    UNKNOWN_FIELD = "unknown_field"
    UNKNOWN_VALUE = "unknown_value"
    """A word outside the set we know, in a field whose set is open."""
    UNKNOWN_TYPE = "unknown_type"
    """A message of a type we have never seen."""
    UNDECODABLE = "undecodable"
    """A message that lacks what it must have, or has it in another form."""


class Drift(msgspec.Struct, frozen=True):
    """One deviation. ``where`` is an endpoint or a message type; ``sample`` is short and without secrets."""

    where: str
    kind: DriftKind
    field: str
    sample: str


DriftKey: TypeAlias = tuple[str, DriftKind, str]


class DriftCounter:
    """The tally of one connection or client. ``on_drift`` hears of each new deviation once.

    At most 1,000 different deviations are kept; what comes after is counted in ``overflow``.
    """

    def __init__(self, on_drift: Callable[[Drift], None] | None = None) -> None:
        self._counts: dict[DriftKey, int] = {}
        self._samples: dict[DriftKey, Drift] = {}
        self._on_drift = on_drift
        self.overflow = 0

    @property
    def counts(self) -> Mapping[DriftKey, int]:
        return MappingProxyType(self._counts)

    @property
    def total(self) -> int:
        return sum(self._counts.values()) + self.overflow

    def first_seen(self) -> list[Drift]:
        """The first sample of every deviation, in the order of their appearance."""
        return list(self._samples.values())

    def count(self, where: str, kind: DriftKind, field: str, sample: object = "") -> None:
        """Adds one. A sample of a field that may be secret is not kept."""
        key = (where, kind, field)
        if key in self._counts:
            self._counts[key] += 1
            return
        if len(self._counts) >= _MOST_KINDS:
            self.overflow += 1
            return
        self._counts[key] = 1
        drift = Drift(where, kind, field, _safe_sample(field, sample))
        self._samples[key] = drift
        if self._on_drift is not None:
            self._on_drift(drift)


def _safe_sample(field: str, sample: object) -> str:
    if _SECRET_FIELD.search(field):
        return "(hidden)"
    text = sample.decode(errors="replace") if isinstance(sample, bytes) else str(sample)
    if "PRIVATE KEY" in text:
        return "(hidden)"
    return text[:_LONGEST_SAMPLE]
