"""``sparko kill``: stops everything that adds risk, whether an engine runs, hangs or is dead."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from console.tools.attach import Where
from console.tools.options import ExchangeOption, HomeOption, JsonOption, VenueOption

if TYPE_CHECKING:
    from console.tools.output import Json
    from engine.assembly.stopping import Held, Killed

VERIFY_S = 60.0


def kill(
    exits_off: Annotated[
        bool, typer.Option("--exits-off", help="Stop exits by plan too, and take back what they rest.")
    ] = False,
    reason: Annotated[str, typer.Option(metavar="TEXT", help="Kept with the kill.")] = "",
    verify: Annotated[
        float, typer.Option(min=1, metavar="S", help="How long to wait until no entry rests.")
    ] = VERIFY_S,
    home: HomeOption = None,
    venue: VenueOption = None,
    exchange: ExchangeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Halts the home and cancels every resting entry; orders that get out of a position stay.

    Needs no engine: it has its own connection to the exchange, and looks until the exchange lists no entry
    any more. Entries stay off, over restarts too, until: sparko resume --reason TEXT

    Exit codes: 0 no entry rests, as the exchange says; 1 that could not be verified.

    \b
    Examples:
      sparko kill
      sparko kill --reason "prices look wrong" --json
      sparko kill --exits-off
    """
    import asyncio

    from console.tools.failure import Failure, one_line_on_failure
    from engine.assembly.stopping import kill as kill_home
    from engine.assembly.stopping import new_halt
    from engine.ops.errors import OpsError
    from engine.ops.home import Home

    with one_line_on_failure():
        folder = Home(Where(home, venue, exchange).folder())
        try:
            folder.check()
            if venue is not None:
                folder.check_venue(venue)
        except OpsError as error:
            raise Failure(str(error)) from None
        if not folder.root.is_dir():
            raise Failure(f"home {folder.root}: there is none, so there is nothing to stop")
        halt = new_halt(why=reason, exits_off=exits_off)
        try:
            killed = asyncio.run(kill_home(folder, halt, verify_s=verify, say=_say))
        except OSError as error:
            raise Failure(f"home {folder.root}: HALT cannot be written: {error}") from None
    if as_json or not sys.stdout.isatty():
        from console.tools.output import print_json

        print_json(_document(killed))
    else:
        _print(killed)
    if not killed.is_done:
        typer.echo(f"error: {_unverified(killed)}", err=True)
        raise typer.Exit(1)


def _say(line: str) -> None:
    typer.echo(" ".join(line.split()), err=True)


def _print(killed: Killed) -> None:
    typer.echo(f"HALTED: nothing that adds risk is sent from here ({killed.engine}: the engine)")
    swept = killed.swept
    if swept is not None:
        foreign = f", {len(swept.foreign)} of them not ours" if swept.foreign else ""
        typer.echo(f"{len(swept.canceled)} orders canceled{foreign}; {len(swept.kept)} exits left resting")
        if killed.is_done and swept.zero_after_s is not None:
            typer.echo(
                f"No entry rests: {swept.zero_after_s:.2f} s after the kill, {swept.listings} listings"
            )
        if swept.in_doubt:
            typer.echo(f"Outcome unknown: {', '.join(swept.in_doubt)}; see: sparko orders --all")
    typer.echo(_stops(killed))
    typer.echo("Entries go on with: sparko resume --reason TEXT")


def _stops(killed: Killed) -> str:
    """Whether anybody guards what is held, and what that is."""
    held = ", ".join(_held_text(row) for row in killed.held) or "none"
    if killed.exits_off or (killed.halt.exits_off and killed.engine == "answered"):
        return f"STOPS OFF, as asked. Positions: {held}"
    if killed.stops_run:
        return f"Stops are ON. Positions: {held}"
    why = "no engine runs" if killed.engine == "not running" else "the engine does not answer"
    if not killed.held:
        return f"No engine guards anything ({why}); nothing is held"
    return f"STOPS NOT RUNNING ({why}) for: {held}"


def _held_text(row: Held) -> str:
    from console.tools.words import count_text

    plan = "" if row.has_plan else ", no plan"
    return f"{count_text(abs(row.count_c))} {'YES' if row.count_c > 0 else 'NO'} {row.ticker}{plan}"


def _unverified(killed: Killed) -> str:
    swept = killed.swept
    if swept is None:
        return f"HALTED, but the exchange could not be asked: {killed.problem}"
    if swept.left:
        return f"HALTED, but {len(swept.left)} entries still rest: {', '.join(swept.left)}"
    return f"HALTED, but that no entry rests could not be verified: {swept.problem or 'too little time'}"


def _document(killed: Killed) -> dict[str, Json]:
    from console.tools.units import count_number

    swept = killed.swept
    return {
        "halted": True,
        "halt_id": killed.halt.halt_id,
        "engine": killed.engine.value,
        "verified": killed.is_done,
        "zero_after_s": None if swept is None or swept.zero_after_s is None else round(swept.zero_after_s, 3),
        "canceled": [] if swept is None else list(swept.canceled),
        "foreign": [] if swept is None else list(swept.foreign),
        "exits_resting": [] if swept is None else list(swept.kept),
        "left": [] if swept is None else list(swept.left),
        "unknown": [] if swept is None else list(swept.in_doubt),
        "listings": 0 if swept is None else swept.listings,
        "stops_running": killed.stops_run,
        "exits_off": bool(killed.exits_off) or killed.halt.exits_off,
        "positions": [
            {
                "ticker": row.ticker,
                "side": "yes" if row.count_c > 0 else "no",
                "count": count_number(abs(row.count_c)),
                "plan": row.has_plan,
            }
            for row in killed.held
        ],
        "problem": None if killed.is_done else _unverified(killed),
    }
