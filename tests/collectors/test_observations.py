"""Frames between a collector and the daemon: whole whatever the pipe cuts, refused when they are none."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.observations import (
    MOST_BYTES,
    FrameError,
    FrameReader,
    Headline,
    Health,
    Message,
    Observation,
    encode,
)

_NAMES = st.text("abcXYZ:-_09", min_size=1, max_size=64)
_TIMES = st.integers(0, 2**62)
_OBSERVATIONS = st.builds(
    Observation,
    kind=_NAMES,
    key=_NAMES,
    value=st.decimals(
        allow_nan=False, allow_infinity=False, places=4, min_value=-(10**9), max_value=10**9
    ).map(lambda value: f"{value:f}"),
    source_ts_ns=_TIMES,
    received_ts_ns=_TIMES,
)
_HEALTHS = st.builds(
    Health,
    name=_NAMES,
    connected=st.booleans(),
    age_s=st.none() | st.floats(0, 1e9),
    rate=st.floats(0, 1e9),
    note=st.text(max_size=300),
)
_HEADLINES = st.builds(
    Headline,
    headline_id=_NAMES,
    title=st.text(min_size=1, max_size=400),
    source=_NAMES,
    received_ts_ns=_TIMES,
    series=st.lists(_NAMES, max_size=3).map(tuple),
)
SPOT = Observation("spot", "BRTI", "95012.37", 5, 7)


@given(
    messages=st.lists(_OBSERVATIONS | _HEALTHS | _HEADLINES, max_size=8), cuts=st.lists(st.integers(1, 40))
)
def test_messages_come_out_as_they_went_in_however_the_pipe_cuts_them(
    messages: list[Message], cuts: list[int]
) -> None:
    data = b"".join(encode(message) for message in messages)
    reader, told = FrameReader(), []
    for size in cuts:
        told += reader.take(data[:size])
        data = data[size:]
    told += reader.take(data)

    assert told == messages
    assert not reader.is_torn


def test_a_frame_that_is_cut_off_is_torn_and_tells_nothing() -> None:
    reader = FrameReader()

    assert reader.take(encode(SPOT)[:-1]) == []
    assert reader.is_torn


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"Traceback (most recent call last):\n", "got b'Traceback (most recent c', wanted a length"),
        (b"\x00\x00\x00\x00", "wanted a length"),
        (b"\x00\x00\x40\x01" + b"x" * MOST_BYTES, "wanted a length"),
        (b"\x00\x00\x00\x01\xc1", "message: "),
        (b"\x00\x00\x00\x04\xa3abc", "message: Expected `object`, got `str`"),
    ],
)
def test_what_is_no_frame_is_said_with_what_came(data: bytes, said: str) -> None:
    with pytest.raises(FrameError) as caught:
        FrameReader().take(data)

    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("value", ["", "nan", "1e5", "12,5", "infinity", "0x1", "--1", "1.", ".5", "5\n"])
def test_a_value_that_is_no_decimal_number_is_refused_on_both_sides(value: str) -> None:
    bad = msgspec.structs.replace(SPOT, value=value)
    body = msgspec.msgpack.encode(bad)

    with pytest.raises(FrameError):
        encode(bad)
    with pytest.raises(FrameError):
        FrameReader().take(len(body).to_bytes(4, "big") + body)
