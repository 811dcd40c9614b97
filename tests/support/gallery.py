"""The pictures of the README, taken from the running desk on a real engine and its embedded exchange.

    python tests/support/gallery.py

starts an engine on a home of its own, sits down, presses keys, and writes ``.gallery/*.svg``.
"""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path

from running_daemon import RunningDaemon
from textual.pilot import Pilot

from console.tui.app import DeskApp
from console.tui.options import DeskOptions
from engine.control.attachment import Attachment

ROOT = Path(__file__).parents[2]
WORLD = '[sandbox]\nseed = 7\nstart = "2026-11-20T15:00:00Z"\n'
GALLERY = ROOT / ".gallery"
DESK = (120, 40)
SMALL = (80, 24)


async def until(pilot: Pilot[str], *texts: str, within_s: float = 20.0) -> None:
    """Waits until all of this stands on the screen."""
    app = pilot.app
    async with asyncio.timeout(within_s):
        while True:
            await pilot.pause(0.1)
            screen = app.export_screenshot(simplify=True)
            if all(text.replace(" ", "&#160;") in screen for text in texts):
                return


def keep(app: DeskApp, name: str) -> None:
    GALLERY.mkdir(exist_ok=True)
    path = GALLERY / f"{name}.svg"
    path.write_text(app.export_screenshot(title="sparko-console", simplify=True), encoding="utf-8")
    print(f"{path.relative_to(ROOT)}: {path.stat().st_size // 1_000} kB")


def desk(home: Path) -> DeskApp:
    return DeskApp(Attachment(home / "engine.sock"), DeskOptions(environment={}))


async def pictures(home: Path) -> None:
    app = desk(home)
    async with app.run_test(size=DESK) as pilot:
        await until(pilot, "UNGUARDED", "mid")
        await pilot.press("A")
        await until(pilot, "ARM the keys?")
        await pilot.pause(0.3)
        await pilot.press("enter")
        await until(pilot, "KEYS armed")
        await pilot.pause(3.0)
        keep(app, "desk")
        await pilot.press(":", *"EVT", "enter")
        await until(pilot, "if this wins")
        keep(app, "event")
        await pilot.press("down", "down", "enter", "N")
        await until(pilot, "TICKET")
        await pilot.press("enter")
        await until(pilot, "REVIEW")
        keep(app, "review")
        await pilot.press("escape", "escape")
        await pilot.press("A")
        await pilot.pause(0.3)
    app = desk(home)
    async with app.run_test(size=SMALL) as pilot:
        await until(pilot, "UNGUARDED", "mid")
        await pilot.pause(1.0)
        keep(app, "small")


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="gallery-") as folder:
        daemon = RunningDaemon(Path(folder) / "home", WORLD)
        try:
            daemon.start("--practice")
            asyncio.run(pictures(daemon.home))
        finally:
            daemon.close()


if __name__ == "__main__":
    main()
