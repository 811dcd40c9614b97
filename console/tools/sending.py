"""What came of an order that was asked for, and how it is told: document, sentence, exit code."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

import typer

from console.tools.closing_soon import ClosingNote
from console.tools.documents import (
    DENIED,
    absent_order_document,
    action,
    leg_word,
    order_document,
)
from console.tools.failure import OUTCOME_UNKNOWN, REFUSED, Failure, OutcomeUnknown
from console.tools.output import Json, forget_output, print_json
from console.tools.waiting import Deadline, ask, known_order, settled
from console.tools.words import average_text, cents_text, count_text, dollars_text
from engine.control.protocol import AnswerState
from engine.core.denial import DenyCode
from engine.domain.command import ClosePosition, PlaceOrder
from engine.domain.order import OrderState

if TYPE_CHECKING:
    from engine.control.client import ControlClient
    from engine.control.protocol import CommandAnswer
    from engine.control.rows.orders import OrderRow

Wanted: TypeAlias = PlaceOrder | ClosePosition
UNKNOWN = OrderState.UNKNOWN.value
_HINTS: dict[str, str] = {
    DenyCode.LOOKS_DUPLICATE: "to send it all the same: --again",
    DenyCode.FAR_PRICE: "to send it all the same: --far",
    DenyCode.NO_PRICE: "to give a limit: --price CENTS",
    DenyCode.UNKNOWN_MARKET: "the markets: sparko markets",
    DenyCode.NO_POSITION: "what is held: sparko positions",
    DenyCode.ORDER_NOT_FOUND: "the orders: sparko orders --all",
    DenyCode.ALREADY_TRUE: "to send at once: --now",
    DenyCode.CONDITION_NOT_FOUND: "the conditions: sparko cond list --all",
    DenyCode.LOAD_EMPTY: "what is loaded: sparko load list",
}
"""How the command line says what a denial leaves open."""
_TOLD = (DenyCode.REJECTED, DenyCode.NAME_NEEDED)
"""The exchange's own words say it, or the command does."""


class Told(NamedTuple):
    """``problem`` is the line on standard error, if any; ``is_short`` says that less than all was filled;
    ``note`` is said beside what went well."""

    document: Json
    sentence: str = ""
    problem: str = ""
    code: int = 0
    is_short: bool = False
    note: str = ""


async def send(client: ControlClient, body: Wanted) -> Told:
    """Sends once, and tells what is known ten seconds later at the latest."""
    closing = ClosingNote(client, body.ticker)
    told = await _sent(client, body)
    return told._replace(note=closing.drop() if told.code else await closing.text())


async def _sent(client: ControlClient, body: Wanted) -> Told:
    deadline = Deadline()
    try:
        answer = await ask(client, body, deadline)
    except OutcomeUnknown as unknown:
        return _unanswered(client, body, unknown)
    if answer.order is None:
        return _without_order(client, answer, body)
    order = answer.order
    if answer.state is AnswerState.ACCEPTED:
        order = await settled(client, order, deadline)
    return of_order(order, answer)


def _unanswered(client: ControlClient, body: Wanted, unknown: OutcomeUnknown) -> Told:
    """What the engine told unasked is told; it may have the order without having an answer."""
    order = known_order(client.replica, body.client_order_id)
    document = (
        absent_order_document(UNKNOWN, client_order_id=body.client_order_id, count_c=body.count_c or None)
        if order is None
        else order_document(order)
    )
    return Told(document, problem=f"order {body.client_order_id}: {unknown}", code=unknown.code)


def _without_order(client: ControlClient, answer: CommandAnswer, body: Wanted) -> Told:
    if answer.state is not AnswerState.DENIED:
        return _unanswered(client, body, OutcomeUnknown(f"{answer.text}: sparko orders --all"))
    document = absent_order_document(
        DENIED, client_order_id=body.client_order_id, count_c=body.count_c or None, deny_code=answer.deny_code
    )
    return Told(document, problem=denial_line(answer), code=REFUSED)


def denial_line(answer: CommandAnswer) -> str:
    """The engine's reason, its code, and what can be done from the command line."""
    hint = _HINTS.get(answer.deny_code) or _remedy(answer)
    line = f"{answer.text} ({answer.deny_code})"
    return f"{line}; {hint}" if hint else line


def _remedy(answer: CommandAnswer) -> str:
    """What the page of codes says, where the text itself does not say what was wanted."""
    from engine.core.denial_words import WORDS

    code = answer.deny_code
    if code in _TOLD or code not in DenyCode.__members__ or "wanted" in answer.text:
        return ""
    return f"what helps: {WORDS[DenyCode[code]][1]}"


def of_order(order: OrderRow, answer: CommandAnswer) -> Told:
    """What is told of an order that exists."""
    if answer.state is AnswerState.DENIED:
        return Told(order_document(order, answer.deny_code), problem=denial_line(answer), code=REFUSED)
    document = order_document(order)
    if order.state in (OrderState.UNKNOWN, OrderState.INTENT, OrderState.SENT):
        line = (
            f"order {order.client_order_id}: the exchange has not said whether it has it; "
            f"the engine is finding out: sparko orders --all"
        )
        return Told(document, problem=line, code=OUTCOME_UNKNOWN)
    if order.state is OrderState.ABSENT:
        line = f"order {order.client_order_id}: the exchange does not have it; nothing was traded"
        return Told(document, problem=line, code=REFUSED)
    return Told(document, sentence_of(order), is_short=order.filled_c < order.count_c)


def sentence_of(order: OrderRow) -> str:
    """``FILLED: buy 10 YES KXHIGHNY-26NOV20-B54.5 at 57.2 c, fee $0.17 (its client order id)``."""
    what = f"{action(order.buys)} {count_text(order.count_c)} {leg_word(order.leg)} {order.ticker}"
    limit = f"{cents_text(order.price_bp)} c"
    average = f"{average_text(order.booked_ud, order.booked_c)} c, fee {dollars_text(order.fees_ud)}"
    if order.filled_c == 0:
        price = f"{limit}, none filled"
    elif order.filled_c < order.count_c:
        price = f"{limit}, {count_text(order.filled_c)} filled at {average}"
    else:
        price = average
    return f"{order.state.value.upper()}: {what} at {price} ({order.client_order_id})"


def tell(told: Told, *, as_json: bool) -> None:
    """Prints, and ends the program where it did not go well. Raises typer.Exit."""
    try:
        if as_json or not sys.stdout.isatty():
            print_json(told.document)
        elif told.sentence:
            typer.echo(told.sentence)
    except OSError as error:
        told = _untold(told, error)
    if told.problem:
        typer.echo(f"error: {' '.join(told.problem.split())}", err=True)
    elif told.note:
        typer.echo(f"note: {told.note}", err=True)
    if told.code:
        raise typer.Exit(told.code)


def _untold(told: Told, error: OSError) -> Told:
    """Whoever reads standard output did not learn what came of it, so that standard error says it."""
    forget_output()
    line = told.problem or told.sentence or str(told.document)
    problem = f"standard output cannot be written ({error.strerror}): {line}"
    return told._replace(problem=problem, code=told.code or OUTCOME_UNKNOWN)


@contextmanager
def denied_as_document(*, as_json: bool) -> Iterator[None]:
    """A value that no engine needs to see is refused like the engine would: its line, and the document."""
    try:
        yield
    except Failure as failure:
        document = absent_order_document(DENIED, deny_code=failure.deny_code)
        if failure.deny_code:
            tell(Told(document, problem=str(failure), code=failure.code), as_json=as_json)
        typer.echo(f"error: {' '.join(str(failure).split())}", err=True)
        raise typer.Exit(failure.code) from None
