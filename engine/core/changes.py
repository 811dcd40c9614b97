"""The facts of the journal: money changes with the numbers that decided them.

Each is applied to the money state by :func:`engine.core.money.apply` and by nothing else, live and in
recovery, so folding the journal gives the live state. A change never says what to do, only what is now so.
"""

from __future__ import annotations

from typing import TypeAlias

from engine.core.facts.limits import (
    BreakerReset,
    BreakerTripped,
    LimitRaiseAsked,
    LimitsConfigured,
    LimitSet,
    StreakCounted,
)
from engine.core.facts.money import (
    CashSeen,
    FillBooked,
    PositionAdopted,
    ReadThrough,
    SettlementBooked,
    TripEnded,
)
from engine.core.facts.orders import (
    CancelMoved,
    GroupMoved,
    NotFound,
    OrderAdopted,
    OrderAmended,
    OrderIntended,
    OrderMoved,
    OrderResent,
)
from engine.core.facts.plans import PlanMoved, PlanRetired, PlanSet, SaleEnded, SaleWaits
from engine.core.facts.prepared import ConditionMoved, ConditionSet, LoadFired, LoadSet
from engine.core.facts.stance import (
    DecisionTaken,
    ExitsSet,
    ModeSet,
    RunEnded,
    RunStarted,
    ShadowDecided,
    StageSet,
    StrategyKept,
)

Change: TypeAlias = (
    RunStarted
    | RunEnded
    | OrderIntended
    | OrderAdopted
    | OrderMoved
    | OrderResent
    | NotFound
    | CancelMoved
    | OrderAmended
    | FillBooked
    | PositionAdopted
    | SettlementBooked
    | CashSeen
    | ReadThrough
    | ModeSet
    | ExitsSet
    | StageSet
    | ShadowDecided
    | DecisionTaken
    | StrategyKept
    | ConditionSet
    | ConditionMoved
    | LoadSet
    | LoadFired
    | LimitSet
    | LimitRaiseAsked
    | LimitsConfigured
    | BreakerTripped
    | BreakerReset
    | TripEnded
    | PlanSet
    | PlanMoved
    | PlanRetired
    | StreakCounted
    | GroupMoved
    | SaleWaits
    | SaleEnded
)
