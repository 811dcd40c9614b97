"""``sparko collect candles`` and ``sparko collect status``: the past of whole series, complete or said not
to be."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from console.tools.attach import Where
from console.tools.homes import is_taken
from console.tools.options import HomeOption, JsonOption, VenueOption

_BESIDE_ENGINE_PERCENT = 50
DEFAULT_SERIES = "KXHIGHNY,KXHIGHCHI,KXHIGHLAX,KXINX,KXBTC,KXETH"


def candles(
    series: Annotated[str, typer.Option(help="Comma-separated.")] = DEFAULT_SERIES,
    node_id: Annotated[int, typer.Option("--node-id", min=0, help="Which of the nodes this one is.")] = 0,
    total_nodes: Annotated[
        int, typer.Option("--total-nodes", min=1, help="How many nodes share the events.")
    ] = 1,
    period: Annotated[int, typer.Option(help="Minutes of a candlestick: 1, 60 or 1440.")] = 60,
    min_markets: Annotated[
        int, typer.Option("--min-markets", min=1, help="Leave out events with fewer; they are counted.")
    ] = 1,
    loop: Annotated[bool, typer.Option("--loop", help="Look again and again, until SIGTERM.")] = False,
    every: Annotated[float, typer.Option(min=1, help="Seconds from look to look with --loop.")] = 3600,
    budget: Annotated[
        int | None,
        typer.Option(min=1, max=100, help="Percent of the rate. [default: 100, 50 beside a running engine]"),
    ] = None,
    exchange: Annotated[
        str | None, typer.Option("--exchange", metavar="URL", help="A sandbox on this machine to read.")
    ] = None,
    lake: Annotated[
        Path | None, typer.Option("--lake", readable=False, help="Where rows go. [default: <home>/lake]")
    ] = None,
    observations: Annotated[
        bool, typer.Option("--observations", help="Tell an engine how it does, instead of showing it.")
    ] = False,
    home: HomeOption = None,
    venue: VenueOption = None,
    as_json: JsonOption = False,
) -> None:
    """Candlesticks of all settled and open events of series: every column, both tiers, an event by one node.

    Goes on where it was, and asks for nothing that cannot have changed. A market that was not got leaves its
    event incomplete, and the next look asks again. Exit code 1 if a single look left something out.

    \b
    Examples:
      sparko collect candles --venue live --loop
      sparko collect candles --series KXHIGHNY --exchange http://127.0.0.1:8800 --lake ./lake
      sparko collect candles --venue live --node-id 1 --total-nodes 3 --loop
    """
    from console.tools.candle_run import CandleOrder, run_candles
    from console.tools.failure import one_line_on_failure

    with one_line_on_failure():
        root = Where(home, venue, exchange).folder()
        order = CandleOrder(
            home=root,
            venue=venue,
            exchange=exchange,
            lake=root / "lake" if lake is None else lake.expanduser().absolute(),
            series=tuple(part.strip().upper() for part in series.split(",") if part.strip()),
            node_id=node_id,
            total_nodes=total_nodes,
            period_min=period,
            least_markets=min_markets,
            every_s=every if loop else None,
            budget_percent=budget or (_BESIDE_ENGINE_PERCENT if is_taken(root) else 100),
            as_json=as_json,
            frames=observations,
        )
        run_candles(order)


def status(
    lake: Annotated[
        Path | None, typer.Option("--lake", readable=False, help="The lake's folder. [default: <home>/lake]")
    ] = None,
    home: HomeOption = None,
    venue: VenueOption = None,
    as_json: JsonOption = False,
) -> None:
    """How far the candlesticks of each series are; collectors may run meanwhile.

    \b
    Examples:
      sparko collect status
      sparko collect status --lake ./lake --json
    """
    import msgspec

    from collectors.candles.status import candle_status
    from console.tools.failure import Failure, one_line_on_failure
    from console.tools.output import Column, number, print_empty, print_json, print_table
    from engine.lake.errors import LakeError

    with one_line_on_failure():
        root = Where(home, venue, None).folder() / "lake" if lake is None else lake.expanduser().absolute()
        try:
            found = candle_status(root)
        except LakeError as error:
            raise Failure(str(error)) from None
    if as_json:
        print_json({"lake": str(root), "series": [msgspec.structs.asdict(one) for one in found]})
        return
    if not found:
        print_empty(f"No candlesticks are collected in {root}.", "Begin with: sparko collect candles")
        return
    heads = ("HELD", "ABOUT", "COMPLETE", "OPEN", "FAILED", "SMALL")
    columns = [Column("SERIES"), number("MIN"), *(number(head) for head in heads), Column("NODES")]
    rows = []
    for one in found:
        counts = (one.held, one.estimated, one.complete, one.open, one.failed, one.small)
        nodes = f"{one.nodes} of {one.total_nodes}"
        rows.append((one.series, str(one.period_min), *(f"{n:,}" for n in counts), nodes))
    print_table(columns, rows)
    for one in found:
        if one.reason:
            typer.echo(
                f"{one.series}: {one.failed} events failed, asked again at the next look: {one.reason}"
            )
        if one.unreadable:
            typer.echo(f"{one.series}: {one.unreadable} markets are listed in a form that is not understood")


def register_candles(group: typer.Typer) -> None:
    """Puts these under ``sparko collect``."""
    group.command()(candles)
    group.command()(status)
