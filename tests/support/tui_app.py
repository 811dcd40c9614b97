"""DeskApp for tests: over a tie that is told by the test, on clocks that stand still."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from tui_desk import EVENT, FakeTie, StillClock, tell_all

from console.tui.app import DeskApp
from console.tui.options import DeskOptions

TICKER = f"{EVENT}-T95000"


def app_of(tie: FakeTie | None = None, clock: StillClock | None = None, **options: Any) -> DeskApp:
    environment: Mapping[str, str] = options.pop("environment", {})
    return DeskApp(
        tie if tie is not None else FakeTie(),
        DeskOptions(clock=clock or StillClock(), environment=environment, **options),
    )


def full_app(**options: Any) -> tuple[DeskApp, FakeTie, StillClock]:
    """Everything told before the first paint."""
    tie, clock = FakeTie(), StillClock()
    tell_all(tie)
    return app_of(tie, clock, **options), tie, clock


def screen_text(app: DeskApp) -> list[str]:
    """The screen as lines of text."""
    return [
        "".join(segment.text for segment in line).rstrip() for line in app.screen._compositor.render_strips()
    ]


Before = Callable[[Any], Awaitable[None]]
