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
    home: HomeOption = None,
    venue: VenueOption = None,
    as_json: JsonOption = False,
) -> None:
    """Whether a home is well: folder, binding, configuration, disk and ledger. Changes nothing.

    With --verify the journal's hashes are checked one by one, and what it folds to is compared with the live
    money state. An engine may run meanwhile. Exit code 1 if anything failed.

    \b
    Examples:
      sparko doctor
      sparko doctor --verify --home ./desk --json
    """
    from console.tools.failure import one_line_on_failure
    from console.tools.output import print_json, print_pairs
    from engine.assembly.doctor import Verdict, examine

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
