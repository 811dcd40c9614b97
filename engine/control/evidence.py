"""What speaks for a strategy, as far as the ledger knows: decisions, fills, and what each event came to."""

from __future__ import annotations

from collections.abc import Iterable
from math import isqrt

from engine.control.rows.strategies import EvidenceRow
from engine.core.engine import Engine
from engine.core.money import MoneyState
from engine.core.stage_record import StageRecord
from engine.domain.units import MicroDollars

ENOUGH_EVENTS = 30
"""Events that are over, before which no verdict is given."""
_Z_MILLI = 1_960
"""Standard errors of a two-sided 95 % interval of a mean, in thousandths."""


def evidence_rows(engine: Engine) -> tuple[EvidenceRow, ...]:
    """One for each strategy that is installed, in their order."""
    return tuple(_row(engine, name, stage, failure) for name, stage, failure in engine.strategies)


def _row(engine: Engine, name: str, stage: str, failure: str) -> EvidenceRow:
    money = engine.money
    shadow = money.stages.get(name, StageRecord())
    results = _by_event(money, name)
    mean_ud, half_ud = interval_ud(results)
    return EvidenceRow(
        name=name,
        stage=stage,
        failure=failure,
        shadowed=shadow.shadowed,
        shadowed_since_ns=shadow.first_ns,
        entries=sum(1 for r in money.orders.values() if r.terms.owner == name and r.terms.opens),
        fills=sum(1 for booked in money.fills_in.values() for one in booked if one.owner == name),
        events=len(results),
        net_ud=sum(results),
        mean_ud=mean_ud,
        half_width_ud=half_ud,
        verdict=verdict(len(results), mean_ud, half_ud),
    )


def _by_event(money: MoneyState, name: str) -> list[MicroDollars]:
    """What a strategy made, less fees, in each event in which nothing is held any more."""
    made: dict[str, MicroDollars] = {}
    still_open: dict[str, None] = {}
    for ticker, held in money.positions.items():
        event = ticker.rpartition("-")[0]
        if held.position.count_c:
            still_open[event] = None
        result = held.by_owner.get(name)
        if result is not None:
            made[event] = made.get(event, 0) + result.realised_ud - result.fees_ud
    return [made_ud for event, made_ud in made.items() if event not in still_open]


def interval_ud(results: Iterable[MicroDollars]) -> tuple[MicroDollars | None, MicroDollars | None]:
    """The mean of events and half the width of its 95 % interval (normal, events taken as independent)."""
    found = list(results)
    count = len(found)
    if not count:
        return None, None
    mean_ud = sum(found) // count
    if count < 2:
        return mean_ud, None
    squares = sum((result - mean_ud) ** 2 for result in found)
    return mean_ud, _Z_MILLI * isqrt(squares // (count * (count - 1))) // 1_000


def verdict(events: int, mean_ud: MicroDollars | None, half_ud: MicroDollars | None) -> str:
    """``no evidence``, ``unproven``, ``gains`` or ``loses``."""
    if mean_ud is None or half_ud is None or events < ENOUGH_EVENTS:
        return "no evidence"
    if mean_ud - half_ud > 0:
        return "gains"
    return "loses" if mean_ud + half_ud < 0 else "unproven"
