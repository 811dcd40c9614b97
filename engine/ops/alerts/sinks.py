"""One way to reach people, through apprise; what goes wrong is told in words of our own.

Addresses hold secrets, and the texts of libraries and services may repeat them. So nothing that they say is
kept: a failure is one of a few sentences, and their loggers are silent in this process.
"""

from __future__ import annotations

import contextvars
import logging
import re
import warnings
from typing import TYPE_CHECKING, NamedTuple

from engine.core.effects import AlertLevel
from engine.ops.alerts.places import AlertsInvalid, Place

if TYPE_CHECKING:
    from apprise.plugins.base import NotifyBase

_SILENT = ("apprise", "requests", "urllib3", "requests_oauthlib", "oauthlib", "httpx", "httpcore", "smtplib")
_STATUS = re.compile(r"error=(\d{3})\b")
_PASSING = (408, 425, 429)
_heard: contextvars.ContextVar[list[str] | None] = contextvars.ContextVar("heard", default=None)


class Outcome(NamedTuple):
    """``failure`` is empty if the message was taken. ``is_refused``: the same again soon will not help."""

    failure: str = ""
    is_refused: bool = False


SENT = Outcome()


class _Listener(logging.Handler):
    """Hands what apprise says to the sink that is sending, which looks for a status code in it."""

    def emit(self, record: logging.LogRecord) -> None:
        heard = _heard.get()
        if heard is not None:
            try:
                heard.append(record.getMessage())
            except (TypeError, ValueError):
                heard.append("")


def silence_libraries() -> None:
    """No line of these reaches a handler of the process; safe to call again."""
    for name in _SILENT:
        logger = logging.getLogger(name)
        logger.propagate = False
        logger.handlers[:] = [_Listener() if name == "apprise" else logging.NullHandler()]


class AppriseSink:
    """Sends one message at a time and never raises."""

    def __init__(self, place: Place) -> None:
        """Raises AlertsInvalid for an address that apprise does not know."""
        self.spec = place.spec
        self._service = _service_of(place)

    def __repr__(self) -> str:
        return f"AppriseSink({self.spec.name!r})"

    def send(self, title: str, body: str, level: AlertLevel) -> Outcome:
        """Waits for the service, some seconds at most while it answers at all."""
        heard: list[str] = []
        token = _heard.set(heard)
        try:
            is_taken = self._service.notify(body=body, title=title, notify_type=_KINDS[level])
        except Exception as error:
            return Outcome(f"its module failed with {type(error).__name__}")
        finally:
            _heard.reset(token)
        return SENT if is_taken else _failure(heard)


_KINDS = {AlertLevel.NOTE: "info", AlertLevel.WARNING: "warning", AlertLevel.URGENT: "failure"}


def _service_of(place: Place) -> NotifyBase:
    silence_libraries()
    import apprise

    silence_libraries()
    asset = apprise.AppriseAsset(app_id="Sparko", app_desc="Sparko console", storage_mode="memory")
    service: NotifyBase | None
    try:
        with warnings.catch_warnings():
            # Its modules are loaded with the first address; what they import is not ours to be warned of.
            warnings.simplefilter("ignore")
            service = apprise.Apprise.instantiate(place.url, asset=asset)
    except Exception:
        service = None
    if service is None:
        raise AlertsInvalid(
            f"{place.where}: got an address that apprise does not know, or that lacks a part; see "
            "https://appriseit.com/services/"
        ) from None
    return service


def _failure(heard: list[str]) -> Outcome:
    """From what apprise said, only what cannot be a secret."""
    for text in heard:
        found = _STATUS.search(text)
        if found is not None:
            status = int(found[1])
            is_refused = 400 <= status < 500 and status not in _PASSING
            return Outcome(f"the service answered {status}", is_refused)
    if any("onnection error" in text for text in heard):
        return Outcome("no connection, or no answer in time")
    return Outcome("the service did not take it")
