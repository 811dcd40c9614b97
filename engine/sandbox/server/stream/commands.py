"""The four commands of a client, and the answers to them."""

from __future__ import annotations

import msgspec

from engine.sandbox.core.exchange import Exchange
from engine.sandbox.server.lenient_nulls import decoded
from engine.sandbox.server.stream.answers import subscription_list
from engine.sandbox.server.stream.refusal import CommandRefused
from engine.sandbox.server.stream.session import Session
from engine.sandbox.server.stream.subscribing import subscribe
from engine.sandbox.server.stream.updating import unsubscribe, update
from engine.wire.shape import ABSENT
from engine.wire.stream import CommandParams, StreamError, StreamErrorCode, StreamErrorMessage


class _Command(msgspec.Struct, frozen=True):
    """A command whose parameters are read later, so that a refusal of them can name its id."""

    id: int | None = 0
    cmd: str | None = ""
    params: msgspec.Raw = msgspec.Raw()


_command_decoder = msgspec.json.Decoder(_Command)


def handle(session: Session, exchange: Exchange, raw: bytes | str, now_ns: int) -> None:
    """Carries out one message of a client; every outcome is an answer in its outbox."""
    command_id = 0
    try:
        if not session.budget.take(now_ns):
            raise CommandRefused(StreamErrorCode.TOO_MANY_COMMANDS)
        command = _read(raw)
        command_id = command.id or 0
        _dispatch(session, exchange, command, command_id)
    except CommandRefused as refused:
        session.answer(_error(refused, command_id))
    session.wake()


def _read(raw: bytes | str) -> _Command:
    try:
        return _command_decoder.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError) as problem:
        raise CommandRefused(StreamErrorCode.CANNOT_PROCESS, str(problem)) from problem
    except RecursionError as problem:
        raise CommandRefused(StreamErrorCode.CANNOT_PROCESS, "exceeded max depth") from problem


def _dispatch(session: Session, exchange: Exchange, command: _Command, command_id: int) -> None:
    match command.cmd:
        case "list_subscriptions":
            session.answer(subscription_list(session, command_id))
        case "subscribe":
            subscribe(session, exchange, command_id, _params(command))
        case "update_subscription":
            update(session, exchange, command_id, _params(command))
        case "unsubscribe":
            unsubscribe(session, command_id, _params(command))
        case _:
            raise CommandRefused(StreamErrorCode.UNKNOWN_COMMAND)


def _params(command: _Command) -> CommandParams:
    if bytes(command.params) in (b"", b"null"):
        raise CommandRefused(StreamErrorCode.PARAMS_REQUIRED)
    try:
        return decoded(bytes(command.params), CommandParams)
    except (msgspec.DecodeError, UnicodeDecodeError) as problem:
        raise CommandRefused(StreamErrorCode.INVALID_PARAMETER, str(problem)) from problem


def _error(refused: CommandRefused, command_id: int) -> StreamError:
    return StreamError(
        id=command_id or ABSENT,
        sid=ABSENT if refused.sid is None else refused.sid,
        msg=StreamErrorMessage(
            code=refused.code, msg=refused.text, market_tickers=refused.market_tickers or ABSENT
        ),
    )
