"""``python -m collectors.tap LAKE NODE``: the recorder of an engine's feed, begun by its daemon."""

from __future__ import annotations

import contextlib
import sys
from pathlib import Path

from collectors.lean import stay_lean


def main() -> int:
    stay_lean()
    from collectors.tap.recorder import TapError, TapRecorder
    from engine.lake.errors import LakeError

    lake, node = sys.argv[1:]
    try:
        # Nobody reads what it says any more: the daemon is gone, and the lake is as whole as after a kill.
        with contextlib.suppress(BrokenPipeError):
            TapRecorder(Path(lake), int(node)).run(sys.stdin.fileno())
    except (LakeError, TapError) as error:
        print(error, file=sys.stderr, flush=True)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
