"""Runs a program in a terminal of its own and counts what it writes and what processor time it takes.

The terminal answers as a modern one does: it has synchronised output, so that what the program writes comes
in frames. Bytes are exact; processor time is the kernel's for all threads of the program.
"""

from __future__ import annotations

import fcntl
import json
import os
import pty
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

_FRAME = b"\x1b[?2026h"
_ANSWERS = {b"\x1b[?2026$p": b"\x1b[?2026;2$y", b"\x1b[?2048$p": b"\x1b[?2048;0$y"}
_TAIL = max(len(query) for query in _ANSWERS) - 1


@dataclass(frozen=True, slots=True)
class Painted:
    """What a program did in ``seconds``; ``told`` is what it said of itself."""

    seconds: float
    written: int
    frames: int
    cpu_s: float
    rss_bytes: int
    told: dict[str, float]

    @property
    def share_of_a_core(self) -> float:
        return self.cpu_s / self.seconds

    @property
    def flushes(self) -> float:
        return max(self.told["flushes"], 1)

    @property
    def kilobytes_each_flush(self) -> float:
        return self.written / 1_000 / self.flushes

    @property
    def cpu_ms_each_flush(self) -> float:
        return self.cpu_s * 1_000 / self.flushes


class Terminal:
    """A pseudo terminal with a program in it, which resets its own counts at SIGUSR1 and writes them as
    JSON to the file named by its last argument at SIGUSR2."""

    def __init__(self, argv: Sequence[str], report: Path, width: int, height: int, *, colours: str) -> None:
        self._report = report
        self._master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", height, width, 0, 0))
        environment = {
            **os.environ,
            "TERM": "xterm-256color",
            "COLORTERM": colours,
            "TEXTUAL_ANIMATIONS": "none",
            "TEXTUAL_SMOOTH_SCROLL": "0",
            "PYTHONHASHSEED": "0",
        }
        self.process = subprocess.Popen(
            [sys.executable, *argv, str(report)],
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env=environment,
            start_new_session=True,
        )
        os.close(slave)
        self.written = 0
        self.frames = 0
        self._tail = b""

    def read_for(self, seconds: float) -> None:
        """Takes what the program writes, and answers what it asks."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            if not select.select([self._master], [], [], left)[0]:
                return
            try:
                self._took(os.read(self._master, 65_536))
            except OSError as error:
                raise ChildProcessError(f"the program ended: {self._tail!r}") from error

    def read_until_painted(self) -> None:
        """Until the first frame has come. Raises TimeoutError if none does."""
        for _ in range(300):
            self.read_for(0.1)
            if self.frames:
                return
        raise TimeoutError("the program drew nothing within 30 s")

    def _took(self, chunk: bytes) -> None:
        self.written += len(chunk)
        seen = self._tail + chunk
        self.frames += seen.count(_FRAME) - self._tail.count(_FRAME)
        for query, answer in _ANSWERS.items():
            if seen.count(query) > self._tail.count(query):
                os.write(self._master, answer)
        self._tail = seen[-_TAIL:]

    def measure(self, seconds: float) -> Painted:
        self.process.send_signal(signal.SIGUSR1)
        written, frames = self.written, self.frames
        cpu_ns, begun = cpu_of(self.process.pid), time.monotonic()
        self.read_for(seconds)
        cpu_s, took = (cpu_of(self.process.pid) - cpu_ns) / 1e9, time.monotonic() - begun
        written, frames = self.written - written, self.frames - frames
        self.process.send_signal(signal.SIGUSR2)
        return Painted(took, written, frames, cpu_s, rss_of(self.process.pid), self._told())

    def _told(self) -> dict[str, float]:
        for _ in range(100):
            self.read_for(0.05)
            if self._report.exists():
                told: dict[str, float] = json.loads(self._report.read_text())
                return told
        raise TimeoutError(f"the program said nothing of itself in {self._report} within 5 s")

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        os.close(self._master)


@contextmanager
def in_terminal(
    argv: Sequence[str],
    report: Path,
    *,
    width: int = 120,
    height: int = 40,
    colours: str = "truecolor",
    warm_s: float = 2.5,
) -> Iterator[Terminal]:
    """The program ``warm_s`` after it has drawn its first screen."""
    terminal = Terminal(argv, report, width, height, colours=colours)
    try:
        terminal.read_until_painted()
        terminal.read_for(warm_s)
        yield terminal
    finally:
        terminal.close()


def cpu_of(pid: int) -> int:
    """Nanoseconds on a processor, of all threads that live."""
    threads = Path(f"/proc/{pid}/task").iterdir()
    return sum(int((thread / "schedstat").read_text().split()[0]) for thread in threads)


def rss_of(pid: int) -> int:
    """Bytes in memory."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")
