"""The terminal's keys, waited for: a desk at which nobody types wakes for no key.

The library's driver looks at the terminal ten times a second, also when nothing was typed for hours.
"""

from __future__ import annotations

import os
import selectors
from codecs import getincrementaldecoder
from collections.abc import Iterator

from textual._xterm_parser import XTermParser
from textual.drivers.linux_driver import LinuxDriver

_LOOK_EACH_S = 0.05
_LOOKS = 10
"""After something was typed: an Escape is one by itself once nothing followed it for a tenth of a second."""
_MOST_BYTES = 4_096


class TerminalDriver(LinuxDriver):
    """Reads what its parent does, and sleeps until there is something or its work ends."""

    _ends: tuple[int, int] | None = None
    """A pipe that is read beside the terminal and written to at the end; None while no keys are read."""

    def start_application_mode(self) -> None:
        self._ends = self._ends or os.pipe()
        super().start_application_mode()  # type: ignore[no-untyped-call]

    def disable_input(self) -> None:
        """Returns when no key is read any more."""
        ends, self._ends = self._ends, None
        if ends is not None:
            os.write(ends[1], b".")
        super().disable_input()
        for end in ends or ():
            os.close(end)

    def run_input_thread(self) -> None:
        if self._ends is None:
            return
        parser, decode = XTermParser(self._debug), getincrementaldecoder("utf-8")("replace").decode
        for typed in read_until(self._ends[0], self.fileno):
            text = decode(typed)
            for message in parser.feed(text) if text else parser.tick():
                self.process_message(message)


def read_until(end: int, terminal: int) -> Iterator[bytes]:
    """What is typed at a terminal, until ``end`` can be read; after it, for a while, empty bytes: time to see
    whether what was typed goes on. A terminal that is gone says nothing more. Raises OSError of a terminal
    that cannot be read."""
    looks = 0
    with selectors.DefaultSelector() as selector:
        for source in (end, terminal):
            selector.register(source, selectors.EVENT_READ)
        while True:
            ready = {key.fd for key, _ in selector.select(_LOOK_EACH_S if looks else None)}
            if end in ready:
                return
            typed = os.read(terminal, _MOST_BYTES) if terminal in ready else b""
            if terminal in ready and not typed:
                selector.unregister(terminal)
            looks = _LOOKS if typed else max(looks - 1, 0)
            yield typed
