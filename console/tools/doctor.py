"""``sparko doctor``: whether a home is well, with or without an engine on it."""

from __future__ import annotations

from typing import Annotated

import typer

from console.tools.attach import Where
from console.tools.options import HomeOption, JsonOption, VenueOption


def doctor(
    verify: Annotated[
        bool, typer.Option("--verify", help="Read the whole journal and fold it to the money state.")
    ] = False,
    drill: Annotated[
        bool, typer.Option("--drill", help="Play the exchange's faults against an order each; a minute.")
    ] = False,
    home: HomeOption = None,
    venue: VenueOption = None,
    as_json: JsonOption = False,
) -> None:
    """Whether a home is well: folder, binding, configuration, disk and ledger. Changes nothing.

    With --verify the journal's hashes are checked one by one, and what it folds to is compared with the live
    money state. An engine may run meanwhile. Exit code 1 if anything failed.

    With --drill an engine and an exchange of their own are started in a folder that goes away again, and one
    order is sent into each fault: resets, stalls, errors, answers that cannot be read. Each must be at the
    exchange once or not at all, as the ledger says. Only for a home of the sandbox.

    \b
    Examples:
      sparko doctor
      sparko doctor --verify --home ./desk --json
      sparko doctor --drill
    """
    from console.tools.failure import one_line_on_failure
    from console.tools.output import print_json, print_pairs
    from engine.assembly.doctor import Verdict, examine

    if drill:
        from console.tools.drilling import show_drill

        show_drill(Where(home, venue, None), as_json=as_json)
        return
    with one_line_on_failure():
        folder = Where(home, venue, None).folder()
    findings = examine(folder, verify=verify)
    failed = [finding for finding in findings if finding.verdict is Verdict.FAILED]
    if as_json:
        rows = [{"what": f.what, "verdict": f.verdict.value, "text": f.text} for f in findings]
        print_json({"healthy": not failed, "findings": rows})
    else:
        print_pairs([(f.what, f"{f.verdict.value:<8} {f.text}") for f in findings])
    if failed:
        typer.echo(f"error: {failed[0].what}: {failed[0].text}", err=True)
        raise typer.Exit(1)
