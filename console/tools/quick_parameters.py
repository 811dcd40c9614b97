"""Options and arguments whose plain values are read without pydantic.

Typer gives every value to pydantic, absent ones too, and loading that takes as long as all else that a short
command does. Text, paths, switches, choices and what was not given need none of it; all else goes that way.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer
from typer.core import TyperArgument, TyperOption

from console.tools.usage import OneLine, unfit_value

if TYPE_CHECKING:
    from typer._click import Context, Parameter


class _NotPlain(Exception):
    """Typer itself is to read this value."""


class QuickOption(TyperOption):
    def process_value(self, ctx: Context, value: Any) -> Any:
        try:
            plain = _plain(self, value)
        except _NotPlain:
            with _one_line(self, self.opts[0], value):
                return super().process_value(ctx, value)
        return plain if self.callback is None else self.callback(ctx, self, plain)


class QuickArgument(TyperArgument):
    def process_value(self, ctx: Context, value: Any) -> Any:
        try:
            plain = _plain(self, value)
        except _NotPlain:
            with _one_line(self, self.metavar or (self.name or "").upper(), value):
                return super().process_value(ctx, value)
        return plain if self.callback is None else self.callback(ctx, self, plain)


@contextmanager
def _one_line(parameter: TyperOption | TyperArgument, name: str, value: Any) -> Iterator[None]:
    """What is not there at all is typer's to say."""
    try:
        yield
    except typer.BadParameter as error:
        if value is None:
            raise
        words = tuple(_words(parameter.type_descriptor.choices))
        raise unfit_value(name.strip("[]{}"), value, error, words) from None


def make_quick(parameter: Parameter) -> None:
    """Turns what typer made into one of those above; others, and those of a typer without pydantic, stay."""
    if not hasattr(parameter, "type_descriptor"):
        return
    if type(parameter) is TyperOption:
        parameter.__class__ = QuickOption
    elif type(parameter) is TyperArgument:
        parameter.__class__ = QuickArgument


def _plain(parameter: TyperOption | TyperArgument, value: Any) -> Any:
    """The value as typer would give it. Raises _NotPlain where typer has to look."""
    takes_many = parameter.nargs != 1 or (isinstance(parameter, TyperOption) and parameter.multiple)
    if value is None and not parameter.required:
        return () if takes_many else None
    wanted = parameter.type_descriptor
    if takes_many or wanted.parameter_info.parser is not None:
        raise _NotPlain
    if type(value) is wanted.annotation:  # text, and what was not given and has a default
        return value
    if wanted.annotation is Path and value == "":  # would be the folder that one happens to be in
        raise OneLine(f"{parameter.opts[0]}: got '', wanted a path")
    if wanted.annotation is Path and isinstance(value, str) and _is_any_path(parameter, value):
        return Path(value)
    if isinstance(value, str) and value in (words := _words(wanted.choices)):
        return words[value]
    raise _NotPlain


def _words(choices: tuple[Any, ...] | None) -> dict[str, Any]:
    """What is chosen by each word, as it is written; another spelling of it is left to typer."""
    return {str(choice.value if isinstance(choice, Enum) else choice): choice for choice in choices or ()}


def _is_any_path(parameter: TyperOption | TyperArgument, value: str) -> bool:
    """Nothing is asked of it but that it may be read where it is there."""
    asked = parameter.type_descriptor.parameter_info
    is_bound = asked.exists or asked.resolve_path or asked.writable or asked.path_type is not None
    is_either = asked.file_okay and asked.dir_okay
    return is_either and not is_bound and (os.access(value, os.R_OK) or not os.path.lexists(value))
