"""What is wrong with a lake, as a list of findings. Changes nothing."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

import duckdb
import pyarrow as pa

from engine.lake.check_rows import misplaced, repeated, torn_inside
from engine.lake.compact import COMPACT_LOCK, begun_by
from engine.lake.errors import Unreadable
from engine.lake.findings import Finding, FindingKind
from engine.lake.journal import is_cut_short, read_journal
from engine.lake.layout import JOURNALS, is_draft, of_node, segments
from engine.lake.manifest import Manifest, Segment, manifest_files, read_manifest
from engine.lake.node_lock import is_held, nodes_at_work, waited_for
from engine.lake.segment import file_sha256, read_schema
from engine.lake.table import Table, fingerprint, type_text

_LOOKS = 2
_PATIENCE_S = 60.0


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
    """Of files that no compaction and no sync moved meanwhile: they are held up if they go on and on."""
    folder = root / table.name
    for _ in range(_LOOKS):
        files = _files(folder)
        with suppress(OSError):
            found = list(_TableCheck(root, table).findings())
            if not found or (_files(folder) == files and not is_held(folder, COMPACT_LOCK)):
                return found
    try:
        lock = waited_for(folder, COMPACT_LOCK, _PATIENCE_S)
    except OSError:
        # A lake that we may only read.
        return list(_TableCheck(root, table).findings())
    try:
        return list(_TableCheck(root, table).findings())
    finally:
        lock.release()


def _files(folder: Path) -> list[Path]:
    return [*manifest_files(folder), *segments(folder, _passed_over)]


def _passed_over(error: OSError) -> None:
    """Folders that cannot be read are findings of their own."""


class _TableCheck:
    def __init__(self, root: Path, table: Table) -> None:
        self._table = table
        self._folder = root / table.name
        self._at_work = nodes_at_work(self._folder)
        self._torn: set[str] = set()
        """Names of manifests that tell nothing, without their suffix: so are their segments called."""
        self._joined_of: set[str] = set()
        """Partitions with joined segments of which it is not known any more what was joined into them."""

    def findings(self) -> Iterator[Finding]:
        yield from self._unreadable_folders()
        manifests: list[Manifest] = []
        for path in manifest_files(self._folder):
            try:
                manifests.append(read_manifest(path))
            except Unreadable as error:
                if path.exists():
                    self._torn.add(path.stem)
                    yield self._finding(FindingKind.TORN_MANIFEST, path, f"{error.reason}; {_UNTOLD}")
        self._joined_of = {folder for manifest in manifests for folder in _joined_of_unknown(manifest)}
        replaced = frozenset(path for manifest in manifests for path in manifest.replaces)
        listed = {one.path: (one, manifest.schema) for manifest in manifests for one in manifest.segments}
        yield from self._journals()
        yield from self._drafts()
        sound: list[Path] = []
        for path in segments(self._folder, _passed_over):
            problems = list(self._segment(path, listed.get(self._name(path)), replaced))
            yield from problems
            if not any(problem.kind in _NOT_TO_BE_READ for problem in problems):
                sound.append(path)
        yield from self._missing(listed, replaced)
        yield from self._duplicates(sound)

    def _unreadable_folders(self) -> Iterator[Finding]:
        failures: list[OSError] = []
        for _ in os.walk(self._folder, onerror=failures.append):
            pass
        for error in failures:
            if not isinstance(error, FileNotFoundError):
                yield self._finding(FindingKind.UNREADABLE, Path(error.filename), _system_words(error))

    def _segment(
        self, path: Path, told: tuple[Segment, str] | None, replaced: frozenset[str]
    ) -> Iterator[Finding]:
        name = self._name(path)
        if name in replaced or (told is None and name == begun_by(self._folder)):
            yield self._finding(
                FindingKind.LEFT_OVER,
                path,
                "its rows are in other segments too; the next compaction takes it away",
            )
            return
        if told is None and path.stem not in self._torn and not self._is_being_written(path):
            yield self._finding(FindingKind.UNLISTED_SEGMENT, path, "no manifest tells of it")
        try:
            with path.open("rb"):
                schema = read_schema(path)
            elsewhere = misplaced(self._table, path, name.rpartition("/")[0])
        except OSError as error:
            yield self._finding(FindingKind.UNREADABLE, path, _system_words(error))
            return
        except Unreadable as error:
            yield self._finding(FindingKind.TORN_SEGMENT, path, error.reason)
            return
        yield from self._of_schema(path, schema, told)
        if elsewhere:
            yield self._finding(FindingKind.WRONG_PARTITION, path, f"it has rows of {elsewhere}")
        if told is not None and (problem := _mismatch(path, told[0])):
            yield self._finding(FindingKind.MANIFEST_MISMATCH, path, problem)

    def _of_schema(
        self, path: Path, schema: pa.Schema, told: tuple[Segment, str] | None
    ) -> Iterator[Finding]:
        found = fingerprint(schema)
        if found == self._table.fingerprint:
            return
        is_as_written = told is not None and told[1] == found
        older = is_as_written and _columns(schema).items() < _columns(self._table.schema).items()
        kind = FindingKind.OLDER_SCHEMA if older else FindingKind.SCHEMA_CHANGE
        yield self._finding(kind, path, _difference(self._table, schema))

    def _missing(self, listed: dict[str, tuple[Segment, str]], replaced: frozenset[str]) -> Iterator[Finding]:
        for name, (segment, _) in sorted(listed.items()):
            path = self._folder / name
            if name in replaced:
                continue
            try:
                path.lstat()
            except FileNotFoundError:
                unless = ", unless a torn manifest tells that they were joined" if self._torn else ""
                if name.rpartition("/")[0] in self._joined_of:
                    unless = ", unless they were joined: of that day a manifest was made anew and cannot tell"
                detail = f"{segment.rows} rows are gone with it{unless}"
                yield self._finding(FindingKind.MISSING_SEGMENT, path, detail, segment.rows)
            except OSError as error:
                yield self._finding(FindingKind.UNREADABLE, path, _system_words(error))

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
            rows = 0 if found is None else found.rows
            if rows:
                detail = (
                    f"{rows} rows wait for the next start of node {owner[0]}; readers do not see them before"
                )
                yield self._finding(FindingKind.WAITING_ROWS, path, detail, rows)
            cut = path.stat().st_size - end
            if cut and is_cut_short(path, end):
                detail = (
                    f"{cut} bytes of rows that were never told to be written; the next start cuts them off"
                )
                yield self._finding(FindingKind.HALF_FRAME, path, detail, cut)
            elif cut:
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
                yield from self._repeated(connection, folder, files)

    def _repeated(
        self, connection: duckdb.DuckDBPyConnection, folder: Path, files: Sequence[Path]
    ) -> Iterator[Finding]:
        try:
            found = list(repeated(connection, self._table, files))
        except duckdb.Error as error:
            torn = dict(torn_inside(files))
            for path, reason in torn.items():
                yield self._finding(FindingKind.TORN_SEGMENT, path, reason)
            whole = [path for path in files if path not in torn]
            if not torn:
                yield self._finding(FindingKind.TORN_SEGMENT, folder, str(error).splitlines()[0])
            elif whole:
                yield from self._repeated(connection, folder, whole)
            return
        for kind, keys, detail in found:
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


_NOT_TO_BE_READ = frozenset(
    {
        FindingKind.TORN_SEGMENT,
        FindingKind.UNREADABLE,
        FindingKind.SCHEMA_CHANGE,
        FindingKind.LEFT_OVER,
    }
)
_UNTOLD = (
    "its rows are read all the same, and its table is not compacted or synced; "
    "sparko lake check --mend makes it anew"
)


def _joined_of_unknown(manifest: Manifest) -> list[str]:
    """The partitions of a manifest of joined segments that was made anew."""
    paths = [] if manifest.replaces else [segment.path.rpartition("/") for segment in manifest.segments]
    return [folder for folder, _, name in paths if of_node(name) is None]


def _system_words(error: OSError) -> str:
    return error.strerror or type(error).__name__


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
