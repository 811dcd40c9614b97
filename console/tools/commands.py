"""How commands are put together: groups of them, and the one that imports none until it is asked for."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING, Any, ClassVar

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command

from console.tools.quick_parameters import make_quick
from console.tools.usage import one_line_on_wrong_usage

if TYPE_CHECKING:
    from typer._click import Command, Context, Parameter


class QuickCommand(TyperCommand):
    def make_context(self, *words: Any, **more: Any) -> Context:
        with one_line_on_wrong_usage():
            return super().make_context(*words, **more)

    def get_params(self, ctx: Context) -> list[Parameter]:
        parameters = super().get_params(ctx)
        for parameter in parameters:
            make_quick(parameter)
        return parameters


class QuickGroup(TyperGroup):
    def make_context(self, *words: Any, **more: Any) -> Context:
        with one_line_on_wrong_usage():
            return super().make_context(*words, **more)

    def resolve_command(self, ctx: Context, args: list[str]) -> tuple[str | None, Command | None, list[str]]:
        with one_line_on_wrong_usage():
            return super().resolve_command(ctx, args)

    def get_params(self, ctx: Context) -> list[Parameter]:
        parameters = super().get_params(ctx)
        for parameter in parameters:
            make_quick(parameter)
        return parameters


class Commands(typer.Typer):
    """A group of commands, as all of ``sparko`` are set up."""

    def __init__(self, *, cls: type[TyperGroup] = QuickGroup, **settings: Any) -> None:
        super().__init__(
            cls=cls,
            add_completion=False,
            pretty_exceptions_enable=False,
            rich_markup_mode=None,
            **settings,
        )

    def command(self, name: str | None = None, **settings: Any) -> Callable[[Any], Any]:
        return super().command(name, **{"cls": QuickCommand, **settings})


class Listed(TyperCommand):
    """A command by its name and the first line of its help. ``place`` is ``module:name`` of the function or
    group in console.tools that is imported when it is to run."""

    def __init__(self, name: str, place: str, line: str) -> None:
        super().__init__(name, help=line, rich_markup_mode=None)
        self.place = place

    def loaded(self) -> Command:
        module, _, name = self.place.partition(":")
        found = getattr(import_module(f"console.tools.{module}"), name)
        if isinstance(found, typer.Typer):
            return get_command(found)
        alone = Commands()
        alone.command(self.name)(found)
        return get_command(alone)


class LazyGroup(QuickGroup):
    """A group that knows its commands by their lines in :attr:`listed`."""

    listed: ClassVar[tuple[Listed, ...]] = ()

    def __init__(self, **settings: Any) -> None:
        super().__init__(**{**settings, "commands": list(self.listed)})

    def resolve_command(self, ctx: Context, args: list[str]) -> tuple[str | None, Command | None, list[str]]:
        name, command, rest = super().resolve_command(ctx, args)
        return name, command.loaded() if isinstance(command, Listed) else command, rest
