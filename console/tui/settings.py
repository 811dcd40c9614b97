"""What a console remembers of its user between two sittings: ``<config>/console.json``."""

from __future__ import annotations

from pathlib import Path

import msgspec


class ConsoleSettings(msgspec.Struct, frozen=True, omit_defaults=True):
    """``theme`` empty is the default; ``history`` the lines that were typed, newest last."""

    starred: tuple[str, ...] = ()
    theme: str = ""
    period_min: int = 1
    history: tuple[str, ...] = ()


class SettingsStore:
    """Reads once, writes whole; without a folder nothing is kept."""

    def __init__(self, folder: Path | None) -> None:
        self._path = None if folder is None else folder / "console.json"
        self.problem = ""
        """Why the file could not be read or written, in one line; the console goes on without it."""
        self.value = self._read()

    def change(self, **changes: object) -> None:
        self.value = msgspec.structs.replace(self.value, **changes)
        if self._path is None:
            return
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            fresh = self._path.with_name(self._path.name + ".new")
            fresh.write_bytes(msgspec.json.format(msgspec.json.encode(self.value)) + b"\n")
            fresh.replace(self._path)
        except OSError as error:
            self.problem = f"settings are not kept: {error}"

    def _read(self) -> ConsoleSettings:
        if self._path is None:
            return ConsoleSettings()
        try:
            return msgspec.json.decode(self._path.read_bytes(), type=ConsoleSettings)
        except FileNotFoundError:
            return ConsoleSettings()
        except (OSError, msgspec.DecodeError) as error:
            self.problem = f"settings in {self._path} are not used: {error}"
            return ConsoleSettings()
