"""Frames on a pipe: a slow reader loses values in between and never the last, a gone one is noticed."""

from __future__ import annotations

import os
import threading

from collecting import NOW_NS

from collectors.observations import FrameReader, Observation
from collectors.sinks import FrameSink


def observation(value: int, key: str = "BTC-USD") -> Observation:
    return Observation("spot", key, str(value), NOW_NS, NOW_NS)


def test_a_reader_that_sleeps_gets_the_last_value_of_each_key_and_holds_nobody() -> None:
    reading, writing = os.pipe()
    sink = FrameSink(writing, lambda: None, lambda line: None)
    for value in range(5_000):
        sink.put(observation(value))
        sink.put(observation(-value, "ETH-USD"))
    frames, seen = FrameReader(), list[Observation]()
    while {one.value for one in seen[-2:]} != {"4999", "-4999"}:
        seen += [one for one in frames.take(os.read(reading, 65_536)) if isinstance(one, Observation)]
    sink.close()
    os.close(writing)
    os.close(reading)
    assert [int(one.value) for one in seen if one.key == "BTC-USD"] == sorted(
        {int(one.value) for one in seen if one.key == "BTC-USD"}
    )
    assert sink.dropped == 0


def test_a_reader_that_is_gone_is_told_and_a_message_that_no_frame_may_carry_is_said() -> None:
    reading, writing = os.pipe()
    gone, lines = threading.Event(), list[str]()
    sink = FrameSink(writing, gone.set, lines.append)
    sink.put(Observation("", "x", "1", NOW_NS, NOW_NS))
    os.close(reading)
    sink.put(observation(1))
    assert gone.wait(10)
    sink.put(observation(2))
    sink.close()
    os.close(writing)
    assert len(lines) == 1
