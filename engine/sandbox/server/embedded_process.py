"""The process of an embedded exchange: ``python -m engine.sandbox.server.embedded_process OPTIONS``.

It leaves its endpoint in its own folder, so that an engine that is started anew finds it, and it ends by
itself: see :mod:`engine.sandbox.server.tenancy`.
"""

from __future__ import annotations

import sys
from pathlib import Path

import msgspec

from engine.sandbox.endpoint import leave_endpoint
from engine.sandbox.server.process_options import EmbeddedOptions
from engine.sandbox.server.run import CannotStart, run_sandbox
from engine.sandbox.server.settings import Settings


def settings_of(options: EmbeddedOptions) -> Settings:
    return Settings(
        port=options.port,
        state=Path(options.folder),
        seed=options.seed,
        speed=options.speed,
        scenario=options.scenario,
        ladders=options.ladders,
        series=options.series,
        start=options.start,
        tier=options.tier,
        idle_exit_s=options.idle_exit_s,
    )


def main() -> int:
    options = msgspec.json.decode(sys.argv[1], type=EmbeddedOptions)
    folder = Path(options.folder)

    try:
        run_sandbox(settings_of(options), lambda endpoint: leave_endpoint(folder, endpoint))
    except CannotStart as error:
        print(f"error: {error}", file=sys.stderr, flush=True)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
