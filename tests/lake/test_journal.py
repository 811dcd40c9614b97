"""A journal that ends anywhere gives back the whole frames before that and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lake_rows import trades

from engine.lake.errors import Unreadable
from engine.lake.journal import Journal, read_journal
from engine.lake.rows import batch_of
from engine.lake.tables import TRADES

_SIZES = (1, 7, 30)


@pytest.fixture(scope="module")
def frames(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, bytes, list[int]]:
    """A path to write to, the bytes of a journal, and where its frames end: the schema's first."""
    path = tmp_path_factory.mktemp("journal") / "node-0-00000001.journal"
    journal = Journal.create(path, TRADES.schema)
    ends = [journal.bytes]
    for size in _SIZES:
        journal.append(batch_of(TRADES, trades(0, size)))
        ends.append(journal.bytes)
    journal.close()
    return path, path.read_bytes(), ends


def whole_rows(ends: list[int], kept: int) -> int:
    return sum(size for size, end in zip(_SIZES, ends[1:], strict=True) if end <= kept)


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_cut_anywhere(frames: tuple[Path, bytes, list[int]], data: st.DataObject) -> None:
    path, written, ends = frames
    kept = data.draw(st.integers(0, len(written)))
    path.write_bytes(written[:kept])
    found, end = read_journal(path)
    assert end == max((one for one in ends if one <= kept), default=0)
    assert (0 if found is None else found.rows) == whole_rows(ends, kept)


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_one_bit_wrong_anywhere_ends_it_there(
    frames: tuple[Path, bytes, list[int]], data: st.DataObject
) -> None:
    path, written, ends = frames
    place = data.draw(st.integers(0, len(written) - 1))
    bent = bytearray(written)
    bent[place] ^= 1 << data.draw(st.integers(0, 7))
    path.write_bytes(bent)
    found, _ = read_journal(path)
    assert (0 if found is None else found.rows) == whole_rows(ends, place)


def test_a_file_of_something_else_is_said(tmp_path: Path) -> None:
    with pytest.raises(Unreadable):
        read_journal(tmp_path / "none.journal")
    other = tmp_path / "other.journal"
    other.write_bytes(b"This is no journal at all, however long it goes on.")
    assert read_journal(other) == (None, 0)
