"""Faults on demand: rules that say which request or stream message goes wrong, how, and how often.

A rule's ``path`` is relative to the REST root and may be exact (``/portfolio/balance``), a template
(``/portfolio/events/orders/{order_id}`` or ``:order_id``, one segment each), or a pattern: ``*`` stands for
any one segment (or part of one), ``**`` for anything. No path, or no method, means any. The first rule that
matches and has ``times`` left is used, and used up once; ``times`` of -1 never is.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from enum import StrEnum

import msgspec

from engine.sandbox.server.stream.faults import StreamEffect


class Effect(StrEnum):
    """What happens to a matching request."""

    RESET_BEFORE_ACCEPT = "reset_before_accept"
    """The connection is reset; nothing was done."""
    ACCEPT_THEN_RESET = "accept_then_reset"
    """Done and durable, then the connection is reset."""
    ACCEPT_THEN_STALL = "accept_then_stall"
    """Done and durable, and never answered: until the client leaves."""
    ACCEPT_THEN_503 = "accept_then_503"
    """Done and durable, and answered with 503."""
    STATUS_408 = "408"
    """This and the following statuses: answered so, nothing was done."""
    STATUS_429 = "429"
    STATUS_500 = "500"
    STATUS_502 = "502"
    STATUS_503 = "503"
    STATUS_504 = "504"
    SUCCESS_WITHOUT_ORDER = "2xx_without_order"
    """Answered as a success with an empty object; nothing was done."""
    GARBAGE_BODY = "garbage_body"
    """Done and durable; the answer has its status, and a body that is half of something else."""
    DELAY = "delay"
    """``delay:MS``: waits so many milliseconds of wall time, then goes on as usual."""
    PAUSE_EXCHANGE = "pause_exchange"
    """The exchange is paused before the request is looked at, until the rules are replaced or deleted. A rule
    without method and path pauses at once."""
    PAUSE_TRADING = "pause_trading"
    """The same for trading alone: cancels still work."""


PAUSES = frozenset({Effect.PAUSE_EXCHANGE, Effect.PAUSE_TRADING})
FOREVER = -1
_DELAY = re.compile(r"delay:(\d{1,7})")


class FaultRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One rule as it is posted."""

    effect: str
    method: str | None = None
    path: str | None = None
    channel: str | None = None
    times: int = 1


BOOK_CHANNEL = "orderbook_delta"
"""The one channel that sends snapshots, and so stale ones."""


class Fault(msgspec.Struct, frozen=True):
    """What a request meets; ``delay_ms`` belongs to DELAY alone."""

    effect: Effect
    delay_ms: int = 0


class InvalidFault(ValueError):
    """A rule that says nothing the laboratory knows; the text names field, got and wanted."""


class _Live:
    """A rule with what is left of it."""

    __slots__ = ("fault", "left", "pattern", "rule", "stream_effect")

    def __init__(self, rule: FaultRule, index: int) -> None:
        where = f"rules[{index}]"
        if rule.times < FOREVER or rule.times == 0:
            raise InvalidFault(f"{where}.times: got {rule.times}, wanted 1 or more, or -1 for ever")
        self.rule = rule
        self.left = rule.times
        self.fault, self.stream_effect = _parse_effect(rule.effect, where)
        if rule.channel is not None and self.stream_effect is None:
            raise InvalidFault(
                f"{where}.channel: got {rule.channel!r} with {rule.effect}, wanted a ws_ effect"
            )
        self.pattern = None if rule.path is None else _path_pattern(rule.path, where)

    @property
    def is_immediate(self) -> bool:
        """A pause that waits for no request."""
        return (
            self.fault is not None
            and self.fault.effect in PAUSES
            and self.rule.method is None
            and self.pattern is None
        )

    def fits_request(self, method: str, path: str) -> bool:
        if self.fault is None or self.left == 0:
            return False
        wanted = self.rule.method
        if wanted is not None and wanted.upper() not in (method, "*"):
            return False
        return self.pattern is None or self.pattern.fullmatch(path) is not None

    def fits_stream(self, channel: str) -> bool:
        if self.stream_effect is None or self.left == 0:
            return False
        if self.stream_effect is StreamEffect.STALE_SNAPSHOT and channel != BOOK_CHANNEL:
            return False
        return self.rule.channel is None or self.rule.channel == channel

    def use(self) -> None:
        if self.left > 0:
            self.left -= 1


class FaultRules:
    """The rules in force, and the pauses they hold.

    ``on_pause(exchange_paused, trading_paused)`` is called when a pause begins or ends; None is no change.
    """

    def __init__(self, *, held: Iterable[Effect] = ()) -> None:
        self.on_pause: Callable[[bool | None, bool | None], None] | None = None
        self._live: list[_Live] = []
        self._pauses: frozenset[Effect] = frozenset(held)

    @property
    def pauses(self) -> frozenset[Effect]:
        """The pauses that hold now."""
        return self._pauses

    def set_rules(self, rules: Iterable[FaultRule]) -> None:
        """Replaces all rules; raises InvalidFault, and changes nothing, if one makes no sense."""
        live = [_Live(rule, index) for index, rule in enumerate(rules)]
        self._live = live
        at_once = [item for item in live if item.is_immediate]
        for item in at_once:
            item.left = 0
        self._hold({item.fault.effect for item in at_once if item.fault is not None})

    def clear(self) -> None:
        self._live = []
        self._hold(set())

    def rules_left(self) -> list[FaultRule]:
        """Every rule with the times it has left; 0 is used up."""
        return [msgspec.structs.replace(item.rule, times=item.left) for item in self._live]

    def take_request(self, method: str, path: str) -> Fault | None:
        """The fault this request meets, used up once; ``path`` is relative to the REST root."""
        for item in self._live:
            if item.fits_request(method, path):
                item.use()
                if item.fault is not None and item.fault.effect in PAUSES:
                    self._hold(self._pauses | {item.fault.effect})
                return item.fault
        return None

    def take_stream(self, channel: str) -> StreamEffect | None:
        """The fault this channel's message meets, used up once."""
        for item in self._live:
            if item.fits_stream(channel):
                item.use()
                return item.stream_effect
        return None

    def _hold(self, pauses: Iterable[Effect]) -> None:
        before, self._pauses = self._pauses, frozenset(pauses)
        if self.on_pause is not None and before != self._pauses:
            self.on_pause(
                *(
                    (effect in self._pauses) if (effect in before) != (effect in self._pauses) else None
                    for effect in (Effect.PAUSE_EXCHANGE, Effect.PAUSE_TRADING)
                )
            )


def _parse_effect(text: str, where: str) -> tuple[Fault | None, StreamEffect | None]:
    delay = _DELAY.fullmatch(text)
    if delay is not None:
        return Fault(Effect.DELAY, int(delay.group(1))), None
    if text in frozenset(StreamEffect):
        return None, StreamEffect(text)
    if text in frozenset(Effect) and text != Effect.DELAY:
        return Fault(Effect(text)), None
    known = [effect.value for effect in Effect if effect is not Effect.DELAY]
    names = ", ".join([*known, "delay:MS", *(effect.value for effect in StreamEffect)])
    raise InvalidFault(f"{where}.effect: got {text!r}, wanted one of {names}")


_PATH_TOKEN = re.compile(r"\*\*|\*|\{[A-Za-z_]+\}|(?<=/):[A-Za-z_]+")


def _path_pattern(path: str, where: str) -> re.Pattern[str]:
    if not path.startswith("/") and not path.startswith("*"):
        raise InvalidFault(f"{where}.path: got {path!r}, wanted a path such as /portfolio/events/orders")
    parts: list[str] = []
    end = 0
    for token in _PATH_TOKEN.finditer(path):
        parts.append(re.escape(path[end : token.start()]))
        parts.append({"**": ".*", "*": "[^/]*"}.get(token.group(), "[^/]+"))
        end = token.end()
    parts.append(re.escape(path[end:]))
    return re.compile("".join(parts))
