"""A real terminal for tests: a program in a tmux of its own, keys to it, and what is on its screen."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import termios
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest

PATIENCE_S = 40.0
LOOK_EACH_S = 0.05
_CONFIG = """\
set -g default-terminal "tmux-256color"
set -g status off
set -g escape-time 10
set -g remain-on-exit on
set -g history-limit 100
set -g set-titles off
set -g set-clipboard on
"""
_RUN = '"$@"; echo $? > "$0"'
"""For a shell: the program, and its exit code into a file. tmux 3.3 now and then never learns of an end."""
_NONE_FOR_THE_PROGRAM = ("TMUX", "TMUX_PANE", "NO_COLOR", "COLORTERM", "SPARKO_HOME")


def need_tmux() -> None:
    """Skips the test where there is no tmux."""
    if shutil.which("tmux") is None:
        pytest.skip("a journey needs tmux; none is installed")


class Terminal:
    """A program in a pane of ``width`` by ``height`` cells, of a tmux server that nobody else uses.

    ``folder`` keeps the server's socket, so its path must be short. What the program said last stays on the
    screen after its end. :meth:`close` ends the server and with it the program.
    """

    def __init__(
        self,
        folder: Path,
        words: Sequence[str],
        width: int,
        height: int,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        config = folder / "tmux.conf"
        config.write_text(_CONFIG)
        self._tmux = ("tmux", "-S", str(folder / "s"), "-f", str(config))
        self.width, self.height = width, height
        inherited = {name: text for name, text in os.environ.items() if name not in _NONE_FOR_THE_PROGRAM}
        self._environment = {**inherited, "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8", **(environment or {})}
        size = ("-x", str(width), "-y", str(height))
        self._code = folder / "code"
        self._ask("new-session", "-d", *size, shlex.join(("sh", "-c", _RUN, str(self._code), *words)))
        self._ask("set", "-g", "window-size", "manual")

    # What is on the screen.

    @property
    def lines(self) -> list[str]:
        """The rows of the screen, without blanks at their ends."""
        return self._ask("capture-pane", "-p").rstrip("\n").split("\n")

    @property
    def text(self) -> str:
        return "\n".join(self.lines)

    @property
    def clipboard(self) -> str:
        """What the program gave the terminal to keep; empty while it gave nothing."""
        kept = self._ask("list-buffers", "-F", "#{buffer_name}").split()
        return self._ask("show-buffer", "-b", kept[0]) if kept else ""

    @property
    def styled(self) -> str:
        """The screen with its escape sequences."""
        return self._ask("capture-pane", "-p", "-e")

    @property
    def has_ended(self) -> bool:
        """Whether the program has ended, by itself or by a signal."""
        is_known = self._code.is_file() and self._code.read_text().endswith("\n")
        return is_known and self._pane("#{pane_dead}") == "1"

    @property
    def exit_code(self) -> int:
        """Of the program, which has ended; 128 more than a signal."""
        return int(self._code.read_text())

    @property
    def size(self) -> tuple[int, int]:
        width, height = self._pane("#{pane_width} #{pane_height}").split()
        return int(width), int(height)

    # Hands on it.

    def keys(self, *names: str) -> None:
        """Keys by tmux's names (``Enter``, ``Escape``, ``Down``, ``Y``), all at once."""
        self._ask("send-keys", *names)

    def type(self, text: str) -> None:
        """Characters as they are."""
        self._ask("send-keys", "-l", text)

    def paste(self, text: str) -> None:
        """As a terminal pastes: between brackets where the program asked for them."""
        subprocess.run(
            (*self._tmux, "load-buffer", "-"), input=text, text=True, check=True, env=self._environment
        )
        self._ask("paste-buffer", "-p", "-d")

    def resize(self, width: int, height: int) -> None:
        """Does not wait until the program is told."""
        self.width, self.height = width, height
        self._ask("resize-window", "-x", str(width), "-y", str(height))

    def is_told(self) -> None:
        """Waits until the program can know its size. tmux tells of many sizes late, and later the more it is
        asked meanwhile."""
        descriptor = os.open(self._pane("#{pane_tty}"), os.O_RDWR | os.O_NOCTTY)
        try:
            wanted = (self.height, self.width)
            self.until(lambda: termios.tcgetwinsize(descriptor) == wanted, f"size of {wanted}")
        finally:
            os.close(descriptor)

    # Waiting.

    def until(self, holds: Callable[[], bool], what: str, patience_s: float = PATIENCE_S) -> None:
        """Looks until it holds; fails with the screen when the program or patience ends before."""
        deadline = time.monotonic() + patience_s
        while not holds():
            assert not self.has_ended or holds(), f"no {what} before the program's end:\n{self.text}"
            assert time.monotonic() < deadline, f"no {what} after {patience_s:g} s:\n{self.text}"
            time.sleep(LOOK_EACH_S)

    def shows(self, *texts: str) -> str:
        """Waits until all of them are on the screen together; returns that screen."""
        seen = ""

        def are_there() -> bool:
            nonlocal seen
            seen = self.text
            return all(text in seen for text in texts)

        self.until(are_there, f"{texts}")
        return seen

    def hides(self, text: str) -> None:
        """Waits until it is gone."""
        self.until(lambda: text not in self.text, f"end of {text!r}")

    def stands(self, text: str, seconds: float) -> None:
        """Waits until it has been seen on every look for that long."""
        since: float | None = None

        def stood() -> bool:
            nonlocal since
            if text not in self.text:
                since = None
                return False
            since = time.monotonic() if since is None else since
            return time.monotonic() - since >= seconds

        self.until(stood, f"{text!r} for {seconds:g} s")

    def rests(self) -> str:
        """Waits until two looks in a row are the same but for digits; returns the screen."""
        before = ""

        def is_at_rest() -> bool:
            nonlocal before
            last, before = before, _without_digits(self.text)
            return last == before

        self.until(is_at_rest, "rest")
        return self.text

    def ends(self) -> str:
        """Waits until the program has ended; returns all that it left behind, as one line."""
        self.until(lambda: self.has_ended, "end of the program")
        return " ".join(self._ask("capture-pane", "-p", "-J", "-S", "-100").split())

    def close(self) -> None:
        subprocess.run((*self._tmux, "kill-server"), capture_output=True, check=False, env=self._environment)

    def _pane(self, wanted: str) -> str:
        return self._ask("display-message", "-p", wanted).strip()

    def _ask(self, *words: str) -> str:
        ran = subprocess.run(
            (*self._tmux, *words), capture_output=True, text=True, env=self._environment, check=False
        )
        assert ran.returncode == 0, f"tmux {words}: {ran.stderr}"
        return ran.stdout


def _without_digits(text: str) -> str:
    return "".join("0" if each.isdigit() else each for each in text)
