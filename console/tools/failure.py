"""How a command ends when it does not end well: one line on standard error and an exit code."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import typer

REFUSED = 1
WRONG_USAGE = 2
OUTCOME_UNKNOWN = 3


class Failure(Exception):
    """Refused or failed: nothing was done, or what was done is said in the line.

    ``deny_code`` is the code of the engine's own refusal of the same thing, where there is one.
    """

    code = REFUSED

    def __init__(self, line: str, deny_code: str = "") -> None:
        super().__init__(line)
        self.deny_code = deny_code


class WrongUsage(Failure):
    """The command line cannot be understood."""

    code = WRONG_USAGE


class OutcomeUnknown(Failure):
    """It may or may not have happened; the line says how to find out."""

    code = OUTCOME_UNKNOWN


@contextmanager
def one_line_on_failure() -> Iterator[None]:
    """Turns a Failure into its line and its exit code."""
    try:
        yield
    except Failure as failure:
        line = " ".join(str(failure).split())
        typer.echo(f"error: {line}", err=True)
        raise typer.Exit(failure.code) from None
