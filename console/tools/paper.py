"""``sparko paper``: the paper exchange's fake money."""

from __future__ import annotations

from typing import Annotated

import typer

from console.tools.attach import Where
from console.tools.commands import Commands
from console.tools.options import HomeOption, JsonOption

paper = Commands(no_args_is_help=True, help="Real prices, fake money.")
VENUE = "paper"


@paper.callback()
def group() -> None:
    """Real prices, fake money: the paper exchange.

    \b
    Examples:
      sparko-console --venue paper
      sparko paper reset --confirm paper
      sparko report paper
    """


@paper.command()
def reset(
    confirm: Annotated[
        str,
        typer.Option("--confirm", metavar="paper", help="Say paper: positions and orders are gone after it."),
    ] = "",
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Starts over with $10,000. Ledger and exchange of before are put aside in the home, nothing is deleted.

    The engine must have ended (sparko stop); its exchange is ended here if it still runs.

    \b
    Examples:
      sparko paper reset --confirm paper
      sparko paper reset --confirm paper --home ./paper --json
    """
    from datetime import UTC, datetime

    from console.tools.failure import Failure, WrongUsage, one_line_on_failure
    from console.tools.output import print_json
    from engine.assembly import paper_home

    with one_line_on_failure():
        if confirm != VENUE:
            raise WrongUsage(
                f"--confirm: got {confirm or 'none'}, wanted {VENUE}: all positions are gone after it"
            )
        folder = Where(home, VENUE, None).folder()
        try:
            aside = paper_home.reset(folder, datetime.now(UTC))
        except paper_home.FAILURES as error:
            raise Failure(str(error)) from None
    if as_json:
        print_json({"reset": True, "home": str(folder), "before": str(aside)})
    else:
        typer.echo(f"{folder} begins anew with $10,000. What was before is in {aside}.")
