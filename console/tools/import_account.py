"""``sparko import``: what the exchange has on record, brought here."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from console.tools.attach import Where
from console.tools.commands import Commands
from console.tools.options import HomeOption, JsonOption, VenueOption

if TYPE_CHECKING:
    from console.tools.output import Json
    from engine.assembly.account_import import Imported, Progress
    from engine.ops.account import KeyPlace

imports = Commands(no_args_is_help=True, help="Brings an account's past here.")
_EACH_S = 0.25


@imports.callback()
def group() -> None:
    """Brings an account's past here.

    \b
    Examples:
      sparko import account
      sparko import account --json
    """


@imports.command("account")
def account(
    key_id: Annotated[
        str, typer.Option("--key-id", help="Another key of the account; one that may only read will do.")
    ] = "",
    private_key: Annotated[
        Path | None, typer.Option("--private-key", metavar="FILE", help="The private key of --key-id.")
    ] = None,
    page: Annotated[int, typer.Option(min=1, max=1000, help="Rows a request.")] = 1000,
    home: HomeOption = None,
    venue: VenueOption = None,
    as_json: JsonOption = False,
) -> None:
    """Reads every fill, order, settlement, deposit and withdrawal of the account, however old.

    Works with and without an engine, and takes at most a quarter of the account's reads. What is read is kept
    page by page in account.sqlite in the home; broken off, it goes on there; run again, it reads what is new.
    The engine's own ledger is not touched.

    \b
    Examples:
      sparko import account
      sparko import account --home ./sandbox --json
      sparko import account --venue live --key-id ID --private-key read-only.pem
    """
    from console.tools.failure import Failure, one_line_on_failure
    from engine.assembly.account_access import import_account
    from engine.ops.errors import OpsError
    from engine.ops.home import Home

    with one_line_on_failure(), _Teller(quiet=as_json) as teller:
        folder = Home(Where(home, venue, None).folder())
        try:
            folder.check()
            if venue is not None:
                folder.check_venue(venue)
            imported = import_account(folder, venue, _key(key_id, private_key), page=page, say=teller)
        except OpsError as error:
            raise Failure(str(error)) from None
        except _failures() as error:
            raise Failure(_line(error)) from None
        except KeyboardInterrupt:
            raise Failure("stopped; what was read is kept, the next import goes on from there") from None
    if as_json:
        from console.tools.output import print_json

        print_json(_document(imported))
    else:
        _print(imported)


def _key(key_id: str, private_key: Path | None) -> KeyPlace | None:
    from console.tools.failure import WrongUsage
    from engine.ops.account import KeyPlace

    if bool(key_id) != (private_key is not None):
        raise WrongUsage("--key-id and --private-key: got one of them, wanted both or none")
    return None if private_key is None else KeyPlace(key_id, private_key.expanduser())


def _failures() -> tuple[type[Exception], ...]:
    import sqlite3

    from engine.kalshi.credentials import CredentialError
    from engine.kalshi.errors import KalshiError
    from engine.kalshi.hosts import HostRefused
    from engine.ledger.errors import LedgerError

    return KalshiError, LedgerError, CredentialError, HostRefused, sqlite3.Error, OSError


_KEPT = "what was read is kept, the next import goes on from there"


def _line(error: Exception) -> str:
    from engine.kalshi.errors import KalshiError, RequestRefused

    if isinstance(error, RequestRefused) and error.status == 401:
        return f"the exchange does not know this key, or not for this account ({error}); {_KEPT}"
    if isinstance(error, RequestRefused) and error.status == 403:
        return f"this key may not read that: it needs the scope read ({error}); {_KEPT}"
    if isinstance(error, KalshiError):
        return f"{error}; {_KEPT}"
    return str(error)


class _Teller:
    """Progress on standard error: one line that moves on a terminal, a line per list elsewhere."""

    def __init__(self, *, quiet: bool) -> None:
        self._is_terminal = sys.stderr.isatty()
        self._is_quiet = quiet and not self._is_terminal
        self._stage = ""
        self._told: set[str] = set()
        self._told_at = 0.0
        self._began_at = time.monotonic()

    def __call__(self, progress: Progress) -> None:
        if self._is_quiet:
            return
        if self._is_terminal:
            self._draw(progress)
        elif progress.stage not in self._told:
            typer.echo(f"reading {progress.stage}", err=True)
        self._told.add(progress.stage)
        self._stage = progress.stage

    def _draw(self, progress: Progress) -> None:
        now = time.monotonic()
        if progress.stage == self._stage and now - self._told_at < _EACH_S:
            return
        self._told_at = now
        from console.tools.words import eastern_dated

        back = "" if progress.oldest_ns is None else f", back to {eastern_dated(progress.oldest_ns)} ET"
        resumed = " (going on)" if progress.is_resumed else ""
        text = f"{progress.stage}{resumed}: {progress.read} read, {progress.new} new{back}"
        typer.echo(f"\r\x1b[K{text} [{now - self._began_at:.0f} s]", err=True, nl=False)

    def __enter__(self) -> _Teller:
        return self

    def __exit__(self, *_: object) -> None:
        if self._is_terminal and self._stage:
            typer.echo("\r\x1b[K", err=True, nl=False)


def _document(imported: Imported) -> dict[str, Json]:
    from console.tools.units import iso

    return {
        "complete_until": iso(imported.complete_ns),
        "account_still": imported.is_still,
        "held": dict(imported.held),
        "read": [
            {
                "list": stage.stage,
                "pages": stage.pages,
                "rows": stage.read,
                "new": stage.new,
                "changed": stage.changed,
                "resumed": stage.is_resumed,
            }
            for stage in imported.stages
        ],
        "unknown_markets": list(imported.unknown_markets),
    }


def _print(imported: Imported) -> None:
    from console.tools.output import Column, number, print_table
    from console.tools.words import eastern_dated
    from engine.domain.eastern import eastern

    columns = [Column("LIST"), number("PAGES"), number("READ"), number("NEW"), number("CHANGED")]
    rows = [
        [stage.stage, str(stage.pages), str(stage.read), str(stage.new), str(stage.changed)]
        for stage in imported.stages
    ]
    print_table(columns, rows)
    held = imported.held
    typer.echo(
        f"Held: {held['fill']} fills, {held['orders']} orders, {held['settlement']} settlements, "
        f"{held['movement']} movements of money, {held['market']} markets; complete up to "
        f"{eastern_dated(imported.complete_ns)} ET."
    )
    if not imported.is_still:
        typer.echo("The account traded while it was read: totals may differ by that; run it again.")
    if imported.unknown_markets:
        typer.echo(f"Not listed anywhere: {', '.join(imported.unknown_markets)}; their results are unknown.")
    year = eastern(imported.complete_ns).year
    typer.echo(f"Next: sparko xray, sparko export closed --year {year} --csv")
