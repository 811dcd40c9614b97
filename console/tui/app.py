"""The desk on the screen."""

from __future__ import annotations

import asyncio
import contextlib
from typing import ClassVar

from textual import events
from textual.app import App, ComposeResult
from textual.binding import BindingType
from textual.containers import Container
from textual.driver import Driver
from textual.drivers.linux_driver import LinuxDriver
from textual.geometry import Size

from console.tui import ascii as plain_ascii
from console.tui.command_line import History
from console.tui.desk import Desk
from console.tui.flush import TIE
from console.tui.frame.boxes import Boxes
from console.tui.frame.choosing import Choosing
from console.tui.frame.doing import Doing
from console.tui.frame.drawing import Drawing
from console.tui.frame.farewell import farewell
from console.tui.frame.lines import Lines
from console.tui.frame.messages import MessageBoard
from console.tui.frame.prompt import Mode, Prompt
from console.tui.frame.repaint import Repaint
from console.tui.frame.ringing import Ringer
from console.tui.frame.typed_lines import TypedLines
from console.tui.keymap import Keymap, read_keymap
from console.tui.options import DeskOptions
from console.tui.settings import SettingsStore
from console.tui.terminal_driver import TerminalDriver
from console.tui.theme import Theme, theme_named, theme_of
from console.tui.ticket.trading import TicketTrading
from console.tui.tie import LastingTie
from console.tui.widgets.row_pane import RowPane
from engine.control.errors import ControlError


class DeskApp(App[str]):
    """Run by :meth:`run`, which returns what is to be said after the screen is gone.

    The constructor raises ThemeInvalid and KeymapInvalid; nothing is drawn then.
    """

    CSS = """
    Screen { layout: vertical; overflow: hidden; padding: 0; }
    #frame { width: 100%; height: 100%; layout: vertical; overflow: hidden; }
    #frame > * { position: absolute; }
    #offers { layer: above; display: none; }
    Screen { layers: default above; }
    #frame { layers: default above; }
    """
    ENABLE_COMMAND_PALETTE = False
    BINDINGS: ClassVar[list[BindingType]] = []
    ESCAPE_TO_MINIMIZE = False
    INLINE_PADDING = 0

    def __init__(self, attachment: LastingTie, options: DeskOptions | None = None) -> None:
        self.options = options or DeskOptions()
        config = self.options.config
        self.store = SettingsStore(config)
        own_themes = None if config is None else config / "themes"
        chosen = self.options.theme or self.store.value.theme
        self.look: Theme = theme_of(chosen, self.options.environment, own_themes)
        self.keymap: Keymap = Keymap() if config is None else read_keymap(config / "keymap.toml")
        super().__init__()
        self.animation_level = "none"
        kept = self.store.value
        self.tie = attachment
        self.desk = Desk(attachment, self.options.clock, period_min=kept.period_min, starred=kept.starred)
        self.desk.is_ascii = self.options.is_ascii or plain_ascii.is_needed(self.options.environment)
        self.messages = MessageBoard(self.options.greeting)
        self.extent = Size(80, 24)
        """The terminal's, as it was told last."""
        self.repaint = Repaint(self)
        self.boxes = Boxes(self.look.style, self.desk, is_phone=self.options.is_phone)
        self.choosing = Choosing(self)
        self.doing = Doing(self)
        self.typed = TypedLines(self)
        self.prompt = Prompt(History(kept.history), self.typed.offers)
        self.trading = TicketTrading(
            self.desk,
            self.look.style,
            self.messages,
            home=self.options.home,
            is_observing=self.options.is_observer,
        )
        self.ringer = Ringer(self)
        self.drawing = Drawing(self)
        self.lines = Lines(self, self.look.style)
        self._frame = Container(id="frame")
        self._tie_task: asyncio.Task[None] | None = None

    def compose(self) -> ComposeResult:
        with self._frame:
            yield from (*self.lines.above(), *self.boxes.widgets(), *self.lines.below())
            yield from (self.trading.pane, *self.lines.over())

    def on_mount(self) -> None:
        self._dress()
        if self.desk.is_ascii:
            for lines in self.query(RowPane):
                lines.spell(is_ascii=True)
        self.lay_out(self.size.width, self.size.height)
        if self.store.problem:
            self.messages.fail(self.store.problem)
        self.drawing.begin()
        self.call_after_refresh(self._begin_tie)

    def on_resize(self, event: events.Resize) -> None:
        self.lay_out(event.size.width, event.size.height)
        self.draw_all()
        self.repaint.soon()

    async def on_unmount(self) -> None:
        await self.drawing.stop()
        await self.trading.stop()
        await self.desk.stop()
        await self.tie.close()
        if self._tie_task is not None:
            self._tie_task.cancel()
            await asyncio.gather(self._tie_task, return_exceptions=True)
        self.ringer.title("")

    # Drawing.

    def lay_out(self, width: int, height: int) -> None:
        """Puts everything where it belongs in a terminal of that size."""
        self.extent = Size(width, height)
        self.boxes.arrange(width, height)
        self.lines.place(self.extent)
        arrangement = self.boxes.arrangement
        self.trading.put(arrangement.ticket or arrangement.area)

    def flush(self) -> None:
        """Draws what changed, as by itself a few times a second."""
        self.drawing.flush()

    def draw_all(self) -> None:
        """Draws everything at once."""
        self.drawing.now()

    def open_prompt(self, mode: Mode, text: str = "") -> None:
        self.prompt.open(mode, text)
        self.lines.place_offers()
        self.lines.draw()

    def dress(self, name: str) -> None:
        """Another theme, from here on and at the next start. Raises ThemeInvalid."""
        config = self.options.config
        self.look = theme_named(name, None if config is None else config / "themes")
        self.store.change(theme=name)
        for lines in self.query(RowPane):
            lines.restyle(self.look.style)
        self._dress()

    def _dress(self) -> None:
        for name, colour in (("background", self.look.background), ("color", self.look.foreground)):
            if colour is not None:
                setattr(self.screen.styles, name, colour)

    # Keys.

    def on_key(self, event: events.Key) -> None:
        event.stop()
        event.prevent_default()
        character = event.character if event.is_printable else None
        key = event.key if character is None or character == " " else character
        if key == "ctrl+c":
            self._tell_how_to_leave()
        elif self.prompt.is_open:
            self._prompt_key(key, character)
        elif self.trading.is_open:
            self.trading.key(key, character)
        else:
            action = self.keymap.action(key, self.boxes.current.code)
            if action is not None:
                self.doing.act(action.id, key)
        self.draw_all()

    def _tell_how_to_leave(self) -> None:
        """A slip of the fingers must not end a desk that watches money."""
        key = self.keymap.text("desk.quit") or "Ctrl+Q"
        self.messages.say(f"{key} leaves the desk; the engine keeps running")

    def on_paste(self, event: events.Paste) -> None:
        """Text is only ever taken where text is asked for."""
        event.stop()
        if not self.prompt.is_open:
            self.messages.say("pasted text is not used here; press : first")
        elif not self.prompt.paste(event.text):
            self.messages.say("the pasted text was cut off; a line is at most 200 characters")
        self.lines.place_offers()
        self.lines.draw()

    def _prompt_key(self, key: str, character: str | None) -> None:
        entered = self.prompt.key(key, character)
        if entered is not None:
            self.typed.enter(entered)
        self.lines.place_offers()

    # The engine.

    def _begin_tie(self) -> None:
        self._tie_task = asyncio.create_task(self._run_tie())

    async def _run_tie(self) -> None:
        try:
            await self.tie.run()
        except ControlError as error:
            self.messages.fail(str(error))
            self.drawing.mark(TIE)

    def set_terminal_title(self, text: str) -> None:
        if self._driver is not None and not self.is_headless:
            with contextlib.suppress(OSError, ValueError):
                self._driver.write(f"\x1b]0;{text}\x07")

    def farewell(self) -> str:
        """What is said when the screen is gone."""
        return farewell(self.desk)

    def get_driver_class(self) -> type[Driver]:
        """Of a terminal one that sleeps until there is a key."""
        chosen = super().get_driver_class()
        return TerminalDriver if chosen is LinuxDriver else chosen

    async def action_quit(self) -> None:
        self.exit(self.farewell())
