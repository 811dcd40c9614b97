"""``sparko report``: what came of it, in tables."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import typer

from console.tools.attach import Where
from console.tools.commands import Commands
from console.tools.options import HomeOption, JsonOption

if TYPE_CHECKING:
    from console.tools.output import Json
    from engine.sandbox.sources.upstream.doubts import Doubt
    from engine.sandbox.sources.upstream.evidence import FillEvidence

report = Commands(no_args_is_help=True, help="Reports of a home.")
VENUE = "paper"


@report.callback()
def group() -> None:
    """Reports of a home, with or without an engine on it.

    \b
    Examples:
      sparko report paper
      sparko report paper --json
    """


@report.command("paper")
def paper(home: HomeOption = None, as_json: JsonOption = False) -> None:
    """Which paper fills live depth could not have given, and why; a summary by day (US Eastern).

    A taker's fill is compared with the mirrored book before it and at the first look after it, a maker's with
    the print that made it. Prices are of the YES leg.

    \b
    Examples:
      sparko report paper
      sparko report paper --home ./paper --json
    """
    from console.tools.failure import Failure, one_line_on_failure
    from console.tools.output import print_json
    from engine.assembly import paper_home
    from engine.sandbox.sources.upstream.doubts import doubt_of

    with one_line_on_failure():
        folder = Where(home, VENUE, None).folder()
        try:
            fills = paper_home.fills_of(folder)
        except paper_home.FAILURES as error:
            raise Failure(str(error)) from None
    doubted = [(found, doubt) for found in fills if (doubt := doubt_of(found)) is not None]
    days = _by_day(fills, {id(found) for found, _ in doubted})
    if as_json:
        print_json(_document(fills, doubted, days))
    else:
        _print(fills, doubted, days)


def _by_day(fills: Sequence[FillEvidence], doubted: set[int]) -> dict[str, list[int]]:
    """Of each day: fills, hundredths of contracts, doubted fills, doubted hundredths."""
    days: dict[str, list[int]] = {}
    for found in fills:
        is_doubted = id(found) in doubted
        sums = days.setdefault(_eastern(found.at_ns)[:10], [0, 0, 0, 0])
        sums[0] += 1
        sums[1] += found.count_c
        sums[2] += is_doubted
        sums[3] += found.count_c if is_doubted else 0
    return days


def _eastern(at_ns: int) -> str:
    from datetime import UTC, datetime
    from zoneinfo import ZoneInfo

    at = datetime.fromtimestamp(at_ns // 1_000_000_000, UTC).astimezone(ZoneInfo("America/New_York"))
    return at.strftime("%Y-%m-%d %H:%M:%S")


def _document(
    fills: Sequence[FillEvidence],
    doubted: Sequence[tuple[FillEvidence, Doubt]],
    days: dict[str, list[int]],
) -> dict[str, Json]:
    return {
        "fills": len(fills),
        "taker_fills": sum(found.is_taker for found in fills),
        "doubted_fills": len(doubted),
        "days": [
            {
                "day": day,
                "fills": sums[0],
                "contracts": sums[1] / 100,
                "doubted_fills": sums[2],
                "doubted_contracts": sums[3] / 100,
            }
            for day, sums in days.items()
        ],
        "doubts": [_doubt_document(found, doubt) for found, doubt in doubted],
    }


def _doubt_document(found: FillEvidence, doubt: Doubt) -> dict[str, Json]:
    from engine.wire.iso_time import iso_text

    return {
        "time": iso_text(found.at_ns),
        "ticker": found.ticker,
        "side": found.side.value,
        "count": found.count_c / 100,
        "price_cents": found.price_bp / 100,
        "is_taker": found.is_taker,
        "prices": found.mode.value,
        "code": doubt.code.value,
        "why": doubt.text,
        "trade_id": found.trade_id,
        "order_id": found.order_id,
    }


def _print(
    fills: Sequence[FillEvidence],
    doubted: Sequence[tuple[FillEvidence, Doubt]],
    days: dict[str, list[int]],
) -> None:
    from console.tools.output import Column, number, print_table
    from engine.domain.units import cents, contracts

    if not fills:
        typer.echo("No paper fills yet.")
        return
    columns = [Column("DAY ET"), *map(number, ("FILLS", "CONTRACTS", "DOUBTED", "CONTRACTS DOUBTED"))]
    rows = [
        [day, str(sums[0]), contracts(sums[1]), str(sums[2]), contracts(sums[3])]
        for day, sums in days.items()
    ]
    print_table(columns, rows)
    if not doubted:
        typer.echo("Live depth and live prints could have given every fill.")
        return
    typer.echo("")
    columns = [
        Column("TIME ET"),
        Column("TICKER"),
        Column("SIDE"),
        number("COUNT"),
        number("YES"),
        Column("CODE"),
    ]
    for found, doubt in doubted:
        row = [_eastern(found.at_ns), found.ticker, found.side.value, contracts(found.count_c)]
        print_table(columns, [[*row, cents(found.price_bp), doubt.code.value]])
        typer.echo(f"  {doubt.text}")
