"""``sparko sync``: one lake out of the lakes of several nodes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from console.tools.options import HomeOption, JsonOption, VenueOption

if TYPE_CHECKING:
    from collectors.sync.merging import Merged
    from collectors.sync.places import Place, StorePlace


def sync(
    sources: Annotated[
        list[str] | None,
        typer.Option("--from", metavar="PLACE", envvar="SPARKO_SYNC_FROM", help="A lake to take from."),
    ] = None,
    targets: Annotated[
        list[str] | None,
        typer.Option("--to", metavar="PLACE", help="A folder or object store to put ours in."),
    ] = None,
    lake: Annotated[
        Path | None, typer.Option("--lake", readable=False, help="The lake's folder. [default: <home>/lake]")
    ] = None,
    loop: Annotated[bool, typer.Option("--loop", help="Again and again, until SIGTERM.")] = False,
    every: Annotated[float, typer.Option(min=1, help="Seconds from look to look with --loop.")] = 600,
    home: HomeOption = None,
    venue: VenueOption = None,
    as_json: JsonOption = False,
) -> None:
    """Takes over what the lakes of other nodes have: closed files only, each checked against its sha256.

    A place is a folder, an object store (s3://bucket/lake, gs://bucket/lake) or user@host:path, which is read
    by rsync over ssh. One that is down is said and does not keep the others; exit code 1 if a single look
    left something out.

    \b
    Examples:
      sparko sync --from ec2-user@collector-1:sparko/lake --from /mnt/mini/lake
      sparko sync --from collector-1:lake --from collector-2:lake --loop
      sparko sync --to s3://bucket/lake
    """
    import time

    from console.tools.failure import Failure, WrongUsage, one_line_on_failure
    from console.tools.lake import lake_of

    with one_line_on_failure():
        if not sources and not targets:
            raise WrongUsage("got neither --from nor --to, wanted a place such as user@host:lake")
        root = lake_of(lake, home, venue)
        own, stores = _places(sources or [], targets or [])
        while True:
            try:
                _look(root, own, stores, as_json=as_json)
                if not loop:
                    return
            except Failure as failure:
                if not loop:
                    raise
                typer.echo(f"error: {failure}", err=True)
            time.sleep(every)


def _places(sources: list[str], targets: list[str]) -> tuple[list[Place], list[StorePlace]]:
    """Raises WrongUsage."""
    from collectors.sync.places import PlaceFailed, StorePlace, place_of
    from console.tools.failure import WrongUsage

    try:
        own, other = [place_of(text) for text in sources], [place_of(text) for text in targets]
    except PlaceFailed as error:
        raise WrongUsage(str(error)) from None
    stores = [place for place in other if isinstance(place, StorePlace)]
    if len(stores) != len(other):
        raise WrongUsage(
            "--to: got a machine, wanted a folder or an object store; let that machine use --from"
        )
    return list(own), stores


def _look(root: Path, own: list[Place], stores: list[StorePlace], *, as_json: bool) -> None:
    """Raises Failure for all that it left out, after it printed what it took."""
    from collectors.sync.merging import merge
    from collectors.sync.publishing import publish
    from console.tools.failure import Failure
    from engine.lake.errors import LakeError

    try:
        merged = [merge(root, place) for place in own] + [publish(root, place) for place in stores]
    except LakeError as error:
        raise Failure(str(error)) from None
    _print(root, merged, as_json=as_json)
    left = [f"{one.place}: {one.failure or one.problems[0]}" for one in merged if not one.is_whole]
    if left:
        raise Failure("; ".join(left))


def _print(root: Path, merged: list[Merged], *, as_json: bool) -> None:
    import msgspec

    from console.tools.output import Column, number, print_json, print_table

    if as_json:
        print_json({"lake": str(root), "places": [msgspec.structs.asdict(one) for one in merged]})
        return
    columns = [Column("PLACE", is_flexible=True), number("FILES"), number("ROWS"), number("MB")]
    columns.append(Column("STATE"))
    rows = [
        (
            one.place,
            f"{one.segments:,}",
            f"{one.rows:,}",
            f"{one.bytes / 1e6:.1f}",
            _state(one),
        )
        for one in merged
    ]
    print_table(columns, rows)


def _state(one: Merged) -> str:
    """In a word or two: why it is so stands in the line of the error."""
    if one.failure:
        return "failed"
    return f"{len(one.problems):,} left out" if one.problems else "all here"
