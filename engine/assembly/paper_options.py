"""What the process of a paper exchange is started with. Who starts one loads no more of it than this."""

from __future__ import annotations

from engine.sandbox.server.process_options import ProcessOptions

PAPER_MODULE = "engine.assembly.paper_exchange"
"""The process, as ``python -m`` takes it."""


class PaperOptions(ProcessOptions, frozen=True):
    """``upstream`` is the REST address of the mirrored exchange; without a key it is polled."""

    upstream: str = ""
    series: tuple[str, ...] = ()
    key_id: str = ""
    private_key_path: str = ""
    most_markets: int = 500
    poll_s: float = 2.0
    gap_s: float = 60.0
