"""What the log says of modes, exits, stages and what strategies took."""

from __future__ import annotations

from typing import TypeAlias

from engine.control.decision_words import decision_words
from engine.core.facts.stance import DecisionTaken, ExitsSet, ModeSet, ShadowDecided, StageSet
from engine.domain.units import cents, contracts

StanceChange: TypeAlias = ModeSet | ExitsSet | StageSet | ShadowDecided | DecisionTaken


def stance_words(change: StanceChange) -> tuple[str, str, str]:
    """Code, text and market."""
    match change:
        case ModeSet():
            return "MODE", f"{change.mode} by {change.who}: {change.reason}", ""
        case ExitsSet():
            text = f"exits by plan are OFF: {change.off}" if change.off else f"exits are on, by {change.who}"
            return "EXITS", text, ""
        case StageSet():
            return "STAGE", f"{change.strategy} is {change.stage.upper()}, by {change.who}", ""
        case DecisionTaken():
            return "TAKE", decision_words(change.decision), change.decision.ticker
        case ShadowDecided():
            what = f"{contracts(change.count_c)} {change.leg.upper()} at {cents(change.price_bp)} c"
            return "SHADOW", f"{change.strategy} would buy {what}", change.ticker
