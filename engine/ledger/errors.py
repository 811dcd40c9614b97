"""Why a ledger is not opened, not written or not believed. Each says so in one line."""

from __future__ import annotations

from pathlib import Path


class LedgerError(Exception):
    """Anything that stops a ledger from being used."""


class ForeignFile(LedgerError):
    """The file is something else; it was left as it is."""

    def __init__(self, path: Path, found: str) -> None:
        super().__init__(f"ledger {path}: not a Sparko ledger ({found}); nothing was changed")
        self.path, self.found = path, found


class CorruptLedger(LedgerError):
    """The file is a ledger that SQLite or the ledger itself finds damaged."""

    def __init__(self, path: Path, found: str) -> None:
        super().__init__(f"ledger {path}: damaged ({found}); restore a backup, then verify it")
        self.path, self.found = path, found


class LedgerTaken(LedgerError):
    """Its files were moved, removed or replaced while it was written. ``kept`` says what became of it."""

    def __init__(self, path: Path, what: str, kept: str) -> None:
        super().__init__(f"{what} while it was written; {kept}")
        self.path, self.what, self.kept = path, what, kept


class RecordsMissing(LedgerError):
    """It ends before what its last writer, which died, had on disk."""

    def __init__(self, path: Path, found: int, written: int) -> None:
        super().__init__(
            f"ledger {path}: ends with record {found}, its last engine had written {written}: "
            f"{path.name}-wal was taken away, or an older copy was put here; put back what was there, or "
            f"remove {path.name}.lock to go on without it"
        )
        self.path, self.found, self.written = path, found, written


class NewerSchema(LedgerError):
    """Written by a newer program: reading it with older rules would lose what it means."""

    def __init__(self, path: Path, found: int, supported: int) -> None:
        super().__init__(
            f"ledger {path}: schema {found} is newer than {supported}, which this program knows; "
            "use the newer program"
        )
        self.path, self.found, self.supported = path, found, supported


class LedgerInUse(LedgerError):
    """Another process writes this ledger; there is only ever one."""

    def __init__(self, path: Path, pid: int | None) -> None:
        holder = f"process {pid}" if pid is not None else "another process"
        super().__init__(f"ledger {path}: {holder} writes it already; stop that one first")
        self.path, self.pid = path, pid


class CommitFailed(LedgerError):
    """A group was not written. Nothing after ``durable`` is on disk for certain."""

    def __init__(self, path: Path, durable: int, cause: BaseException) -> None:
        super().__init__(f"ledger {path}: commit after record {durable} failed: {cause}")
        self.path, self.durable, self.cause = path, durable, cause


class LedgerClosed(LedgerError):
    """Appended to after it was closed or after a commit failed."""


class UnknownRow(LedgerError):
    """A projection row of a kind that has no table."""

    def __init__(self, kind: str) -> None:
        super().__init__(f"projection row {kind!r}: no table is kept for it")
        self.kind = kind


class BadCursor(ValueError):
    """A page was asked for with a cursor that no page gave out."""

    def __init__(self, cursor: str) -> None:
        super().__init__(f"cursor {cursor!r}: not one that was given out")
        self.cursor = cursor
