"""What was recorded is read again as it was; a cut end is left out, damage before it is named."""

from __future__ import annotations

import resource
import signal
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from random_inputs import inputs_of

from engine.core.inputs import Acked, Input, Woken
from engine.core.settings import EngineSettings
from engine.domain.feed import BookUpdated
from engine.domain.order import BookSide
from engine.ledger.recording import (
    EVENT_TYPES,
    CorruptRecording,
    InputReader,
    InputRecorder,
    RecordingHeader,
)

HEADER = RecordingHeader(
    run_id="run-1",
    settings=EngineSettings(series=("KXBTCD",)),
    money_hash="ab",
    journal_seq=7,
    journal_head="cd",
)


def some_inputs(count: int) -> list[Input]:
    return [
        Input(n, n, Acked(f"c{n}", "v", 1, 2))
        if n % 3
        else Input(n, n, BookUpdated("KXBTCD-T1", BookSide.BID, 5_700, -100, n, None))
        for n in range(count)
    ]


def record(folder: Path, inputs: list[Input], segment_bytes: int = 1 << 20, chunk: int = 10) -> list[Path]:
    with InputRecorder(folder, HEADER, segment_bytes) as recorder:
        for number, taken in enumerate(inputs):
            recorder.record(taken)
            if number % chunk == 0:
                recorder.flush()
    assert recorder.fault is None
    return sorted(folder.glob("*.inputs"))


@pytest.mark.parametrize("name", sorted(EVENT_TYPES))
@settings(max_examples=15, deadline=None, derandomize=True)
@given(st.data())
def test_every_kind_of_event_comes_back_as_it_was(name: str, data: st.DataObject) -> None:
    inputs = data.draw(st.lists(inputs_of(EVENT_TYPES[name]), min_size=1, max_size=5))
    with tempfile.TemporaryDirectory() as scratch:
        record(Path(scratch), inputs)
        reader = InputReader(Path(scratch))
        again = list(reader)
    assert again == inputs
    assert [type(taken.event) for taken in again] == [type(taken.event) for taken in inputs]
    assert reader.header == HEADER
    assert reader.cut_bytes == 0


def test_segments_are_read_as_one(tmp_path: Path) -> None:
    inputs = some_inputs(500)
    paths = record(tmp_path, inputs, segment_bytes=4_000)
    assert len(paths) > 5
    reader = InputReader(tmp_path)
    assert list(reader) == list(reader) == inputs
    assert reader.inputs == 500


def test_nothing_is_written_over(tmp_path: Path) -> None:
    record(tmp_path, some_inputs(3))
    with pytest.raises(FileExistsError, match="there is one already"):
        InputRecorder(tmp_path, HEADER)
    assert len(list(InputReader(tmp_path))) == 3


def test_any_cut_of_the_end_gives_the_inputs_before_it(tmp_path: Path) -> None:
    inputs = some_inputs(20)
    recorder = InputRecorder(tmp_path, HEADER)
    path = tmp_path / "000000.inputs"
    ends = [path.stat().st_size]
    for taken in inputs:
        recorder.record(taken)
        recorder.flush()
        ends.append(path.stat().st_size)
    recorder.close()
    whole = path.read_bytes()
    for length in range(ends[15], len(whole) + 1):
        path.write_bytes(whole[:length])
        complete = max(n for n, end in enumerate(ends) if end <= length)
        reader = InputReader(tmp_path)
        assert list(reader) == inputs[:complete]
        assert reader.cut_bytes == length - ends[complete]


def test_a_last_segment_without_a_header_is_a_cut_end(tmp_path: Path) -> None:
    inputs = some_inputs(500)
    paths = record(tmp_path, inputs, segment_bytes=4_000)
    last = paths[-1].read_bytes()
    before = len(list(InputReader(tmp_path)))
    paths[-1].write_bytes(last[:9])
    reader = InputReader(tmp_path)
    found = list(reader)
    assert found == inputs[: len(found)]
    assert len(found) <= before
    assert reader.cut_bytes == 9


def test_damage_before_the_end_is_named(tmp_path: Path) -> None:
    paths = record(tmp_path, some_inputs(500), segment_bytes=4_000)
    content = bytearray(paths[1].read_bytes())
    content[-30] ^= 1
    paths[1].write_bytes(content)
    with pytest.raises(CorruptRecording, match=r"000001\.inputs: damaged after input"):
        list(InputReader(tmp_path))


def test_a_missing_segment_is_named(tmp_path: Path) -> None:
    paths = record(tmp_path, some_inputs(500), segment_bytes=4_000)
    paths[2].unlink()
    with pytest.raises(CorruptRecording, match="segment 3 of run run-1 in place 2"):
        list(InputReader(tmp_path))


def test_what_is_no_recording_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CorruptRecording, match="no segment"):
        InputReader(tmp_path)
    (tmp_path / "000000.inputs").write_text("something else")
    with pytest.raises(CorruptRecording, match="not of a recording"):
        InputReader(tmp_path)


def test_an_input_is_in_the_file_once_flushed(tmp_path: Path) -> None:
    recorder = InputRecorder(tmp_path, HEADER)
    recorder.record(Input(1, 2, Woken()))
    assert list(InputReader(tmp_path)) == []
    recorder.flush()
    assert list(InputReader(tmp_path)) == [Input(1, 2, Woken())]
    recorder.close()


def test_a_recording_that_cannot_be_written_ends_and_says_why(tmp_path: Path) -> None:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    recorder = InputRecorder(tmp_path, HEADER)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, before[1]))
        for taken in some_inputs(2_000):
            recorder.record(taken)
            recorder.flush()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)
    assert isinstance(recorder.fault, OSError)
    recorder.close()
    reader = InputReader(tmp_path)
    found = list(reader)
    assert found == some_inputs(2_000)[: len(found)]
    assert 0 < len(found) < 2_000
