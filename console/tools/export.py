"""``sparko export``: an account's history as tables for other programs and for taxes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from console.tools.attach import Where
from console.tools.options import HomeOption, JsonOption, VenueOption

if TYPE_CHECKING:
    from console.tools.output import Json
    from engine.domain.account_history import AccountHistory
    from engine.domain.units import MicroDollars
    from engine.research.account.books import Books
    from engine.research.account.exports import Table, Year
    from engine.research.account.reconciling import Check


def export(
    what: Annotated[str, typer.Argument(metavar="closed|fills|settlements|cash")],
    year: Annotated[int, typer.Option(min=2021, max=2100, help="The tax year, US Eastern.")],
    as_csv: Annotated[bool, typer.Option("--csv", help="Write the rows as CSV.")] = False,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="Write the CSV there. [default: stdout]")
    ] = None,
    home: HomeOption = None,
    venue: VenueOption = None,
    as_json: JsonOption = False,
) -> None:
    """One year of what was imported (sparko import account), reconciled to the exchange's own totals.

    Closed are lots first in, first out, with fees and with the fills that opened and closed them, or the
    settlement. Without --csv only the sums and every difference to the exchange. Amounts are exact decimals.

    \b
    Examples:
      sparko export closed --year 2026 --csv --out closed-2026.csv
      sparko export cash --year 2026 --csv
      sparko export fills --year 2026 --json
    """
    from console.tools.failure import WrongUsage, one_line_on_failure
    from engine.research.account.books import books_of
    from engine.research.account.exports import ExportKind, Year, table_of
    from engine.research.account.reconciling import checks_of

    with one_line_on_failure():
        if what not in (*ExportKind,):
            raise WrongUsage(f"got {what!r}, wanted one of {', '.join(ExportKind)}")
        if out is not None and not as_csv:
            raise WrongUsage("--out: got a file without --csv, wanted both")
        if as_csv and as_json:
            raise WrongUsage("--csv and --json: got both, wanted one of them")
        books = books_of(imported_history(Where(home, venue, None).folder()))
        wanted, table, checks = Year(year), table_of(ExportKind(what), books, Year(year)), checks_of(books)
        if as_csv:
            _write_csv(_csv_text(what, books, wanted, table, checks), out)
    if as_json:
        from console.tools.output import print_json

        print_json(_document(what, books, wanted, table, checks))
    elif not as_csv or out is not None:
        _print(what, books, wanted, table, checks, out)


def imported_history(folder: Path) -> AccountHistory:
    """Of a home. Raises Failure where there is none, or where it cannot be read."""
    import sqlite3

    from console.tools.failure import Failure
    from engine.ledger.account_store import read_history
    from engine.ledger.errors import LedgerError
    from engine.ops.home import Home

    try:
        return read_history(Home(folder).account)
    except (LedgerError, OSError, sqlite3.Error) as error:
        raise Failure(str(error)) from None


def _csv_text(what: str, books: Books, year: Year, table: Table, checks: tuple[Check, ...]) -> str:
    """Lines that begin with # say what the table is; then the head and the rows."""
    import csv
    import io

    text = io.StringIO()
    for line in _preamble(what, books, year, table, checks):
        text.write(f"# {line}\n")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(table.columns)
    writer.writerows(table.rows)
    return text.getvalue()


def _preamble(what: str, books: Books, year: Year, table: Table, checks: tuple[Check, ...]) -> list[str]:
    from console.tools.words import counted

    sums = ", ".join(f"{name} {_money(amount)}" for name, amount in table.totals.items())
    return [
        f"{what}: {books.history.name}",
        f"tax year {year}",
        _complete(books, year),
        f"{table.note}; amounts in dollars",
        f"sums of the year: {counted(len(table.rows), 'row')}{', ' if sums else ''}{sums}",
        *(f"whole account: {_check_line(check)}" for check in checks),
    ]


def _complete(books: Books, year: Year) -> str:
    """How far the import goes, and what that means for a year that goes further."""
    from console.tools.units import iso

    at_ns = books.history.complete_ns
    if at_ns is None:
        return "NOT COMPLETE: an import was broken off; run sparko import account again"
    said = f"complete up to {iso(at_ns)}"
    if at_ns < year.begins_ns:
        return f"{said}: NOTHING OF THIS YEAR was imported, it begins after that"
    if at_ns < year.ends_ns:
        return f"{said}: THE YEAR GOES ON after that; import again when it is over"
    return said


def _check_line(check: Check) -> str:
    from engine.research.account.exports import difference_text

    note = f" ({check.note})" if check.note else ""
    return (
        f"{check.what}: {_money(check.ours_ud)}, exchange {_money(check.exchange_ud)}, "
        f"difference {difference_text(check.difference_ud)}{note}"
    )


def _money(amount_ud: MicroDollars) -> str:
    """Exact, with its sign before the currency: ``-$147.957787``."""
    from engine.domain.units import dollars

    return f"{'-' if amount_ud < 0 else ''}${dollars(abs(amount_ud))}"


def _write_csv(text: str, out: Path | None) -> None:
    """To a file as a whole, or not at all. Raises Failure."""
    from console.tools.failure import Failure
    from engine.ops.home import write_whole

    if out is None:
        typer.echo(text, nl=False)
        return
    try:
        write_whole(out.expanduser(), text.encode())
    except OSError as error:
        raise Failure(f"--out: {out} cannot be written: {error.strerror}") from None


def _print(
    what: str, books: Books, year: Year, table: Table, checks: tuple[Check, ...], out: Path | None
) -> None:
    from console.tools.output import Column, number, print_table
    from console.tools.words import counted
    from engine.domain.units import dollars
    from engine.research.account.exports import difference_text

    written = f", written to {out}" if out is not None else "; the rows: --csv"
    typer.echo(f"{what}, tax year {year}: {counted(len(table.rows), 'row')}{written}")
    typer.echo(f"  {_complete(books, year)}")
    for name, amount in table.totals.items():
        typer.echo(f"  {name}: {_money(amount)}")
    typer.echo("Whole account beside the exchange:")
    columns = [
        Column("CHECK", is_flexible=True),
        number("OURS $"),
        number("EXCHANGE $"),
        number("DIFFERENCE"),
    ]
    rows = [
        [check.what, dollars(check.ours_ud), dollars(check.exchange_ud), difference_text(check.difference_ud)]
        for check in checks
    ]
    print_table(columns, rows)
    for check in checks:
        if check.note:
            typer.echo(f"  {check.what}: {check.note}")


def _document(
    what: str, books: Books, year: Year, table: Table, checks: tuple[Check, ...]
) -> dict[str, Json]:
    from console.tools.units import iso
    from engine.domain.units import dollars

    return {
        "what": what,
        "account": str(books.history.name),
        "year": year.number,
        "from": iso(year.begins_ns),
        "until": iso(year.ends_ns),
        "complete_until": iso(books.history.complete_ns),
        "whole_year": (books.history.complete_ns or 0) >= year.ends_ns,
        "sums_dollars": {name: dollars(amount) for name, amount in table.totals.items()},
        "checks": [
            {
                "what": check.what,
                "ours_dollars": dollars(check.ours_ud),
                "exchange_dollars": dollars(check.exchange_ud),
                "difference_dollars": dollars(check.difference_ud),
                "note": check.note or None,
            }
            for check in checks
        ],
        "rows": [dict(zip(table.columns, row, strict=True)) for row in table.rows],
    }
