"""The frames as texts: what is written now, what is read of the version before, and what is refused."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from control_frames import CLIENT_FRAMES, SERVER_FRAMES

from engine.control.protocol import (
    OLDEST_PROTOCOL,
    PROTOCOL,
    AnswerState,
    BadFrame,
    ClientFrame,
    CommandAnswer,
    CommandRequest,
    Frame,
    Hello,
    Role,
    ServerFrame,
    Welcome,
    agreed_protocol,
    decode_client_frame,
    decode_server_frame,
    encode,
)
from engine.domain.command import PlaceOrder
from engine.domain.order import Leg, TimeInForce

GOLDEN = Path(__file__).with_name("golden")


def lines(name: str) -> list[str]:
    return (GOLDEN / name).read_text(encoding="utf-8").splitlines()


def kinds(union: object) -> set[str]:
    return {member.__struct_config__.tag for member in union.__args__}  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("frames", "name"), [(CLIENT_FRAMES, "client_1.jsonl"), (SERVER_FRAMES, "server_1.jsonl")]
)
def test_frames_are_written_as_ever(frames: tuple[Frame, ...], name: str) -> None:
    assert [encode(frame).decode() for frame in frames] == lines(name)


def test_frames_are_read_as_they_were_written() -> None:
    assert tuple(decode_client_frame(text) for text in lines("client_1.jsonl")) == CLIENT_FRAMES
    assert tuple(decode_server_frame(text) for text in lines("server_1.jsonl")) == SERVER_FRAMES


def test_the_golden_texts_hold_every_kind_of_frame() -> None:
    assert {msgspec.json.decode(text)["t"] for text in lines("client_1.jsonl")} == kinds(ClientFrame)
    assert {msgspec.json.decode(text)["t"] for text in lines("server_1.jsonl")} == kinds(ServerFrame)


def test_a_client_of_the_version_before_is_understood() -> None:
    hello, _, command, _ = (decode_client_frame(text) for text in lines("client_0.jsonl"))
    assert isinstance(hello, Hello)
    assert (hello.role, hello.client, hello.oldest) == (Role.OPERATE, "", None)
    assert agreed_protocol(hello) == 0
    assert isinstance(command, CommandRequest)
    order = PlaceOrder("c1", "KXT-1", Leg.NO, True, 4_300, 1_000, TimeInForce.GOOD_TILL_CANCELED)
    assert command.body == order
    assert not command.is_interactive


def test_an_engine_of_the_version_before_is_understood() -> None:
    welcome, _, answer = (decode_server_frame(text) for text in lines("server_0.jsonl"))
    assert isinstance(welcome, Welcome)
    assert welcome.protocol == 0
    assert isinstance(answer, CommandAnswer)
    assert answer.state is AnswerState.ACCEPTED


@pytest.mark.parametrize(
    ("newest", "oldest", "agreed"),
    [
        (PROTOCOL, OLDEST_PROTOCOL, PROTOCOL),
        (PROTOCOL, None, PROTOCOL),
        (PROTOCOL - 1, None, PROTOCOL - 1),
        (PROTOCOL + 1, PROTOCOL, PROTOCOL),
        (PROTOCOL + 1, None, None),
        (PROTOCOL + 2, PROTOCOL + 1, None),
        (OLDEST_PROTOCOL - 1, None, None),
    ],
)
def test_the_newest_common_version_is_spoken(newest: int, oldest: int | None, agreed: int | None) -> None:
    assert agreed_protocol(Hello(newest, oldest=oldest)) == agreed


def test_fields_that_are_not_known_are_passed_over() -> None:
    text = '{"t":"subscribe","topic":"watch","depth":{"of":[1,2]}}'
    assert encode(decode_client_frame(text)) == b'{"t":"subscribe","topic":"watch"}'


@pytest.mark.parametrize(
    "text",
    [
        "",
        "null",
        "[]",
        "{}",
        '{"t":"open"}',
        '{"t":"subscribe"}',
        '{"t":"subscribe","topic":7}',
        '{"t":"hello","protocol":"1"}',
        '{"t":"command","command_id":"q","body":{"do":"place","price_bp":1.5}}',
        '{"t":"query","query_id":1e3,"kind":"orders"',
        b"\xff\xfe",
        "[" * 100_000,
    ],
)
def test_what_is_no_frame_is_refused(text: str | bytes) -> None:
    with pytest.raises(BadFrame):
        decode_client_frame(text)
    with pytest.raises(BadFrame):
        decode_server_frame(text)
