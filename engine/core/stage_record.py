"""A strategy's stage as a money fact, and what it decided while it was not allowed to order."""

from __future__ import annotations

from collections.abc import MutableMapping
from enum import StrEnum
from typing import TYPE_CHECKING

import msgspec

from engine.core.row import Row
from engine.domain.units import Nanoseconds

if TYPE_CHECKING:
    from engine.core.facts.stance import ShadowDecided, StageSet


class Stage(StrEnum):
    """From the strictest to the loosest. OFF takes no entries, and is asked only while something is held or
    works; SHADOW decides and never orders; MONEY orders."""

    OFF = "off"
    SHADOW = "shadow"
    MONEY = "money"


RANK = {stage: rank for rank, stage in enumerate(Stage)}


class StageRecord(msgspec.Struct, frozen=True, omit_defaults=True):
    """``stage`` None: nobody chose one yet. ``shadowed`` counts the entries that it decided and did not send,
    since ``first_ns`` (exchange time)."""

    stage: Stage | None = None
    who: str = ""
    shadowed: int = 0
    first_ns: Nanoseconds | None = None
    last_ns: Nanoseconds | None = None


def stage_set(stages: MutableMapping[str, StageRecord], change: StageSet) -> list[Row]:
    known = stages.get(change.strategy, StageRecord())
    return _put(stages, change.strategy, msgspec.structs.replace(known, stage=change.stage, who=change.who))


def shadow_decided(stages: MutableMapping[str, StageRecord], change: ShadowDecided) -> list[Row]:
    known = stages.get(change.strategy, StageRecord())
    first_ns = change.at if known.first_ns is None else known.first_ns
    record = msgspec.structs.replace(known, shadowed=known.shadowed + 1, first_ns=first_ns, last_ns=change.at)
    return _put(stages, change.strategy, record)


def _put(stages: MutableMapping[str, StageRecord], strategy: str, record: StageRecord) -> list[Row]:
    stages[strategy] = record
    return [Row("stage", strategy, record)]
