"""Wrong usage in one line: what was got, what is wanted, and where the help is."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any

import typer

USAGE_ERROR: type[Exception] = typer.BadParameter.__mro__[1]
"""What typer raises for words that it cannot read; it gives no public name for it."""
_SHOWN = 60


class OneLine(typer.BadParameter):
    """Told as it is."""

    def show(self, file: IO[Any] | None = None) -> None:
        typer.echo(f"error: {self.message}", file=file, err=file is None)


@contextmanager
def one_line_on_wrong_usage() -> Iterator[None]:
    """Turns typer's paragraph into one line. Its help on no words at all stays."""
    try:
        yield
    except USAGE_ERROR as error:
        if isinstance(error, OneLine) or type(error).__name__ == "NoArgsIsHelpError":
            raise
        said: Any = error
        line = " ".join(said.format_message().split()).rstrip(".")
        raise OneLine(f"{line}; see: {said.ctx.command_path} --help" if said.ctx else line) from None


def unfit_value(name: str, value: object, error: typer.BadParameter, words: tuple[str, ...]) -> OneLine:
    """``--side: got 'maybe', wanted yes or no``; ``words`` are those that it takes, if it takes only some."""
    got = f"{name}: got {str(value)[:_SHOWN]!r}"
    if words:
        return OneLine(f"{got}, wanted {' or '.join(words)}")
    said = " ".join(error.message.split()).removeprefix("Value error, ")
    wanted = said.removeprefix("Input should be ").partition(", unable to")[0]
    return OneLine(f"{got}, wanted {wanted}" if wanted != said else f"{got}: {said}")
