"""What is wrong with a lake, as a list of findings. Changes nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from enum import StrEnum
from pathlib import Path

import duckdb
import msgspec
import pyarrow as pa

from engine.lake.compact import COMPACT_LOCK, begun_by
from engine.lake.errors import Unreadable
from engine.lake.journal import read_journal
from engine.lake.layout import JOURNALS, is_draft, of_node, segments
from engine.lake.manifest import Manifest, Segment, manifest_files, read_manifest
from engine.lake.node_lock import nodes_at_work, waited_for
from engine.lake.segment import file_sha256, read_schema
from engine.lake.table import RECEIVED, Table, fingerprint, type_text

_LOOKS = 2
_PATIENCE_S = 60.0


class FindingKind(StrEnum):
    TORN_SEGMENT = "torn_segment"
    """A Parquet file that cannot be read."""
    TORN_JOURNAL = "torn_journal"
    """Bytes behind the last whole frame of a journal that nobody writes; the next start cuts them off."""
    TORN_MANIFEST = "torn_manifest"
    MANIFEST_MISMATCH = "manifest_mismatch"
    """A segment that is not the file its manifest tells of."""
    MISSING_SEGMENT = "missing_segment"
    UNLISTED_SEGMENT = "unlisted_segment"
    """A segment that no manifest tells of: copied here by hand, or written by a node that died."""
    SCHEMA_CHANGE = "schema_change"
    DUPLICATE_KEY = "duplicate_key"
    """One row in several places; readers show it once."""
    CONFLICTING_ROWS = "conflicting_rows"
    """Rows of one key that do not agree; readers show the latest received."""
    DRAFT_LEFT = "draft_left"
    """What was being written when its writer died; the node's next start takes it away."""
    LEFT_OVER = "left_over"
    """A segment whose rows a compaction has put elsewhere; the next compaction takes it away."""


class Finding(msgspec.Struct, frozen=True):
    """``path`` is relative to the lake; ``count`` is of rows, bytes or files, as ``detail`` says."""

    kind: FindingKind
    table: str
    path: str
    detail: str
    count: int = 1


def check(root: Path, tables: Sequence[Table]) -> list[Finding]:
    """Looks at every file of every table that is there. Nodes that write meanwhile are no findings.

    Raises TableBusy where a compaction goes on for very long.
    """
    found: list[Finding] = []
    for table in tables:
        if (root / table.name).is_dir():
            found.extend(_findings(root, table))
    return found


def _findings(root: Path, table: Table) -> list[Finding]:
    """Of files that no compaction moved meanwhile: it is held up if it goes on and on."""
    folder = root / table.name
    for _ in range(_LOOKS):
        files = _files(folder)
        with suppress(OSError, duckdb.Error):
            found = list(_TableCheck(root, table).findings())
            if not found or _files(folder) == files:
                return found
    lock = waited_for(folder, COMPACT_LOCK, _PATIENCE_S)
    try:
        return list(_TableCheck(root, table).findings())
    finally:
        lock.release()


def _files(folder: Path) -> list[Path]:
    return [*manifest_files(folder), *segments(folder)]


class _TableCheck:
    def __init__(self, root: Path, table: Table) -> None:
        self._table = table
        self._folder = root / table.name
        self._at_work = nodes_at_work(self._folder)

    def findings(self) -> Iterator[Finding]:
        manifests: list[Manifest] = []
        for path in manifest_files(self._folder):
            try:
                manifests.append(read_manifest(path))
            except Unreadable as error:
                yield self._finding(FindingKind.TORN_MANIFEST, path, error.reason)
        replaced = frozenset(path for manifest in manifests for path in manifest.replaces)
        listed = {segment.path: segment for manifest in manifests for segment in manifest.segments}
        yield from self._journals()
        yield from self._drafts()
        sound: list[Path] = []
        for path in segments(self._folder):
            problems = list(self._segment(path, listed.get(self._name(path)), replaced))
            yield from problems
            if not any(problem.kind in _NOT_TO_BE_READ for problem in problems):
                sound.append(path)
        yield from self._missing(listed, replaced)
        yield from self._duplicates(sound)

    def _segment(self, path: Path, listed: Segment | None, replaced: frozenset[str]) -> Iterator[Finding]:
        if self._name(path) in replaced or (listed is None and self._name(path) == begun_by(self._folder)):
            yield self._finding(
                FindingKind.LEFT_OVER,
                path,
                "its rows are in other segments too; the next compaction takes it away",
            )
            return
        if listed is None and not self._is_being_written(path):
            yield self._finding(FindingKind.UNLISTED_SEGMENT, path, "no manifest tells of it")
        try:
            schema = read_schema(path)
        except Unreadable as error:
            yield self._finding(FindingKind.TORN_SEGMENT, path, error.reason)
            return
        if fingerprint(schema) != self._table.fingerprint:
            yield self._finding(FindingKind.SCHEMA_CHANGE, path, _difference(self._table, schema))
        if listed is not None and (problem := _mismatch(path, listed)):
            yield self._finding(FindingKind.MANIFEST_MISMATCH, path, problem)

    def _missing(self, listed: dict[str, Segment], replaced: frozenset[str]) -> Iterator[Finding]:
        for name, segment in sorted(listed.items()):
            if name not in replaced and not (self._folder / name).exists():
                detail = f"{segment.rows} rows are gone with it"
                yield self._finding(FindingKind.MISSING_SEGMENT, self._folder / name, detail, segment.rows)

    def _journals(self) -> Iterator[Finding]:
        for path in sorted((self._folder / JOURNALS).glob("*.journal")):
            owner = of_node(path.name)
            if owner is None or owner[0] in self._at_work:
                continue
            try:
                found, end = read_journal(path)
            except Unreadable as error:
                yield self._finding(FindingKind.TORN_JOURNAL, path, error.reason)
                continue
            cut = path.stat().st_size - end
            if cut:
                rows = 0 if found is None else found.rows
                detail = f"{cut} bytes behind {rows} whole rows are no whole frame"
                yield self._finding(FindingKind.TORN_JOURNAL, path, detail, cut)

    def _drafts(self) -> Iterator[Finding]:
        for path in sorted(path for path in self._folder.rglob(".*.tmp") if is_draft(path)):
            owner = of_node(path.name[1 : -len(".tmp")])
            if owner is None or owner[0] not in self._at_work:
                yield self._finding(FindingKind.DRAFT_LEFT, path, "never finished")

    def _duplicates(self, paths: Sequence[Path]) -> Iterator[Finding]:
        if self._table.is_state:
            return
        by_partition: dict[Path, list[Path]] = {}
        for path in paths:
            by_partition.setdefault(self._folder if self._table.spreads else path.parent, []).append(path)
        with duckdb.connect() as connection:
            for folder, files in sorted(by_partition.items()):
                for kind, keys, example, where in _repeated(connection, self._table, files):
                    detail = f"{keys} keys come more than once, such as {example}, in {where}"
                    yield self._finding(kind, folder, detail, keys)

    def _is_being_written(self, path: Path) -> bool:
        owner = of_node(path.name)
        if owner is None:
            return False
        journal = self._folder / JOURNALS / path.with_suffix(".journal").name
        return owner[0] in self._at_work or journal.exists()

    def _name(self, path: Path) -> str:
        return path.relative_to(self._folder).as_posix()

    def _finding(self, kind: FindingKind, path: Path, detail: str, count: int = 1) -> Finding:
        return Finding(
            kind, self._table.name, path.relative_to(self._folder.parent).as_posix(), detail, count
        )


_NOT_TO_BE_READ = frozenset({FindingKind.TORN_SEGMENT, FindingKind.SCHEMA_CHANGE, FindingKind.LEFT_OVER})


def _mismatch(path: Path, listed: Segment) -> str:
    size = path.stat().st_size
    if size != listed.bytes:
        return f"got {size} bytes, wanted {listed.bytes}"
    found = file_sha256(path)
    return "" if found == listed.sha256 else f"sha256: got {found}, wanted {listed.sha256}"


def _difference(table: Table, schema: pa.Schema) -> str:
    got, wanted = _columns(schema), _columns(table.schema)
    words = [
        f"{name}: got {got.get(name, 'nothing')}, wanted {wanted.get(name, 'nothing')}"
        for name in dict.fromkeys([*wanted, *got])
        if got.get(name) != wanted.get(name)
    ]
    return "; ".join(words) or "the columns are in another order"


def _columns(schema: pa.Schema) -> dict[str, str]:
    return {
        field.name: f"{type_text(field.type)}{'' if field.nullable else ', never null'}" for field in schema
    }


def _repeated(
    connection: duckdb.DuckDBPyConnection, table: Table, files: Sequence[Path]
) -> Iterator[tuple[FindingKind, int, str, str]]:
    """Keys that come more than once in a partition: alike but for when they were received, or not."""
    keys = ", ".join(f'"{column}"' for column in table.identity)
    rest = [name for name in table.schema.names if name != RECEIVED and name not in table.identity]
    values = ", ".join(f'"{column}"' for column in rest) or "1"
    query = f"""
        SELECT alike, count(*), first(example), string_agg(DISTINCT files, ', ') FROM (
            SELECT count(DISTINCT hash(row({values}))) = 1 AS alike,
                   concat_ws(' ', {keys}) AS example,
                   string_agg(DISTINCT file, ', ' ORDER BY file) AS files
            FROM (SELECT *, parse_filename(filename) AS file
                  FROM read_parquet(?, filename = true, hive_partitioning = false))
            GROUP BY {keys} HAVING count(*) > 1)
        GROUP BY alike ORDER BY alike
    """
    for alike, count, example, where in connection.execute(query, [list(map(str, files))]).fetchall():
        kind = FindingKind.DUPLICATE_KEY if alike else FindingKind.CONFLICTING_ROWS
        yield kind, count, example, where[:200]
