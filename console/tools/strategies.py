"""``sparko strategies``: what each strategy may do, and what speaks for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from console.tools.attach import Where, with_engine
from console.tools.commands import Commands
from console.tools.options import ExchangeOption, HomeOption, JsonOption, VenueOption

if TYPE_CHECKING:
    from console.tools.output import Json
    from engine.control.client import ControlClient
    from engine.control.rows.strategies import EvidenceRow

strategies = Commands(name="strategies")


@strategies.callback(invoke_without_command=True)
def shown(
    context: typer.Context,
    home: HomeOption = None,
    venue: VenueOption = None,
    exchange: ExchangeOption = None,
    as_json: JsonOption = False,
) -> None:
    """What each strategy may do, and what speaks for it.

    OFF takes no entries, SHADOW decides and never orders, MONEY orders. EVENTS are those that it traded and
    that are over; MEAN is what one of them came to after fees, with the half of its 95 % interval.

    \b
    Examples:
      sparko strategies
      sparko strategies set timesfm-no shadow
      sparko strategies set timesfm-no money --confirm timesfm-no
    """
    if context.invoked_subcommand is None:
        rows = with_engine(Where(home, venue, exchange), _rows)
        _print(rows, as_json=as_json)


@strategies.command("set")
def set_stage(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The strategy.")],
    stage: Annotated[str, typer.Argument(metavar="STAGE", help="off, shadow or money.")],
    confirm: Annotated[
        str, typer.Option(metavar="NAME", help="Going up on demo and live: the strategy's name again.")
    ] = "",
    home: HomeOption = None,
    venue: VenueOption = None,
    exchange: ExchangeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Gives a strategy another stage. Going down acts at once and takes its working entries back; its
    positions keep their plans.

    \b
    Examples:
      sparko strategies set timesfm-no off
      sparko strategies set timesfm-no money --confirm timesfm-no
    """
    from console.tools.failure import Failure
    from console.tools.sending import denial_line
    from console.tools.waiting import Deadline, ask
    from engine.control.protocol import AnswerState
    from engine.domain.command import SetStage

    async def asked(client: ControlClient) -> list[EvidenceRow]:
        answer = await ask(client, SetStage(name, stage.lower(), confirm), Deadline())
        rows = [row for row in await _rows(client) if row.name == name]
        if answer.state is not AnswerState.ACCEPTED:
            hint = f"; to go on: --confirm {name}" if answer.deny_code == "NAME_NEEDED" else ""
            card = f"; evidence: {_card(rows[0])}" if rows and hint else ""
            raise Failure(f"{denial_line(answer)}{card}{hint}", answer.deny_code)
        return rows

    _print(with_engine(Where(home, venue, exchange), asked), as_json=as_json)


async def _rows(client: ControlClient) -> list[EvidenceRow]:
    from console.tools.pages import rows_of
    from engine.control.queries import NoArgs

    return await rows_of(client, "strategies", NoArgs())


def _print(rows: list[EvidenceRow], *, as_json: bool) -> None:
    from console.tools.output import Column, number, print_empty, print_json, print_table
    from console.tools.words import gain_text

    if as_json:
        print_json([_document(row) for row in rows])
        return
    if not rows:
        print_empty("No strategy is installed.", "An engine trades by hand without one.")
        return
    columns = [Column("STRATEGY", is_flexible=True), Column("STAGE"), number("SHADOW")]
    columns += [number("FILLS"), number("EVENTS"), number("NET $"), number("MEAN $"), Column("VERDICT")]
    print_table(
        columns,
        [
            [
                row.name,
                row.stage.upper(),
                str(row.shadowed),
                str(row.fills),
                str(row.events),
                gain_text(row.net_ud),
                _mean_text(row),
                row.verdict,
            ]
            for row in rows
        ],
    )
    for row in rows:
        if row.failure:
            typer.echo(f"{row.name} {row.failure}")


def _card(row: EvidenceRow) -> str:
    events = f"{row.events} events over, mean {_mean_text(row)} $" if row.events else "no event over"
    decided = f"{row.shadowed} decisions in the shadow, {row.entries} entries, {row.fills} fills"
    return f"{row.verdict} ({decided}, {events})"


def _mean_text(row: EvidenceRow) -> str:
    from console.tools.words import dollars_text, gain_text

    half = "" if row.half_width_ud is None else f" ±{dollars_text(row.half_width_ud).removeprefix('$')}"
    return f"{gain_text(row.mean_ud)}{half}"


def _document(row: EvidenceRow) -> dict[str, Json]:
    from console.tools.units import iso
    from engine.domain.units import dollars

    def money(amount_ud: int | None) -> str | None:
        return None if amount_ud is None else dollars(amount_ud)

    return {
        "name": row.name,
        "stage": row.stage,
        "failure": row.failure or None,
        "shadow_decisions": row.shadowed,
        "shadow_since": None if row.shadowed_since_ns is None else iso(row.shadowed_since_ns),
        "entries": row.entries,
        "fills": row.fills,
        "events": row.events,
        "net_dollars": dollars(row.net_ud),
        "mean_dollars": money(row.mean_ud),
        "half_width_dollars": money(row.half_width_ud),
        "verdict": row.verdict,
    }
