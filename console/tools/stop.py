"""``sparko stop``: ends the engine in order, and says what nobody watches from then on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from console.tools.attach import Where, with_engine
from console.tools.options import ExchangeOption, HomeOption, JsonOption, VenueOption

if TYPE_CHECKING:
    from engine.control.client import ControlClient
    from engine.control.rows.account import PositionRow

_LONGEST_WAIT_S = 86_400


def stop(
    wait: Annotated[float, typer.Option(metavar="S", help="How long to wait for its end.")] = 30.0,
    home: HomeOption = None,
    venue: VenueOption = None,
    exchange: ExchangeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Ends the engine in order: no more entries, working ones canceled, the ledger closed.

    Positions stay at the exchange. They are named, because nobody guards them while no engine runs.

    \b
    Examples:
      sparko stop
      sparko stop --home ./desk --json
    """
    from console.tools.failure import Failure, WrongUsage, one_line_on_failure

    async def found(client: ControlClient) -> tuple[int, list[PositionRow], list[str]]:
        from console.tools.pages import rows_of
        from engine.control.queries import PositionsArgs
        from engine.domain.plan import PlanState

        plans = client.replica.desk.plans
        planned = sorted(ticker for ticker, row in plans.items() if row.state is not PlanState.RETIRED)
        return client.hello.pid, await rows_of(client, "positions", PositionsArgs()), planned

    with one_line_on_failure():
        if not 0 <= wait <= _LONGEST_WAIT_S:
            raise WrongUsage(f"--wait: got {wait:g}, wanted seconds from 0 to {_LONGEST_WAIT_S}")
    pid, held, planned = with_engine(Where(home, venue, exchange), found)
    with one_line_on_failure():
        try:
            has_ended = end(pid, wait)
        except KeyboardInterrupt:
            raise Failure(f"interrupted; the engine (pid {pid}) goes on ending: sparko status") from None
        if not has_ended:
            raise Failure(f"the engine (pid {pid}) is still ending after {wait:g} s; see: sparko status")
    _tell(pid, held, planned, as_json=as_json)


def end(pid: int, wait_s: float) -> bool:
    """Asks a process to end and waits for it; whether it has. Raises Failure if it is not ours to end."""
    import os
    import select
    import signal

    from console.tools.failure import Failure

    try:
        watched = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        signal.pidfd_send_signal(watched, signal.SIGTERM)
        return bool(select.select([watched], [], [], wait_s)[0])
    except ProcessLookupError:
        return True
    except PermissionError:
        raise Failure(f"the engine (pid {pid}) belongs to another user; only they may stop it") from None
    finally:
        os.close(watched)


def _tell(pid: int, held: list[PositionRow], planned: list[str], *, as_json: bool) -> None:
    from console.tools.documents import leg_word, position_document
    from console.tools.output import print_json
    from console.tools.words import count_text

    if as_json:
        unguarded = [position_document(row) for row in held]
        print_json({"stopped": True, "pid": pid, "unguarded": unguarded, "plans_ended": [*planned]})
        return
    typer.echo(f"The engine (pid {pid}) has ended.")
    if held:
        names = ", ".join(f"{count_text(row.count_c)} {leg_word(row.leg)} {row.ticker}" for row in held)
        typer.echo(f"UNGUARDED until it runs again: {names}")
    if planned:
        typer.echo(f"Stops and profits that nobody looks at until then: {', '.join(planned)}")
