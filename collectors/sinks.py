"""Where observations go: over the process edge as frames on standard output, or nowhere."""

from __future__ import annotations

import os
import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import Protocol

from collectors.observations import FrameError, Headline, Health, Observation, encode

_PACE_S = 0.02
_MOST_WAITING = 10_000


class ObservationSink(Protocol):
    """Takes what the engine is to hear; never blocks and never raises."""

    def put(self, message: Observation | Headline | Health) -> None: ...

    def close(self) -> None: ...


class NoSink:
    """Nobody listens."""

    def put(self, message: Observation | Headline | Health) -> None:
        return None

    def close(self) -> None:
        return None


class FrameSink:
    """Frames on a pipe, written by a thread so that a full pipe holds nobody.

    What waits is the newest value of each kind and key: a reader that is slow, or a flood, costs values in
    between and never the last one. ``on_closed`` is called from the thread when the reader is gone;
    ``on_refused`` with one line for a message that no frame may carry.
    """

    def __init__(
        self, descriptor: int, on_closed: Callable[[], None], on_refused: Callable[[str], None]
    ) -> None:
        self.dropped = 0
        self._descriptor = descriptor
        self._on_closed = on_closed
        self._on_refused = on_refused
        self._waiting: OrderedDict[tuple[str, str, str], bytes] = OrderedDict()
        self._changed = threading.Condition()
        self._is_ending = False
        self._thread = threading.Thread(target=self._write_all, name="observations", daemon=True)
        self._thread.start()

    def put(self, message: Observation | Headline | Health) -> None:
        try:
            frame = encode(message)
        except FrameError as error:
            self._on_refused(str(error))
            return
        with self._changed:
            self._waiting[_name(message)] = frame
            if len(self._waiting) > _MOST_WAITING:
                self._waiting.popitem(last=False)
                self.dropped += 1
            self._changed.notify()

    def close(self, patience_s: float = 2.0) -> None:
        """Writes what waits, as long as the reader takes it in ``patience_s``."""
        with self._changed:
            self._is_ending = True
            self._changed.notify()
        self._thread.join(patience_s)

    def _write_all(self) -> None:
        while True:
            with self._changed:
                while not self._waiting and not self._is_ending:
                    self._changed.wait()
                frames, is_ending = list(self._waiting.values()), self._is_ending
                self._waiting.clear()
            if not self._written(b"".join(frames)):
                self._on_closed()
                return
            if is_ending:
                return
            with self._changed:
                self._changed.wait_for(lambda: self._is_ending, _PACE_S)

    def _written(self, data: bytes) -> bool:
        left = memoryview(data)
        try:
            while left:
                left = left[os.write(self._descriptor, left) :]
        except OSError:
            return False
        return True


def _name(message: Observation | Headline | Health) -> tuple[str, str, str]:
    match message:
        case Observation():
            return "observation", message.kind, message.key
        case Headline():
            return "headline", message.headline_id, ""
        case Health():
            return "health", message.name, ""
