"""``sparko-console``: sits down at the desk; starts the engine of the home first if none runs."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from console.starting import daemon_words
from console.tools.attach import Where
from console.tools.commands import Commands
from console.tools.failure import Failure, one_line_on_failure
from console.tools.options import HomeOption

app = Commands()


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
    theme: Annotated[
        str | None, typer.Option("--theme", help="default, classic, mono, high-contrast, or a file of yours.")
    ] = None,
    phone: Annotated[bool, typer.Option("--phone", help="For a narrow screen: look, do not trade.")] = False,
    observe: Annotated[bool, typer.Option("--observe", help="Look only: nothing can be changed.")] = False,
    plain: Annotated[
        bool, typer.Option("--ascii", help="Plain ASCII, for a terminal that is not UTF-8.")
    ] = False,
) -> None:
    """A desk for Kalshi's markets: generated prices and fake money unless --venue says otherwise.

    \b
    Examples:
      sparko-console                        the desk, on the embedded sandbox
      sparko-console --observe              a second pair of eyes on the same engine
      sparko-console --daemon               the engine alone, in the foreground
      sparko-console --exchange http://127.0.0.1:8800 --home ./replay
    """
    with one_line_on_failure():
        folder = Where(home, venue, exchange).folder()
        if daemon:
            run_in_foreground(daemon_words(folder, venue, exchange))
        looks = {"is_phone": phone, "is_observer": observe, "is_ascii": plain}
        _sit_down(folder, venue, exchange, theme, looks)


def _sit_down(
    home: Path, venue: str, exchange: str | None, theme: str | None, looks: dict[str, bool]
) -> None:
    if not sys.stdout.isatty() or not sys.stdin.isatty():
        raise Failure("the desk needs a terminal; the engine alone runs with --daemon, questions with sparko")
    from platformdirs import user_config_path

    from console.sitting import Sitting, sit_down
    from console.tui.keymap import KeymapInvalid
    from console.tui.theme import ThemeInvalid

    sitting = Sitting(home, venue, exchange, user_config_path("sparko"), theme, **looks)
    try:
        said = sit_down(sitting)
    except (ThemeInvalid, KeymapInvalid) as error:
        raise Failure(str(error)) from None
    except OSError as error:
        raise Failure(f"home {home}: {error.strerror or error}") from None
    if said:
        typer.echo(said)


def run_in_foreground(words: list[str]) -> NoReturn:
    """Becomes the engine: signals and exit code are its own."""
    sys.stdout.flush()
    os.execv(words[0], words)


def main() -> None:
    """The script entry. Exit codes: 0 done, 1 refused or failed with one line on stderr, 2 wrong usage."""
    app()


if __name__ == "__main__":
    main()
