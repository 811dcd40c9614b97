"""What a child says on its standard error, in bounds: a few lines a minute for the log, the last one kept."""

from __future__ import annotations

import asyncio
import logging
import time

_log = logging.getLogger(__name__)
LINES_A_MINUTE = 20
_LONGEST = 300
_CHUNK = 4_096


class Spoken:
    """``last`` is the last line that says anything."""

    def __init__(self, name: str) -> None:
        self.last = ""
        self._name = name
        self._rest = ""
        self._minute = 0
        self._lines = 0

    async def listen(self, pipe: asyncio.StreamReader) -> None:
        """Until it is closed."""
        while data := await pipe.read(_CHUNK):
            *lines, rest = (self._rest + data.decode(errors="replace")).split("\n")
            for line in lines:
                self._line(line)
            self._rest = rest[:_LONGEST]
        self._line(self._rest)

    def _line(self, text: str) -> None:
        line = "".join(c if c.isprintable() else " " for c in text).strip()[:_LONGEST]
        if not line:
            return
        self.last = line
        minute = int(time.monotonic() // 60)
        if minute != self._minute:
            if self._lines > LINES_A_MINUTE:
                _log.info("collector %s: %d lines left out", self._name, self._lines - LINES_A_MINUTE)
            self._minute, self._lines = minute, 0
        self._lines += 1
        if self._lines <= LINES_A_MINUTE:
            _log.info("collector %s: %s", self._name, line)
