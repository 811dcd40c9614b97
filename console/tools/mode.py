"""``sparko mode`` and ``sparko resume``: entries off, and on again with a reason."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from console.tools.attach import Where, with_engine
from console.tools.options import ExchangeOption, HomeOption, JsonOption, VenueOption

if TYPE_CHECKING:
    from engine.control.client import ControlClient
    from engine.control.replica import Replica
    from engine.control.rows.status import StatusRow
    from engine.domain.command import CommandBody

_SHOWN_WITHIN_S = 2.0


def mode(
    name: Annotated[
        str, typer.Argument(metavar="NAME", help="RUNNING, NO_NEW_ENTRIES or HALTED; in any case.")
    ],
    reason: Annotated[str, typer.Option(metavar="TEXT", help="Kept in the journal.")] = "",
    home: HomeOption = None,
    venue: VenueOption = None,
    exchange: ExchangeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Makes the engine's mode stricter. Exits, closes and cancels work in every mode.

    NO_NEW_ENTRIES refuses entries; HALTED also cancels those that work. Back goes: sparko resume

    \b
    Examples:
      sparko mode NO_NEW_ENTRIES --reason "news at two"
      sparko mode halted
    """
    from engine.domain.command import SetMode

    _ask(Where(home, venue, exchange), SetMode(name.upper(), reason), as_json=as_json)


def resume(
    reason: Annotated[str, typer.Option(metavar="TEXT", help="Why entries may go on; kept in the journal.")],
    exits_only: Annotated[
        bool, typer.Option("--exits-only", help="Exits by plan alone go on; entries stay off.")
    ] = False,
    home: HomeOption = None,
    venue: VenueOption = None,
    exchange: ExchangeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Back to RUNNING after a kill or another mode, with exits by plan on.

    The reason is journaled first, then HALT is taken out of the home. Breakers close and order groups are
    reset; what keeps entries off all the same is named: a stage, a limit that is used up, a pause.

    \b
    Examples:
      sparko resume --reason "checked the book, prices are fine"
      sparko resume --exits-only --reason "exits were off by mistake"
    """
    from console.tools.failure import WrongUsage, one_line_on_failure
    from engine.domain.command import Resume, SetExits

    with one_line_on_failure():
        if not reason.strip():
            raise WrongUsage("--reason: got nothing, wanted why entries may go on")
    body: CommandBody = SetExits(is_on=True, reason=reason) if exits_only else Resume(reason)
    _ask(Where(home, venue, exchange), body, as_json=as_json)


def _ask(where: Where, body: CommandBody, *, as_json: bool) -> None:
    from console.tools.failure import Failure, one_line_on_failure
    from console.tools.sending import denial_line
    from console.tools.waiting import Deadline, ask
    from engine.control.protocol import AnswerState

    async def asked(client: ControlClient) -> StatusRow:
        with one_line_on_failure():
            answer = await ask(client, body, Deadline())
            if answer.state is not AnswerState.ACCEPTED:
                raise Failure(denial_line(answer))
        return await _status_after(client, body)

    _tell(with_engine(where, asked), as_json=as_json)


async def _status_after(client: ControlClient, body: CommandBody) -> StatusRow:
    """The engine's picture once it shows what it answered."""
    import asyncio

    from engine.control.errors import ConnectionLost
    from engine.domain.command import SetExits, SetMode

    def is_so(replica: Replica) -> bool:
        found = replica.desk.status
        if found is None:
            return False
        if isinstance(body, SetMode):
            return found.mode == body.mode
        return not found.exits_off and (isinstance(body, SetExits) or found.mode == "RUNNING")

    try:
        async with asyncio.timeout(_SHOWN_WITHIN_S):
            await client.until(is_so)
    except (TimeoutError, ConnectionLost, asyncio.CancelledError):
        pass
    status = client.replica.desk.status
    assert status is not None
    return status


def _tell(status: StatusRow, *, as_json: bool) -> None:
    if as_json:
        from console.tools.output import print_json

        stops = [{"code": stop.code, "text": stop.text} for stop in status.stops]
        print_json({"mode": status.mode, "exits_off": status.exits_off or None, "still_stopped": stops})
        return
    exits = f"OFF: {status.exits_off}" if status.exits_off else "ON"
    typer.echo(f"mode {status.mode}; exits by plan {exits}")
    for stop in status.stops:
        typer.echo(f"still stopped: {stop.code}: {stop.text}")
