"""``sparko cancel``: one order, or all that work. Nothing ever stops a cancel."""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from console.tools.attach import Where, with_engine
from console.tools.options import ExchangeOption, HomeOption, JsonOption, VenueOption
from console.tools.tickers import upper

if TYPE_CHECKING:
    from console.tools.failure import OutcomeUnknown
    from console.tools.sending import Told
    from console.tools.waiting import Deadline
    from engine.control.client import ControlClient
    from engine.control.protocol import CommandAnswer
    from engine.control.rows.orders import OrderRow

_LOOK_EACH_S = 0.1
_LEAST_BEGINNING = 4
"""Characters of an id that are taken for an order."""
_EXTERNAL = "external"


def cancel(
    order: Annotated[
        str | None,
        typer.Argument(
            metavar="ORDER", help="A client order id or its beginning, or the exchange's order id."
        ),
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="Every working order of ours.")] = False,
    ticker: Annotated[str | None, typer.Option(help="With --all: only in this market.")] = None,
    home: HomeOption = None,
    venue: VenueOption = None,
    exchange: ExchangeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Cancels an order, or with --all every working one. Orders of other programs are left alone.

    Exit codes: 0 canceled, 1 refused (or it was filled first), 3 outcome unknown.

    \b
    Examples:
      sparko cancel 4b1c9a52
      sparko cancel --all
      sparko cancel --all --ticker KXHIGHNY-26NOV20-B54.5 --json
    """
    from console.tools.failure import WrongUsage, one_line_on_failure
    from console.tools.units import parse_name

    with one_line_on_failure():
        order = order if order is None else parse_name("ORDER", order)
        ticker = ticker if ticker is None else parse_name("--ticker", ticker)
        if (order is None) is not everything:
            got = "neither" if order is None else "both"
            raise WrongUsage(f"ORDER or --all: got {got}, wanted one of them; orders: sparko orders")
        if ticker and not everything:
            raise WrongUsage(f"--ticker: got {ticker} without --all, wanted both or neither")
    where = Where(home, venue, exchange)
    if order is not None:
        _one(where, order, as_json=as_json)
    else:
        _all(where, upper(ticker or ""), as_json=as_json)


def _one(where: Where, order: str, *, as_json: bool) -> None:
    from console.tools.sending import tell

    async def sent(client: ControlClient) -> Told:
        return await cancel_one(client, order)

    tell(with_engine(where, sent), as_json=as_json)


async def cancel_one(client: ControlClient, order: str) -> Told:
    """Asks, and tells what the order came to. The beginning of an id will do if only one order has it."""
    from console.tools.failure import OutcomeUnknown
    from console.tools.waiting import Deadline, ask
    from engine.core.denial import DenyCode
    from engine.domain.command import CancelOrder

    deadline = Deadline()
    try:
        answer = await ask(client, CancelOrder(order), deadline)
        if answer.deny_code == DenyCode.ORDER_NOT_FOUND:
            full = await _begins_with(client, order)
            if full is not None:
                answer = await ask(client, CancelOrder(full), deadline)
    except OutcomeUnknown as unknown:
        return _unanswered(client, order, unknown)
    return await _told(client, answer, deadline)


async def _begins_with(client: ControlClient, beginning: str) -> str | None:
    """The one working order whose id begins like this. Raises Failure if there are several."""
    from console.tools.failure import Failure
    from console.tools.pages import rows_of
    from engine.control.queries import OrdersArgs
    from engine.domain.order import WORKING_STATES

    rows: list[OrderRow] = await rows_of(client, "orders", OrdersArgs(states=tuple(sorted(WORKING_STATES))))
    ids = [row.client_order_id for row in rows]
    found = [name for name in ids if len(beginning) >= _LEAST_BEGINNING and name.startswith(beginning)]
    if len(found) > 1:
        raise Failure(f"ORDER: got {beginning}, wanted more of the id; it may be {' or '.join(found)}")
    return found[0] if found else None


def _unanswered(client: ControlClient, order: str, unknown: OutcomeUnknown) -> Told:
    from console.tools.documents import absent_order_document, order_document
    from console.tools.sending import UNKNOWN, Told
    from console.tools.waiting import known_order

    row = known_order(client.replica, order)
    document = absent_order_document(UNKNOWN, client_order_id=order) if row is None else order_document(row)
    return Told(document, problem=f"order {order}: {unknown}", code=unknown.code)


async def _told(client: ControlClient, answer: CommandAnswer, deadline: Deadline) -> Told:
    from console.tools.documents import DENIED, absent_order_document, order_document
    from console.tools.failure import OUTCOME_UNKNOWN, REFUSED
    from console.tools.sending import UNKNOWN, Told, denial_line, of_order, sentence_of
    from console.tools.waiting import settled
    from engine.control.protocol import AnswerState
    from engine.domain.order import OrderState

    if answer.order is None:
        if answer.state is AnswerState.DENIED:
            document = absent_order_document(DENIED, deny_code=answer.deny_code)
            return Told(document, problem=denial_line(answer), code=REFUSED)
        document = absent_order_document(UNKNOWN, client_order_id=answer.client_order_id)
        return Told(document, problem=f"{answer.text}: sparko orders --all", code=OUTCOME_UNKNOWN)
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
    ours = [row for row in reversed(rows) if row.owner != _EXTERNAL]
    deadline = Deadline()
    await ask(client, CancelAll(ticker), deadline)
    return await _ended(client, ours, deadline)


async def _ended(client: ControlClient, rows: list[OrderRow], deadline: Deadline) -> list[OrderRow]:
    """The rows as they are when all have ended, or when nothing more can be learned of them."""
    from console.tools.pages import rows_of
    from console.tools.waiting import ENDED
    from engine.control.errors import ControlError
    from engine.control.queries import OrderArgs

    found = {row.client_order_id: row for row in rows}
    try:
        while True:
            for name, row in found.items():
                if row.state not in ENDED:
                    found[name] = (await rows_of(client, "order", OrderArgs(name)))[0]
            if all(row.state in ENDED for row in found.values()) or deadline.left_s <= 0:
                break
            await asyncio.sleep(_LOOK_EACH_S)
    except (ControlError, asyncio.CancelledError):
        pass
    return list(found.values())


def _end_by_leftovers(rows: list[OrderRow]) -> None:
    """Exit code 3 where an outcome is not known after ten seconds; 0 if everything ended."""
    from console.tools.failure import OUTCOME_UNKNOWN
    from console.tools.waiting import ENDED

    left = [row.client_order_id for row in rows if row.state not in ENDED]
    if left:
        line = (
            f"{len(left)} of {len(rows)} may still work, the engine goes on canceling: {', '.join(left)}; "
            f"see: sparko orders --all"
        )
        typer.echo(f"error: {line}", err=True)
        raise typer.Exit(OUTCOME_UNKNOWN)
