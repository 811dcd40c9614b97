"""What can go wrong with a forecaster, each with the numbers."""

from __future__ import annotations


class ForecastError(Exception):
    """Anything that a forecaster refuses or cannot do."""


class CannotServe(ForecastError):
    """The server cannot start as it was asked to."""


class Busy(ForecastError):
    """More is waiting than may wait."""

    def __init__(self, waiting: int, most: int, retry_s: int) -> None:
        super().__init__(f"{waiting} series wait, at most {most} may: again in {retry_s} s")
        self.retry_s = retry_s


class Full(ForecastError):
    """The bodies under way hold as many bytes as they may together."""

    def __init__(self, held: int, most: int) -> None:
        super().__init__(f"requests under way hold {held} bytes, at most {most} may")
        self.retry_s = 1


class TooLate(ForecastError):
    """The deadline passed before the model got to it."""

    def __init__(self, waited_ms: int) -> None:
        super().__init__(f"not computed within its deadline of {waited_ms} ms")


class BadRequest(ForecastError):
    """A body that cannot be answered as a whole; ``status`` is the HTTP status."""

    def __init__(self, status: int, problem: str) -> None:
        super().__init__(problem)
        self.status = status
