"""The options with which a plan is written, for ``sparko order`` and ``sparko plan``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer

from console.tools.prepared import StopLossOption, TakeProfitOption

if TYPE_CHECKING:
    from console.tools.output import Json
    from engine.control.rows.orders import PlanRow
    from engine.domain.plan import PlanTerms, Target

__all__ = ["StopLossOption", "TakeProfitOption"]

DisasterOption: TypeAlias = Annotated[
    str | None,
    typer.Option("--disaster", metavar="C", help="A stop further away that needs one look, not two."),
]
TrailOption: TypeAlias = Annotated[
    str | None, typer.Option("--trail", metavar="C", help="A stop so many cents under the best price seen.")
]
HoldOption: TypeAlias = Annotated[
    str | None, typer.Option("--hold", metavar="TIME", help="Sell after so long: 90s, 30m, 2h, 1d.")
]
SettlementOption: TypeAlias = Annotated[
    bool, typer.Option("--to-settlement", help="Hold it until the market pays.")
]
TakeOption: TypeAlias = Annotated[
    bool, typer.Option("--take", help="Take the profit when it is bid, instead of resting an order there.")
]


def terms_of(
    tp: str | None,
    sl: str | None,
    disaster: str | None,
    trail: str | None,
    hold: str | None,
    *,
    to_settlement: bool,
    take: bool,
) -> PlanTerms | None:
    """None where nothing was asked for. Raises WrongUsage."""
    from console.tools.failure import WrongUsage
    from console.tools.prepared import read_text
    from engine.domain.plan import PlanTerms
    from engine.domain.plan_text import parse_distance, parse_length

    terms = PlanTerms(
        take_profit=_target("--tp", tp),
        takes=take,
        stop_loss=_target("--sl", sl),
        disaster=_target("--disaster", disaster),
        trailing_bp=None if trail is None else read_text(parse_distance, trail, "--trail"),
        hold_ns=None if hold is None else read_text(parse_length, hold, "--hold"),
        to_settlement=to_settlement,
    )
    if take and tp is None:
        raise WrongUsage("--take: got no profit to take, wanted --tp")
    return None if terms.is_empty else terms


def _target(field: str, text: str | None) -> Target | None:
    from console.tools.prepared import read_text
    from engine.domain.plan_text import parse_target

    return None if text is None else read_text(parse_target, text, field)


def plan_row_document(plan: PlanRow | None) -> dict[str, Json] | None:
    """``take_profit`` to ``hold`` are as a person would write them again; the cents are of the leg held."""
    from console.tools.units import cents_number, iso
    from engine.domain.plan_text import text_of_length, text_of_target

    if plan is None:
        return None
    terms = plan.terms
    written = {"take_profit": terms.take_profit, "stop_loss": terms.stop_loss, "disaster": terms.disaster}
    return {
        "state": plan.state.value,
        **{name: None if target is None else text_of_target(target) for name, target in written.items()},
        "take": terms.takes,
        "trail_cents": cents_number(terms.trailing_bp),
        "hold": None if terms.hold_ns is None else text_of_length(terms.hold_ns),
        "to_settlement": terms.to_settlement,
        "take_profit_cents": cents_number(plan.take_profit_bp),
        "stop_loss_cents": cents_number(plan.stop_loss_bp),
        "disaster_cents": cents_number(plan.disaster_bp),
        "ends_time": iso(plan.ends_ns),
        "exit_cause": plan.exit_cause or None,
        "text": plan.text or None,
        "owner": plan.owner,
    }
