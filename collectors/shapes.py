"""A body in the shape that its source is known to have; another shape is a fault that names the place."""

from __future__ import annotations

from typing import TypeVar

import msgspec

from collectors.fetching import Body, json_of
from collectors.taking import FaultKind, SourceFault
from collectors.words import one_line, place_of

T = TypeVar("T")


def shaped(body: Body, kind: type[T]) -> T:
    """Unknown fields are passed over. Raises SourceFault."""
    document = json_of(body)
    try:
        return msgspec.convert(document, kind)
    except msgspec.ValidationError as error:
        raise SourceFault(FaultKind.SHAPE, f"{place_of(body.url)}: {one_line(str(error))}") from None
