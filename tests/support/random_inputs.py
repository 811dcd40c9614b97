"""A hypothesis strategy for any value type of the house, made from its annotations."""

from __future__ import annotations

import types
from decimal import Decimal
from enum import Enum
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

import msgspec
from hypothesis import strategies as st

from engine.core.inputs import CoreEvent, Input
from engine.domain.price_grid import STRUCTURES, PriceGrid

T = TypeVar("T")

INTEGERS = st.integers(-(2**63), 2**63 - 1)
_PLAIN: dict[Any, st.SearchStrategy[Any]] = {
    int: INTEGERS,
    str: st.text(max_size=12),
    bool: st.booleans(),
    bytes: st.binary(max_size=12),
    type(None): st.none(),
    Decimal: st.decimals(allow_nan=False, allow_infinity=False),
    PriceGrid: st.sampled_from(tuple(STRUCTURES.values())),
}


def values_of(kind: Any) -> st.SearchStrategy[Any]:
    """Any value of the type, every field drawn, absent ones too."""
    if kind in _PLAIN:
        return _PLAIN[kind]
    origin, parts = get_origin(kind), get_args(kind)
    if origin in (Union, types.UnionType):
        return st.one_of(*(values_of(part) for part in parts))
    if origin is tuple:
        if parts[-1] is Ellipsis:
            return st.lists(values_of(parts[0]), max_size=3).map(tuple)
        return st.tuples(*(values_of(part) for part in parts))
    if origin is dict:
        return st.dictionaries(values_of(parts[0]), values_of(parts[1]), max_size=3)
    if issubclass(kind, Enum):
        return st.sampled_from(tuple(kind))
    return st.deferred(lambda: _structs_of(kind))


def _structs_of(kind: type[msgspec.Struct]) -> st.SearchStrategy[Any]:
    hints = get_type_hints(kind)
    fields = {name: values_of(hints[name]) for name in kind.__struct_fields__}
    return st.fixed_dictionaries(fields).map(lambda drawn: kind(**drawn))


def inputs_of(event: Any = CoreEvent) -> st.SearchStrategy[Input]:
    return st.builds(Input, INTEGERS, INTEGERS, values_of(event))
