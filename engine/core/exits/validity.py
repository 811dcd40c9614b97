"""What a plan must be, for an entry at its limit or a position at its average price."""

from __future__ import annotations

from engine.core.denial import Denial, DenyCode
from engine.core.exits.levels import level_bp
from engine.domain.plan import PlanTerms
from engine.domain.units import CONTRACT_BP, PriceBp, cents


def unfit_plan(terms: PlanTerms, entry_bp: PriceBp) -> Denial | None:
    """``entry_bp`` is a price of the leg bought or held. A stop below the grid is none, and no mistake."""
    if terms.is_empty:
        return _bad("plan: nothing in it; wanted a take profit, a stop, a time, or to hold to settlement", {})
    if terms.to_settlement and terms.hold_ns is not None:
        return _bad("plan: got a time stop and to hold to settlement, wanted one of the two", {})
    return _unfit_profit(terms, entry_bp) or _unfit_stops(terms, entry_bp) or _unfit_rest(terms)


def _unfit_profit(terms: PlanTerms, entry_bp: PriceBp) -> Denial | None:
    if terms.take_profit is None:
        return _bad("takes: got no take profit to take", {}) if terms.takes else None
    profit_bp = level_bp(terms.take_profit, entry_bp)
    if profit_bp <= entry_bp:
        text = f"TP: got {cents(profit_bp)}, wanted more than the entry at {cents(entry_bp)}"
        return _bad(text, {"take_profit_bp": profit_bp, "entry_bp": entry_bp})
    if profit_bp >= CONTRACT_BP:
        text = f"TP: got {cents(profit_bp)}, which no price reaches; wanted less than 100"
        return _bad(text, {"take_profit_bp": profit_bp, "entry_bp": entry_bp})
    return None


def _unfit_stops(terms: PlanTerms, entry_bp: PriceBp) -> Denial | None:
    stop_bp = None if terms.stop_loss is None else level_bp(terms.stop_loss, entry_bp)
    if stop_bp is not None and stop_bp >= entry_bp:
        text = f"SL: got {cents(stop_bp)}, wanted less than the entry at {cents(entry_bp)}"
        return _bad(text, {"stop_loss_bp": stop_bp, "entry_bp": entry_bp})
    if terms.disaster is None:
        return None
    disaster_bp = level_bp(terms.disaster, entry_bp)
    bound_bp, name = (entry_bp, "the entry") if stop_bp is None else (stop_bp, "the SL")
    if disaster_bp >= bound_bp:
        text = f"disaster: got {cents(disaster_bp)}, wanted less than {name} at {cents(bound_bp)}"
        return _bad(text, {"disaster_bp": disaster_bp, "bound_bp": bound_bp})
    return None


def _unfit_rest(terms: PlanTerms) -> Denial | None:
    trailing_bp = terms.trailing_bp
    if trailing_bp is not None and not 0 < trailing_bp < CONTRACT_BP:
        text = f"trail: got {cents(trailing_bp)}, wanted more than 0 and less than 100"
        return _bad(text, {"trailing_bp": trailing_bp})
    if terms.hold_ns is not None and terms.hold_ns <= 0:
        return _bad(f"hold: got {terms.hold_ns} ns, wanted a time to come", {"hold_ns": terms.hold_ns})
    return None


def _bad(text: str, numbers: dict[str, int | str]) -> Denial:
    return Denial(DenyCode.BAD_PLAN, text, numbers)
