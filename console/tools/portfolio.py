"""``sparko orders``, ``positions``, ``fills`` and ``cash``: what is asked for, held, done and left."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from console.tools.attach import Where, with_engine
from console.tools.options import ExchangeOption, HomeOption, JsonOption, VenueOption
from console.tools.tickers import upper

if TYPE_CHECKING:
    from engine.control.client import ControlClient
    from engine.control.rows.account import CashRow, FillRow, PositionRow
    from engine.control.rows.orders import OrderRow, PlanRow


def orders(
    ticker: Annotated[str, typer.Option(help="Only of this market.")] = "",
    everything: Annotated[bool, typer.Option("--all", help="Those that ended, too.")] = False,
    limit: Annotated[int, typer.Option(min=1, help="At most so many, newest first.")] = 500,
    home: HomeOption = None,
    venue: VenueOption = None,
    exchange: ExchangeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Orders that work or whose outcome is unknown; with --all also those that ended. Newest first.

    ORDER is the beginning of the client order id, enough for: sparko cancel ORDER

    \b
    Examples:
      sparko orders
      sparko orders --all --ticker KXHIGHNY-26NOV20-B54.5
      sparko orders --json
    """

    async def found(client: ControlClient) -> list[OrderRow]:
        from console.tools.pages import rows_of
        from engine.control.queries import OrdersArgs
        from engine.domain.order import WORKING_STATES

        states = () if everything else tuple(sorted(WORKING_STATES))
        return await rows_of(client, "orders", OrdersArgs(ticker=upper(ticker), states=states), limit)

    rows = with_engine(Where(home, venue, exchange), found)
    if as_json:
        from console.tools.documents import listed_order_document
        from console.tools.output import print_json

        print_json([listed_order_document(row) for row in rows])
    else:
        _print_orders(rows, of=f" of {upper(ticker)}" if ticker else "", everything=everything)


def _print_orders(rows: list[OrderRow], *, of: str, everything: bool) -> None:
    from console.tools.documents import action, leg_word
    from console.tools.output import Column, number, print_empty, print_table
    from console.tools.words import cents_text, count_text, short_names

    if not rows:
        if everything:
            print_empty(f"No order{of} yet.", "Place one: sparko order --help")
        else:
            print_empty(f"No order{of} is working.", "Those that ended: sparko orders --all")
        return
    columns = [Column("ORDER", is_flexible=True), Column("TICKER"), Column("SIDE"), number("COUNT")]
    columns += [number("PRICE"), number("FILLED"), Column("STATUS")]
    print_table(
        columns,
        [
            [
                name,
                row.ticker,
                f"{action(row.buys)} {leg_word(row.leg)}",
                count_text(row.count_c),
                cents_text(row.price_bp),
                count_text(row.filled_c),
                row.state.value,
            ]
            for name, row in zip(short_names([row.client_order_id for row in rows]), rows, strict=True)
        ],
    )


def positions(
    ticker: Annotated[str, typer.Option(help="Only this market.")] = "",
    home: HomeOption = None,
    venue: VenueOption = None,
    exchange: ExchangeOption = None,
    as_json: JsonOption = False,
) -> None:
    """What is held. MARK is what selling all of it now brings per contract, in cents of the leg held.

    SL/TP is where its plan stops the loss and takes the profit: sparko plan TICKER

    \b
    Examples:
      sparko positions
      sparko positions --json
    """

    async def found(client: ControlClient) -> tuple[list[PositionRow], dict[str, PlanRow]]:
        from console.tools.pages import rows_of
        from engine.control.queries import PositionsArgs

        rows = await rows_of(client, "positions", PositionsArgs(ticker=upper(ticker)))
        return rows, client.replica.desk.plans

    rows, plans = with_engine(Where(home, venue, exchange), found)
    if as_json:
        from console.tools.documents import position_document
        from console.tools.output import print_json

        print_json([position_document(row, plans.get(row.ticker)) for row in rows])
    else:
        _print_positions(rows, plans, of=f" of {upper(ticker)}" if ticker else "")


def _print_positions(rows: list[PositionRow], plans: dict[str, PlanRow], *, of: str) -> None:
    from console.tools.documents import leg_word
    from console.tools.output import Column, number, print_empty, print_table
    from console.tools.words import average_text, count_text, gain_text

    if not rows:
        print_empty(f"Nothing{of} is held.", "Buy with: sparko order --help")
        return
    columns = [Column("TICKER"), Column("SIDE"), number("COUNT"), number("ENTRY"), number("MARK")]
    columns += [number("UNREAL $"), number("REAL $"), Column("SL/TP", is_flexible=True)]
    print_table(
        columns,
        [
            [
                row.ticker,
                leg_word(row.leg),
                count_text(row.count_c),
                average_text(row.cost_ud, row.count_c),
                average_text(row.exit_ud, row.count_c),
                gain_text(row.unrealised_ud),
                gain_text(row.realised_ud),
                guard_text(plans.get(row.ticker)),
            ]
            for row in rows
        ],
    )


def guard_text(plan: PlanRow | None) -> str:
    """``44/77``; what the plan does where it does more than wait."""
    from console.tools.words import cents_text
    from engine.domain.plan import PlanState

    if plan is None:
        return "NO PLAN"
    if plan.state is not PlanState.GUARDING:
        return plan.state.value.upper()
    if plan.take_profit_bp is None and plan.stop_loss_bp is None:
        return "to settlement" if plan.terms.to_settlement else "timed"
    return f"{cents_text(plan.stop_loss_bp)}/{cents_text(plan.take_profit_bp)}"


def fills(
    ticker: Annotated[str, typer.Option(help="Only of this market.")] = "",
    limit: Annotated[int, typer.Option(min=1, help="At most so many, newest first.")] = 100,
    home: HomeOption = None,
    venue: VenueOption = None,
    exchange: ExchangeOption = None,
    as_json: JsonOption = False,
) -> None:
    """What was traded, newest first.

    \b
    Examples:
      sparko fills --limit 20
      sparko fills --ticker KXHIGHNY-26NOV20-B54.5 --json
    """

    async def found(client: ControlClient) -> list[FillRow]:
        from console.tools.pages import rows_of
        from engine.control.queries import FillsArgs

        return await rows_of(client, "fills", FillsArgs(ticker=upper(ticker)), limit)

    rows = with_engine(Where(home, venue, exchange), found)
    if as_json:
        from console.tools.documents import fill_document
        from console.tools.output import print_json

        print_json([fill_document(row) for row in rows])
    else:
        _print_fills(rows, of=f" of {upper(ticker)}" if ticker else "")


def _print_fills(rows: list[FillRow], *, of: str) -> None:
    from console.tools.documents import action, leg_word
    from console.tools.output import Column, number, print_empty, print_table
    from console.tools.words import cents_text, count_text, eastern_seconds, gain_text

    if not rows:
        print_empty(f"Nothing{of} was traded yet.", "Place an order: sparko order --help")
        return
    columns = [Column("TIME ET"), Column("TICKER"), Column("SIDE"), number("COUNT"), number("PRICE")]
    columns += [number("FEE $")]
    print_table(
        columns,
        [
            [
                eastern_seconds(row.at_ns),
                row.ticker,
                f"{action(row.buys)} {leg_word(row.leg)}",
                count_text(row.count_c),
                cents_text(row.price_bp),
                gain_text(row.fee_ud).removeprefix("+"),
            ]
            for row in rows
        ],
    )


def cash(
    home: HomeOption = None,
    venue: VenueOption = None,
    exchange: ExchangeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Cash that may be spent, all in all and on each shard of the exchange.

    \b
    Examples:
      sparko cash
      sparko cash --json
    """

    async def found(client: ControlClient) -> CashRow | None:
        return client.replica.desk.cash

    row = with_engine(Where(home, venue, exchange), found)
    if row is None:
        typer.echo("error: the engine does not know its cash yet; try again shortly: sparko status", err=True)
        raise typer.Exit(1)
    if as_json:
        from console.tools.documents import cash_document
        from console.tools.output import print_json

        print_json(cash_document(row))
        return
    from console.tools.output import print_pairs
    from console.tools.words import dollars_text, eastern_seconds

    shards = [(f"shard {shard}", dollars_text(held)) for shard, held in sorted(row.by_shard_ud.items())]
    portfolio = ("portfolio", f"{dollars_text(row.portfolio_value_ud)}, as the exchange values it")
    as_of = ("as of", f"{eastern_seconds(row.updated_ns)} ET")
    print_pairs([("cash", dollars_text(row.cash_ud)), *shards, portfolio, as_of])
