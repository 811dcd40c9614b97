"""``sparko``: the command line, one thin file per group of commands."""

from __future__ import annotations

import typer

from console.tools.sandbox import sandbox

app = typer.Typer(
    name="sparko",
    help="Tools around the Sparko console.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


@app.callback()
def sparko() -> None:
    """Tools around the Sparko console."""


app.command()(sandbox)


def main() -> None:
    """The script entry. Exit codes: 0 done, 1 refused or failed with one line on stderr, 2 wrong usage."""
    app()


if __name__ == "__main__":
    main()
