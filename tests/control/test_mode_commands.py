"""Modes are asked for over the control socket by texts that stay as they are."""

from __future__ import annotations

import pytest

from engine.control.protocol import BadFrame, CommandRequest, decode_client_frame, encode
from engine.domain.command import Resume, SetMode


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (SetMode("HALTED", "news"), b'{"do":"mode","mode":"HALTED","reason":"news"}'),
        (SetMode("NO_NEW_ENTRIES"), b'{"do":"mode","mode":"NO_NEW_ENTRIES"}'),
        (Resume("seen to"), b'{"do":"resume","reason":"seen to"}'),
    ],
)
def test_as_texts_and_back(body: SetMode | Resume, text: bytes) -> None:
    frame = CommandRequest("q1", body)
    written = encode(frame)
    assert text in written
    assert decode_client_frame(written) == frame


@pytest.mark.parametrize("wrong", [b'{"do":"resume"}', b'{"do":"resume","reason":7}', b'{"do":"mode"}'])
def test_a_resume_without_a_reason_and_a_mode_without_a_name_are_no_commands(wrong: bytes) -> None:
    right = b'{"do":"resume","reason":"seen to"}'
    written = encode(CommandRequest("q1", Resume("seen to")))
    assert right in written
    with pytest.raises(BadFrame):
        decode_client_frame(written.replace(right, wrong))
