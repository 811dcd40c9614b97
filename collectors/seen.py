"""What was taken before, so that nothing is counted twice. Bounded: the oldest is forgotten first."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable


class Seen:
    """Remembers ``most`` keys, each with its content."""

    def __init__(self, most: int = 100_000) -> None:
        self._most = most
        self._known: OrderedDict[Hashable, Hashable] = OrderedDict()

    def is_new(self, key: Hashable, content: Hashable = None) -> bool:
        """Whether the key is new or has another content than before; it is known with this content now."""
        if key in self._known and self._known[key] == content:
            return False
        self._known[key] = content
        self._known.move_to_end(key)
        if len(self._known) > self._most:
            self._known.popitem(last=False)
        return True

    def __contains__(self, key: Hashable) -> bool:
        return key in self._known

    def __len__(self) -> int:
        return len(self._known)
