"""What the core is told of an effect whose carrying out broke: nothing is known, and nothing is left hanging.

The exchange's own faults never come here, they are outcomes; this is for a mistake of ours in between.
"""

from __future__ import annotations

from engine.core import effects, inputs


def answer_of_failure(effect: effects.Effect, cause: str) -> inputs.CoreEvent | None:
    """The answer that the core waits for, if it waits for one: of a request its outcome is unknown, a read
    came to nothing."""
    match effect:
        case effects.SubmitOrder():
            return inputs.Unknown(effect.request.client_order_id, cause)
        case effects.AmendOrder():
            return inputs.Unknown(effect.client_order_id, cause)
        case effects.CancelOrder():
            return _cancel(effect, cause)
        case effects.CancelOrders():
            return inputs.CancelsAnswered(tuple(_cancel(order, cause) for order in effect.orders))
        case effects.ReadOrders() | effects.ReadCandles() | effects.ReadBook() | effects.ReadMarket():
            return inputs.ReadFailed(type(effect).__name__, effect.ticker, cause)
        case effects.ReadMarkets():
            return inputs.ReadFailed(type(effect).__name__, effect.series_ticker, cause)
        case (
            effects.ReadFills()
            | effects.ReadPositions()
            | effects.ReadSettlements()
            | effects.ReadBalance()
            | effects.ReadStatus()
            | effects.ReadSchedule()
            | effects.ReadGroups()
        ):
            return inputs.ReadFailed(type(effect).__name__, "", cause)
        case effects.ChangeGroup():
            unknown = inputs.GroupOutcome.UNKNOWN
            return inputs.GroupAnswered(effect.key, effect.verb, unknown, effect.group_id, cause=cause)
        case effects.Compute():
            return inputs.ComputeDone(effect.strategy, effect.request_id, None, cause)
        case _:
            return None


def _cancel(order: effects.CancelOrder, cause: str) -> inputs.CancelFailed:
    return inputs.CancelFailed(order.client_order_id, cause, is_unknown=True)
