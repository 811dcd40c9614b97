"""Query parameters, read by their rules; what breaks one is refused as the exchange does."""

from __future__ import annotations

from collections.abc import Collection

from starlette.requests import Request

from engine.domain.units import SECOND_NS, Nanoseconds
from engine.sandbox.server.answers import BodyRefusal, not_found
from engine.wire.errors import ErrorBody, ErrorShape

SUBACCOUNT_MAX = 63
_SAFE_INTEGER_DIGITS = 18
_TRUE = frozenset({"true", "1", "t", "True", "TRUE", "T"})
_FALSE = frozenset({"false", "0", "f", "False", "FALSE", "F", ""})


class ValidationRefusal(BodyRefusal):
    """A query parameter that breaks its rule: 400 with ``{"msg": ...}``."""

    def __init__(self, operation: str, problem: str) -> None:
        text = f"Parameter validation failed for {operation}: {problem}"
        super().__init__(400, ErrorBody("", text, shape=ErrorShape.VALIDATION))


def query_refusal(details: str) -> BodyRefusal:
    """A parameter whose value makes no sense, or not with the others: 400, nested."""
    return BodyRefusal(400, ErrorBody("bad_request", "bad request", details))


class Query:
    """The parameters of one request. ``operation`` is the name that the exchange's messages carry."""

    __slots__ = ("_params", "operation")

    def __init__(self, request: Request, operation: str) -> None:
        self._params = request.query_params
        self.operation = operation

    def text(self, name: str) -> str | None:
        """The value, or None where it is absent or empty."""
        return self._params.get(name) or None

    def texts(self, name: str) -> list[str]:
        """Every value of a parameter that may be repeated."""
        return [value for value in self._params.getlist(name) if value]

    def csv(self, name: str, maximum: int | None = None) -> list[str]:
        """The parts of a comma-separated value, without repetitions; more than ``maximum`` are refused."""
        parts = [part for part in (self._params.get(name) or "").split(",") if part]
        found = list(dict.fromkeys(parts))
        if maximum is not None and len(found) > maximum:
            raise self.broken(name, "max")
        return found

    def flag(self, name: str) -> bool:
        value = self._params.get(name, "")
        if value in _TRUE:
            return True
        if value in _FALSE:
            return False
        raise self._unreadable(name, "ParseBool", value)

    def maybe_flag(self, name: str) -> bool | None:
        """None where the parameter is absent or empty."""
        return None if self.text(name) is None else self.flag(name)

    def integer(self, name: str, *, minimum: int | None = None, maximum: int | None = None) -> int | None:
        """None where the parameter is absent or empty."""
        value = self.text(name)
        if value is None:
            return None
        digits = value.removeprefix("-")
        if not (digits.isascii() and digits.isdigit()) or len(digits) > _SAFE_INTEGER_DIGITS:
            raise self._unreadable(name, "ParseInt", value)
        number = int(value)
        if minimum is not None and number < minimum:
            raise self.broken(name, "gte")
        if maximum is not None and number > maximum:
            raise self.broken(name, "lte")
        return number

    def required(self, name: str, *, minimum: int | None = None) -> int:
        number = self.integer(name, minimum=minimum)
        if number is None:
            raise self.broken(name, "required")
        return number

    def choice(self, name: str, options: Collection[str]) -> str | None:
        value = self.text(name)
        if value is not None and value not in options:
            raise self.broken(name, "oneof")
        return value

    def time_ns(self, name: str) -> Nanoseconds | None:
        """Unix seconds, as nanoseconds."""
        seconds = self.integer(name, minimum=0)
        return None if seconds is None else seconds * SECOND_NS

    def limit(self, default: int = 100, maximum: int = 1_000) -> int:
        """The page size; 0 is the default, above ``maximum`` is refused rather than clamped."""
        return self.integer("limit", minimum=0, maximum=maximum) or default

    def shard(self) -> int | None:
        """The filter ``exchange_index``; None and -1 mean every shard."""
        index = self.integer("exchange_index", minimum=-1)
        return None if index is None or index < 0 else index

    def refuse_other_subaccounts(self) -> None:
        """Accounts here have the primary subaccount alone; any other one is not found."""
        refuse_subaccount(self.integer("subaccount", minimum=0, maximum=SUBACCOUNT_MAX))

    def broken(self, name: str, tag: str) -> ValidationRefusal:
        """The refusal of a parameter that fails the rule ``tag``, in the words of the validator."""
        field = "".join(part.capitalize() for part in name.split("_"))
        key = f"Key: '{self.operation}Params.{field}' Error:"
        return ValidationRefusal(
            self.operation, f"{key}Field validation for '{field}' failed on the '{tag}' tag"
        )

    def _unreadable(self, name: str, function: str, value: str) -> ValidationRefusal:
        return ValidationRefusal(
            self.operation, f'invalid {name}: strconv.{function}: parsing "{value}": invalid syntax'
        )


def refuse_subaccount(number: int | None) -> None:
    """Raises 404 for a subaccount that does not exist."""
    if number:
        raise not_found(f"subaccount: got {number}, wanted 0")
