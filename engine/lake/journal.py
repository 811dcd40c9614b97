"""The rows that are in no segment yet: a file that only grows, read back after a death.

Frames of ``length u32, crc32 u32, payload``, little endian. The first payload is the schema of the rows, each
further one a batch of them, both as Arrow writes them between processes. A frame that is not whole, or whose
sum is wrong, ends the journal: what follows it was never told to be written.
"""

from __future__ import annotations

import os
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from engine.lake.errors import LakeError, Unreadable, write_error
from engine.lake.layout import sync_folder

_HEAD = struct.Struct("<II")
_MOST_BYTES = 1 << 30


@dataclass(frozen=True)
class Recovered:
    """What a journal held when it was opened; ``cut_bytes`` were no whole frame and are gone."""

    schema: pa.Schema
    batches: tuple[pa.RecordBatch, ...]
    cut_bytes: int

    @property
    def rows(self) -> int:
        return sum(batch.num_rows for batch in self.batches)


class Journal:
    """An open journal. Written by one process at a time."""

    def __init__(self, path: Path, descriptor: int, end: int) -> None:
        self.path = path
        self._descriptor = descriptor
        self._end = end

    @property
    def bytes(self) -> int:
        return self._end

    @classmethod
    def create(cls, path: Path, schema: pa.Schema) -> Journal:
        """A new one, on disk with its name. Raises LakeFull or LakeUnwritable."""
        try:
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise write_error(path, 0, error) from error
        journal = cls(path, descriptor, 0)
        try:
            journal._write(schema.serialize())
            os.fsync(descriptor)
            sync_folder(path.parent)
        except OSError as error:
            journal.close()
            raise write_error(path, 0, error) from error
        except LakeError:
            journal.close()
            raise
        return journal

    @classmethod
    def reopen(cls, path: Path, end: int) -> Journal:
        """Goes on after ``end``; what lies behind it is cut off."""
        try:
            descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)
            os.ftruncate(descriptor, end)
        except OSError as error:
            raise write_error(path, 0, error) from error
        return cls(path, descriptor, end)

    def append(self, batch: pa.RecordBatch) -> None:
        """Handed to the system before it returns: a kill does not lose it. For a power cut see :meth:`sync`.

        Raises LakeFull or LakeUnwritable; the journal is then as before.
        """
        self._write(batch.serialize())

    def sync(self) -> None:
        """What was appended outlives a power cut too."""
        try:
            os.fdatasync(self._descriptor)
        except OSError as error:
            raise write_error(self.path, 0, error) from error

    def close(self) -> None:
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def _write(self, payload: pa.Buffer) -> None:
        data = memoryview(payload)
        frame = _HEAD.pack(len(data), zlib.crc32(data)) + data
        at, left = self._end, memoryview(frame)
        try:
            while left:
                written = os.pwrite(self._descriptor, left, at)
                at, left = at + written, left[written:]
        except OSError as error:
            os.ftruncate(self._descriptor, self._end)
            raise write_error(self.path, len(frame), error) from error
        self._end = at


def read_journal(path: Path) -> tuple[Recovered | None, int]:
    """What a journal holds, and where its last whole frame ends. None where not even its schema is whole.

    Raises Unreadable for a file that cannot be opened, and for a whole frame that is no batch of rows.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise Unreadable(path, error.strerror or type(error).__name__) from None
    frames = list(_frames(data))
    if not frames:
        return None, 0
    end = frames[-1][1]
    try:
        schema = pa.ipc.read_schema(pa.py_buffer(frames[0][0]))
        batches = tuple(pa.ipc.read_record_batch(pa.py_buffer(frame), schema) for frame, _ in frames[1:])
    except (pa.ArrowException, OSError, EOFError) as error:
        raise Unreadable(path, (str(error) or type(error).__name__).splitlines()[0]) from None
    return Recovered(schema, batches, len(data) - end), end


def is_cut_short(path: Path, end: int) -> bool:
    """Whether what follows the last whole frame is the beginning of another, as a kill leaves it."""
    with path.open("rb") as file:
        file.seek(end)
        head = file.read(_HEAD.size)
        if len(head) < _HEAD.size:
            return bool(head)
        length, _ = _HEAD.unpack(head)
        return 0 < int(length) <= _MOST_BYTES and end + _HEAD.size + int(length) > path.stat().st_size


def _frames(data: bytes) -> Iterator[tuple[bytes, int]]:
    at = 0
    while at + _HEAD.size <= len(data):
        length, checksum = _HEAD.unpack_from(data, at)
        end = at + _HEAD.size + length
        payload = data[at + _HEAD.size : end]
        # A stretch of zeros, as a power cut leaves it, would be an empty frame with the right sum.
        if not 0 < length <= _MOST_BYTES or end > len(data) or zlib.crc32(payload) != checksum:
            return
        yield payload, end
        at = end
