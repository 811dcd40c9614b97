"""``sparko ack``: says that somebody has seen an urgent alert, so that it is not sent again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from console.tools.attach import Where, with_engine
from console.tools.options import ExchangeOption, HomeOption, JsonOption, VenueOption

if TYPE_CHECKING:
    from engine.control.client import ControlClient
    from engine.control.protocol import CommandAnswer


def ack(
    alert: Annotated[str, typer.Argument(metavar="[ID]", help="As in: sparko alerts")] = "",
    everything: Annotated[bool, typer.Option("--all", help="All that are open.")] = False,
    home: HomeOption = None,
    venue: VenueOption = None,
    exchange: ExchangeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Acknowledges an urgent alert: it is not sent again. What it tells of is not touched.

    \b
    Examples:
      sparko ack 17
      sparko ack --all
    """
    from console.tools.failure import Failure, WrongUsage, one_line_on_failure
    from console.tools.output import print_json
    from engine.control.protocol import AnswerState

    with one_line_on_failure():
        if bool(alert) == everything:
            raise WrongUsage("wanted either one ID or --all; see: sparko alerts")

    async def asked(client: ControlClient) -> CommandAnswer:
        from engine.domain.command import Acknowledge

        return await client.command(Acknowledge(alert.removeprefix("#")))

    answer = with_engine(Where(home, venue, exchange), asked)
    with one_line_on_failure():
        if answer.state is not AnswerState.ACCEPTED:
            raise Failure(answer.text, answer.deny_code)
    if as_json:
        print_json({"acknowledged": int(answer.numbers["alerts"])})
    else:
        typer.echo(f"{answer.text[:1].upper()}{answer.text[1:]}.")
