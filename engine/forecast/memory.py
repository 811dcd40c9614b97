"""What a request frees stays with the server, for the next one.

The C library of most Linux machines (glibc) gives large blocks back to the system as soon as they are free;
the next request then waits for the system to clear and map each of its pages again, which for 500 series was
a third of its processor time. Source of the parameters: mallopt(3).
"""

from __future__ import annotations

import ctypes
import platform

M_TRIM_THRESHOLD = -1
M_MMAP_THRESHOLD = -3
KEPT = 256 * 1024 * 1024
"""Bytes that may lie free at the end of the heap."""
LARGEST_IN_HEAP = 32 * 1024 * 1024
"""Bytes. Blocks over this are mapped and given back one by one; it is the most that glibc takes here."""


def keep_freed_memory() -> bool:
    """Of the whole process, from now on; whether its C library could be told."""
    if platform.libc_ver()[0] != "glibc":
        return False
    mallopt = ctypes.CDLL(None).mallopt
    return bool(mallopt(M_TRIM_THRESHOLD, KEPT)) and bool(mallopt(M_MMAP_THRESHOLD, LARGEST_IN_HEAP))
