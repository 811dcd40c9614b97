"""``sparko plan``: what shall end a position by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from console.tools.attach import Where, with_engine
from console.tools.options import ExchangeOption, HomeOption, JsonOption, VenueOption
from console.tools.order import TickerArgument
from console.tools.plan_options import (
    DisasterOption,
    HoldOption,
    SettlementOption,
    StopLossOption,
    TakeOption,
    TakeProfitOption,
    TrailOption,
)

if TYPE_CHECKING:
    from console.tools.output import Json
    from engine.control.client import ControlClient
    from engine.control.rows.orders import PlanRow
    from engine.domain.command import CommandBody
    from engine.domain.plan import PlanTerms


def plan(
    ticker: TickerArgument,
    tp: TakeProfitOption = None,
    sl: StopLossOption = None,
    disaster: DisasterOption = None,
    trail: TrailOption = None,
    hold: HoldOption = None,
    to_settlement: SettlementOption = False,
    take: TakeOption = False,
    drop: Annotated[bool, typer.Option("--drop", help="The position is not guarded any more.")] = False,
    home: HomeOption = None,
    venue: VenueOption = None,
    exchange: ExchangeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Guards what is held in a market, in place of what guarded it before; alone, shows its plan.

    Prices are of the leg held: +20 and -10 are cents from its average price, a bare number is a level, 0.6c a
    part of a cent. The engine keeps the plan: it works without a console and goes on after a restart.

    \b
    Examples:
      sparko plan KXHIGHNY-26NOV20-B54.5 --tp +20 --sl -10
      sparko plan KXHIGHNY-26NOV20-B54.5 --sl 40 --disaster 25 --hold 2h
      sparko plan KXHIGHNY-26NOV20-B54.5 --trail 5
      sparko plan KXHIGHNY-26NOV20-B54.5 --drop
    """
    from console.tools.failure import WrongUsage, one_line_on_failure
    from console.tools.plan_options import terms_of
    from console.tools.prepared import or_refusal, tell_refusal
    from console.tools.tickers import rolling_name
    from console.tools.units import parse_name

    with one_line_on_failure():
        ticker = parse_name("TICKER", ticker)
        rolling_name(ticker, "TICKER")
        terms = terms_of(tp, sl, disaster, trail, hold, to_settlement=to_settlement, take=take)
        if drop and terms is not None:
            raise WrongUsage("--drop: got a plan with it, wanted one of the two")
    where = Where(home, venue, exchange)
    found = with_engine(where, lambda client: or_refusal(_plan(client, ticker, terms, drop=drop)))
    if isinstance(found, Exception):
        tell_refusal(found, "ticker", ticker, as_json=as_json)
    _tell(*found, as_json=as_json)


async def _plan(
    client: ControlClient, ticker: str, terms: PlanTerms | None, *, drop: bool
) -> tuple[str, PlanRow | None]:
    """The market that was meant, and its live plan as it is then."""
    from console.tools.prepared import asked, told_soon
    from console.tools.tickers import fixed_ticker
    from engine.domain.command import DropPlan, SetPlan

    ticker = await fixed_ticker(client, ticker)
    body: CommandBody | None = None if terms is None else SetPlan(ticker, terms)
    if drop:
        body = DropPlan(ticker)
    if body is not None:
        await asked(client, body)
        await told_soon(client, lambda replica: _is_told(replica.desk.plans.get(ticker), terms))
    return ticker, client.replica.desk.plans.get(ticker)


def _is_told(row: PlanRow | None, terms: PlanTerms | None) -> bool:
    return row is None if terms is None else row is not None and row.terms == terms


def _tell(ticker: str, row: PlanRow | None, *, as_json: bool) -> None:
    from console.tools.output import print_json
    from console.tools.plan_options import plan_row_document
    from console.tools.prepared import wants_json

    if wants_json(as_json):
        document: dict[str, Json] = {"ticker": ticker, "plan": plan_row_document(row)}
        print_json(document)
        return
    typer.echo(
        f"UNGUARDED: {ticker}" if row is None else f"{row.state.value.upper()}: {ticker}: {words(row)}"
    )


def words(row: PlanRow) -> str:
    """``tp +20, sl -10: TP 77, SL 47; a note``."""
    from console.tools.words import cents_text
    from engine.domain.plan_text import text_of_plan

    named = (("TP", row.take_profit_bp), ("SL", row.stop_loss_bp), ("disaster", row.disaster_bp))
    levels = ", ".join(f"{name} {cents_text(bp)}" for name, bp in named if bp is not None)
    text = text_of_plan(row.terms)
    whole = f"{text}: {levels}" if levels else text
    return f"{whole}; {row.text}" if row.text else whole
