"""``python -m collectors.compaction.joining LAKE TABLE ...``: joins what is due of these tables, says on
standard output what came of it, and ends.

A process of its own, so that what it takes is given back. A death at any line loses nothing, and it ends by
itself soon after the process that began it.
"""

from __future__ import annotations

import os
import shutil
import sys
import time
from collections.abc import Callable
from pathlib import Path

import msgspec

from collectors.lean import stay_lean

LEAST_FREE_BYTES = 1 << 30
"""With less room than this nothing is joined: what is left is for what must be written."""
_LOWEST = 19


class Joined(msgspec.Struct):
    """``trouble`` is why something was left out, in one line; empty: nothing was."""

    files: int = 0
    made: int = 0
    rows: int = 0
    bytes_before: int = 0
    bytes_after: int = 0
    trouble: str = ""

    def words(self) -> str:
        size = f"{self.bytes_before / 1e6:,.1f} MB became {self.bytes_after / 1e6:,.1f} MB"
        return f"{self.files:,} files joined into {self.made:,}: {self.rows:,} rows, {size}"


def join(root: Path, names: list[str], *, now_ns: Callable[[], int], is_wanted: Callable[[], bool]) -> Joined:
    """Each of these tables; one that cannot be read, or is joined by another, does not keep the rest."""
    from engine.lake.compact import compact
    from engine.lake.due import by_itself, free_memory_bytes
    from engine.lake.errors import LakeError, TableBusy
    from engine.lake.tables import TABLES

    done = Joined()
    for name in names:
        if name not in TABLES:
            continue
        try:
            for one in compact(root, TABLES[name], now_ns=now_ns, rule=by_itself(free_memory_bytes())):
                done.files, done.made = done.files + one.files, done.made + 1
                done.rows += one.rows_after
                done.bytes_before += one.bytes_before
                done.bytes_after += one.bytes_after
                if not is_wanted():
                    return done
        except TableBusy:
            continue
        except (LakeError, OSError) as error:
            done.trouble = done.trouble or str(error)
    return done


def main() -> int:
    os.nice(_LOWEST)
    stay_lean()
    import pyarrow as pa

    pa.set_cpu_count(1)
    root, *names = sys.argv[1:]
    parent = os.getppid()
    free = shutil.disk_usage(root).free
    if free < LEAST_FREE_BYTES:
        done = Joined(trouble=f"{root}: {free / 1e9:.1f} GB free, files are joined from 1.1 GB on")
    else:
        done = join(
            Path(root),
            names,
            now_ns=time.time_ns,
            is_wanted=lambda: os.getppid() == parent and shutil.disk_usage(root).free >= LEAST_FREE_BYTES,
        )
    sys.stdout.buffer.write(msgspec.json.encode(done))
    return 0


if __name__ == "__main__":
    sys.exit(main())
