"""What the exchange answers to an order request, in the units of the house."""

from __future__ import annotations

import msgspec

from engine.domain.units import MILLISECOND_NS, CountC, MicroDollars, Nanoseconds
from engine.kalshi.drift import DriftCounter, DriftKind
from engine.kalshi.fields import Fields, present
from engine.kalshi.sender import WithoutOrder
from engine.wire import orders as wire
from engine.wire.fixed_point import FixedPointError, money_ud
from engine.wire.shape import MaybeText


class PlacedOrder(msgspec.Struct, frozen=True):
    """An order the exchange took. The averages are only there when something was filled at once; they are
    for showing: the fills say what was paid."""

    order_id: str
    client_order_id: str
    filled_c: CountC
    remaining_c: CountC
    average_price_ud: MicroDollars | None
    average_fee_ud: MicroDollars | None
    at_ns: Nanoseconds


class AmendedOrder(msgspec.Struct, frozen=True):
    """None where the exchange did not say."""

    order_id: str
    client_order_id: str
    filled_c: CountC | None
    remaining_c: CountC | None
    at_ns: Nanoseconds


class DecreasedOrder(msgspec.Struct, frozen=True):
    order_id: str
    client_order_id: str
    remaining_c: CountC
    at_ns: Nanoseconds


class CanceledOrder(msgspec.Struct, frozen=True):
    """``reduced_by_c``: what was still resting; the rest of the order was filled before."""

    order_id: str
    client_order_id: str
    reduced_by_c: CountC
    at_ns: Nanoseconds | None


def placed(answer: wire.OrderPlaced | wire.BatchPlacedItem, asked: str, drift: DriftCounter) -> PlacedOrder:
    """Raises WithoutOrder unless it has an id and the client id ``asked``, DecodeError on bad counts."""
    read = Fields("order placed", drift)
    order_id = present(answer.order_id) or ""
    client_order_id = present(answer.client_order_id) or ""
    if not order_id:
        raise WithoutOrder("order id: got none")
    if client_order_id != asked:
        raise WithoutOrder(f"client order id: got {client_order_id!r}, wanted {asked!r}")
    filled, remaining, ts_ms = (
        present(answer.fill_count),
        present(answer.remaining_count),
        present(answer.ts_ms),
    )
    if filled is None or remaining is None or ts_ms is None:
        raise WithoutOrder("fill_count, remaining_count, ts_ms: got not all of them")
    return PlacedOrder(
        order_id=order_id,
        client_order_id=client_order_id,
        filled_c=read.count("fill_count", filled),
        remaining_c=read.count("remaining_count", remaining),
        average_price_ud=_for_showing("average_fill_price", answer.average_fill_price, drift),
        average_fee_ud=_for_showing("average_fee_paid", answer.average_fee_paid, drift),
        at_ns=ts_ms * MILLISECOND_NS,
    )


def amended(answer: wire.OrderAmended, asked: str, drift: DriftCounter) -> AmendedOrder:
    """Raises WithoutOrder unless the answer is about order ``asked``."""
    read = Fields("order amended", drift)
    _same_order(answer.order_id, asked)
    filled, remaining = present(answer.fill_count), present(answer.remaining_count)
    return AmendedOrder(
        order_id=answer.order_id,
        client_order_id=present(answer.client_order_id) or "",
        filled_c=None if filled is None else read.count("fill_count", filled),
        remaining_c=None if remaining is None else read.count("remaining_count", remaining),
        at_ns=answer.ts_ms * MILLISECOND_NS,
    )


def decreased(answer: wire.OrderDecreased, asked: str, drift: DriftCounter) -> DecreasedOrder:
    """Raises WithoutOrder unless the answer is about order ``asked``."""
    _same_order(answer.order_id, asked)
    return DecreasedOrder(
        order_id=answer.order_id,
        client_order_id=present(answer.client_order_id) or "",
        remaining_c=Fields("order decreased", drift).count("remaining_count", answer.remaining_count),
        at_ns=answer.ts_ms * MILLISECOND_NS,
    )


def canceled(
    answer: wire.OrderCanceled | wire.BatchCanceledItem, asked: str, drift: DriftCounter
) -> CanceledOrder:
    """Raises WithoutOrder unless the answer is about order ``asked`` and says what was canceled."""
    _same_order(answer.order_id, asked)
    reduced_by, ts_ms = present(answer.reduced_by), present(answer.ts_ms)
    if reduced_by is None:
        raise WithoutOrder("reduced_by: got none")
    return CanceledOrder(
        order_id=answer.order_id,
        client_order_id=present(answer.client_order_id) or "",
        reduced_by_c=Fields("order canceled", drift).count("reduced_by", reduced_by),
        at_ns=None if ts_ms is None else ts_ms * MILLISECOND_NS,
    )


def _same_order(got: str, asked: str) -> None:
    if got != asked:
        raise WithoutOrder(f"order id: got {got!r}, wanted {asked!r}")


def _for_showing(field: str, text: MaybeText, drift: DriftCounter) -> MicroDollars | None:
    """An average of more than six places is counted and left out: no order becomes unknown for it."""
    found = present(text)
    if not found:
        return None
    try:
        return money_ud(found)
    except FixedPointError:
        drift.count("order placed", DriftKind.UNKNOWN_VALUE, field, found)
        return None
