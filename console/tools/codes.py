"""``sparko codes``: every code of a refusal, what it means and what helps."""

from __future__ import annotations

from typing import Annotated

import typer

from console.tools.options import JsonOption


def codes(
    code: Annotated[str | None, typer.Argument(metavar="CODE", help="One code; all unless given.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Every code with which the engine refuses something: what it means and what helps.

    \b
    Examples:
      sparko codes
      sparko codes COLLAR
      sparko codes --json
    """
    from console.tools.failure import WrongUsage, one_line_on_failure
    from console.tools.output import print_json
    from engine.core.denial import DenyCode
    from engine.core.denial_words import WORDS

    with one_line_on_failure():
        if code is not None and code.upper() not in DenyCode.__members__:
            raise WrongUsage(f"CODE: got {code!a}, wanted one of: sparko codes")
    wanted = tuple(DenyCode) if code is None else (DenyCode[code.upper()],)
    if as_json:
        print_json(
            [{"code": found.value, "meaning": WORDS[found][0], "remedy": WORDS[found][1]} for found in wanted]
        )
        return
    for found in wanted:
        meaning, remedy = WORDS[found]
        typer.echo(f"{found.value}\n  {meaning} What helps: {remedy}.")
