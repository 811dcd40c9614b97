"""The engine's log: one JSON object a line in ``logs/engine.jsonl``, and plain lines for whoever watches."""

from __future__ import annotations

import logging
import sys
from contextlib import suppress
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from engine.ops.alerts.sink_thread import THREAD_PREFIX

FILE_NAME = "engine.jsonl"
_FILE_BYTES = 10_000_000
_FILES_KEPT = 5
_SECRET_WORDS = ("private_key", "signature", "token", "secret", "password", "authorization")
HIDDEN = "hidden"


def hide_secrets(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Whatever is filed under a name that smells of a secret, and any PEM block, is not written."""
    for name, value in event.items():
        is_named = any(word in name.lower() for word in _SECRET_WORDS)
        if is_named or (isinstance(value, str) and "PRIVATE KEY-----" in value):
            event[name] = HIDDEN
    return event


def is_not_of_a_sink(record: logging.LogRecord) -> bool:
    """What libraries say while they deliver an alert may hold its address, which is a secret."""
    is_sink = (record.threadName or "").startswith(THREAD_PREFIX)
    return not is_sink or record.name.startswith("engine.")


if TYPE_CHECKING:
    _ToStream = logging.StreamHandler[TextIO]
else:
    _ToStream = logging.StreamHandler


class _Told(_ToStream):
    """What the system refuses to take (a full disk) is no traceback for each line of the log."""

    def handleError(self, record: logging.LogRecord) -> None:
        if not isinstance(sys.exc_info()[1], OSError):
            super().handleError(record)


class _LogFile(RotatingFileHandler):
    """As :class:`_Told`; the first line that cannot be written is told on standard error, and again after
    some could be."""

    is_refused = False

    def handleError(self, record: logging.LogRecord) -> None:
        error = sys.exc_info()[1]
        if not isinstance(error, OSError):
            super().handleError(record)
        elif not self.is_refused:
            self.is_refused = True
            with suppress(OSError):
                sys.stderr.write(f"log {self.baseFilename}: cannot be written: {error.strerror}\n")

    def flush(self) -> None:
        super().flush()
        self.is_refused = False


class Logs:
    """The handlers of this process."""

    def __init__(self, file: logging.Handler) -> None:
        self._file = file

    def only_the_file(self) -> None:
        """From here on nothing goes to standard error: the last line there is the caller's."""
        logging.getLogger().handlers[:] = [self._file]


def start_logs(folder: Path, *, is_watched: bool) -> Logs:
    """Sends every logger of this process to the file, and to standard error if somebody watches.

    The file is opened, or made, with the first line that goes there.
    """
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        hide_secrets,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    file = _LogFile(
        folder / FILE_NAME, maxBytes=_FILE_BYTES, backupCount=_FILES_KEPT, encoding="utf-8", delay=True
    )
    watched = _Told(sys.stderr) if is_watched else None
    file.setFormatter(_formatter(shared, structlog.processors.JSONRenderer()))
    if watched is not None:
        watched.setFormatter(
            _formatter(shared, structlog.dev.ConsoleRenderer(colors=False, pad_event_to=0, pad_level=False))
        )
    root = logging.getLogger()
    root.handlers[:] = [file] if watched is None else [file, watched]
    for handler in root.handlers:
        handler.addFilter(is_not_of_a_sink)
    root.setLevel(logging.INFO)
    for noisy in ("httpx", "httpcore", "websockets", "asyncio"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    return Logs(file)


def _formatter(shared: list[Processor], renderer: Processor) -> logging.Formatter:
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
    )
