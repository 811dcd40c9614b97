"""Writes an engine's own feed to the lake: frames on standard input, until that ends."""

from __future__ import annotations

import os
import select
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec

from collectors.observations import HEALTH_EACH_S, Health, encode
from collectors.recording import Recorder
from collectors.sinks import NoSink
from collectors.taking import Taken
from collectors.tap.rows import TABLES, Session
from engine.domain.tapped import LENGTH_BYTES, MOST_BYTES, Tapped
from engine.lake.tables import table_named
from engine.lake.writer import LakeWriter

NAME = "recording"
_FLUSH_S = 0.5
_CHUNK = 262_144
_decoder: msgspec.msgpack.Decoder[Tapped] = msgspec.msgpack.Decoder(Tapped)


class TapError(Exception):
    """What came is no frame of an engine. One line."""


class TapReader:
    """Puts messages together from what a pipe gives."""

    def __init__(self) -> None:
        self._kept = bytearray()

    def take(self, data: bytes) -> Iterator[Tapped]:
        """Raises TapError."""
        kept, start = self._kept, 0
        kept += data
        try:
            while len(kept) - start >= LENGTH_BYTES:
                length = int.from_bytes(kept[start : start + LENGTH_BYTES], "big")
                if not 0 < length <= MOST_BYTES:
                    raise TapError(f"frame: got a length of {length}, wanted 1 to {MOST_BYTES}")
                end = start + LENGTH_BYTES + length
                if end > len(kept):
                    break
                yield _decoder.decode(bytes(kept[start + LENGTH_BYTES : end]))
                start = end
        except msgspec.MsgspecError as error:
            raise TapError(f"message: {error}") from None
        finally:
            del kept[:start]


class TapRecorder:
    """From a pipe to the lake; ``tell`` is how it says that it lives."""

    def __init__(self, root: Path, node_id: int) -> None:
        """Raises LakeError, NodeTaken above all."""
        self._recorder = Recorder(
            TABLES,
            lambda name: LakeWriter(root, table_named(name), node_id, now_ns=time.time_ns),
            NoSink(),
            _say,
        )
        self._session = Session(time.time_ns())
        self._reader = TapReader()
        self._messages = 0
        self._heard: float | None = None
        self._told: tuple[float, int] | None = None
        """When it said last that it lives, and after how many messages."""

    def run(self, pipe: int) -> None:
        """Until the pipe ends. Raises LakeError and TapError."""
        try:
            self._tell()
            while self._look(pipe):
                pass
        finally:
            self._recorder.close()

    def _look(self, pipe: int) -> bool:
        """What comes in a moment, written together; false at the end."""
        until = time.monotonic() + _FLUSH_S
        while (left := until - time.monotonic()) > 0:
            ready, _, _ = select.select([pipe], [], [], left)
            if ready:
                data = os.read(pipe, _CHUNK)
                if not data:
                    return False
                self._take(data)
        self._recorder.flush()
        self._tell()
        return True

    def _take(self, data: bytes) -> None:
        rows = [row for message in self._reader.take(data) for row in self._session.rows(message)]
        if rows:
            self._messages += len(rows)
            self._heard = time.monotonic()
            self._recorder.put(NAME, Taken(rows=rows))

    def _tell(self) -> None:
        now, rate = time.monotonic(), 0.0
        if self._told is not None:
            told, count = self._told
            if now - told < HEALTH_EACH_S / 2:
                return
            rate = (self._messages - count) / (now - told)
        self._told = now, self._messages
        trouble = self._recorder.trouble
        note = trouble or (f"{self._session.gaps} messages are missing" if self._session.gaps else "")
        age_s = None if self._heard is None else now - self._heard
        frame = encode(Health(NAME, not trouble, age_s, round(rate, 1), note[:300]))
        os.write(sys.stdout.fileno(), frame)


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
