"""Keeps a lake in few files: looks every ten minutes what is worth joining, and has it joined."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec

from collectors.compaction.joining import Joined
from collectors.observations import HEALTH_EACH_S, Health
from collectors.words import one_line
from engine.lake.due import by_itself, free_memory_bytes, tables_due

NAME = "compaction"
EVERY_S = 600.0
_NOTE = 300
_JOINING = "joins files"


class Keeper:
    """``begin`` starts the joining of tables in another process; ``say`` gets a line when any were joined."""

    def __init__(
        self,
        root: Path,
        *,
        tell: Callable[[Health], None],
        say: Callable[[str], None],
        begin: Callable[[Path, Sequence[str]], subprocess.Popen[bytes]] | None = None,
        every_s: float = EVERY_S,
    ) -> None:
        self._root = root
        self._put = tell
        self._say = say
        self._begin = begin or begun
        self._every_s = every_s
        self._looked_s = time.monotonic()
        self._note, self._trouble = "", ""

    def run(self) -> None:
        """Until whoever listens is gone, which ``tell`` raises BrokenPipeError at."""
        while True:
            self.look()
            until = time.monotonic() + self._every_s
            while (left := until - time.monotonic()) > 0:
                self.tell()
                time.sleep(min(left, HEALTH_EACH_S))

    def look(self) -> None:
        """Joins what is due, and says that it lives meanwhile."""
        names = tables_due(self._root, time.time_ns(), by_itself(free_memory_bytes()))
        done = self._joined(names) if names else Joined()
        if done.files:
            self._note = f"{done.words()}, at {time.strftime('%H:%M UTC on %d %b', time.gmtime())}"
            self._say(done.words())
        if done.trouble and done.trouble != self._trouble:
            self._say(done.trouble)
        self._trouble = done.trouble
        self._looked_s = time.monotonic()

    def _joined(self, names: Sequence[str]) -> Joined:
        process = self._begin(self._root, names)
        try:
            while True:
                self.tell(_JOINING)
                try:
                    out, _ = process.communicate(timeout=HEALTH_EACH_S)
                except subprocess.TimeoutExpired:
                    continue
                return _read(out, process.returncode)
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()

    def tell(self, doing: str = "") -> None:
        """How it is: alive, since when, and what it did last."""
        age_s = time.monotonic() - self._looked_s
        shown = one_line(doing or self._trouble or self._note, _NOTE)
        self._put(Health(NAME, not self._trouble, age_s, 0.0, shown, 3 * self._every_s))


def begun(root: Path, names: Sequence[str]) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "collectors.compaction.joining", str(root), *names]
    return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)


def _read(out: bytes, code: int) -> Joined:
    try:
        return msgspec.json.decode(out, type=Joined)
    except msgspec.MsgspecError:
        how = f"was killed by {signal.Signals(-code).name}" if code < 0 else f"ended with code {code}"
        return Joined(trouble=f"joining files {how}; nothing is lost, it is tried again")
