"""What can go wrong with a read, as types that carry the numbers."""

from __future__ import annotations

from enum import StrEnum

from engine.domain.units import SECOND_NS, Nanoseconds
from engine.wire.errors import ErrorBody


class KalshiError(Exception):
    """Anything that kept the exchange's answer from us."""


class RequestRefused(KalshiError):
    """The exchange answered, and the answer is no."""

    def __init__(self, method: str, path: str, status: int, error: ErrorBody) -> None:
        super().__init__(f"{method} {path}: {status} {error}")
        self.method = method
        self.path = path
        self.status = status
        self.error = error


class ReadCause(StrEnum):
    """Why the last attempt of a read had no answer."""

    TRANSPORT = "transport"
    TIMEOUT = "timeout"
    STATUS = "status"
    """429 or a 5xx."""
    BODY = "body"
    """It answered with what is no answer: a page of HTML, half of an object."""
    RATE_BUDGET = "rate budget"


class ReadFailed(KalshiError):
    """No usable answer within the deadline, however often it was tried."""

    def __init__(
        self, path: str, cause: ReadCause, detail: str, attempts: int, elapsed_ns: Nanoseconds
    ) -> None:
        seconds = elapsed_ns / SECOND_NS
        super().__init__(
            f"GET {path}: no answer after {attempts} attempts in {seconds:.1f} s ({cause}: {detail})"
        )
        self.path = path
        self.cause = cause
        self.detail = detail
        self.attempts = attempts
        self.elapsed_ns = elapsed_ns


class DecodeError(KalshiError):
    """A message that lacks what it must have, or has it in another form. Nothing stands in for it."""

    def __init__(self, where: str, field: str, got: object, wanted: str) -> None:
        super().__init__(f"{where}: {field}: got {str(got)[:80]!r}, wanted {wanted}")
        self.where = where
        self.field = field
        self.got = str(got)[:80]
        self.wanted = wanted


class PagingError(KalshiError):
    """A list that does not end as a list must: a cursor came back, or the page limit was reached."""

    def __init__(self, path: str, pages: int, reason: str) -> None:
        super().__init__(f"GET {path}: after {pages} pages: {reason}")
        self.path = path
        self.pages = pages
        self.reason = reason


class RangeTooLarge(KalshiError):
    """A request for more than one answer may hold."""

    def __init__(self, what: str, got: int, most: int) -> None:
        super().__init__(f"{what}: got {got}, wanted at most {most}")
        self.what = what
        self.got = got
        self.most = most
