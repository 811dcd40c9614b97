"""A body in the shape that its source is known to have; another shape is a fault that names the place."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import msgspec

from collectors.fetching import Body, json_of
from collectors.taking import FaultKind, SourceFault, Taken
from collectors.words import one_line, place_of

T = TypeVar("T")


def shaped(body: Body, kind: type[T]) -> T:
    """Unknown fields are passed over. Raises SourceFault."""
    document = json_of(body)
    try:
        return msgspec.convert(document, kind)
    except msgspec.ValidationError as error:
        raise SourceFault(FaultKind.SHAPE, f"{place_of(body.url)}: {one_line(str(error))}") from None


def understood(take: Callable[[], Taken]) -> Taken:
    """What a source makes of something that came. Whatever a stranger's text does to it is the trouble of
    that text: its neighbours, and the other sources of the process, go on. Raises SourceFault."""
    try:
        return take()
    except SourceFault:
        raise
    except Exception as error:
        said = f"not understood: {type(error).__name__}: {one_line(str(error))}"
        raise SourceFault(FaultKind.SHAPE, said) from error
