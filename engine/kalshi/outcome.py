"""How a request that changes something ended. It was sent once or not at all; nobody here sends it again."""

from __future__ import annotations

from enum import StrEnum
from typing import Generic, TypeAlias, TypeVar

import msgspec

from engine.wire.errors import ErrorBody

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


class UnknownCause(StrEnum):
    """Why we cannot say whether the exchange acted."""

    TIMEOUT = "timeout"
    """Bytes went out, and no whole answer came in time."""
    CONNECTION_LOST = "connection lost"
    """Bytes went out, and the connection ended before a whole answer."""
    STATUS = "status"
    """408, a 5xx, or a status that no endpoint of the exchange gives."""
    WITHOUT_ORDER = "success without the order"
    """2xx, but not with the id and client id of what was asked for."""
    UNREADABLE = "unreadable answer"
    CANCELLED = "cancelled"
    """Our own task was cancelled after bytes went out."""


class NotSentCause(StrEnum):
    """Why nothing left this machine."""

    RATE_BUDGET = "rate budget"
    """The tokens did not come in time: the price it was decided at is old."""
    NO_CONNECTION = "no connection"
    SIGNATURE = "signature"
    REQUEST = "request"
    """It could not be put into a valid request."""
    CLOSED = "client closed"
    HALT = "HALT"
    """It may add risk, and a kill is in force."""


class Answered(msgspec.Struct, Generic[T_co], frozen=True):
    """The exchange did it."""

    value: T_co
    status: int


class Refused(msgspec.Struct, frozen=True):
    """The exchange did not do it, and said why."""

    status: int
    error: ErrorBody


class AlreadyExists(msgspec.Struct, frozen=True):
    """409 ``order_already_exists``: an order with this client id was taken before. List orders to find it."""

    client_order_id: str
    error: ErrorBody


class Gone(msgspec.Struct, frozen=True):
    """404 to a cancel, amend or decrease: the order rests no more. A fill may have been faster."""

    order_id: str
    error: ErrorBody


class OutcomeUnknown(msgspec.Struct, frozen=True):
    """It may or may not have happened. Only reading orders and fills can tell."""

    cause: UnknownCause
    detail: str
    status: int | None = None


class NotSent(msgspec.Struct, frozen=True):
    """Proven: not a byte reached the exchange."""

    cause: NotSentCause
    detail: str


Outcome: TypeAlias = Answered[T] | Refused | OutcomeUnknown | NotSent
"""Of a request that changes something, but no order."""
CreateOutcome: TypeAlias = Outcome[T] | AlreadyExists
ChangeOutcome: TypeAlias = Outcome[T] | Gone
"""Of a cancel, an amend or a decrease."""
