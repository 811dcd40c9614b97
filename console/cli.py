"""``sparko-console``: sits down at the desk; starts the engine of the home first if none runs."""

from __future__ import annotations

import os
import sys
from typing import Annotated, NoReturn

import typer

from console.starting import daemon_words
from console.tools.attach import Where
from console.tools.failure import one_line_on_failure
from console.tools.options import HomeOption

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)


@app.command()
def console(
    venue: Annotated[
        str, typer.Option("--venue", help="sandbox, paper, demo or live. Only this chooses real money.")
    ] = "sandbox",
    home: HomeOption = None,
    exchange: Annotated[
        str | None, typer.Option("--exchange", metavar="URL", help="A sandbox that already runs here.")
    ] = None,
    daemon: Annotated[
        bool, typer.Option("--daemon", help="The engine alone, in the foreground, for a service manager.")
    ] = False,
) -> None:
    """A desk for Kalshi's markets: generated prices and fake money unless --venue says otherwise.

    \b
    Examples:
      sparko-console                        the desk, on the embedded sandbox
      sparko-console --daemon               the engine alone, in the foreground
      sparko-console --exchange http://127.0.0.1:8800 --home ./replay
    """
    with one_line_on_failure():
        folder = Where(home, venue, exchange).folder()
    words = daemon_words(folder, venue, exchange)
    if daemon:
        run_in_foreground(words)


def run_in_foreground(words: list[str]) -> NoReturn:
    """Becomes the engine: signals and exit code are its own."""
    sys.stdout.flush()
    os.execv(words[0], words)


def main() -> None:
    """The script entry. Exit codes: 0 done, 1 refused or failed with one line on stderr, 2 wrong usage."""
    app()


if __name__ == "__main__":
    main()
