"""``sparko codes``: every code of a refusal or of a strategy's PASS, what it means and what helps."""

from __future__ import annotations

from typing import Annotated

import typer

from console.tools.options import JsonOption


def codes(
    code: Annotated[str | None, typer.Argument(metavar="CODE", help="One code; all unless given.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Every code with which the engine refuses something or a strategy passes a market: what it means and
    what helps.

    \b
    Examples:
      sparko codes
      sparko codes COLLAR
      sparko codes --json
    """
    from console.tools.failure import WrongUsage, one_line_on_failure
    from console.tools.output import print_json

    page = _page()
    with one_line_on_failure():
        if code is not None and code.upper() not in {row["code"] for row in page}:
            raise WrongUsage(f"CODE: got {code!a}, wanted one of: sparko codes")
    wanted = [row for row in page if code is None or row["code"] == code.upper()]
    if as_json:
        print_json(wanted)
        return
    for row in wanted:
        of = " (a strategy's PASS)" if row["of"] == "pass" else ""
        typer.echo(f"{row['code']}{of}\n  {row['meaning']} What helps: {row['remedy']}.")


def _page() -> list[dict[str, str]]:
    """Refusals of the engine, then gates of strategies."""
    from engine.core.denial import DenyCode
    from engine.core.denial_words import WORDS as DENIALS
    from engine.strategies.pass_codes import WORDS as PASSES
    from engine.strategies.pass_codes import PassCode

    denied = [_row(code.value, "denial", DENIALS[code]) for code in DenyCode]
    return denied + [_row(code.value, "pass", PASSES[code]) for code in PassCode]


def _row(code: str, of: str, words: tuple[str, str]) -> dict[str, str]:
    return {"code": code, "of": of, "meaning": words[0], "remedy": words[1]}
