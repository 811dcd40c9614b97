"""``python -m collectors.compaction LAKE``: keeps the lake beside an engine in few files."""

from __future__ import annotations

import contextlib
import os
import sys
from pathlib import Path

from collectors.compaction.keeping import Keeper
from collectors.observations import Health, encode


def main() -> int:
    # Nobody listens any more: the daemon is gone.
    with contextlib.suppress(BrokenPipeError):
        Keeper(Path(sys.argv[1]), tell=_tell, say=_say).run()
    return 0


def _tell(health: Health) -> None:
    os.write(sys.stdout.fileno(), encode(health))


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
