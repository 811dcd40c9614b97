"""Options that every command of a running engine takes."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, TypeAlias

import typer

HomeOption: TypeAlias = Annotated[
    Path | None,
    typer.Option("--home", envvar="SPARKO_HOME", help="The engine's home. [default: <data>/sparko/<venue>]"),
]
VenueOption: TypeAlias = Annotated[
    str | None, typer.Option("--venue", help="sandbox, paper, demo or live. [default: sandbox]")
]
ExchangeOption: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--exchange", metavar="URL", help="Go on only if the engine trades there (a loopback sandbox)."
    ),
]
JsonOption: TypeAlias = Annotated[bool, typer.Option("--json", help="One JSON document with stable keys.")]
