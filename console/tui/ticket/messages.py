"""What a key or an answer came to, for the message row. Each says what to do next."""

from __future__ import annotations

import msgspec

from engine.control.protocol import AnswerState, CommandAnswer
from engine.control.rows.orders import OrderRow
from engine.domain.order import OrderState, TimeInForce
from engine.domain.units import MicroDollars, PriceBp, cents, contracts, dollars


class Message(msgspec.Struct, frozen=True):
    """``is_error`` stays until it is dismissed, or until something else is said ``about`` the same."""

    text: str
    is_error: bool = False
    about: str = ""


KEYS = "keys"
"""What is said about the arm lease."""
TICKET = "ticket"
"""What is said about a ticket that did not become an order."""


_HINTS = {
    "NOT_ARMED": "A arms, then Enter on REVIEW sends",
    "ARMED_ELSEWHERE": "disarm there, then A",
    "LOOKS_DUPLICATE": "Enter edits, g sends it once more",
    "FAR_PRICE": "Enter edits, f sends it all the same",
    "COLLAR": "Enter edits the price",
    "STALE_BOOK": "wait until the book is fresh, then Enter",
    "NO_PRICE": "give a limit: c, then tab and a price",
    "NO_POSITION": "POS shows what is held",
    "ORDER_NOT_FOUND": "ORD shows the orders",
    "ORDER_ENDED": "ORD shows what became of it",
    "NEVER_ARRIVED": "Enter opens the ticket again",
    "REJECTED": "Enter edits, Esc leaves",
    "NOT_SENT": "it did not leave; Enter opens the ticket again",
}


def denial(answer: CommandAnswer) -> str:
    """The code of the refusal first, the engine's reason, and what can be done about it."""
    hint = _HINTS.get(answer.deny_code, "Enter edits, Esc leaves")
    return f"{answer.deny_code}: {answer.text}; {hint}"


def mean_cents(value_ud: MicroDollars, count_c: int) -> str:
    """An average price in cents, to a hundredth; ``-`` of nothing."""
    return cents(mean_bp(value_ud, count_c)) if count_c > 0 else "-"


def mean_bp(value_ud: MicroDollars, count_c: int) -> PriceBp:
    """Rounded half up."""
    return (2 * value_ud + count_c) // (2 * count_c)


def what(order: OrderRow) -> str:
    """``BUY 10 NO KX... at 43``."""
    verb = "BUY" if order.buys else "SELL"
    return f"{verb} {contracts(order.count_c)} {order.leg.upper()} {order.ticker} at {cents(order.price_bp)}"


def outcome(order: OrderRow) -> str:
    """What became of an order, in one line."""
    match order.state:
        case OrderState.FILLED:
            return f"FILLED: {what(order)}, {_fills(order)}; POS shows it"
        case OrderState.PARTIAL:
            return (
                f"PARTIAL: {what(order)}, {_fills(order)}, {contracts(order.remaining_c)} rests; x cancels it"
            )
        case OrderState.RESTING:
            return f"RESTS: {what(order)}; x cancels it, ORD shows it"
        case OrderState.CANCELED if order.filled_c:
            return f"PART FILLED: {what(order)}, {_fills(order)}, the rest canceled; POS shows it"
        case OrderState.CANCELED if order.time_in_force is TimeInForce.GOOD_TILL_CANCELED:
            return f"CANCELED: {what(order)}; nothing traded"
        case OrderState.CANCELED:
            return f"NOT FILLED: {what(order)}; nothing was there at that price, c, Y or N opens another"
        case OrderState.EXPIRED:
            return f"EXPIRED: {what(order)}, {contracts(order.filled_c)} filled"
        case OrderState.REJECTED:
            return f"REJECTED: {what(order)}: {order.cause or 'no reason told'}; Enter edits, Esc leaves"
        case OrderState.ABSENT:
            return f"NOT THERE: {what(order)} is not at the exchange, nothing traded; Enter opens it again"
        case _:
            return f"UNKNOWN: {what(order)}; the engine is finding out and will not send it twice: wait"


def _fills(order: OrderRow) -> str:
    said = f"{contracts(order.filled_c)} filled"
    if not order.booked_c:
        return said
    return f"{said} at {mean_cents(order.booked_ud, order.booked_c)}, fee ${dollars(order.fees_ud)}"


def answered(answer: CommandAnswer, about: str = "") -> Message:
    """An answer to something that is no order."""
    if answer.state is AnswerState.DENIED:
        return Message(denial(answer), is_error=True, about=about)
    return Message(answer.text or "done", about=about)
