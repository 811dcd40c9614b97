"""How much memory an object holds, with everything that hangs on it."""

from __future__ import annotations

import asyncio
import gc
import resource
import sys
from contextvars import Context
from pathlib import Path
from types import BuiltinFunctionType, CodeType, CoroutineType, FunctionType, MethodType, ModuleType

import msgspec

_NOT_OURS = (
    type,
    ModuleType,
    FunctionType,
    BuiltinFunctionType,
    CodeType,
    CoroutineType,
    Context,
    asyncio.Future,
    asyncio.Handle,
    asyncio.AbstractEventLoop,
    msgspec.Raw,
)
"""What leads away from data: code, the loop and what waits in it. (A Raw does not know its size.)"""


def deep_size(*roots: object, without: tuple[object, ...] = ()) -> int:
    """Bytes of ``roots`` and of all data that they refer to, each object once, but not of ``without``."""
    seen = {id(one) for one in without}
    waiting = list(roots)
    total = 0
    while waiting:
        one = waiting.pop()
        if id(one) in seen or isinstance(one, _NOT_OURS):
            continue
        seen.add(id(one))
        total += sys.getsizeof(one)
        waiting.extend([one.__self__] if isinstance(one, MethodType) else gc.get_referents(one))
    return total


def resident_bytes() -> int:
    """What this process occupies now."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize()
