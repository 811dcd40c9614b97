"""The modes of the engine, as the ledger keeps them; an empty one is RUNNING."""

from __future__ import annotations

RUNNING = "RUNNING"
NO_NEW_ENTRIES = "NO_NEW_ENTRIES"
HALTED = "HALTED"
MODES = (RUNNING, NO_NEW_ENTRIES, HALTED)
"""From the loosest to the strictest."""
