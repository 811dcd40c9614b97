"""What the process of a collector keeps out of itself: it lives for weeks, beside others of its kind.

Arrow loads numpy when it is there, and pandas at the first list that it is given, to see whether that is a
column of theirs; httpx loads its own command line. A collector has no use for any of them, and they are half
of its memory. All three do without where they are not installed, which is what they are told.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec
from types import ModuleType

NOT_NEEDED = frozenset({"numpy", "pandas", "httpx._main"})
_POOL = ("ARROW_DEFAULT_MEMORY_POOL", "system")
"""Arrow's own allocator sets aside more than small batches of rows ever need."""


class _NotInstalled:
    """Stands before Python's own finders."""

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if name in NOT_NEEDED:
            raise ModuleNotFoundError(f"{name} is kept out of this process", name=name)
        return None


def stay_lean() -> None:
    """For a process that is a collector and nothing else, before it imports anything large."""
    if not any(isinstance(finder, _NotInstalled) for finder in sys.meta_path):
        os.environ.setdefault(*_POOL)
        sys.meta_path.insert(0, _NotInstalled())
