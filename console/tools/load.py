"""``sparko load``: nine tickets prepared for later, each fired by one word."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from console.tools.attach import Where, with_engine
from console.tools.commands import Commands
from console.tools.options import ExchangeOption, HomeOption, JsonOption, VenueOption
from console.tools.prepared import (
    ConfirmOption,
    DoOption,
    ExpiresOption,
    StopLossOption,
    TakeProfitOption,
    or_refusal,
    tell_refusal,
    told_soon,
    wants_json,
)

if TYPE_CHECKING:
    from console.tools.output import Json
    from console.tools.sending import Told
    from engine.control.client import ControlClient
    from engine.control.rows.orders import LoadRow
    from engine.domain.trigger import Ticket

load = Commands(no_args_is_help=True)
SlotArgument = Annotated[int, typer.Argument(metavar="SLOT", min=1, max=9, help="1 to 9.")]


@load.callback()
def group() -> None:
    """Nine slots for orders that are prepared calmly and sent by one word.

    A slot holds its order until it is fired, expires, or its market closes. It is fired once, through the
    risk gate with the book of that moment; refused, it stays.

    \b
    Examples:
      sparko load set 1 KXHIGHNY-26NOV20-B54.5 --do "buy no 10 @ 60" --tp +20 --sl -10 --expires 2h
      sparko load list
      sparko load fire 1
    """


@load.command("set")
def set_slot(
    slot: SlotArgument,
    ticker: Annotated[str, typer.Argument(metavar="TICKER", help="The order's market, or KXBTCD@now:atm.")],
    do: DoOption,
    tp: TakeProfitOption = None,
    sl: StopLossOption = None,
    expires: ExpiresOption = None,
    home: HomeOption = None,
    venue: VenueOption = None,
    exchange: ExchangeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Puts an order into a slot, in place of what was there. Nothing is sent.

    \b
    Examples:
      sparko load set 1 KXHIGHNY-26NOV20-B54.5 --do "buy no 10 @ 60" --tp +20 --sl -10
      sparko load set 2 KXBTCD@now:atm --do "buy yes 5 @ 55 ioc" --expires 30m --json
    """
    from console.tools.failure import one_line_on_failure
    from console.tools.prepared import asked, expiry_of, ticket_of
    from console.tools.tickers import exchange_now_ns, fixed_ticker, rolling_name
    from engine.control.rows.orders import LoadRow
    from engine.domain.command import SetLoad

    with one_line_on_failure():
        rolling_name(ticker, "TICKER")
        ticket_of(ticker, do, tp, sl)
        expiry_of(expires, 0)

    async def loaded(client: ControlClient) -> LoadRow:
        ticket = ticket_of(await fixed_ticker(client, ticker), do, tp, sl)
        await asked(client, SetLoad(slot, ticket, expiry_of(expires, exchange_now_ns(client))))
        await told_soon(client, lambda replica: _holds(replica.desk.loads.get(slot), ticket))
        return client.replica.desk.loads.get(slot) or LoadRow(slot=slot, ticket=ticket)

    row = with_engine(Where(home, venue, exchange), lambda client: or_refusal(loaded(client)))
    if isinstance(row, Exception):
        tell_refusal(row, "slot", str(slot), as_json=as_json)
    _tell(row, as_json=as_json)


@load.command("list")
def list_slots(
    home: HomeOption = None,
    venue: VenueOption = None,
    exchange: ExchangeOption = None,
    as_json: JsonOption = False,
) -> None:
    """What the slots hold.

    \b
    Examples:
      sparko load list --json
    """
    from console.tools.output import print_empty, print_json

    async def seen(client: ControlClient) -> list[LoadRow]:
        loads = client.replica.desk.loads
        return [loads[slot] for slot in sorted(loads)]

    rows = with_engine(Where(home, venue, exchange), seen)
    if as_json:
        print_json([load_document(row) for row in rows])
    elif rows:
        _print(rows)
    else:
        print_empty("Every slot is empty.", 'To fill one: sparko load set 1 TICKER --do "buy yes 1 @ 50"')


@load.command("fire")
def fire(
    slot: SlotArgument,
    confirm: ConfirmOption = None,
    home: HomeOption = None,
    venue: VenueOption = None,
    exchange: ExchangeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Sends a slot's order, once, and empties the slot. Ends like sparko order does.

    Exit codes: 0 the exchange has it, 1 refused, 2 wrong usage, 3 outcome unknown.

    \b
    Examples:
      sparko load fire 1
      sparko load fire 1 --confirm live --json
    """
    from console.tools.prepared import check_confirmed
    from console.tools.sending import tell

    async def fired(client: ControlClient) -> Told:
        check_confirmed(client, confirm)
        return await _fire(client, slot)

    told = with_engine(Where(home, venue, exchange), lambda client: or_refusal(fired(client)))
    if isinstance(told, Exception):
        tell_refusal(told, "slot", str(slot), as_json=as_json)
    tell(told, as_json=as_json)


@load.command("rm")
def remove(
    slot: SlotArgument,
    home: HomeOption = None,
    venue: VenueOption = None,
    exchange: ExchangeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Empties a slot.

    \b
    Examples:
      sparko load rm 1
    """
    from console.tools.prepared import asked
    from engine.domain.command import SetLoad

    async def emptied(client: ControlClient) -> None:
        await asked(client, SetLoad(slot, None))

    with_engine(Where(home, venue, exchange), emptied)
    if wants_json(as_json):
        from console.tools.output import print_json

        print_json({"slot": slot, "ticker": None})
    else:
        typer.echo(f"EMPTY: load {slot}")


def load_document(row: LoadRow) -> dict[str, Json]:
    """``do`` is as a person would write it again; null in an empty slot."""
    from console.tools.prepared import plan_document
    from console.tools.units import iso
    from engine.domain.trigger_text import text_of_ticket

    ticket = row.ticket
    return {
        "slot": row.slot,
        "ticker": None if ticket is None else ticket.ticker,
        "do": None if ticket is None else text_of_ticket(ticket),
        **plan_document(None if ticket is None else ticket.plan),
        "expires_time": iso(row.expires_ns),
    }


async def _fire(client: ControlClient, slot: int) -> Told:
    """Told like an order, whose outcome it is."""
    from uuid import uuid4

    from console.tools.documents import DENIED, absent_order_document, order_document
    from console.tools.failure import REFUSED, OutcomeUnknown
    from console.tools.sending import UNKNOWN, Told, denial_line, of_order
    from console.tools.waiting import Deadline, ask, known_order, settled
    from engine.control.protocol import AnswerState
    from engine.domain.command import FireLoad

    body, deadline = FireLoad(slot, str(uuid4())), Deadline()
    name = body.client_order_id
    try:
        answer = await ask(client, body, deadline)
    except OutcomeUnknown as unknown:
        known = known_order(client.replica, name)
        document = (
            absent_order_document(UNKNOWN, client_order_id=name) if known is None else order_document(known)
        )
        return Told(document, problem=f"order {name}: {unknown}", code=unknown.code)
    order = answer.order
    if order is None:
        document = absent_order_document(DENIED, client_order_id=name, deny_code=answer.deny_code)
        return Told(document, problem=denial_line(answer), code=REFUSED)
    if answer.state is AnswerState.ACCEPTED:
        order = await settled(client, order, deadline)
    return of_order(order, answer)


def _holds(row: LoadRow | None, ticket: Ticket) -> bool:
    return row is not None and row.ticket == ticket


def _tell(row: LoadRow, *, as_json: bool) -> None:
    from console.tools.output import print_json

    if wants_json(as_json):
        print_json(load_document(row))
        return
    from console.tools.prepared import plan_text
    from console.tools.words import eastern
    from engine.domain.trigger_text import text_of_ticket

    assert row.ticket is not None
    order = " ".join(part for part in (text_of_ticket(row.ticket), plan_text(row.ticket.plan)) if part)
    typer.echo(f"LOADED {row.slot}: {row.ticket.ticker}: {order}, until {eastern(row.expires_ns)} ET")


def _print(rows: list[LoadRow]) -> None:
    from console.tools.output import Column, number, print_table
    from console.tools.prepared import plan_text
    from console.tools.words import eastern
    from engine.domain.trigger_text import text_of_ticket

    shown = [
        [
            str(row.slot),
            row.ticket.ticker,
            text_of_ticket(row.ticket),
            plan_text(row.ticket.plan),
            eastern(row.expires_ns),
        ]
        for row in rows
        if row.ticket is not None
    ]
    columns = [number("SLOT"), Column("MARKET"), Column("DO"), Column("PLAN"), Column("UNTIL ET")]
    print_table(columns, shown)
