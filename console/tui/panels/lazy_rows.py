"""Rows that are made when they are looked at: of a long list only what is seen costs anything."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TypeAlias, overload

from console.tui.cells import Row

Make: TypeAlias = Callable[[], Row]


class LazyRows(Sequence[Row]):
    """``makes`` are how each row is made, at most once. Equal to any sequence of the same rows."""

    __hash__ = None  # type: ignore[assignment]

    def __init__(self, makes: Iterable[Row | Make]) -> None:
        self._makes = list(makes)

    def __len__(self) -> int:
        return len(self._makes)

    @overload
    def __getitem__(self, at: int) -> Row: ...

    @overload
    def __getitem__(self, at: slice) -> tuple[Row, ...]: ...

    def __getitem__(self, at: int | slice) -> Row | tuple[Row, ...]:
        if isinstance(at, slice):
            return tuple(self._row(each) for each in range(*at.indices(len(self._makes))))
        return self._row(range(len(self._makes))[at])

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and tuple(self) == tuple(other)

    def _row(self, at: int) -> Row:
        made = self._makes[at]
        if callable(made):
            made = self._makes[at] = made()
        return made
