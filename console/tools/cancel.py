"""``sparko cancel``: one order, or all that work. Nothing ever stops a cancel."""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from console.tools.attach import Where, with_engine
from console.tools.options import ExchangeOption, HomeOption, JsonOption, VenueOption

if TYPE_CHECKING:
    from console.tools.sending import Told
    from console.tools.waiting import Deadline
    from engine.control.client import ControlClient
    from engine.control.rows import OrderRow

_LOOK_EACH_S = 0.1
_EXTERNAL = "external"


def cancel(
    order: Annotated[
        str | None, typer.Argument(metavar="ORDER", help="A client order id, or the exchange's order id.")
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="Every working order of ours.")] = False,
    ticker: Annotated[str, typer.Option(help="With --all: only in this market.")] = "",
    home: HomeOption = None,
    venue: VenueOption = None,
    exchange: ExchangeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Cancels an order, or with --all every working one. Orders of other programs are left alone.

    Exit codes: 0 canceled, 1 refused (or it was filled first), 3 outcome unknown.

    \b
    Examples:
      sparko cancel 4b1c9a52-6d0e-4a57-9f5e-0d1f6a3f2b11
      sparko cancel --all
      sparko cancel --all --ticker KXHIGHNY-26NOV20-B54.5 --json
    """
    from console.tools.failure import WrongUsage, one_line_on_failure
    from console.tools.units import parse_name

    with one_line_on_failure():
        for field, name in (("ORDER", order), ("--ticker", ticker or None)):
            if name is not None:
                parse_name(field, name)
        if (order is None) is not everything:
            got = "neither" if order is None else "both"
            raise WrongUsage(f"ORDER or --all: got {got}, wanted one of them; orders: sparko orders")
        if ticker and not everything:
            raise WrongUsage(f"--ticker: got {ticker} without --all, wanted both or neither")
    where = Where(home, venue, exchange)
    if order is not None:
        _one(where, order, as_json=as_json)
    else:
        _all(where, ticker, as_json=as_json)


def _one(where: Where, order: str, *, as_json: bool) -> None:
    from console.tools.sending import tell

    async def sent(client: ControlClient) -> Told:
        return await cancel_one(client, order)

    tell(with_engine(where, sent), as_json=as_json)


async def cancel_one(client: ControlClient, order: str) -> Told:
    """Asks, and tells what the order came to."""
    from console.tools.documents import DENIED, absent_order_document, order_document
    from console.tools.failure import OUTCOME_UNKNOWN, REFUSED, OutcomeUnknown
    from console.tools.sending import Told, of_order, sentence_of
    from console.tools.waiting import Deadline, ask, settled
    from engine.control.protocol import AnswerState
    from engine.domain.command import CancelOrder
    from engine.domain.order import OrderState

    deadline = Deadline()
    try:
        answer = await ask(client, CancelOrder(order), deadline)
    except OutcomeUnknown as unknown:
        document = absent_order_document("unknown", client_order_id=order)
        return Told(document, problem=str(unknown), code=unknown.code)
    if answer.order is None:
        is_denied = answer.state is AnswerState.DENIED
        document = absent_order_document(DENIED if is_denied else "unknown", deny_code=answer.deny_code)
        line = f"{answer.text} ({answer.deny_code})"
        return Told(document, problem=line, code=REFUSED if is_denied else OUTCOME_UNKNOWN)
    if answer.state is not AnswerState.ACCEPTED:
        return of_order(answer.order, answer)
    row = await settled(client, answer.order, deadline)
    if row.state is OrderState.FILLED:
        line = f"order {row.client_order_id}: was filled before the cancel"
        return Told(order_document(row), problem=line, code=REFUSED)
    return Told(order_document(row), sentence_of(row))


def _all(where: Where, ticker: str, *, as_json: bool) -> None:
    from console.tools.documents import order_document
    from console.tools.output import print_empty, print_json
    from console.tools.sending import sentence_of

    async def sent(client: ControlClient) -> list[OrderRow]:
        return await cancel_all(client, ticker)

    rows = with_engine(where, sent)
    if as_json or not sys.stdout.isatty():
        print_json([order_document(row) for row in rows])
    elif not rows:
        print_empty("No order of ours is working.", "All orders: sparko orders --all")
    else:
        for row in rows:
            typer.echo(sentence_of(row))
    _end_by_leftovers(rows)


async def cancel_all(client: ControlClient, ticker: str) -> list[OrderRow]:
    """Asks for all of them to end, and returns what each came to within ten seconds, oldest first."""
    from console.tools.pages import rows_of
    from console.tools.waiting import Deadline, ask
    from engine.control.queries import OrdersArgs
    from engine.domain.command import CancelAll
    from engine.domain.order import WORKING_STATES

    working = OrdersArgs(ticker=ticker, states=tuple(sorted(WORKING_STATES)))
    rows: list[OrderRow] = await rows_of(client, "orders", working)
    ours = [row.client_order_id for row in reversed(rows) if row.owner != _EXTERNAL]
    deadline = Deadline()
    await ask(client, CancelAll(ticker), deadline)
    return await _ended(client, ours, deadline)


async def _ended(client: ControlClient, names: list[str], deadline: Deadline) -> list[OrderRow]:
    from console.tools.pages import rows_of
    from console.tools.waiting import ENDED
    from engine.control.queries import OrderArgs

    found: dict[str, OrderRow] = {}
    while True:
        for name in names:
            if name not in found or found[name].state not in ENDED:
                found[name] = (await rows_of(client, "order", OrderArgs(name)))[0]
        if all(row.state in ENDED for row in found.values()) or deadline.left_s <= 0:
            return list(found.values())
        await asyncio.sleep(_LOOK_EACH_S)


def _end_by_leftovers(rows: list[OrderRow]) -> None:
    """Exit code 3 where an outcome is not known after ten seconds; 0 if everything ended."""
    from console.tools.failure import OUTCOME_UNKNOWN
    from console.tools.waiting import ENDED

    left = [row.client_order_id for row in rows if row.state not in ENDED]
    if left:
        line = f"{len(left)} of {len(rows)} may still work, the engine goes on canceling: {', '.join(left)}"
        typer.echo(f"error: {line}", err=True)
        raise typer.Exit(OUTCOME_UNKNOWN)
