"""A home with an engine that the console starts by itself, and terminals in which people sit at it."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from running_daemon import LIVELY_WORLD, RunningDaemon
from terminal import Terminal, need_tmux

from console.starting import is_listening

other_size = pytest.mark.skipif(
    "SPARKO_JOURNEYS" not in os.environ, reason="the same journey at another size: with SPARKO_JOURNEYS=1"
)
SEEN_S = 0.4
"""REVIEW must have been seen for 150 ms before Enter counts; this is well over it."""
_PRESETS = (1, 2, 5, 10)
"""Contracts of the keys 1 to 4 in a ticket."""
_DAEMON = b"console.daemon"


class Journey:
    """One home and everybody at it. :meth:`close` ends terminals, engine and exchange in whatever state."""

    def __init__(self, folder: Path, config: str = LIVELY_WORLD) -> None:
        need_tmux()
        self._folder = folder
        self.engine = RunningDaemon(folder / "h", config)
        """Not started: the console does that."""
        self.home = self.engine.home
        self.config = folder / "config" / "sparko"
        self._terminals: list[Terminal] = []

    def sit_down(self, width: int, height: int, *options: str, **environment: str) -> Terminal:
        """``sparko-console`` in a terminal of that size; does not wait for anything."""
        words = [sys.executable, "-m", "console.cli", "--home", str(self.home), *options]
        own = {"XDG_CONFIG_HOME": str(self.config.parent), "XDG_DATA_HOME": str(self._folder / "data")}
        folder = self._folder / f"t{len(self._terminals)}"
        terminal = Terminal(folder, words, width, height, own | environment)
        self._terminals.append(terminal)
        return terminal

    # The engine.

    def engines(self) -> list[int]:
        """Every engine process of this home."""
        home = str(self.home).encode()
        found = []
        for path in Path("/proc").glob("[0-9]*/cmdline"):
            with contextlib.suppress(OSError):
                words = path.read_bytes().split(b"\0")
                if _DAEMON in words and home in words:
                    found.append(int(path.parent.name))
        return found

    def kill_engine(self) -> None:
        """Without warning; the exchange goes on."""
        for pid in self.engines():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def start_engine(self) -> None:
        """As a service manager would."""
        self.engine.start()

    @property
    def is_listening(self) -> bool:
        return is_listening(self.home)

    # What is true.

    def orders(self) -> list[dict[str, Any]]:
        """Every order that the engine knows of, the practice one apart."""
        found: list[dict[str, Any]] = self.engine.sparko("orders", "--all")
        return found

    def placed(self) -> list[dict[str, Any]]:
        """Every order that ever reached the exchange."""
        found: list[dict[str, Any]] = self.engine.side_door("GET", "orders")["orders"]
        return found

    def held(self) -> dict[str, tuple[str, Any]]:
        """Leg and count of what is held, by market."""
        return {row["ticker"]: (row["side"], row["count"]) for row in self.engine.sparko("positions")}

    def close(self) -> None:
        for terminal in self._terminals:
            terminal.close()
        self.kill_engine()
        self.engine.close()


@contextmanager
def journey_in(folder: Path, config: str = LIVELY_WORLD) -> Iterator[Journey]:
    journey = Journey(folder, config)
    try:
        yield journey
    finally:
        journey.close()


# Hands and eyes of a person at the desk.


def box(screen: str, code: str) -> list[str]:
    """The rows inside the panel of that code, its edge included at the left; empty if it is not seen."""
    lines = screen.split("\n")
    for at, line in enumerate(lines):
        begins = re.search(rf"[╔┌] \d {code}\b", line)
        if begins is None:
            continue
        left = begins.start()
        width = re.search(r"[╗┐]", line[left:])
        right = None if width is None else left + width.start()
        rows = []
        for below in lines[at + 1 :]:
            if below[left : left + 1] in ("╚", "└"):
                return rows
            rows.append(below[left:right])
    return []


def at_cursor(screen: str, code: str) -> str:
    """The row of a panel on which its cursor is; empty if there is none."""
    return next((row for row in box(screen, code) if row.startswith("▸")), "")


def no_price(screen: str) -> float | None:
    """What NO costs in the row of EVT's cursor; None where it is not for sale."""
    heading = next((row for row in box(screen, "EVT") if "N ask" in row), "")
    cell = at_cursor(screen, "EVT")[: heading.find("N ask") + len("N ask")][-5:].strip()
    return float(cell) if re.fullmatch(r"\d+(\.\d+)?", cell) else None


def type_code(terminal: Terminal, line: str) -> None:
    """A line on the command row."""
    terminal.keys(":")
    terminal.type(line)
    terminal.shows(f":{line}")
    terminal.keys("Enter")


def choose_strike(terminal: Terminal, event: str, least: float = 30, most: float = 70) -> str:
    """Opens an event, walks down it to the first strike whose NO costs about a half, loads it; its ticker."""
    type_code(terminal, f"{event} EVT")
    terminal.until(lambda: at_cursor(terminal.text, "EVT") != "", "cursor in EVT")
    terminal.keys("g")
    terminal.rests()
    for _ in range(60):
        screen = terminal.text
        row, price = at_cursor(screen, "EVT"), no_price(screen)
        if price is not None and least <= price <= most:
            terminal.keys("Enter")
            terminal.until(lambda: "»" in at_cursor(terminal.text, "EVT"), "loaded strike")
            return f"{event}-T{_strike(row) - 0.01:.2f}"
        terminal.keys("Down")
        terminal.until(lambda row=row: _name(at_cursor(terminal.text, "EVT")) != _name(row), "next strike")
    raise AssertionError(f"no strike of {event} costs about a half:\n{terminal.text}")


def _strike(row: str) -> int:
    """Of a row of an hour's bitcoin prices: ``≥ $76,000`` is the market of T75999.99."""
    found = re.search(r"≥ \$([\d,]+)", row)
    assert found is not None, row
    return int(found[1].replace(",", ""))


def _name(row: str) -> str:
    """A row as far as it stays the same while prices move."""
    return " ".join(re.findall(r"[≥≤<>°$\d,]+", row)[:2])


def arm(terminal: Terminal) -> None:
    terminal.keys("A")
    terminal.stands("ARM the keys?", SEEN_S)
    terminal.keys("Enter")
    terminal.shows("KEYS armed")


def open_no(terminal: Terminal, count: int) -> None:
    """A ticket to buy NO two cents through what is asked, so that it fills although the book moves."""
    terminal.keys("N")
    terminal.until(lambda: _ticket_price(terminal) > 0, "price in the ticket")
    terminal.keys(str(_PRESETS.index(count) + 1))
    terminal.shows(f"BUY {count} NO at ")
    wanted = _ticket_price(terminal) + 2
    for _ in range(2):
        before = _ticket_price(terminal)
        terminal.keys("+")
        terminal.until(lambda before=before: _ticket_price(terminal) > before, "higher price")
    assert _ticket_price(terminal) == wanted, terminal.text


def _ticket_price(terminal: Terminal) -> float:
    found = re.search(r"NO at (\d+(\.\d+)?)", terminal.text)
    return 0 if found is None else float(found[1])


def to_review(terminal: Terminal) -> None:
    terminal.keys("Enter")
    terminal.stands("REVIEW", SEEN_S)


def send(terminal: Terminal) -> None:
    """Enter on REVIEW, and again when the book moved meanwhile and was reviewed anew."""
    while True:
        terminal.stands("REVIEW", SEEN_S)
        terminal.keys("Enter")
        terminal.until(lambda: " REVIEW " not in terminal.text or "look again" in terminal.text, "order")
        if " REVIEW " not in terminal.text:
            return
