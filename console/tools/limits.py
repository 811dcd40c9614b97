"""``sparko limits``: what bounds entries, what of it is used, and how it is changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from console.tools.attach import Where, with_engine
from console.tools.commands import Commands
from console.tools.options import ExchangeOption, HomeOption, JsonOption, VenueOption

if TYPE_CHECKING:
    from engine.control.client import ControlClient
    from engine.control.replica import Replica
    from engine.control.rows.risk import LimitRow
    from engine.control.rows.status import StatusRow

_SHOWN_WITHIN_S = 2.0
limits = Commands(invoke_without_command=True)


@limits.callback()
def listed(
    context: typer.Context,
    home: HomeOption = None,
    venue: VenueOption = None,
    exchange: ExchangeOption = None,
    as_json: JsonOption = False,
) -> None:
    """What bounds entries, and what of it is used. Closes and cancels meet no limit.

    \b
    Examples:
      sparko limits
      sparko limits --json
      sparko limits set day_loss 25 --reason "second week"
    """
    if context.invoked_subcommand is not None:
        return

    async def seen(client: ControlClient) -> StatusRow:
        status = client.replica.desk.status
        assert status is not None
        return status

    _tell(with_engine(Where(home, venue, exchange), seen), as_json=as_json)


@limits.command("set")
def changed(
    name: Annotated[str, typer.Argument(metavar="NAME", help="As sparko limits names it.")],
    value: Annotated[str, typer.Argument(metavar="VALUE", help="In the unit that sparko limits shows.")],
    reason: Annotated[
        str, typer.Option(metavar="TEXT", help="Why; needed for a looser one on live, and kept.")
    ] = "",
    home: HomeOption = None,
    venue: VenueOption = None,
    exchange: ExchangeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Changes a limit. A stricter one acts at once; a looser one on live after 15 minutes.

    It holds over restarts, until it is changed again, here or in config.toml.

    \b
    Examples:
      sparko limits set order_contracts 5
      sparko limits set day_loss 25 --reason "second week"
    """
    from console.tools.failure import Failure, WrongUsage, one_line_on_failure
    from console.tools.limit_words import parse_limit
    from console.tools.sending import denial_line
    from console.tools.waiting import Deadline, ask
    from engine.control.protocol import AnswerState
    from engine.domain.command import SetLimit

    async def asked(client: ControlClient) -> StatusRow:
        status = client.replica.desk.status
        assert status is not None
        rows = {row.name: row for row in status.limits}
        with one_line_on_failure():
            row = rows.get(name)
            if row is None:
                raise WrongUsage(f"NAME: got {name!a}, wanted one of {', '.join(rows)}")
            wanted = parse_limit(row, value)
            answer = await ask(client, SetLimit(name, wanted, reason), Deadline())
            if answer.state is not AnswerState.ACCEPTED:
                raise Failure(denial_line(answer))
        return await _status_after(client, name, wanted)

    _tell(with_engine(Where(home, venue, exchange), asked), as_json=as_json, only=name)


async def _status_after(client: ControlClient, name: str, wanted: int) -> StatusRow:
    """The engine's picture once it shows what it answered."""
    import asyncio

    from engine.control.errors import ConnectionLost

    def is_so(replica: Replica) -> bool:
        found = replica.desk.status
        rows = () if found is None else found.limits
        return any(row.name == name and wanted in (row.limit, row.pending) for row in rows)

    try:
        async with asyncio.timeout(_SHOWN_WITHIN_S):
            await client.until(is_so)
    except (TimeoutError, ConnectionLost, asyncio.CancelledError):
        pass
    status = client.replica.desk.status
    assert status is not None
    return status


def _tell(status: StatusRow, *, as_json: bool, only: str = "") -> None:
    from console.tools.limit_words import limit_document
    from console.tools.output import Column, number, print_json, print_table

    rows = [row for row in status.limits if only in ("", row.name)]
    if as_json:
        documents = [limit_document(row) for row in rows]
        stop = {"entries_stopped": status.entries_stopped or None}
        print_json(documents[0] if only else {"limits": documents, **stop})
        return
    columns = (Column("limit"), number("at most"), number("used"), Column("remedy", is_flexible=True))
    print_table(columns, [_cells(row) for row in rows])
    if status.entries_stopped:
        typer.echo(f"No entries: {status.entries_stopped}")


def _cells(row: LimitRow) -> tuple[str, str, str, str]:
    from console.tools.limit_words import limit_text
    from console.tools.words import eastern_seconds

    remedy = row.remedy
    if row.pending is not None and row.pending_at_ns is not None:
        pending = limit_text(row.pending, row.unit)
        remedy = f"{pending} from {eastern_seconds(row.pending_at_ns)} ET"
    return row.name, limit_text(row.limit, row.unit), limit_text(row.used, row.unit), remedy
