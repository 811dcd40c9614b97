"""Bodies of the side door: decoded strictly, refused in one clear line."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation
from typing import Any, Literal, TypeVar

import msgspec
from starlette.requests import Request

from engine.domain.fee import FeeType
from engine.domain.units import CONTRACT_BP, DOLLAR_UD, MicroDollars, PriceBp
from engine.sandbox.server.answers import BodyRefusal
from engine.sandbox.server.auth import ALL_SCOPES
from engine.sandbox.server.faults import FaultRule
from engine.sandbox.server.keys import KeyType
from engine.sandbox.server.limits import Tier
from engine.wire.errors import ErrorBody
from engine.wire.shape import UNREADABLE

T = TypeVar("T")

_MOST_DOLLARS = 10**12


class KeyOptions(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All may be left out. ``cash_dollars`` is an amount for each of the shards 0 and 2, or an object of
    shard to amount; ``account`` names a new account or one that exists (then cash is added only if given)."""

    cash_dollars: int | float | str | dict[str, int | float | str] | None = None
    tier: Tier | None = None
    key_type: KeyType = KeyType.RSA
    scopes: tuple[str, ...] = ALL_SCOPES
    account: str | None = None


class FaultsBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    rules: list[FaultRule]


class ClockBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``step_s`` (or ``step``) moves time forward at once, paused or not; order: pause, speed, step."""

    speed: int | float | None = None
    step_s: int | float | None = None
    step: int | float | None = None
    pause: bool | None = None

    @property
    def seconds(self) -> int | float | None:
        return self.step if self.step_s is None else self.step_s


class SettleBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``value`` is yes, no, or the dollars one YES is paid; ``result`` is the same for yes and no. Both are
    left out where a result is known already."""

    ticker: str
    value: int | float | str | None = None
    result: Literal["yes", "no"] | None = None


class FeesBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What an event charges instead of its series; what is left out is the series' own (again)."""

    event_ticker: str
    fee_multiplier: int | float | str | None = None
    fee_type: FeeType | None = None


def refused(line: str) -> BodyRefusal:
    """400 with the line as its message."""
    return BodyRefusal(400, ErrorBody("bad_request", line))


async def read(request: Request, kind: type[T]) -> T:
    """The body as ``kind``; no body is an empty object. Raises BodyRefusal naming field, got and wanted."""
    text = await request.body() or b"{}"
    try:
        return msgspec.json.decode(text, type=kind)
    except msgspec.ValidationError as error:
        raise refused(_one_line(str(error))) from None
    except UNREADABLE:
        raise refused("body: got no JSON, wanted a JSON object") from None


_EXPECTED = re.compile(r"Expected `(.+?)`, got `(.+?)`(?: - at `\$\.?(.*)`)?")
_UNKNOWN = re.compile(r"Object contains unknown field `(.+?)`(?: - at `\$\.?(.*)`)?")
_MISSING = re.compile(r"Object missing required field `(.+?)`(?: - at `\$\.?(.*)`)?")
_NO_MEMBER = re.compile(r"Invalid enum value (.+?)(?: - at `\$\.?(.*)`)?$")


def _one_line(problem: str) -> str:
    if found := _EXPECTED.match(problem):
        return f"{found[3] or 'body'}: got {found[2]}, wanted {found[1]}"
    if found := _UNKNOWN.match(problem):
        return f"{_under(found[2], found[1])}: got an unknown field, wanted none of that name"
    if found := _MISSING.match(problem):
        return f"{_under(found[2], found[1])}: got none, wanted a value"
    if found := _NO_MEMBER.match(problem):
        return f"{found[2] or 'body'}: got {found[1]}, wanted a known name"
    return " ".join(problem.split())


def _under(path: str | None, field: str) -> str:
    return f"{path}.{field}" if path else field


def decimal_of(value: Any, field: str) -> Decimal:
    """A JSON number or decimal text. Raises BodyRefusal."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise refused(f"{field}: got {value!r}, wanted a number")
    try:
        found = Decimal(str(value))
    except InvalidOperation:
        found = Decimal("NaN")
    if not found.is_finite():
        raise refused(f"{field}: got {value!r}, wanted a number")
    return found


def whole(value: Decimal, unit: int, field: str) -> int:
    """``value * unit``, which must be whole. Raises BodyRefusal."""
    scaled = value * unit
    if scaled != scaled.to_integral_value():
        raise refused(f"{field}: got {value}, wanted a multiple of {Decimal(1) / unit:f}")
    return int(scaled)


def money_of(value: Any, field: str) -> MicroDollars:
    """Dollars, from 0 to a trillion."""
    found = decimal_of(value, field)
    if not 0 <= found <= _MOST_DOLLARS:
        raise refused(f"{field}: got {found}, wanted 0 to {_MOST_DOLLARS} dollars")
    return whole(found, DOLLAR_UD, field)


def settlement_of(value: Any, field: str) -> PriceBp:
    """``yes``, ``no``, or the dollars one YES is paid, 0 to 1."""
    if isinstance(value, str) and value.lower() in ("yes", "no"):
        return CONTRACT_BP if value.lower() == "yes" else 0
    found = decimal_of(value, field)
    if not 0 <= found <= 1:
        raise refused(f"{field}: got {found}, wanted yes, no, or 0 to 1 dollars")
    return whole(found, CONTRACT_BP, field)
