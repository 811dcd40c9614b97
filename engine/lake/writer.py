"""Who writes a table: rows go to a journal at once and become sorted, immutable segments now and then.

Whatever line a kill meets, no row is lost and none comes twice: a segment counts only once its manifest is
there, until then its rows are read from the journal again and its file is written over by the same name.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import pyarrow as pa

from engine.lake.errors import LakeError, LakeFull, LakeUnwritable, RowRefused, Unreadable, write_error
from engine.lake.journal import Journal, read_journal
from engine.lake.layout import (
    JOURNALS,
    MANIFESTS,
    is_draft,
    make_folder,
    node_file,
    of_node,
    segments,
    sync_folder,
)
from engine.lake.manifest import Manifest, write_manifest
from engine.lake.node_lock import lock_node
from engine.lake.partitioning import split
from engine.lake.rows import batch_of
from engine.lake.segment import write_segment
from engine.lake.table import Table

ROWS_PER_SEGMENT = 500_000
SECONDS_PER_SEGMENT = 900
SECOND_NS = 1_000_000_000
_SYNC_NS = SECOND_NS
"""The most that a power cut may cost; a kill costs nothing."""
_RETRY_NS = 30 * SECOND_NS
"""After a segment that could not be made, before it is tried again by itself."""


class LakeWriter:
    """One process's place in one table. Not for two threads at once.

    Opening it takes over what a dead predecessor left: ``recovered_rows`` were in its journal, ``cut_bytes``
    behind them were half a frame. Raises NodeTaken, LakeFull, LakeUnwritable and Unreadable.
    """

    def __init__(
        self,
        root: Path,
        table: Table,
        node_id: int,
        *,
        now_ns: Callable[[], int],
        rows_per_segment: int = ROWS_PER_SEGMENT,
        seconds_per_segment: float = SECONDS_PER_SEGMENT,
    ) -> None:
        self.table, self.node_id = table, node_id
        self._folder = root / table.name
        self._now_ns = now_ns
        self._rows_per_segment = rows_per_segment
        self._segment_ns = int(seconds_per_segment * SECOND_NS)
        self._lock = lock_node(self._folder, node_id)
        self._batches: list[pa.RecordBatch] = []
        self._rows = 0
        self._began_ns = self._synced_ns = self._roll_not_before_ns = now_ns()
        self.recovered_rows = self.cut_bytes = 0
        self.trouble = ""
        """Why rows wait for their segment, or may not outlive a power cut; empty while all is well."""
        try:
            self._sequence, self._journal = self._open()
        except OSError as error:
            self._lock.release()
            raise write_error(self._folder, 0, error) from error
        except BaseException:
            self._lock.release()
            raise

    @property
    def open_rows(self) -> int:
        """Rows that are in no segment yet."""
        return self._rows

    def append(self, rows: Sequence[Mapping[str, object]]) -> None:
        """The rows are in the journal when it returns, all of them or, on an error, none.

        Makes a segment when the open one has its rows or its age; where that fails the rows wait in the
        journal and :attr:`trouble` says why. Raises RowRefused, LakeFull and LakeUnwritable.
        """
        if not rows:
            return
        batch = batch_of(self.table, rows)
        if not self._rows:
            self._began_ns = self._now_ns()
        self._journal.append(batch)
        self._batches.append(batch)
        self._rows += batch.num_rows
        with suppress(LakeFull, LakeUnwritable):
            self.tick()

    def tick(self) -> None:
        """What is due by the clock: making rows outlive a power cut, and a segment of those that are old.
        Called by every append; whoever may be silent for long calls it too. Raises LakeFull and
        LakeUnwritable, and tries again half a minute later."""
        now_ns = self._now_ns()
        if not self._rows:
            return
        if self._is_due(now_ns):
            self._roll_not_before_ns = now_ns + _RETRY_NS
            self.roll()
        elif _is_over(now_ns, self._synced_ns, _SYNC_NS):
            self._synced_ns = now_ns
            self.sync()

    def sync(self) -> None:
        """Every row so far outlives a power cut. Raises LakeFull and LakeUnwritable."""
        try:
            self._journal.sync()
        except LakeError as error:
            self.trouble = str(error)
            raise

    def roll(self) -> Path | None:
        """Makes segments of the open rows; returns the manifest that names them, None without any rows.

        Raises LakeFull and LakeUnwritable; the rows are then in the journal still.
        """
        if not self._rows:
            return None
        try:
            manifest = self._rolled()
        except LakeError as error:
            self.trouble = str(error)
            raise
        self.trouble = ""
        return manifest

    def close(self) -> None:
        """Makes segments of what is open and gives the place up. The place is given up on an error too."""
        try:
            self.roll()
        finally:
            self._journal.close()
            self._lock.release()

    def _rolled(self) -> Path:
        # The next journal first: once the manifest is there, the old one must not get another row.
        following = self._create_journal(self._sequence + 1)
        try:
            manifest = self._write_segments(self._sequence, self._batches)
        except BaseException:
            following.close()
            raise
        old, self._journal = self._journal, following
        self._sequence += 1
        self._batches, self._rows, self._roll_not_before_ns = [], 0, self._began_ns
        old.close()
        old.path.unlink()
        sync_folder(old.path.parent)
        return manifest

    @property
    def _schema(self) -> pa.Schema:
        return self.table.schema

    def _is_due(self, now_ns: int) -> bool:
        if 0 < self._roll_not_before_ns - now_ns <= _RETRY_NS:
            return False
        is_old = _is_over(now_ns, self._began_ns, self._segment_ns)
        return self._rows >= self._rows_per_segment or is_old

    def _create_journal(self, sequence: int) -> Journal:
        path = self._folder / JOURNALS / node_file(self.node_id, sequence, "journal")
        return Journal.create(path, self._schema)

    def _open(self) -> tuple[int, Journal]:
        folder = self._folder / JOURNALS
        make_folder(folder)
        make_folder(self._folder / MANIFESTS)
        self._drop_drafts()
        used = max((known for known, _ in self._known()), default=0)
        for sequence, path in self._own(folder):
            if (self._folder / MANIFESTS / node_file(self.node_id, sequence, "json")).exists():
                path.unlink()
                continue
            found, end = read_journal(path)
            if found is None or not found.rows:
                path.unlink()
                continue
            self.recovered_rows += found.rows
            self.cut_bytes += found.cut_bytes
            if found.schema.equals(self._schema) and not self._later(folder, sequence):
                self._batches, self._rows = list(found.batches), found.rows
                return sequence, Journal.reopen(path, end)
            self._write_segments(sequence, self._fitted(path, found.batches))
            path.unlink()
        return used + 1, self._create_journal(used + 1)

    def _fitted(self, path: Path, batches: Sequence[pa.RecordBatch]) -> list[pa.RecordBatch]:
        """Rows of a journal that an older program wrote, in today's columns; new ones are null."""
        try:
            return [batch_of(self.table, batch.to_pylist()) for batch in batches]
        except RowRefused as error:
            raise Unreadable(path, f"its rows do not fit the table any more: {error}") from None

    def _write_segments(self, sequence: int, batches: Sequence[pa.RecordBatch]) -> Path:
        rows = pa.Table.from_batches(batches, schema=self._schema)
        name = node_file(self.node_id, sequence, "parquet")
        written = [
            write_segment(self.table, self._folder, f"{folder}/{name}", part)
            for folder, part in split(self.table, rows)
        ]
        manifest = Manifest(self.table.name, self.table.fingerprint, self._now_ns(), tuple(written))
        return write_manifest(self._folder, node_file(self.node_id, sequence, "json"), manifest)

    def _drop_drafts(self) -> None:
        """What this node was writing when it died."""
        for path in [path for path in self._folder.rglob(".*.tmp") if is_draft(path)]:
            owner = of_node(path.name[1 : -len(".tmp")])
            if owner is not None and owner[0] == self.node_id:
                path.unlink(missing_ok=True)

    def _own(self, folder: Path) -> list[tuple[int, Path]]:
        found = ((of_node(path.name), path) for path in folder.iterdir())
        return sorted((owner[1], path) for owner, path in found if owner and owner[0] == self.node_id)

    def _later(self, folder: Path, sequence: int) -> bool:
        return any(known > sequence for known, _ in self._own(folder))

    def _known(self) -> list[tuple[int, Path]]:
        """Every number this node has used."""
        found = [*self._own(self._folder / MANIFESTS), *self._own(self._folder / JOURNALS)]
        for path in segments(self._folder):
            owner = of_node(path.name)
            if owner is not None and owner[0] == self.node_id:
                found.append((owner[1], path))
        return found


def _is_over(now_ns: int, since_ns: int, span_ns: int) -> bool:
    """A clock that was set back says nothing of how long ago it was: then it was long enough."""
    return not 0 <= now_ns - since_ns < span_ns
