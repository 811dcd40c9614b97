"""How each role of text looks. Built-in themes and a person's own are the same kind of file: a table
``roles`` in TOML, from a role to a style such as ``bold #5fafff on #000000``."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path

from rich.color import Color
from rich.errors import StyleSyntaxError
from rich.style import Style

from console.tui import roles

DEFAULT = "default"
MONO = "mono"
BUILT_IN = (DEFAULT, "classic", MONO, "high-contrast")
_CUBE = frozenset({0x00, 0x5F, 0x87, 0xAF, 0xD7, 0xFF})
_GREYS = frozenset(range(0x08, 0xEF, 10))


class ThemeInvalid(ValueError):
    """A theme that cannot be used: one line naming the file, the role and what would be right."""


class Theme:
    """``name`` and a style for every role of :data:`console.tui.roles.ALL`."""

    def __init__(self, name: str, styles: Mapping[str, Style]) -> None:
        self.name = name
        one_of_each = {style: style for style in styles.values()}
        self._styles = {role: one_of_each[style] for role, style in styles.items()}
        """Roles that look the same have the same object, so that who paints need not compare."""

    def style(self, role: str) -> Style:
        """An unknown role looks like plain text."""
        return self._styles.get(role, self._styles[roles.TEXT])

    def colours(self) -> dict[str, tuple[Color, ...]]:
        """The colours named by each role."""
        return {
            role: tuple(colour for colour in (style.color, style.bgcolor) if colour is not None)
            for role, style in self._styles.items()
        }

    @property
    def background(self) -> str | None:
        """As a name for Textual; None where the terminal's own stays."""
        colour = self._styles[roles.TEXT].bgcolor
        return None if colour is None or colour.is_default else colour.name

    @property
    def foreground(self) -> str | None:
        colour = self._styles[roles.TEXT].color
        return None if colour is None or colour.is_default else colour.name


def is_exact(colour: Color) -> bool:
    """Whether the 256 colour palette has it exactly, so that it looks the same over ssh."""
    if colour.is_default:
        return True
    red, green, blue = colour.get_truecolor()
    if {red, green, blue} <= _CUBE:
        return True
    return red == green == blue and red in _GREYS


def theme_named(name: str, own: Path | None = None) -> Theme:
    """A built-in theme, or ``<own>/<name>.toml``, which may leave roles to the default theme.

    Raises ThemeInvalid.
    """
    if name in BUILT_IN:
        return Theme(name, _styles(_built_in(name), f"theme {name}"))
    path = None if own is None else own / f"{name}.toml"
    if path is None or not path.is_file():
        raise ThemeInvalid(f"theme: got {name!r}, wanted one of {', '.join((*BUILT_IN, *_owned(own)))}")
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ThemeInvalid(f"theme {path}: {error}") from None
    base = _styles(_built_in(DEFAULT), "theme default")
    return Theme(name, {**base, **_styles(table, f"theme {path}", is_whole=False)})


def theme_of(chosen: str | None, environment: Mapping[str, str], own: Path | None = None) -> Theme:
    """The theme asked for; without one, ``mono`` where NO_COLOR is set, else the default.

    Raises ThemeInvalid.
    """
    if chosen:
        return theme_named(chosen, own)
    return theme_named(MONO if environment.get("NO_COLOR") else DEFAULT)


def _built_in(name: str) -> dict[str, object]:
    text = files("themes").joinpath(f"{name}.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def _owned(own: Path | None) -> tuple[str, ...]:
    if own is None or not own.is_dir():
        return ()
    return tuple(sorted(path.stem for path in own.glob("*.toml")))


def _styles(table: Mapping[str, object], where: str, *, is_whole: bool = True) -> dict[str, Style]:
    told = table.get("roles", {})
    if not isinstance(told, dict) or set(table) - {"roles"}:
        raise ThemeInvalid(f"{where}: wanted one table, roles")
    unknown = sorted(set(told) - set(roles.ALL))
    if unknown:
        raise ThemeInvalid(f"{where}: got role {unknown[0]!r}, wanted one of {', '.join(roles.ALL)}")
    missing = sorted(set(roles.ALL) - set(told)) if is_whole else []
    if missing:
        raise ThemeInvalid(f"{where}: no style for {', '.join(missing)}")
    return {role: _style(role, text, where) for role, text in told.items()}


def _style(role: str, text: object, where: str) -> Style:
    try:
        return Style.parse(str(text))
    except StyleSyntaxError:
        raise ThemeInvalid(
            f"{where}: {role}: got {text!r}, wanted a style such as 'bold #5fafff on #000000'"
        ) from None


def config_folder() -> Path:
    """Where a person's own themes and keys lie: ``$XDG_CONFIG_HOME/sparko`` or ``~/.config/sparko``."""
    base = os.environ.get("XDG_CONFIG_HOME", "")
    return (Path(base) if base else Path.home() / ".config") / "sparko"
