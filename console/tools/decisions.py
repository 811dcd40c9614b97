"""``sparko decisions`` and ``sparko why``: what strategies took and passed, and by which gate."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from console.tools.attach import Where, with_engine
from console.tools.options import ExchangeOption, HomeOption, JsonOption, VenueOption

if TYPE_CHECKING:
    from console.tools.output import Json
    from engine.control.client import ControlClient
    from engine.domain.decision import DecisionRow


def decisions(
    strategy: Annotated[str, typer.Option(metavar="NAME", help="Of this strategy only.")] = "",
    ticker: Annotated[str, typer.Option(metavar="TICKER", help="On this market only.")] = "",
    verdict: Annotated[str, typer.Option(metavar="TAKE|PASS", help="Only one of the two.")] = "",
    limit: Annotated[int, typer.Option(min=1, max=100_000, help="How many, the newest first.")] = 50,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="What it would decide at this moment; nothing is kept or sent.")
    ] = False,
    home: HomeOption = None,
    venue: VenueOption = None,
    exchange: ExchangeOption = None,
    as_json: JsonOption = False,
) -> None:
    """What strategies decided, newest first: each TAKE and each PASS with the gate that said no.

    COST is what one contract loses if it is bought and sold at once, spread and fees: a trader without any
    skill loses that much on average.

    \b
    Examples:
      sparko decisions
      sparko decisions --verdict take --json
      sparko decisions --dry-run --strategy timesfm-no
    """
    from engine.control.queries import DecisionsArgs, DryRunArgs

    wanted = verdict.upper()
    if wanted not in ("", "TAKE", "PASS"):
        raise typer.BadParameter(f"got {verdict!r}, wanted take or pass", param_hint="--verdict")

    async def asked(client: ControlClient) -> list[DecisionRow]:
        from console.tools.pages import rows_of

        if dry_run:
            rows = await rows_of(client, "dry_run", DryRunArgs(strategy), limit)
            return [row for row in rows if _fits(row, ticker, wanted)]
        return await rows_of(client, "decisions", DecisionsArgs(strategy, ticker, wanted), limit)

    _print(with_engine(Where(home, venue, exchange), asked), as_json=as_json)


def why(
    subject: Annotated[str, typer.Argument(metavar="TICKER|ORDER", help="A market, or an order by its id.")],
    limit: Annotated[int, typer.Option(min=1, max=500, help="How many decisions.")] = 3,
    home: HomeOption = None,
    venue: VenueOption = None,
    exchange: ExchangeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Every gate of the last decisions on a market, or of the one behind an order: what it got and wanted.
    What a plan sold is told with the prices that it looked at.

    \b
    Examples:
      sparko why KXHIGHNY-26NOV21-T57
      sparko why 3f2a91c0-12 --json
    """
    from engine.control.queries import WhyArgs

    async def asked(client: ControlClient) -> list[DecisionRow]:
        page = await client.query("why", WhyArgs(subject), limit=limit)
        return list(page.items)

    rows = with_engine(Where(home, venue, exchange), asked)
    if as_json:
        _print(rows, as_json=True)
    elif not rows:
        typer.echo(f"Nothing was decided about {subject}. An order by hand has no gates here.")
    for row in () if as_json else rows:
        _explain(row)


def _fits(row: DecisionRow, ticker: str, verdict: str) -> bool:
    return (not ticker or row.ticker == ticker) and (not verdict or row.verdict == verdict)


def _print(rows: list[DecisionRow], *, as_json: bool) -> None:
    from console.tools.output import Column, number, print_empty, print_json, print_table
    from console.tools.words import cents_text, eastern_seconds

    if as_json:
        print_json([document(row) for row in rows])
        return
    if not rows:
        print_empty("No decision is kept.", "Off, a strategy decides nothing: sparko strategies")
        return
    columns = [Column("TIME"), Column("TICKER"), Column("SAYS"), Column("CODE", is_flexible=True)]
    columns += [number("PRICE"), number("MOVE"), number("COST")]
    print_table(
        columns,
        [
            [
                eastern_seconds(row.at_ns).rpartition(" ")[2] if row.at_ns else "now",
                row.ticker or "all",
                row.verdict,
                row.code or row.stage,
                cents_text(row.price_bp),
                _signed(row.move_bp),
                cents_text(row.cost_bp),
            ]
            for row in rows
        ],
    )
    models = dict.fromkeys(row.model for row in rows if row.model)
    typer.echo(f"Prices in cents; by {', '.join(models) or 'nobody'}.")


def _signed(price_bp: int | None) -> str:
    from engine.domain.units import cents

    return "-" if price_bp is None else f"{'+' if price_bp > 0 else ''}{cents(price_bp)}"


def _explain(row: DecisionRow) -> None:
    from console.tools.output import Column, print_table
    from console.tools.words import dollars_text, eastern_seconds
    from engine.domain.units import cents, contracts

    order = f", order {row.client_order_id}" if row.client_order_id else ""
    code = f" {row.code}" if row.code else ""
    when = eastern_seconds(row.at_ns)
    typer.echo(f"{when}  {row.strategy} ({row.stage})  {row.ticker}  {row.verdict}{code}{order}")
    if row.verdict == "TAKE" and row.leg is not None and row.price_bp is not None:
        bought = f"{contracts(row.count_c)} {row.leg.upper()} at {cents(row.price_bp)} c"
        typer.echo(f"  {bought}, {dollars_text(row.stake_ud)} with fee; {row.model}")
    if row.forecast_bp is not None and row.current_bp is not None:
        origin = "the book's middle" if row.is_from_book else "the last price it saw"
        until = f" to {eastern_seconds(row.ends_s * 10**9)}" if row.ends_s else ""
        moved = f"from {cents(row.current_bp)} c, {origin}: {_signed(row.move_bp)} c"
        typer.echo(f"  YES {cents(row.forecast_bp)} c on average{until}, {moved}")
    if row.text:
        typer.echo(f"  {row.text}")
    if row.verdict == "EXIT":
        seen = ", ".join(f"{gate.code} {gate.got}" for gate in row.gates)
        typer.echo(f"  looked at {seen}")
    elif row.gates:
        columns = [Column("  GATE"), Column("SAYS"), Column("GOT", is_flexible=True)]
        columns.append(Column("WANTED", is_flexible=True))
        cells = [[f"  {g.code}", "yes" if g.passed else "NO", g.got, g.wanted] for g in row.gates]
        print_table(columns, cells)


def document(row: DecisionRow) -> dict[str, Json]:
    """Prices in cents, counts in contracts, money in dollars."""
    from console.tools.units import cents_number, count_number, iso
    from engine.domain.units import dollars

    return {
        "decision_id": row.decision_id or None,
        "time": iso(row.at_ns) if row.at_ns else None,
        "strategy": row.strategy,
        "stage": row.stage,
        "ticker": row.ticker or None,
        "verdict": row.verdict,
        "code": row.code or None,
        "text": row.text,
        "leg": None if row.leg is None else row.leg.value,
        "price_cents": cents_number(row.price_bp),
        "count": count_number(row.count_c),
        "stake_dollars": dollars(row.stake_ud),
        "take_profit_cents": cents_number(row.take_profit_bp),
        "stop_loss_cents": cents_number(row.stop_loss_bp),
        "forecast_yes_cents": cents_number(row.forecast_bp),
        "current_yes_cents": cents_number(row.current_bp),
        "current_is_from": "book" if row.is_from_book else "price_seen",
        "seen_yes_cents": cents_number(row.seen_bp),
        "horizon_ends": iso(row.ends_s * 10**9) if row.ends_s else None,
        "move_cents": cents_number(row.move_bp),
        "no_skill_cost_cents": cents_number(row.cost_bp),
        "confidence": row.confidence or None,
        "model": row.model or None,
        "client_order_id": row.client_order_id or None,
        "gates": [
            {"code": gate.code, "passed": gate.passed, "got": gate.got, "wanted": gate.wanted}
            for gate in row.gates
        ],
    }
