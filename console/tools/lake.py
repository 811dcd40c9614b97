"""``sparko lake``: what has been recorded, whether its files are sound, and fewer of them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer

from console.tools.attach import Where
from console.tools.commands import Commands
from console.tools.options import HomeOption, JsonOption, VenueOption

if TYPE_CHECKING:
    from engine.lake.table import Table

lake = Commands(
    no_args_is_help=True,
    help="Recorded data: what there is, whether it is sound, and making many small files few.",
)

LakeOption: TypeAlias = Annotated[
    Path | None, typer.Option("--lake", readable=False, help="The lake's folder. [default: <home>/lake]")
]
TablesArgument: TypeAlias = Annotated[
    list[str] | None,
    typer.Argument(metavar="[TABLE]...", help="Such as candles; all of them if none is named."),
]


@lake.command()
def tables(
    names: TablesArgument = None,
    folder: LakeOption = None,
    home: HomeOption = None,
    venue: VenueOption = None,
    as_json: JsonOption = False,
) -> None:
    """What there is: rows, files and days of each table.

    \b
    Examples:
      sparko lake tables
      sparko lake tables candles trades --json
    """
    from console.tools.output import Column, number, print_empty, print_json, print_table
    from engine.lake.summary import summary

    with _one_line():
        root = _there(folder, home, venue)
        found = [summary(root, table) for table in _tables(names)]
    if as_json:
        import msgspec

        print_json({"lake": str(root), "tables": [msgspec.structs.asdict(one) for one in found]})
        return
    held = [one for one in found if one.files or one.open_bytes]
    if not held:
        print_empty(f"Nothing is recorded in {root}.", "Begin with: sparko collect candles")
        return
    columns = [Column("TABLE"), number("ROWS"), number("FILES"), number("MB"), Column("FROM"), Column("TO")]
    rows = [
        (
            one.table,
            f"{one.rows:,}",
            f"{one.files:,}",
            f"{one.bytes / 1e6:.1f}",
            one.first_date or "",
            one.last_date or "",
        )
        for one in held
    ]
    print_table(columns, rows)


@lake.command()
def check(
    names: TablesArgument = None,
    is_strict: Annotated[bool, typer.Option("--strict", help="Exit code 1 for notes too.")] = False,
    wants_mending: Annotated[
        bool, typer.Option("--mend", help="First make torn manifests anew from the files they told of.")
    ] = False,
    folder: LakeOption = None,
    home: HomeOption = None,
    venue: VenueOption = None,
    as_json: JsonOption = False,
) -> None:
    """Looks for torn files, rows that come twice or lie in another day, changed schemas and whatever does not
    fit its manifest.

    Changes nothing but by --mend, and may run beside collectors and compactions. Exit code 1 if anything was
    found. What a kill left behind, and what goes by itself, is a note: no row is lost by it, and the exit
    code stays 0. A torn manifest keeps its table from being compacted and synced until it is mended; the torn
    one is kept beside it.

    \b
    Examples:
      sparko lake check
      sparko lake check candles --lake ./lake --json
      sparko lake check candles --mend
    """
    from console.tools.output import print_json
    from engine.lake.check import check as check_lake
    from engine.lake.mending import mend

    with _one_line():
        root = _there(folder, home, venue)
        mended = [one for table in _tables(names) for one in mend(root, table)] if wants_mending else []
        found = sorted(check_lake(root, _tables(names)), key=lambda one: one.is_note)
    errors = [one for one in found if is_strict or not one.is_note]
    if as_json:
        import msgspec

        rows = [{**msgspec.to_builtins(one), "is_note": one.is_note} for one in found]
        made_anew = [msgspec.structs.asdict(one) for one in mended]
        print_json({"lake": str(root), "sound": not errors, "findings": rows, "mended": made_anew})
    else:
        for made in mended:
            typer.echo(f"{'mended' if made.is_done else 'torn'} {made.path}: {made.detail}")
        for one in found:
            typer.echo(f"{'note: ' if one.is_note else ''}{one.kind.value} {one.path}: {one.detail}")
        if not errors:
            typer.echo(f"{root}: {_sound(root, len(found))}")
    if errors:
        many = f"{len(errors)} findings, the first: " if len(errors) > 1 else "1 finding: "
        typer.echo(f"error: {many}{errors[0].kind.value} {errors[0].path}", err=True)
        raise typer.Exit(1)


def _sound(root: Path, notes: int) -> str:
    if not root.is_dir() or not any(root.iterdir()):
        return "nothing is recorded here"
    return f"sound, {notes} note{'s' if notes > 1 else ''}" if notes else "sound"


@lake.command()
def compact(
    names: TablesArgument = None,
    least: Annotated[int, typer.Option("--least", min=2, help="Files of a day before they are joined.")] = 2,
    is_due: Annotated[
        bool,
        typer.Option("--due", help="Only days that are over and quiet, and those with 32 files or more."),
    ] = False,
    folder: LakeOption = None,
    home: HomeOption = None,
    venue: VenueOption = None,
    as_json: JsonOption = False,
) -> None:
    """Joins the files of each day into one, each row once; into several where memory does not hold a day.

    May run beside collectors and readers, and be killed. A running engine does what --due does by itself,
    every ten minutes; compact = false in [lake] of its config.toml switches that off.

    \b
    Examples:
      sparko lake compact
      sparko lake compact --due
      sparko lake compact book_deltas --least 10
    """
    import time

    from console.tools.output import print_json
    from engine.lake.compact import compact as compact_table
    from engine.lake.due import asked_for, free_memory_bytes

    done = []
    with _one_line():
        root = _there(folder, home, venue)
        rule = asked_for(least, free_memory_bytes(), is_due=is_due)
        for table in _tables(names):
            for one in compact_table(root, table, now_ns=time.time_ns, rule=rule):
                done.append((table.name, one))
                if not as_json:
                    typer.echo(_line(table.name, one.partition, one.files, one.rows_before, one.rows_after))
    if as_json:
        import msgspec

        rows = [{"table": name, **msgspec.structs.asdict(one)} for name, one in done]
        print_json({"lake": str(root), "partitions": rows})
    elif not done:
        typer.echo(f"{root}: nothing to join")


@lake.command()
def digest(
    name: Annotated[str, typer.Argument(metavar="TABLE", help="Such as candles.")],
    folder: LakeOption = None,
    home: HomeOption = None,
    venue: VenueOption = None,
    as_json: JsonOption = False,
) -> None:
    """Count and sha256 of a table's rows: the same in two lakes that hold the same, however they got it.

    \b
    Examples:
      sparko lake digest candles
      sparko lake digest candles --lake ./merged --json
    """
    from console.tools.output import print_json
    from engine.lake.digest import digest as digest_of

    with _one_line():
        root = _there(folder, home, venue)
        rows, sha256 = digest_of(root, _tables([name])[0])
    if as_json:
        print_json({"lake": str(root), "table": name, "rows": rows, "sha256": sha256})
    else:
        typer.echo(f"{rows:,} rows  sha256 {sha256}")


def lake_of(folder: Path | None, home: Path | None, venue: str | None) -> Path:
    """The lake that is meant: as given, else the home's. Raises WrongUsage."""
    if folder is not None:
        return folder.expanduser().absolute()
    return Where(home, venue, None).folder() / "lake"


def _there(folder: Path | None, home: Path | None, venue: str | None) -> Path:
    """The lake to be looked at: one that is named has to be there, lest a wrong name look like an empty one.

    Raises Failure and WrongUsage.
    """
    from console.tools.failure import Failure

    root = lake_of(folder, home, venue)
    if (folder is not None or root.exists()) and not root.is_dir():
        raise Failure(f"lake {root}: no such folder")
    return root


def _tables(names: list[str] | None) -> list[Table]:
    """Raises UnknownTable."""
    from engine.lake.tables import TABLES, table_named

    return [table_named(name) for name in names] if names else list(TABLES.values())


def _line(table: str, partition: str, files: int, before: int, after: int) -> str:
    twice = f", {before - after:,} came twice" if before != after else ""
    return f"{table} {partition}: {files} files joined, {after:,} rows{twice}"


@contextmanager
def _one_line() -> Iterator[None]:
    from console.tools.failure import Failure, WrongUsage, one_line_on_failure
    from engine.lake.errors import LakeError, UnknownTable

    with one_line_on_failure():
        try:
            yield
        except UnknownTable as error:
            raise WrongUsage(str(error)) from None
        except LakeError as error:
            raise Failure(str(error)) from None
        except OSError as error:
            what = f"lake {error.filename}" if error.filename else "lake"
            raise Failure(f"{what}: {error.strerror or type(error).__name__}") from None
