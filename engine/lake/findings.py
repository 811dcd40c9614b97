"""What may be wrong with a lake, by name."""

from __future__ import annotations

from enum import StrEnum

import msgspec


class FindingKind(StrEnum):
    TORN_SEGMENT = "torn_segment"
    """A Parquet file that is not whole."""
    UNREADABLE = "unreadable"
    """A file or a folder that the system does not let us read."""
    TORN_JOURNAL = "torn_journal"
    """Bytes behind the last whole frame of a journal that nobody writes, which are none of a frame."""
    HALF_FRAME = "half_frame"
    """The beginning of a frame at the end of a journal that nobody writes: its rows were never told to be
    written, and the next start cuts it off."""
    WAITING_ROWS = "waiting_rows"
    """Rows in a journal that nobody writes; the next start of that node takes them over, and readers do not
    see them before."""
    TORN_MANIFEST = "torn_manifest"
    MANIFEST_MISMATCH = "manifest_mismatch"
    """A segment that is not the file its manifest tells of."""
    MISSING_SEGMENT = "missing_segment"
    UNLISTED_SEGMENT = "unlisted_segment"
    """A segment that no manifest tells of: copied here by hand, or written by a node that died."""
    WRONG_PARTITION = "wrong_partition"
    """Rows in the folder of another day or series: a reader that asks for theirs does not see them."""
    SCHEMA_CHANGE = "schema_change"
    OLDER_SCHEMA = "older_schema"
    """A segment of before columns were added: readers have null in them."""
    DUPLICATE_KEY = "duplicate_key"
    """One row in several places; readers show it once."""
    CONFLICTING_ROWS = "conflicting_rows"
    """Rows of one key that do not agree; readers show the latest received."""
    DRAFT_LEFT = "draft_left"
    """What was being written when its writer died; the node's next start takes it away."""
    LEFT_OVER = "left_over"
    """A segment whose rows a compaction has put elsewhere; the next compaction takes it away."""


NOTES = frozenset(
    {
        FindingKind.HALF_FRAME,
        FindingKind.WAITING_ROWS,
        FindingKind.OLDER_SCHEMA,
        FindingKind.DRAFT_LEFT,
        FindingKind.LEFT_OVER,
    }
)
"""What a kill or a newer program leaves behind: no row is lost or changed, and it goes by itself."""


class Finding(msgspec.Struct, frozen=True):
    """``path`` is relative to the lake; ``count`` is of rows, bytes or files, as ``detail`` says."""

    kind: FindingKind
    table: str
    path: str
    detail: str
    count: int = 1

    @property
    def is_note(self) -> bool:
        return self.kind in NOTES
