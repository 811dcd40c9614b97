"""Every input of the core on disk, so that a run can be run again.

A recording is a folder of segments. A segment is a header and frames; each of them is its length (u32), the
CRC-32 of its bytes (u32), both little-endian, and MessagePack. A frame holds ``[at, mono, name, event]``: the
name of the event's type says how the event is read. What a crash cut off at the very end is left out.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, get_args
from zlib import crc32

import msgspec

from engine.core.inputs import CoreEvent, Input
from engine.core.settings import EngineSettings
from engine.domain.units import Nanoseconds

MAGIC = b"SPKOINP1"
SEGMENT_BYTES = 64 * 1024 * 1024
_BUFFER_BYTES = 1024 * 1024
_FRAME = struct.Struct("<II")
_SUFFIX = ".inputs"


class CorruptRecording(Exception):
    """A recording is damaged before its end, or is none."""

    def __init__(self, path: Path, found: str) -> None:
        super().__init__(f"recording {path}: {found}")
        self.path, self.found = path, found


class RecordingHeader(msgspec.Struct, frozen=True, kw_only=True):
    """What the recorded run began with; each segment of it repeats this.

    ``journal_seq`` and ``journal_head`` are the number and the hash (hex) of the ledger's last fact at that
    moment, ``money_hash`` of the money state that its journal folded to.
    """

    run_id: str
    settings: EngineSettings
    money_hash: str
    journal_seq: int
    journal_head: str
    strategies: tuple[str, ...] = ()
    segment: int = 0
    first_input: int = 0


EVENT_TYPES: dict[str, type[Any]] = {event.__name__: event for event in get_args(CoreEvent)}
"""Every event that the core may be told, by the name it has in recordings."""
if len(EVENT_TYPES) != len(get_args(CoreEvent)):
    raise TypeError("two types of events have one name: a recording could not tell them apart")


class InputRecorder:
    """Appends inputs to a folder of segments, through a buffer. For one thread."""

    def __init__(self, folder: Path, header: RecordingHeader, segment_bytes: int = SEGMENT_BYTES) -> None:
        """Begins a recording in ``folder``, which must hold none; raises FileExistsError."""
        folder.mkdir(parents=True, exist_ok=True)
        if any(folder.glob(f"*{_SUFFIX}")):
            raise FileExistsError(f"recording {folder}: there is one already")
        self._folder = folder
        self._header = header
        self._segment_bytes = segment_bytes
        self._encoder = msgspec.msgpack.Encoder()
        self._buffer = bytearray()
        self.fault: OSError | None = None
        self._inputs = 0
        self._segment = -1
        self._written = 0
        self._file = self._next_segment()

    @property
    def inputs(self) -> int:
        """How many were taken."""
        return self._inputs

    def record(self, taken: Input) -> None:
        """Takes one input. It is in the file after :meth:`flush`, or once the buffer is full.

        A recording is never worth the engine: once a file cannot be written it ends, and ``fault`` says why.
        """
        if self.fault is not None:
            return
        event = taken.event
        body = self._encoder.encode((taken.at, taken.mono, type(event).__name__, event))
        self._buffer += _FRAME.pack(len(body), crc32(body))
        self._buffer += body
        self._inputs += 1
        if len(self._buffer) >= _BUFFER_BYTES:
            self.flush()

    def flush(self) -> None:
        """Hands the buffer to the operating system: it survives the process, not the machine."""
        if self.fault is not None:
            return
        try:
            self._write_out()
            if self._written >= self._segment_bytes:
                self._finish_segment()
                self._file = self._next_segment()
        except OSError as error:
            self.fault = error

    def close(self) -> None:
        """Writes what is buffered and waits until it is on disk."""
        if self._file.closed:
            return
        try:
            if self.fault is None:
                self._write_out()
            self._finish_segment()
        except OSError as error:
            self.fault = self.fault or error

    def _write_out(self) -> None:
        self._file.write(self._buffer)
        self._file.flush()
        self._written += len(self._buffer)
        self._buffer.clear()

    def _next_segment(self) -> BinaryIO:
        self._segment += 1
        header = msgspec.structs.replace(self._header, segment=self._segment, first_input=self._inputs)
        body = self._encoder.encode(header)
        file = _segment_path(self._folder, self._segment).open("xb")
        start = MAGIC + _FRAME.pack(len(body), crc32(body)) + body
        file.write(start)
        file.flush()
        self._written = len(start)
        return file

    def _finish_segment(self) -> None:
        try:
            os.fsync(self._file.fileno())
        finally:
            self._file.close()

    def __enter__(self) -> InputRecorder:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


class InputReader:
    """Reads a recording in order. ``inputs`` counts what was read, ``cut_bytes`` what a crash cut off."""

    def __init__(self, folder: Path) -> None:
        """Raises CorruptRecording if there is no readable header."""
        self._paths = sorted(folder.glob(f"*{_SUFFIX}"))
        if not self._paths:
            raise CorruptRecording(folder, f"no segment (*{_SUFFIX}) there")
        self.inputs = 0
        self.cut_bytes = 0
        self._decode_frame = msgspec.msgpack.Decoder(tuple[Nanoseconds, Nanoseconds, str, msgspec.Raw]).decode
        self._decoders = {name: msgspec.msgpack.Decoder(event).decode for name, event in EVENT_TYPES.items()}
        header = _Segment(self._paths[0]).header
        if header is None:
            raise CorruptRecording(self._paths[0], "its header is incomplete or not of a recording of inputs")
        self.header = header

    def __iter__(self) -> Iterator[Input]:
        """Each time from the start. Raises CorruptRecording for damage before the end of the last segment."""
        self.inputs = 0
        for number, path in enumerate(self._paths):
            is_last = number + 1 == len(self._paths)
            segment = _Segment(path)
            self._check_header(segment, number, path, is_last)
            for body in segment:
                yield self._input(path, body)
                self.inputs += 1
            if segment.cut_bytes and not is_last:
                raise CorruptRecording(path, f"damaged after input {self.inputs}, and more follows")
            self.cut_bytes = segment.cut_bytes

    def _check_header(self, segment: _Segment, number: int, path: Path, is_last: bool) -> None:
        header = segment.header
        if header is None:
            if is_last:
                return
            raise CorruptRecording(path, "its header is damaged, and more follows")
        if (header.run_id, header.segment) != (self.header.run_id, number):
            raise CorruptRecording(path, f"segment {header.segment} of run {header.run_id} in place {number}")
        if header.first_input != self.inputs:
            raise CorruptRecording(path, f"begins at input {header.first_input}, wanted {self.inputs}")

    def _input(self, path: Path, body: memoryview) -> Input:
        try:
            at, mono, name, event = self._decode_frame(body)
            return Input(at, mono, self._decoders[name](event))
        except (msgspec.MsgspecError, KeyError) as error:
            raise CorruptRecording(path, f"input {self.inputs} cannot be read: {error}") from error


class _Segment:
    """One file's header (None if it is not whole) and the whole frames after it; what follows the last whole
    one is ``cut_bytes`` long."""

    def __init__(self, path: Path) -> None:
        self._data = memoryview(path.read_bytes())
        self.header: RecordingHeader | None = None
        self.cut_bytes = self._start = len(self._data)
        body = self._frame_at(len(MAGIC)) if self._data[: len(MAGIC)] == MAGIC else None
        if body is not None:
            self.header = msgspec.msgpack.decode(body, type=RecordingHeader)
            self._start = len(MAGIC) + _FRAME.size + len(body)

    def __iter__(self) -> Iterator[memoryview]:
        if self.header is None:
            return
        place = self._start
        while (body := self._frame_at(place)) is not None:
            yield body
            place += _FRAME.size + len(body)
        self.cut_bytes = len(self._data) - place

    def _frame_at(self, place: int) -> memoryview | None:
        start = place + _FRAME.size
        if start > len(self._data):
            return None
        length, checksum = _FRAME.unpack_from(self._data, place)
        body = self._data[start : start + length]
        return body if len(body) == length and crc32(body) == checksum else None


def _segment_path(folder: Path, number: int) -> Path:
    return folder / f"{number:06d}{_SUFFIX}"
