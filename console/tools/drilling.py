"""``sparko doctor --drill``: the table of a drill, and its end."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

import typer

from console.tools.attach import VENUES, Where
from console.tools.failure import Failure, one_line_on_failure
from console.tools.output import print_json

if TYPE_CHECKING:
    from engine.assembly.drill import Drilled

_HEAD = f"{'what happens':<36}{'told':<11}{'in the end':<12}{'there':>5}{'sent':>6}{'s':>6}  verdict"


def show_drill(where: Where, *, as_json: bool) -> None:
    """Exit code 1 if any order was not where the ledger says, or the drill cannot be."""
    from engine.assembly.drill import check_drill, drill
    from engine.assembly.readiness import NotReady
    from engine.ledger.errors import LedgerError
    from engine.ops.errors import OpsError
    from engine.sandbox.embedded import ExchangeError
    from engine.sandbox.side_door_client import SideDoorError

    found: list[Drilled] = []

    def each(one: Drilled) -> None:
        found.append(one)
        if not as_json:
            typer.echo(_line(one))

    with one_line_on_failure():
        try:
            check_drill(where.folder(), where.venue or VENUES[0])
            if not as_json:
                typer.echo(_HEAD)
            logging.disable(logging.CRITICAL)
            fault = asyncio.run(drill(each))
        except (OpsError, LedgerError, ExchangeError, SideDoorError, NotReady) as error:
            raise Failure(str(error)) from None
    failed = [one for one in found if one.problem]
    if as_json:
        rows = [{name: getattr(one, name) for name in one.__struct_fields__} for one in found]
        print_json({"passed": not failed and not fault, "ledger": fault or "sound", "faults": rows})
    else:
        typer.echo(f"ledger: {fault or 'sound'}")
        typer.echo(f"{'FAIL' if failed or fault else 'PASS'}: {len(found) - len(failed)} of {len(found)}")
    if failed or fault:
        text = fault or f"{failed[0].words}: {failed[0].problem}"
        typer.echo(f"error: drill: {text}", err=True)
        raise typer.Exit(1)


def _line(one: Drilled) -> str:
    verdict = f"FAIL {one.problem}" if one.problem else "PASS"
    return (
        f"{one.words:<36}{one.told:<10} {one.state:<12}{one.at_exchange:>5}{one.sends:>6}"
        f"{one.seconds:>6.1f}  {verdict}"
    )
